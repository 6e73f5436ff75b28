// Command spec-cache-list serves GET /api/admin/spec-cache.
package main

import (
	"github.com/apiq/apiq/functions/internal/apis"
	"github.com/apiq/apiq/functions/internal/base"
	"github.com/apiq/apiq/functions/internal/route"
	"github.com/apiq/apiq/shared/api/speccache"
	"github.com/apiq/apiq/shared/identity"
	"github.com/apiq/apiq/shared/web"
)

func main() {
	route.Serve("spec-cache-list", func(b *base.Base, _ *identity.Service) ([]web.Endpoint, error) {
		return speccache.Endpoints(apis.Cache(b)), nil
	})
}
