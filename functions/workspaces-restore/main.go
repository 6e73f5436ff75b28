// Command workspaces-restore serves POST /api/workspaces/{id}/restore.
package main

import (
	"github.com/apiq/apiq/functions/internal/base"
	"github.com/apiq/apiq/functions/internal/route"
	"github.com/apiq/apiq/shared/api/workspace"
	"github.com/apiq/apiq/shared/identity"
	"github.com/apiq/apiq/shared/web"
)

func main() {
	route.Serve("workspaces-restore", func(_ *base.Base, people *identity.Service) ([]web.Endpoint, error) {
		return workspace.Endpoints(people), nil
	})
}
