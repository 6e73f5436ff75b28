// Command templates-list serves GET /api/templates.
package main

import (
	"github.com/apiq/apiq/functions/internal/apis"
	"github.com/apiq/apiq/functions/internal/base"
	"github.com/apiq/apiq/functions/internal/route"
	apigallery "github.com/apiq/apiq/shared/api/gallery"
	"github.com/apiq/apiq/shared/gallery"
	"github.com/apiq/apiq/shared/identity"
	"github.com/apiq/apiq/shared/web"
)

func main() {
	route.Serve("templates-list", func(b *base.Base, _ *identity.Service) ([]web.Endpoint, error) {
		return apigallery.Endpoints(gallery.New(apis.Records(b), nil, nil)), nil // what uses one is another function
	})
}
