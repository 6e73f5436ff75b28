// Command apis-refresh serves POST /api/apis/{id}/refresh.
package main

import (
	"github.com/apiq/apiq/functions/internal/base"
	"github.com/apiq/apiq/functions/internal/imports"
	"github.com/apiq/apiq/functions/internal/route"
	"github.com/apiq/apiq/shared/api/connection"
	"github.com/apiq/apiq/shared/identity"
	"github.com/apiq/apiq/shared/web"
)

func main() {
	route.Serve("apis-refresh", func(b *base.Base, _ *identity.Service) ([]web.Endpoint, error) {
		a, err := imports.Open(b)
		if err != nil {
			return nil, err
		}
		return connection.Endpoints(a.Connections), nil
	})
}
