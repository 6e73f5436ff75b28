// Command audit-sinks-delete serves DELETE /api/admin/audit/sinks/{id}.
package main

import (
	"github.com/apiq/apiq/functions/internal/base"
	"github.com/apiq/apiq/functions/internal/route"
	"github.com/apiq/apiq/functions/internal/sinks"
	"github.com/apiq/apiq/shared/api/sink"
	"github.com/apiq/apiq/shared/identity"
	"github.com/apiq/apiq/shared/web"
)

func main() {
	route.Serve("audit-sinks-delete", func(b *base.Base, _ *identity.Service) ([]web.Endpoint, error) {
		s, err := sinks.Open(b)
		if err != nil {
			return nil, err
		}
		return sink.Endpoints(s), nil
	})
}
