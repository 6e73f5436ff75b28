// Command audit-sinks-create serves POST /api/admin/audit/sinks.
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
	route.Serve("audit-sinks-create", func(b *base.Base, _ *identity.Service) ([]web.Endpoint, error) {
		s, err := sinks.Open(b)
		if err != nil {
			return nil, err
		}
		return sink.Endpoints(s), nil
	})
}
