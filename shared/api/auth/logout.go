package auth

import (
	"context"
	"net/http"

	"github.com/apiq/apiq/shared/identity"
	"github.com/apiq/apiq/shared/signin"
	"github.com/apiq/apiq/shared/web"
)

// SignedOut is the answer to the end of a session.
type SignedOut struct {
	// LogoutURL is where a browser goes to be signed out at the provider too that the
	// session came by; it comes back from there. Left out where there is no such address.
	LogoutURL string `json:"logoutUrl,omitempty"`
}

// Logout binds the route that ends the session.
func Logout(ids *identity.Service, cookies Cookies, exit signin.Exit) []web.Endpoint {
	return []web.Endpoint{
		web.Bind("auth-logout", http.StatusOK, func(ctx context.Context, _ *web.None) (*web.Reply[SignedOut], error) {
			p, _ := identity.PrincipalFrom(ctx)
			over, err := ids.Logout(ctx, p)
			if err != nil {
				return nil, err
			}
			return &web.Reply[SignedOut]{Data: SignedOut{LogoutURL: exit.After(ctx, over)}, Cookies: []*http.Cookie{cookies.cleared()}}, nil
		}),
	}
}
