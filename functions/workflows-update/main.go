// Command workflows-update serves PUT /api/workflows/{id}.
package main

import (
	"github.com/apiq/apiq/functions/internal/base"
	"github.com/apiq/apiq/functions/internal/blobs"
	"github.com/apiq/apiq/functions/internal/ports"
	"github.com/apiq/apiq/functions/internal/route"
	"github.com/apiq/apiq/functions/internal/triggers"
	apiworkflow "github.com/apiq/apiq/shared/api/workflow"
	"github.com/apiq/apiq/shared/identity"
	"github.com/apiq/apiq/shared/trigger"
	"github.com/apiq/apiq/shared/web"
	"github.com/apiq/apiq/shared/workflow"
)

func main() {
	route.Serve("workflows-update", func(b *base.Base, _ *identity.Service) ([]web.Endpoint, error) {
		objects, err := blobs.Open(b)
		if err != nil {
			return nil, err
		}
		t := triggers.Open(b)
		flows := workflow.New(b.Store, objects, b.Trail, &workflow.Options{Watcher: t, Members: identity.NewDirectory(b.Store)})
		ports.Use(b, t, trigger.Ports{Workflows: flows})
		return apiworkflow.Endpoints(flows), nil
	})
}
