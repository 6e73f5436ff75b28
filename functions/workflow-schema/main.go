// Command workflow-schema serves GET /api/schemas/workflow.json.
package main

import (
	"github.com/apiq/apiq/functions/internal/open"
	"github.com/apiq/apiq/shared/api/system"
	"github.com/apiq/apiq/shared/web"
	"github.com/apiq/apiq/shared/workflow"
)

func main() {
	open.Serve(func(d web.Deps) (*web.Server, error) {
		all, err := web.Only(system.Endpoints(system.Deps{Schema: workflow.Schema}), "workflow-schema")
		if err != nil {
			return nil, err
		}
		return web.New(all, d, nil)
	})
}
