package web

import (
	"context"
	"net"
	"net/http"
	"strings"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/identity"
	"github.com/apiq/apiq/shared/route"
	"github.com/apiq/apiq/shared/tenant"
)

// SessionCookie carries the session token in browsers.
const SessionCookie = "apiq_session"

// admit decides whether a request may reach its handler and returns the context
// that names who it is from and whose data it may touch.
func (s *Server) admit(r *http.Request, row route.Route) (context.Context, error) {
	ctx := r.Context()
	ip := s.clientIP(r)
	ctx = tenant.WithActor(ctx, tenant.Actor{ID: "anonymous", RequestID: RequestID(ctx), IP: ip})
	caller := ip
	var principal identity.Principal
	if token := sessionToken(r); token != "" {
		p, err := s.Auth.Authenticate(ctx, token)
		switch {
		case err == nil:
			principal, caller = p, p.UserID
			ctx = identity.WithPrincipal(ctx, p)
			ctx = tenant.With(ctx, p.WorkspaceID)
			ctx = tenant.WithActor(ctx, tenant.Actor{ID: p.UserID, Email: p.Email, Role: string(p.Role), SessionID: p.SessionID, RequestID: RequestID(ctx), IP: ip})
		case row.Access != route.Public:
			return ctx, err
		}
	}
	ok, wait, err := s.Limiter.Allow(ctx, row.ID+"|"+caller, row.Rate.PerMinute, row.Rate.Burst)
	if err != nil {
		return ctx, err
	}
	if !ok {
		e := apierr.New(apierr.RateLimited, "Too many requests of this kind. Wait as long as Retry-After says.")
		e.RetryAfter = wait
		return ctx, e
	}
	if row.Access == route.Public {
		return ctx, nil
	}
	if principal.UserID == "" {
		return ctx, apierr.New(apierr.Unauthenticated, "Sign in first: send the session cookie or a Bearer token.")
	}
	if !row.Allows(principal.Role) {
		return ctx, apierr.Newf(apierr.Forbidden, "Your role (%s) does not allow this.", principal.Role)
	}
	return ctx, nil
}

// withWorkspace falls back to the system records for what belongs to nobody's
// workspace: only for audit records of requests that were not signed in.
func withWorkspace(ctx context.Context) context.Context {
	if _, err := tenant.From(ctx); err != nil {
		return tenant.WithSystem(ctx)
	}
	return ctx
}

func sessionToken(r *http.Request) string {
	if scheme, token, ok := strings.Cut(r.Header.Get("Authorization"), " "); ok && strings.EqualFold(scheme, "Bearer") {
		return strings.TrimSpace(token)
	}
	if c, err := r.Cookie(SessionCookie); err == nil {
		return c.Value
	}
	return ""
}

func (s *Server) clientIP(r *http.Request) string {
	if s.trustProxy {
		all := strings.Split(r.Header.Get("X-Forwarded-For"), ",")
		if ip := net.ParseIP(strings.TrimSpace(all[len(all)-1])); ip != nil {
			return ip.String()
		}
	}
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}
