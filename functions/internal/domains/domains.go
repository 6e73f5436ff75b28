// Package domains serves rows of the e-mail domains that a workspace shows to be its own.
package domains

import (
	"github.com/apiq/apiq/functions/internal/base"
	"github.com/apiq/apiq/functions/internal/domains/records"
	"github.com/apiq/apiq/shared/dns"
	"github.com/apiq/apiq/shared/identity"
	"github.com/apiq/apiq/shared/identity/domain"
	"github.com/apiq/apiq/shared/web"
)

// Open opens them with DNS to ask. people is nil where nobody is signed out.
func Open(b *base.Base, people *identity.Service) *domain.Service {
	return records.Open(b, people, dns.New(&dns.Options{Server: b.Env.DNS}))
}

// Build implements route.Build.
func Build(b *base.Base, people *identity.Service) ([]web.Endpoint, error) {
	return records.Endpoints(Open(b, people)), nil
}
