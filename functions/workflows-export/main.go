// Command workflows-export serves GET /api/workflows/{id}/export.
package main

import (
	"github.com/apiq/apiq/functions/internal/apis"
	"github.com/apiq/apiq/functions/internal/base"
	"github.com/apiq/apiq/functions/internal/blobs"
	"github.com/apiq/apiq/functions/internal/route"
	"github.com/apiq/apiq/shared/api/exchange"
	"github.com/apiq/apiq/shared/identity"
	"github.com/apiq/apiq/shared/launch"
	"github.com/apiq/apiq/shared/web"
	"github.com/apiq/apiq/shared/wiring"
)

func main() {
	route.Serve("workflows-export", func(b *base.Base, _ *identity.Service) ([]web.Endpoint, error) {
		objects, err := blobs.Open(b)
		if err != nil {
			return nil, err
		}
		a, err := apis.Open(b, objects, apis.Options{})
		if err != nil {
			return nil, err
		}
		return exchange.Endpoints(a.Workflows, launch.New(a.Workflows, wiring.Resolver{Connections: a.Connections}, nil), a.Connections), nil
	})
}
