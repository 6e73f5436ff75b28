// Command workspaces-deletions serves GET /api/workspaces/deletions.
package main

import (
	"github.com/apiq/apiq/functions/internal/base"
	"github.com/apiq/apiq/functions/internal/route"
	"github.com/apiq/apiq/shared/api/workspace"
	"github.com/apiq/apiq/shared/identity"
	"github.com/apiq/apiq/shared/web"
)

func main() {
	route.Serve("workspaces-deletions", func(_ *base.Base, people *identity.Service) ([]web.Endpoint, error) {
		return workspace.Endpoints(people), nil
	})
}
