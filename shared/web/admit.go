package web

import (
	"cmp"
	"context"
	"errors"
	"fmt"
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
	actor := tenant.Actor{ID: "anonymous", RequestID: RequestID(ctx), IP: ip, Agent: agent(r)}
	ctx = tenant.WithActor(ctx, actor)
	caller := identity.Network(ip)
	var principal identity.Principal
	var authErr error
	provisioner, err := s.provisioner(r, row)
	if err != nil {
		return ctx, err
	}
	if p := provisioner; p.ID != "" {
		caller = p.ID
		ctx = tenant.With(ctx, p.WorkspaceID)
		ctx = tenant.WithActor(ctx, tenant.Actor{ID: p.ID, RequestID: RequestID(ctx), IP: ip})
	} else if token := sessionToken(r); token != "" {
		principal, authErr = s.Auth.Authenticate(ctx, token)
		if p := principal; authErr == nil {
			caller = p.UserID
			if p.Due == "" || row.Enrolling {
				ctx = identity.WithPrincipal(ctx, p)
			}
			ctx = tenant.With(ctx, p.WorkspaceID)
			ctx = tenant.WithActor(ctx, tenant.Actor{ID: p.UserID, Email: p.Email, Role: string(p.Role), SessionID: cmp.Or(p.SessionID, p.TokenID), RequestID: actor.RequestID, IP: ip, Agent: actor.Agent})
		}
	}
	// The limit comes before every refusal: each of those writes an audit record.
	ok, wait, err := s.Limiter.Allow(ctx, row.ID+"|"+caller, row.Rate.PerMinute, row.Rate.Burst)
	if err != nil {
		return ctx, err
	}
	if !ok {
		e := apierr.Wrap(apierr.RateLimited, "Too many requests of this kind. Wait as long as Retry-After says.", errLimited)
		e.RetryAfter = wait
		return ctx, e
	}
	if err := s.withinQuota(ctx); err != nil {
		return ctx, err
	}
	if err := s.guard.Check(r); err != nil && !row.CrossSite {
		return ctx, apierr.Wrap(apierr.Forbidden, "Requests from another site are refused.", err)
	}
	switch {
	case row.Access == route.Public:
		return ctx, nil
	case provisioner.ID != "" && row.Mutates:
		return ctx, s.Auth.Changeable(ctx, identity.Principal{WorkspaceID: provisioner.WorkspaceID})
	case provisioner.ID != "":
		return ctx, nil
	case authErr != nil:
		return ctx, authErr
	case principal.UserID == "":
		return ctx, apierr.New(apierr.Unauthenticated, "Sign in first: send the session cookie or a Bearer token.")
	}
	if principal.Due != "" && !row.Enrolling {
		return ctx, principal.Due.Refusal()
	}
	if !row.Allows(principal.Role) {
		return ctx, apierr.Newf(apierr.Forbidden, "Your role (%s) does not allow this.", principal.Role)
	}
	if principal.TokenID != "" && !row.AllowsToken(principal.Scopes) {
		if scope := row.Scope(); scope != "" {
			return ctx, apierr.Newf(apierr.Forbidden, "The scopes of this API token (%s) do not allow this. It takes %s.", strings.Join(principal.Scopes, ", "), scope)
		}
		return ctx, apierr.New(apierr.Forbidden, "An API token cannot do this. Sign in for it.")
	}
	if row.Account && principal.Bound() != "" {
		return ctx, apierr.New(apierr.Forbidden, "You came by the sign-in of one workspace, which speaks for you there only. To change your account, sign in with its password or a provider of the whole installation.")
	}
	if row.Fresh && !principal.ProvenAt.Add(route.FreshFor).After(s.now()) {
		const message = "Confirm that it is you: this takes a sign-in, or POST /api/auth/confirm, of the last 15 minutes."
		return ctx, apierr.New(apierr.Forbidden, message).With(apierr.Problem{Path: "session", Code: "confirm", Message: message})
	}
	// What is a person's own stays theirs to change.
	if row.Mutates && !row.WhileClosing && (row.Access == route.User || row.Access == route.Admin) {
		return ctx, s.Auth.Changeable(ctx, principal)
	}
	return ctx, nil
}

// agent is what the peer calls itself: some hundred letters, none that are no text.
func agent(r *http.Request) string {
	text := r.UserAgent()
	if len(text) > maxAgent {
		text = text[:maxAgent]
	}
	return strings.ToValidUTF8(strings.Map(func(c rune) rune {
		if c < ' ' || c == 0x7f {
			return -1
		}
		return c
	}, text), "")
}

const maxAgent = 300

// provisioner is the directory that a request to a provisioning route is of, none where
// its token is no directory's: who is signed in is refused by role further down.
func (s *Server) provisioner(r *http.Request, row route.Route) (identity.Provisioner, error) {
	token, ok := bearer(r)
	if row.Access != route.Provisioning || s.Directory == nil || !ok {
		return identity.Provisioner{}, nil
	}
	p, err := s.Directory.Provisioner(r.Context(), token)
	if apierr.CodeOf(err) == apierr.Unauthenticated {
		return identity.Provisioner{}, nil
	}
	return p, err
}

// withinQuota counts a request among all of its workspace's, so that one workspace
// leaves room for the others, however many people and tokens it has.
func (s *Server) withinQuota(ctx context.Context) error {
	workspace, err := tenant.From(ctx)
	if err != nil || s.Quotas == nil { // nobody is signed in
		return nil
	}
	perMinute := s.Quotas.RequestsPerMinute(workspace)
	if perMinute == 0 {
		return nil
	}
	ok, wait, err := s.Limiter.Allow(ctx, "workspace|"+workspace, perMinute, max(1, perMinute/quotaBurst))
	if err != nil || ok {
		return err
	}
	e := apierr.Wrap(apierr.QuotaExceeded, fmt.Sprintf("This workspace has made the %d requests that it may make a minute. Wait as long as Retry-After says.", perMinute), errLimited)
	e.RetryAfter = wait
	return e
}

// quotaBurst: a workspace may make a sixth of a minute's requests at once.
const quotaBurst = 6

// errLimited: the limiter held the request back.
var errLimited = errors.New("web: rate limited")

// withWorkspace falls back to the system records for what belongs to nobody's
// workspace: only for audit records of requests that were not signed in.
func withWorkspace(ctx context.Context) context.Context {
	if _, err := tenant.From(ctx); err != nil {
		return tenant.WithSystem(ctx)
	}
	return ctx
}

func bearer(r *http.Request) (token string, ok bool) {
	scheme, token, ok := strings.Cut(r.Header.Get("Authorization"), " ")
	return strings.TrimSpace(token), ok && strings.EqualFold(scheme, "Bearer")
}

func sessionToken(r *http.Request) string {
	if token, ok := bearer(r); ok {
		return token
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
