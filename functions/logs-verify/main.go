// Command logs-verify serves GET /api/logs/verify.
package main

import (
	"github.com/apiq/apiq/functions/internal/base"
	"github.com/apiq/apiq/functions/internal/route"
	"github.com/apiq/apiq/shared/api/log"
	"github.com/apiq/apiq/shared/identity"
	"github.com/apiq/apiq/shared/web"
)

func main() {
	route.Serve("logs-verify", func(b *base.Base, _ *identity.Service) ([]web.Endpoint, error) {
		return log.Endpoints(b.Trail), nil
	})
}
