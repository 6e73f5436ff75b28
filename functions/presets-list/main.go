// Command presets-list serves GET /api/presets.
package main

import (
	"github.com/apiq/apiq/functions/internal/base"
	"github.com/apiq/apiq/functions/internal/route"
	apipreset "github.com/apiq/apiq/shared/api/preset"
	"github.com/apiq/apiq/shared/identity"
	"github.com/apiq/apiq/shared/web"
)

func main() {
	route.Serve("presets-list", func(*base.Base, *identity.Service) ([]web.Endpoint, error) { return apipreset.Endpoints(), nil })
}
