// Command health serves GET /api/health.
package main

import (
	"github.com/apiq/apiq/functions/internal/base"
	"github.com/apiq/apiq/functions/internal/route"
	"github.com/apiq/apiq/shared/api/system"
	"github.com/apiq/apiq/shared/identity"
	"github.com/apiq/apiq/shared/web"
)

func main() {
	route.Serve("health", func(b *base.Base, _ *identity.Service) ([]web.Endpoint, error) {
		return system.Endpoints(system.Deps{Version: b.Env.Version, Checks: map[string]system.Check{"table": b.Store.Answers}}), nil
	})
}
