// Command tokens-list serves GET /api/auth/tokens.
package main

import (
	"github.com/apiq/apiq/functions/internal/base"
	"github.com/apiq/apiq/functions/internal/route"
	"github.com/apiq/apiq/shared/api/auth"
	"github.com/apiq/apiq/shared/identity"
	"github.com/apiq/apiq/shared/web"
)

func main() {
	route.Serve("tokens-list", func(_ *base.Base, people *identity.Service) ([]web.Endpoint, error) {
		return auth.Tokens(people), nil
	})
}
