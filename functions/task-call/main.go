// Command task-call makes the request of one api_call step.
package main

import (
	"github.com/apiq/apiq/functions/internal/apis"
	"github.com/apiq/apiq/functions/internal/base"
	"github.com/apiq/apiq/functions/internal/blobs"
	"github.com/apiq/apiq/functions/internal/calls"
	"github.com/apiq/apiq/functions/internal/runs"
	"github.com/apiq/apiq/functions/internal/task"
	"github.com/apiq/apiq/shared/execution"
)

func main() {
	task.Serve(func(b *base.Base) (execution.Handler, error) {
		objects, err := blobs.Open(b)
		if err != nil {
			return nil, err
		}
		a, err := apis.Open(b, objects)
		if err != nil {
			return nil, err
		}
		r, err := runs.Open(b, objects)
		if err != nil {
			return nil, err
		}
		return runs.Unless(r.Engine, calls.Open(b, objects, a, r.Service).Handle), nil
	})
}
