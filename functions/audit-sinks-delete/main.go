// Command audit-sinks-delete serves DELETE /api/admin/audit/sinks/{id}.
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
	route.Serve("audit-sinks-delete", func(b *base.Base, _ *identity.Service) ([]web.Endpoint, error) {
		return api.Endpoints(sink.New(b.Store, b.Trail, b.Sealer, nil, nil, nil)), nil
	})
}
