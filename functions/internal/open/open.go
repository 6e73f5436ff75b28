// Package open serves rows that need nothing: anybody may read what they give, and
// it is the same for everybody.
package open

import (
	"context"
	"os"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/awsenv"
	"github.com/apiq/apiq/shared/boot"
	"github.com/apiq/apiq/shared/identity"
	"github.com/apiq/apiq/shared/lambda"
	"github.com/apiq/apiq/shared/limit"
	"github.com/apiq/apiq/shared/web"
)

// Serve is the main of such a function; it does not return.
func Serve(server func(web.Deps) (*web.Server, error)) {
	lambda.Main(func() (lambda.Handler, error) { return handler(server) })
}

func handler(server func(web.Deps) (*web.Server, error)) (lambda.Handler, error) {
	e, err := awsenv.Load(nil)
	if err != nil {
		return nil, err
	}
	log, err := boot.Logger(os.Stdout, e.LogLevel)
	if err != nil {
		return nil, err
	}
	limiter, err := limit.NewLocal(nil)
	if err != nil {
		return nil, err
	}
	s, err := server(web.Deps{Auth: nobody{}, Limiter: limiter, Log: log.With("function", e.Function)})
	if err != nil {
		return nil, err
	}
	return lambda.HTTP(s.Handler(), &lambda.HTTPOptions{Origin: e.Origin}), nil
}

// nobody is signed in here: a token is not looked at.
type nobody struct{}

func (nobody) Authenticate(context.Context, string) (identity.Principal, error) {
	return identity.Principal{}, apierr.New(apierr.Unauthenticated, "Sign in first: send the session cookie or a Bearer token.")
}

// Changeable implements web.Authenticator: every workspace is open.
func (nobody) Changeable(context.Context, identity.Principal) error { return nil }
