package auth

import (
	"context"
	"net/http"

	"github.com/apiq/apiq/shared/identity"
	"github.com/apiq/apiq/shared/web"
)

// Options are what a sign-in page needs to know.
type Options struct {
	// Registration is who may make an account: anybody, who was invited, or nobody.
	Registration string `json:"registration" jsonschema:"enum=open,enum=invite,enum=closed"`
	// Mail: messages reach people. Without, they lie in a folder of the server's.
	Mail bool `json:"mail"`
	// MinPassword is how many characters a password has at least.
	MinPassword int `json:"minPassword"`
}

// Choices binds the route of Options.
func Choices(ids *identity.Service, mails bool) []web.Endpoint {
	return []web.Endpoint{
		web.Bind("auth-options", http.StatusOK, func(ctx context.Context, _ *web.None) (*web.Reply[Options], error) {
			mode, err := ids.Registration(ctx)
			if err != nil {
				return nil, err
			}
			return web.OK(Options{Registration: mode, Mail: mails, MinPassword: identity.MinPassword})
		}),
	}
}
