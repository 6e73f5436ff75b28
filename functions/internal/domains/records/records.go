// Package records serves those rows that ask no DNS.
package records

import (
	"github.com/apiq/apiq/functions/internal/base"
	apidomain "github.com/apiq/apiq/shared/api/domain"
	"github.com/apiq/apiq/shared/identity"
	"github.com/apiq/apiq/shared/identity/domain"
	"github.com/apiq/apiq/shared/mail/post"
	"github.com/apiq/apiq/shared/signin"
	"github.com/apiq/apiq/shared/web"
)

// Open opens domains over a resolver, nil for none.
func Open(b *base.Base, people *identity.Service, resolver domain.Resolver) *domain.Service {
	providers := signin.New(b.Store, b.Trail, b.Sealer, people, nil, nil)
	return domain.New(b.Store, b.Trail, people, post.New(b.Store, b.Sealer, &post.Options{URL: b.Env.PublicURL, Log: b.Log}), resolver,
		&domain.Options{Providers: providers.Ready})
}

// Build implements route.Build.
func Build(b *base.Base, people *identity.Service) ([]web.Endpoint, error) {
	return Endpoints(Open(b, people, nil)), nil
}

// Endpoints are those of the area.
func Endpoints(s *domain.Service) []web.Endpoint { return apidomain.Endpoints(s) }
