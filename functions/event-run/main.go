// Command event-run brings a run that has ended up to date: an event of the bus.
package main

import (
	"github.com/apiq/apiq/functions/internal/base"
	"github.com/apiq/apiq/functions/internal/blobs"
	"github.com/apiq/apiq/functions/internal/ports"
	"github.com/apiq/apiq/functions/internal/runs"
	"github.com/apiq/apiq/shared/lambda"
	"github.com/apiq/apiq/shared/trigger"
)

func main() {
	base.Main(func(b *base.Base) (lambda.Handler, error) {
		objects, err := blobs.Open(b)
		if err != nil {
			return nil, err
		}
		r, err := runs.Open(b, objects, ports.Open(b, trigger.Ports{}))
		if err != nil {
			return nil, err
		}
		return r.OnStatus(b), nil
	})
}
