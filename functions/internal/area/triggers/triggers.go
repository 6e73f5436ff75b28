// Package triggers serves rows that read triggers.
package triggers

import (
	"github.com/apiq/apiq/functions/internal/base"
	"github.com/apiq/apiq/functions/internal/triggers"
	apitrigger "github.com/apiq/apiq/shared/api/trigger"
	"github.com/apiq/apiq/shared/identity"
	"github.com/apiq/apiq/shared/trigger"
	"github.com/apiq/apiq/shared/web"
	"github.com/apiq/apiq/shared/workflow"
)

// Build implements route.Build.
func Build(b *base.Base, _ *identity.Service) ([]web.Endpoint, error) {
	t := triggers.Open(b)
	t.Use(trigger.Ports{Workflows: workflow.New(b.Store, nil, b.Trail, nil)})
	return apitrigger.Endpoints(t), nil
}
