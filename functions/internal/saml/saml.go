// Package saml serves rows of sign-in by SAML.
package saml

import (
	"github.com/apiq/apiq/functions/internal/base"
	"github.com/apiq/apiq/shared/api/auth"
	apisaml "github.com/apiq/apiq/shared/api/saml"
	"github.com/apiq/apiq/shared/boot"
	"github.com/apiq/apiq/shared/egress"
	"github.com/apiq/apiq/shared/identity"
	"github.com/apiq/apiq/shared/signin/keypair"
	"github.com/apiq/apiq/shared/signin/saml"
	"github.com/apiq/apiq/shared/web"
)

// Build implements route.Build.
func Build(b *base.Base, people *identity.Service) ([]web.Endpoint, error) {
	allow, err := boot.Prefixes(b.Env.EgressAllow)
	if err != nil {
		return nil, err
	}
	s := saml.New(b.Store, b.Trail, keypair.New(b.Store, b.Sealer), people, egress.New(&egress.Options{Allow: allow}).Client(nil),
		&saml.Options{PublicURL: func() string { return b.Env.PublicURL }})
	return apisaml.Endpoints(s, apisaml.Cookies{Secure: true, Session: auth.Cookies{Secure: true}.Session}), nil
}
