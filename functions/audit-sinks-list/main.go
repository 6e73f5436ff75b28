// Command audit-sinks-list serves GET /api/admin/audit/sinks.
package main

import (
	"github.com/apiq/apiq/functions/internal/base"
	"github.com/apiq/apiq/functions/internal/route"
	api "github.com/apiq/apiq/shared/api/sink"
	"github.com/apiq/apiq/shared/audit/sink"
	"github.com/apiq/apiq/shared/identity"
	"github.com/apiq/apiq/shared/web"
)

func main() {
	route.Serve("audit-sinks-list", func(b *base.Base, _ *identity.Service) ([]web.Endpoint, error) {
		return api.Endpoints(sink.New(b.Store, b.Trail, b.Sealer, nil, nil, nil)), nil
	})
}
