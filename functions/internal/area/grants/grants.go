// Package grants serves rows about the grants of connections.
package grants

import (
	"github.com/apiq/apiq/functions/internal/apis"
	"github.com/apiq/apiq/functions/internal/base"
	"github.com/apiq/apiq/functions/internal/blobs"
	"github.com/apiq/apiq/shared/api/grant"
	"github.com/apiq/apiq/shared/identity"
	"github.com/apiq/apiq/shared/web"
)

// Build implements route.Build.
func Build(b *base.Base, _ *identity.Service) ([]web.Endpoint, error) {
	objects, err := blobs.Open(b)
	if err != nil {
		return nil, err
	}
	a, err := apis.Open(b, objects, apis.Options{})
	if err != nil {
		return nil, err
	}
	return grant.Endpoints(a.Grants, grant.Cookies{Secure: true}), nil
}
