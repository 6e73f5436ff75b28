// Command erasures-get serves GET /api/erasures/{id}.
package main

import (
	"github.com/apiq/apiq/functions/internal/base"
	"github.com/apiq/apiq/functions/internal/route"
	"github.com/apiq/apiq/shared/api/account"
	"github.com/apiq/apiq/shared/identity"
	"github.com/apiq/apiq/shared/web"
)

func main() {
	route.Serve("erasures-get", func(_ *base.Base, people *identity.Service) ([]web.Endpoint, error) {
		return account.Endpoints(people), nil
	})
}
