// Command workflows-rollback serves POST /api/workflows/{id}/rollback.
package main

import (
	"github.com/apiq/apiq/functions/internal/base"
	"github.com/apiq/apiq/functions/internal/blobs"
	"github.com/apiq/apiq/functions/internal/route"
	"github.com/apiq/apiq/functions/internal/triggers"
	apiworkflow "github.com/apiq/apiq/shared/api/workflow"
	"github.com/apiq/apiq/shared/identity"
	"github.com/apiq/apiq/shared/web"
	"github.com/apiq/apiq/shared/workflow"
)

func main() {
	route.Serve("workflows-rollback", func(b *base.Base, _ *identity.Service) ([]web.Endpoint, error) {
		objects, err := blobs.Open(b)
		if err != nil {
			return nil, err
		}
		return apiworkflow.Endpoints(workflow.New(b.Store, objects, b.Trail, &workflow.Options{Watcher: triggers.Open(b)})), nil
	})
}
