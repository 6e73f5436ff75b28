// Package clocks serves rows that set clocks or tell the bus.
package clocks

import (
	"github.com/apiq/apiq/functions/internal/base"
	"github.com/apiq/apiq/functions/internal/ports"
	apitrigger "github.com/apiq/apiq/shared/api/trigger"
	"github.com/apiq/apiq/shared/identity"
	"github.com/apiq/apiq/shared/trigger"
	"github.com/apiq/apiq/shared/web"
	"github.com/apiq/apiq/shared/workflow"
)

// Build implements route.Build.
func Build(b *base.Base, _ *identity.Service) ([]web.Endpoint, error) {
	t := ports.Open(b, trigger.Ports{Workflows: workflow.New(b.Store, nil, b.Trail, nil)})
	return apitrigger.Endpoints(t), nil
}
