// Command auth-email-change serves POST /api/auth/email.
package main

import (
	"github.com/apiq/apiq/functions/internal/base"
	"github.com/apiq/apiq/functions/internal/route"
	"github.com/apiq/apiq/shared/api/auth"
	"github.com/apiq/apiq/shared/identity"
	"github.com/apiq/apiq/shared/web"
)

func main() {
	route.Serve("auth-email-change", func(_ *base.Base, people *identity.Service) ([]web.Endpoint, error) {
		return auth.Endpoints(people, auth.Cookies{Secure: true}), nil
	})
}
