// Package documents serves rows about connections that open documents and import none.
package documents

import (
	"github.com/apiq/apiq/functions/internal/apis"
	"github.com/apiq/apiq/functions/internal/base"
	"github.com/apiq/apiq/functions/internal/blobs"
	"github.com/apiq/apiq/shared/api/connection"
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
	return connection.Endpoints(a.Connections), nil
}
