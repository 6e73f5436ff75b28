// Package step makes the request of one api_call step of a run.
package step

import (
	"github.com/apiq/apiq/functions/internal/apis"
	"github.com/apiq/apiq/functions/internal/base"
	"github.com/apiq/apiq/functions/internal/blobs"
	"github.com/apiq/apiq/functions/internal/calls"
	"github.com/apiq/apiq/functions/internal/runs"
	"github.com/apiq/apiq/shared/execution"
)

// Handler is the call function, which the run's log is told of.
func Handler(b *base.Base) (execution.Handler, error) {
	objects, err := blobs.Open(b)
	if err != nil {
		return nil, err
	}
	a, err := apis.Open(b, objects, apis.Options{})
	if err != nil {
		return nil, err
	}
	r, err := runs.Open(b, objects, a.Triggers)
	if err != nil {
		return nil, err
	}
	return unless(r.Engine, calls.Open(b, objects, a, calls.Runs{Sink: lasting{r.Service}, Nested: r.Service.Nested}).Handle), nil
}
