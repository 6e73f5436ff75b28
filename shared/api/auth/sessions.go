package auth

import (
	"context"
	"net/http"

	"github.com/apiq/apiq/shared/identity"
	"github.com/apiq/apiq/shared/web"
)

// SessionIn names one session.
type SessionIn struct {
	ID string `path:"id"`
}

// sessions binds the routes of one's own sessions.
func sessions(ids *identity.Service) []web.Endpoint {
	return []web.Endpoint{
		web.Bind("auth-sessions", http.StatusOK, func(ctx context.Context, _ *web.None) (*web.Reply[[]identity.Session], error) {
			p, _ := identity.PrincipalFrom(ctx)
			all, err := ids.Sessions(ctx, p)
			if err != nil {
				return nil, err
			}
			return web.OK(all)
		}),
		web.Bind("auth-sessions-end", http.StatusOK, func(ctx context.Context, in *SessionIn) (*web.Reply[web.None], error) {
			p, _ := identity.PrincipalFrom(ctx)
			return &web.Reply[web.None]{}, ids.EndSession(ctx, p, in.ID)
		}),
		web.Bind("auth-sessions-end-others", http.StatusOK, func(ctx context.Context, _ *web.None) (*web.Reply[web.None], error) {
			p, _ := identity.PrincipalFrom(ctx)
			return &web.Reply[web.None]{}, ids.EndOtherSessions(ctx, p)
		}),
	}
}
