// Package retention serves the routes of how long a workspace keeps data.
package retention

import (
	"github.com/apiq/apiq/functions/internal/base"
	api "github.com/apiq/apiq/shared/api/retention"
	"github.com/apiq/apiq/shared/identity"
	"github.com/apiq/apiq/shared/retention"
	"github.com/apiq/apiq/shared/web"
)

// Open makes the domain of a function.
func Open(b *base.Base) *retention.Service {
	return retention.New(b.Store, b.Trail, &retention.Options{RunsDays: b.Env.KeepRunsDays})
}

// Build makes the endpoints.
func Build(b *base.Base, _ *identity.Service) ([]web.Endpoint, error) {
	return api.Endpoints(Open(b)), nil
}
