// Command openapi serves GET /api/openapi.json.
package main

import (
	"github.com/apiq/apiq/docs"
	"github.com/apiq/apiq/functions/internal/open"
	"github.com/apiq/apiq/shared/api/system"
	"github.com/apiq/apiq/shared/web"
)

func main() {
	open.Serve(func(d web.Deps) (*web.Server, error) {
		all, err := web.Only(system.Endpoints(system.Deps{Contract: func() ([]byte, error) { return docs.Contract(), nil }}), "openapi")
		if err != nil {
			return nil, err
		}
		return web.New(all, d, nil)
	})
}
