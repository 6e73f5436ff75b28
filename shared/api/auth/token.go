package auth

import (
	"context"
	"net/http"
	"time"

	"github.com/apiq/apiq/shared/identity"
	"github.com/apiq/apiq/shared/web"
)

// NewToken is a token with what is shown of it once.
type NewToken struct {
	identity.APIToken
	Token string `json:"token"`
}

// TokenIn is the input of a new token.
type TokenIn struct {
	Body struct {
		Name      string    `json:"name" jsonschema:"required,minLength=1,maxLength=100"`
		Scopes    []string  `json:"scopes" jsonschema:"required,minItems=1,maxItems=40"`
		ExpiresAt time.Time `json:"expiresAt" jsonschema:"required"`
	}
}

// TokenIDIn names a token.
type TokenIDIn struct {
	ID string `path:"id"`
}

// Tokens binds the routes of personal API tokens.
func Tokens(ids *identity.Service) []web.Endpoint {
	return []web.Endpoint{
		web.Bind("tokens-list", http.StatusOK, func(ctx context.Context, _ *web.None) (*web.Reply[[]identity.APIToken], error) {
			p, _ := identity.PrincipalFrom(ctx)
			all, err := ids.Tokens(ctx, p)
			if err != nil {
				return nil, err
			}
			return web.List(all, "")
		}),
		web.Bind("tokens-create", http.StatusCreated, func(ctx context.Context, in *TokenIn) (*web.Reply[NewToken], error) {
			p, _ := identity.PrincipalFrom(ctx)
			t, token, err := ids.NewToken(ctx, p, in.Body.Name, in.Body.Scopes, in.Body.ExpiresAt)
			if err != nil {
				return nil, err
			}
			return web.Created(NewToken{APIToken: t, Token: token}, 0)
		}),
		web.Bind("tokens-delete", http.StatusOK, func(ctx context.Context, in *TokenIDIn) (*web.Reply[web.None], error) {
			p, _ := identity.PrincipalFrom(ctx)
			return &web.Reply[web.None]{}, ids.RemoveToken(ctx, p, in.ID)
		}),
	}
}
