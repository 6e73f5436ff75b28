// Command templates-use serves POST /api/templates/{id}/use.
package main

import (
	"github.com/apiq/apiq/functions/internal/apis"
	"github.com/apiq/apiq/functions/internal/base"
	"github.com/apiq/apiq/functions/internal/blobs"
	"github.com/apiq/apiq/functions/internal/route"
	apigallery "github.com/apiq/apiq/shared/api/gallery"
	"github.com/apiq/apiq/shared/gallery"
	"github.com/apiq/apiq/shared/identity"
	"github.com/apiq/apiq/shared/web"
	"github.com/apiq/apiq/shared/wiring"
)

func main() {
	route.Serve("templates-use", func(b *base.Base, _ *identity.Service) ([]web.Endpoint, error) {
		objects, err := blobs.Open(b)
		if err != nil {
			return nil, err
		}
		a, err := apis.Open(b, objects, apis.Options{})
		if err != nil {
			return nil, err
		}
		return apigallery.Endpoints(gallery.New(a.Connections, wiring.Resolver{Connections: a.Connections}, a.Workflows)), nil
	})
}
