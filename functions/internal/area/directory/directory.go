// Package directory serves rows of a workspace's directory.
package directory

import (
	"strings"

	"github.com/apiq/apiq/functions/internal/base"
	"github.com/apiq/apiq/shared/api/directory"
	"github.com/apiq/apiq/shared/identity"
	"github.com/apiq/apiq/shared/scim"
	"github.com/apiq/apiq/shared/web"
)

// Build implements route.Build.
func Build(b *base.Base, people *identity.Service) ([]web.Endpoint, error) {
	d := scim.New(b.Store, b.Trail, people, &scim.Options{PublicURL: strings.TrimRight(b.Env.PublicURL, "/")})
	return directory.Endpoints(d, people), nil
}
