// Command workflows-rehearse serves POST /api/workflows/{id}/rehearse.
package main

import (
	"github.com/apiq/apiq/functions/internal/apis"
	"github.com/apiq/apiq/functions/internal/base"
	"github.com/apiq/apiq/functions/internal/blobs"
	"github.com/apiq/apiq/functions/internal/route"
	apirehearse "github.com/apiq/apiq/shared/api/rehearse"
	"github.com/apiq/apiq/shared/identity"
	"github.com/apiq/apiq/shared/rehearse"
	"github.com/apiq/apiq/shared/web"
	"github.com/apiq/apiq/shared/wiring"
)

func main() {
	route.Serve("workflows-rehearse", func(b *base.Base, _ *identity.Service) ([]web.Endpoint, error) {
		objects, err := blobs.Open(b)
		if err != nil {
			return nil, err
		}
		a, err := apis.Open(b, objects, apis.Options{})
		if err != nil {
			return nil, err
		}
		return apirehearse.Endpoints(rehearse.New(a.Workflows, wiring.Resolver{Connections: a.Connections}, b.Trail, nil)), nil
	})
}
