// Command tokens-delete serves DELETE /api/auth/tokens/{id}.
package main

import (
	"github.com/apiq/apiq/functions/internal/base"
	"github.com/apiq/apiq/functions/internal/route"
	"github.com/apiq/apiq/shared/api/auth"
	"github.com/apiq/apiq/shared/identity"
	"github.com/apiq/apiq/shared/web"
)

func main() {
	route.Serve("tokens-delete", func(_ *base.Base, people *identity.Service) ([]web.Endpoint, error) {
		return auth.Tokens(people), nil
	})
}
