// Package passkeys composes the routes of passkeys: the only functions that link what
// judges them.
package passkeys

import (
	"github.com/apiq/apiq/functions/internal/base"
	"github.com/apiq/apiq/shared/api/auth"
	apipasskey "github.com/apiq/apiq/shared/api/passkey"
	"github.com/apiq/apiq/shared/identity"
	"github.com/apiq/apiq/shared/identity/passkey"
	"github.com/apiq/apiq/shared/web"
)

// Build makes the endpoints of the area.
func Build(b *base.Base, people *identity.Service) ([]web.Endpoint, error) {
	keys := passkey.New(b.Store, b.Trail, people, func() string { return b.Env.PublicURL }, nil)
	return apipasskey.Endpoints(keys, auth.Cookies{Secure: true}.Reply), nil
}
