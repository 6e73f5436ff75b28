// Command tokens-create serves POST /api/auth/tokens.
package main

import (
	"github.com/apiq/apiq/functions/internal/base"
	"github.com/apiq/apiq/functions/internal/route"
	"github.com/apiq/apiq/shared/api/auth"
	"github.com/apiq/apiq/shared/identity"
	"github.com/apiq/apiq/shared/web"
)

func main() {
	route.Serve("tokens-create", func(_ *base.Base, people *identity.Service) ([]web.Endpoint, error) {
		return auth.Tokens(people), nil
	})
}
