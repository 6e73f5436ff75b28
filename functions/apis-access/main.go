// Command apis-access serves PUT /api/apis/{id}/access.
package main

import (
	"github.com/apiq/apiq/functions/internal/apis"
	"github.com/apiq/apiq/functions/internal/base"
	"github.com/apiq/apiq/functions/internal/route"
	"github.com/apiq/apiq/shared/api/connection"
	"github.com/apiq/apiq/shared/identity"
	"github.com/apiq/apiq/shared/web"
)

func main() {
	route.Serve("apis-access", func(b *base.Base, _ *identity.Service) ([]web.Endpoint, error) {
		return connection.Endpoints(apis.Records(b)), nil
	})
}
