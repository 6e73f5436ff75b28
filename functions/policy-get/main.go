// Command policy-get serves GET /api/admin/policy.
package main

import (
	"github.com/apiq/apiq/functions/internal/base"
	"github.com/apiq/apiq/functions/internal/route"
	"github.com/apiq/apiq/shared/api/policy"
	"github.com/apiq/apiq/shared/identity"
	"github.com/apiq/apiq/shared/web"
)

func main() {
	route.Serve("policy-get", func(_ *base.Base, people *identity.Service) ([]web.Endpoint, error) {
		return policy.Endpoints(people), nil
	})
}
