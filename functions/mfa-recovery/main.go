// Command mfa-recovery serves POST /api/auth/mfa/recovery.
package main

import (
	"github.com/apiq/apiq/functions/internal/base"
	"github.com/apiq/apiq/functions/internal/route"
	"github.com/apiq/apiq/shared/api/auth"
	"github.com/apiq/apiq/shared/identity"
	"github.com/apiq/apiq/shared/web"
)

func main() {
	route.Serve("mfa-recovery", func(_ *base.Base, people *identity.Service) ([]web.Endpoint, error) {
		return auth.Second(people), nil
	})
}
