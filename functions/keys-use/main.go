// Command keys-use serves PUT /api/admin/keys.
package main

import (
	"github.com/apiq/apiq/functions/internal/base"
	"github.com/apiq/apiq/functions/internal/rotation"
	"github.com/apiq/apiq/functions/internal/route"
	"github.com/apiq/apiq/shared/api/key"
	"github.com/apiq/apiq/shared/identity"
	"github.com/apiq/apiq/shared/web"
)

func main() {
	route.Serve("keys-use", func(b *base.Base, _ *identity.Service) ([]web.Endpoint, error) {
		return key.Endpoints(rotation.Records(b)), nil
	})
}
