// Command executions-resolve serves POST /api/executions/{id}/steps/{stepId}/resolve.
package main

import (
	"github.com/apiq/apiq/functions/internal/base"
	"github.com/apiq/apiq/functions/internal/blobs"
	"github.com/apiq/apiq/functions/internal/route"
	"github.com/apiq/apiq/functions/internal/runs"
	"github.com/apiq/apiq/functions/internal/triggers"
	"github.com/apiq/apiq/shared/api/execution"
	"github.com/apiq/apiq/shared/identity"
	"github.com/apiq/apiq/shared/web"
)

func main() {
	route.Serve("executions-resolve", func(b *base.Base, _ *identity.Service) ([]web.Endpoint, error) {
		objects, err := blobs.Open(b)
		if err != nil {
			return nil, err
		}
		r, err := runs.Open(b, objects, triggers.Open(b))
		if err != nil {
			return nil, err
		}
		return execution.Endpoints(r.Service), nil
	})
}
