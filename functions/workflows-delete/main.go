// Command workflows-delete serves DELETE /api/workflows/{id}.
package main

import (
	"github.com/apiq/apiq/functions/internal/base"
	"github.com/apiq/apiq/functions/internal/route"
	apiworkflow "github.com/apiq/apiq/shared/api/workflow"
	"github.com/apiq/apiq/shared/identity"
	"github.com/apiq/apiq/shared/web"
	"github.com/apiq/apiq/shared/workflow"
)

func main() {
	route.Serve("workflows-delete", func(b *base.Base, _ *identity.Service) ([]web.Endpoint, error) {
		return apiworkflow.Endpoints(workflow.New(b.Store, nil, b.Trail, nil)), nil
	})
}
