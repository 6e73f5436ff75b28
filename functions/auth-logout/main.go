// Command auth-logout serves POST /api/auth/logout.
package main

import (
	"github.com/apiq/apiq/functions/internal/base"
	"github.com/apiq/apiq/functions/internal/route"
	"github.com/apiq/apiq/shared/api/auth"
	"github.com/apiq/apiq/shared/identity"
	"github.com/apiq/apiq/shared/signin"
	"github.com/apiq/apiq/shared/web"
)

func main() {
	route.Serve("auth-logout", func(b *base.Base, people *identity.Service) ([]web.Endpoint, error) {
		return auth.Logout(people, auth.Cookies{Secure: true}, signin.Exit{PublicURL: func() string { return b.Env.PublicURL }, Store: b.Store}), nil
	})
}
