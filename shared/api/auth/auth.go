// Package auth holds the handlers of accounts and sessions. It decodes, makes
// one call of the identity domain, and encodes.
package auth

import (
	"context"
	"net/http"
	"time"

	"github.com/apiq/apiq/shared/identity"
	"github.com/apiq/apiq/shared/route"
	"github.com/apiq/apiq/shared/secret"
	"github.com/apiq/apiq/shared/web"
)

// Session is the answer to a sign-in.
type Session struct {
	User      User      `json:"user"`
	Workspace Workspace `json:"workspace"`
	Token     string    `json:"token"`
	ExpiresAt time.Time `json:"expiresAt"`
}

// Me is the answer to "who am I".
type Me struct {
	User      User      `json:"user"`
	Workspace Workspace `json:"workspace"`
	Rules     Rules     `json:"rules"`
}

// Rules is what the workspace asks of the session.
type Rules struct {
	// IdleMinutes is after how long without use it ends; left out: never.
	IdleMinutes int `json:"idleMinutes,omitempty"`
	// SecondFactor is what the caller owes; left out: nothing.
	SecondFactor *OwedFactor `json:"secondFactor,omitempty"`
}

// OwedFactor is a second factor that the workspace waits for.
type OwedFactor struct {
	// Due says whether one is to be enrolled, or shown in this session.
	Due identity.Due `json:"due" jsonschema:"enum=second_factor_required,enum=second_factor_unproven"`
	// From is when the rule begins; left out: it has.
	From time.Time `json:"from,omitzero"`
	// Now: until then all but enrolling, proving, signing out and other workspaces is refused.
	Now bool `json:"now"`
}

// User is a person as clients see them, with their role in this workspace.
type User struct {
	ID    string `json:"id"`
	Email string `json:"email"`
	// EmailVerified: the person has shown that they read mail at this address.
	EmailVerified bool   `json:"emailVerified"`
	Name          string `json:"name"`
	// Notify: letters tell of what waits for the person's decision.
	Notify    bool       `json:"notify"`
	Role      route.Role `json:"role"`
	CreatedAt time.Time  `json:"createdAt"`
	UpdatedAt time.Time  `json:"updatedAt"`
	Version   int64      `json:"version"`
}

// Workspace as clients see it.
type Workspace struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	OwnerID string `json:"ownerId,omitempty"`
	// DeleteAt is when it will be deleted, where that was asked for.
	DeleteAt  *time.Time `json:"deleteAt,omitempty"`
	ClosedBy  string     `json:"closedBy,omitempty"`
	CreatedAt time.Time  `json:"createdAt"`
	UpdatedAt time.Time  `json:"updatedAt"`
	Version   int64      `json:"version"`
}

// RegisterIn is the input of register.
type RegisterIn struct {
	Body struct {
		Email     string        `json:"email" jsonschema:"required,minLength=3,maxLength=254"`
		Name      string        `json:"name" jsonschema:"required,minLength=1,maxLength=100"`
		Password  secret.Secret `json:"password" jsonschema:"required"`
		Workspace string        `json:"workspace,omitempty" jsonschema:"maxLength=100"`
		Invite    string        `json:"invite,omitempty" jsonschema:"maxLength=100"`
	}
}

// LoginIn is the input of login.
type LoginIn struct {
	Body struct {
		Email    string        `json:"email" jsonschema:"required,minLength=3,maxLength=254"`
		Password secret.Secret `json:"password" jsonschema:"required"`
		// Code is the second factor's, where one is enrolled.
		Code string `json:"code,omitempty" jsonschema:"maxLength=64"`
	}
}

// Cookies says how the session cookie is set.
type Cookies struct {
	// Secure is set everywhere but on a plain-http loopback address.
	Secure bool
}

// Endpoints binds the routes of this area.
func Endpoints(ids *identity.Service, cookies Cookies) []web.Endpoint {
	return append(append(sessions(ids), account(ids)...), []web.Endpoint{
		web.Bind("auth-register", http.StatusCreated, func(ctx context.Context, in *RegisterIn) (*web.Reply[Session], error) {
			b := in.Body
			grant, err := ids.Register(ctx, identity.Registration{Email: b.Email, Name: b.Name, Password: b.Password.Reveal(), Workspace: b.Workspace, Invite: b.Invite})
			return cookies.Reply(grant, err)
		}),
		web.Bind("auth-login", http.StatusOK, func(ctx context.Context, in *LoginIn) (*web.Reply[Session], error) {
			grant, err := ids.Login(ctx, in.Body.Email, in.Body.Password.Reveal(), in.Body.Code)
			return cookies.Reply(grant, err)
		}),
		web.Bind("auth-me", http.StatusOK, func(ctx context.Context, _ *web.None) (*web.Reply[Me], error) {
			p, _ := identity.PrincipalFrom(ctx)
			user, workspace, err := ids.Me(ctx, p)
			if err != nil {
				return nil, err
			}
			standing, err := ids.Standing(ctx, p)
			if err != nil {
				return nil, err
			}
			return web.OK(Me{User: view(user, p.Role), Workspace: Workspace(workspace), Rules: rules(standing, p)})
		}),
	}...)
}

// Reply answers a sign-in.
func (c Cookies) Reply(g identity.Grant, err error) (*web.Reply[Session], error) {
	if err != nil {
		return nil, err
	}
	return &web.Reply[Session]{
		Data:    Session{User: view(g.User, g.Role), Workspace: Workspace(g.Workspace), Token: g.Token, ExpiresAt: g.ExpiresAt},
		Cookies: []*http.Cookie{c.session(g.Token, g.ExpiresAt)},
	}, nil
}

// session is the cookie of a session. It names the moment of its end, not how
// long it lasts: an answer that is given again under its idempotency key makes
// it no longer.
func (c Cookies) session(token string, end time.Time) *http.Cookie {
	return &http.Cookie{Name: web.SessionCookie, Value: token, Path: "/", Expires: end, HttpOnly: true, Secure: c.Secure, SameSite: http.SameSiteLaxMode} // #nosec G124 -- Secure but on loopback without TLS
}

// Session is the cookie of a session that came about elsewhere.
func (c Cookies) Session(g identity.Grant) *http.Cookie { return c.session(g.Token, g.ExpiresAt) }

// cleared makes a browser forget the session.
func (c Cookies) cleared() *http.Cookie {
	gone := c.session("", time.Time{}) // #nosec G124 -- as session
	gone.MaxAge = -1
	return gone
}

func rules(s identity.Standing, p identity.Principal) Rules {
	r := Rules{IdleMinutes: s.Policy.IdleMinutes}
	switch {
	case p.Due != "":
		r.SecondFactor = &OwedFactor{Due: p.Due, Now: true}
	case s.Due != "":
		r.SecondFactor = &OwedFactor{Due: s.Due, From: s.Policy.From}
	}
	return r
}

func view(u identity.User, role route.Role) User {
	return User{ID: u.ID, Email: u.Email, EmailVerified: u.EmailVerified, Name: u.Name, Notify: !u.Quiet, Role: role, CreatedAt: u.CreatedAt, UpdatedAt: u.UpdatedAt, Version: u.Version}
}
