// Command usage serves GET /api/usage.
package main

import (
	"github.com/apiq/apiq/functions/internal/base"
	"github.com/apiq/apiq/functions/internal/route"
	"github.com/apiq/apiq/shared/api/usage"
	"github.com/apiq/apiq/shared/identity"
	"github.com/apiq/apiq/shared/web"
)

func main() {
	route.Serve("usage", func(b *base.Base, _ *identity.Service) ([]web.Endpoint, error) {
		return usage.Endpoints(b.Quotas), nil
	})
}
