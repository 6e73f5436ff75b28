package signin

import (
	"context"
	"errors"
	"net/http"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/identity"
	"github.com/apiq/apiq/shared/signin"
	"github.com/apiq/apiq/shared/web"
	"github.com/apiq/apiq/shared/web/outside"
)

// Linked is an identity at a provider that signs the caller in.
type Linked identity.Linked

// LinkIn says which provider's identity is to be linked.
type LinkIn struct {
	Body struct {
		Provider string `json:"provider" jsonschema:"required,maxLength=64"`
		// Workspace is the one that the caller is in, for its own provider. Left out: the operator's.
		Workspace string `json:"workspace,omitempty" jsonschema:"maxLength=64"`
	}
}

// LinkWay is where the browser goes to link an identity. It comes back to /settings/security.
type LinkWay struct {
	URL string `json:"url"`
}

// LinkedIn names one linked identity.
type LinkedIn struct {
	ID string `path:"id"`
}

// Identities binds the routes of the identities that are linked to the caller's account.
func Identities(s *signin.Service, people *identity.Service, cookies outside.Cookies) []web.Endpoint {
	return []web.Endpoint{
		web.Bind("identities-list", http.StatusOK, func(ctx context.Context, _ *web.None) (*web.Reply[[]Linked], error) {
			p, _ := identity.PrincipalFrom(ctx)
			all, err := people.Linked(ctx, p)
			if err != nil {
				return nil, err
			}
			out := make([]Linked, len(all))
			for i, l := range all {
				out[i] = Linked(l)
			}
			return web.List(out, "")
		}),
		web.Bind("identities-link", http.StatusOK, func(ctx context.Context, in *LinkIn) (*web.Reply[LinkWay], error) {
			p, _ := identity.PrincipalFrom(ctx)
			d, err := s.StartLink(ctx, p, in.Body.Workspace, in.Body.Provider)
			switch {
			case errors.Is(err, signin.Missing):
				return nil, apierr.Wrap(apierr.NotFound, "This provider is not set up here. GET /api/auth/providers lists those that are.", err)
			case errors.Is(err, signin.Unreachable):
				return nil, apierr.Wrap(apierr.Unavailable, "The provider does not answer. Try again in a moment.", err)
			case err != nil:
				return nil, err
			}
			return &web.Reply[LinkWay]{Data: LinkWay{URL: d.URL}, Cookies: []*http.Cookie{cookies.Flow(d)}}, nil
		}),
		web.Bind("identities-unlink", http.StatusOK, func(ctx context.Context, in *LinkedIn) (*web.Reply[web.None], error) {
			p, _ := identity.PrincipalFrom(ctx)
			return &web.Reply[web.None]{}, people.Unlink(ctx, p, in.ID)
		}),
	}
}
