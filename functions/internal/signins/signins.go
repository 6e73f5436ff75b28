// Package signins serves rows of sign-in through providers.
package signins

import (
	"github.com/apiq/apiq/functions/internal/base"
	"github.com/apiq/apiq/functions/internal/guard"
	"github.com/apiq/apiq/shared/api/auth"
	apisignin "github.com/apiq/apiq/shared/api/signin"
	"github.com/apiq/apiq/shared/identity"
	"github.com/apiq/apiq/shared/signin"
	"github.com/apiq/apiq/shared/signin/oidc"
	"github.com/apiq/apiq/shared/web"
	"github.com/apiq/apiq/shared/web/outside"
)

// Build implements route.Build.
func Build(b *base.Base, people *identity.Service) ([]web.Endpoint, error) {
	g, err := guard.Open(b)
	if err != nil {
		return nil, err
	}
	s := signin.New(b.Store, b.Trail, b.Sealer, people, oidc.New(g, nil), &signin.Options{PublicURL: func() string { return b.Env.PublicURL }})
	return endpoints(s, people), nil
}

// Records is Build for rows that ask no provider.
func Records(b *base.Base, people *identity.Service) ([]web.Endpoint, error) {
	s := signin.New(b.Store, b.Trail, b.Sealer, people, nil, &signin.Options{PublicURL: func() string { return b.Env.PublicURL }})
	return endpoints(s, people), nil
}

func endpoints(s *signin.Service, people *identity.Service) []web.Endpoint {
	cookies := outside.Cookies{Secure: true, Session: auth.Cookies{Secure: true}.Session}
	return append(apisignin.Endpoints(s, cookies), apisignin.Identities(s, people, cookies)...)
}
