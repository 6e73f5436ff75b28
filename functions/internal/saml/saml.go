// Package saml serves rows of sign-in by SAML.
package saml

import (
	"github.com/apiq/apiq/functions/internal/base"
	"github.com/apiq/apiq/functions/internal/guard"
	"github.com/apiq/apiq/shared/api/auth"
	apisaml "github.com/apiq/apiq/shared/api/saml"
	"github.com/apiq/apiq/shared/identity"
	"github.com/apiq/apiq/shared/signin/keypair"
	"github.com/apiq/apiq/shared/signin/saml"
	"github.com/apiq/apiq/shared/web"
	"github.com/apiq/apiq/shared/web/outside"
)

// Build implements route.Build.
func Build(b *base.Base, people *identity.Service) ([]web.Endpoint, error) {
	g, err := guard.Open(b)
	if err != nil {
		return nil, err
	}
	s := saml.New(b.Store, b.Trail, keypair.New(b.Store, b.Sealer), people, g.Client(nil),
		&saml.Options{PublicURL: func() string { return b.Env.PublicURL }})
	return apisaml.Endpoints(s, outside.Cookies{Secure: true, Session: auth.Cookies{Secure: true}.Session}), nil
}
