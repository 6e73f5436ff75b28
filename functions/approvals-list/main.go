// Command approvals-list serves GET /api/approvals.
package main

import (
	"github.com/apiq/apiq/functions/internal/base"
	"github.com/apiq/apiq/functions/internal/route"
	"github.com/apiq/apiq/functions/internal/runrecords"
	"github.com/apiq/apiq/shared/api/execution"
	"github.com/apiq/apiq/shared/identity"
	"github.com/apiq/apiq/shared/web"
)

func main() {
	route.Serve("approvals-list", func(b *base.Base, _ *identity.Service) ([]web.Endpoint, error) {
		service, err := runrecords.Open(b)
		if err != nil {
			return nil, err
		}
		return execution.Endpoints(service, nil), nil
	})
}
