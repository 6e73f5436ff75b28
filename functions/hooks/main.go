// Command hooks serves POST /hooks/{triggerId}.
package main

import (
	"github.com/apiq/apiq/functions/internal/base"
	"github.com/apiq/apiq/functions/internal/ports"
	"github.com/apiq/apiq/functions/internal/route"
	apitrigger "github.com/apiq/apiq/shared/api/trigger"
	"github.com/apiq/apiq/shared/identity"
	"github.com/apiq/apiq/shared/trigger"
	"github.com/apiq/apiq/shared/web"
	"github.com/apiq/apiq/shared/workflow"
)

func main() {
	route.Serve("hooks", func(b *base.Base, _ *identity.Service) ([]web.Endpoint, error) {
		t := ports.Open(b, trigger.Ports{Workflows: workflow.New(b.Store, nil, b.Trail, nil)})
		return apitrigger.Endpoints(t), nil
	})
}
