// Command auth-options serves GET /api/auth/options.
package main

import (
	"github.com/apiq/apiq/functions/internal/base"
	"github.com/apiq/apiq/functions/internal/route"
	"github.com/apiq/apiq/shared/api/auth"
	"github.com/apiq/apiq/shared/identity"
	"github.com/apiq/apiq/shared/web"
)

func main() {
	route.Serve("auth-options", func(b *base.Base, people *identity.Service) ([]web.Endpoint, error) {
		return auth.Choices(people, b.Env.Mails, func() string { return b.Env.PublicURL }), nil
	})
}
