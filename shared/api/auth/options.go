package auth

import (
	"context"
	"net/http"
	"strings"

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
	// PublicURL is what addresses of the product begin with: what a provider sends people
	// back to, what a directory or a sender of webhooks calls.
	PublicURL string `json:"publicUrl"`
}

// Choices binds the route of Options. public tells where browsers reach the product.
func Choices(ids *identity.Service, mails bool, public func() string) []web.Endpoint {
	return []web.Endpoint{
		web.Bind("auth-options", http.StatusOK, func(ctx context.Context, _ *web.None) (*web.Reply[Options], error) {
			mode, err := ids.Registration(ctx)
			if err != nil {
				return nil, err
			}
			return web.OK(Options{Registration: mode, Mail: mails, MinPassword: identity.MinPassword, PublicURL: strings.TrimRight(public(), "/")})
		}),
	}
}
