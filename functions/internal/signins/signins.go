// Package signins serves rows of sign-in through providers.
package signins

import (
	"context"

	"github.com/apiq/apiq/functions/internal/base"
	"github.com/apiq/apiq/functions/internal/guard"
	"github.com/apiq/apiq/shared/api/auth"
	apisignin "github.com/apiq/apiq/shared/api/signin"
	"github.com/apiq/apiq/shared/identity"
	"github.com/apiq/apiq/shared/secret"
	"github.com/apiq/apiq/shared/signin"
	"github.com/apiq/apiq/shared/signin/oidc"
	"github.com/apiq/apiq/shared/web"
	"github.com/apiq/apiq/shared/web/outside"
)

// Secrets gives the client secrets of the operator's providers, by name.
type Secrets func(ctx context.Context, name string) (secret.Secret, error)

// Build implements route.Build, for rows that redeem nothing: no secret of the
// operator's is at hand.
func Build(b *base.Base, people *identity.Service) ([]web.Endpoint, error) {
	return With(b, people, nil)
}

// With is Build with those secrets.
func With(b *base.Base, people *identity.Service, secrets Secrets) ([]web.Endpoint, error) {
	g, err := guard.Open(b)
	if err != nil {
		return nil, err
	}
	return open(b, people, oidc.New(g, nil), secrets)
}

// Records is Build for rows that ask no provider.
func Records(b *base.Base, people *identity.Service) ([]web.Endpoint, error) {
	return open(b, people, nil, nil)
}

// open has the operator's providers where the row is told of them.
func open(b *base.Base, people *identity.Service, protocol signin.Protocol, secrets Secrets) ([]web.Endpoint, error) {
	operator, err := signin.OperatorApart(b.Env.SignIn)
	if err != nil {
		return nil, err
	}
	s := signin.New(b.Store, b.Trail, b.Sealer, people, protocol, &signin.Options{Operator: operator, Secret: secrets, PublicURL: func() string { return b.Env.PublicURL }})
	cookies := outside.Cookies{Secure: true, Session: auth.Cookies{Secure: true}.Session}
	return append(apisignin.Endpoints(s, cookies), apisignin.Identities(s, people, cookies)...), nil
}
