// Package policy holds the handlers of what a workspace asks of sessions.
package policy

import (
	"context"
	"net/http"
	"time"

	"github.com/apiq/apiq/shared/identity"
	"github.com/apiq/apiq/shared/web"
)

// Policy is what a workspace asks of the sessions and API tokens in it.
type Policy struct {
	RequireSecondFactor bool `json:"requireSecondFactor"`
	// From is when that begins; left out: at once.
	From time.Time `json:"from,omitzero"`
	// TrustProviders: who came by a provider of the operator's has shown a second factor there.
	TrustProviders bool `json:"trustProviders"`
	// IdleMinutes is after how long without use a session ends; left out: never.
	IdleMinutes int `json:"idleMinutes,omitempty"`
	// SessionHours is how long after the sign-in it ends; left out: as any session.
	SessionHours int       `json:"sessionHours,omitempty"`
	UpdatedAt    time.Time `json:"updatedAt,omitzero"`
	Version      int64     `json:"version"`
}

// UpdateIn is the whole of the rules; what is left out is as in a new workspace.
type UpdateIn struct {
	IfMatch int64 `header:"If-Match" doc:"The version that is changed; 412 when there is a newer one."`
	Body    struct {
		RequireSecondFactor bool      `json:"requireSecondFactor,omitempty"`
		From                time.Time `json:"from,omitzero"`
		TrustProviders      *bool     `json:"trustProviders,omitempty"`
		IdleMinutes         int       `json:"idleMinutes,omitempty" jsonschema:"minimum=5,maximum=10080"`
		SessionHours        int       `json:"sessionHours,omitempty" jsonschema:"minimum=1,maximum=168"`
	}
}

// Endpoints binds the routes of this area.
func Endpoints(people *identity.Service) []web.Endpoint {
	return []web.Endpoint{
		web.Bind("policy-get", http.StatusOK, func(ctx context.Context, _ *web.None) (*web.Reply[Policy], error) {
			return reply(people.Policy(ctx))
		}),
		web.Bind("policy-update", http.StatusOK, func(ctx context.Context, in *UpdateIn) (*web.Reply[Policy], error) {
			who, _ := identity.PrincipalFrom(ctx)
			b := in.Body
			next := identity.Policy{RequireSecondFactor: b.RequireSecondFactor, From: b.From, TrustProviders: b.TrustProviders == nil || *b.TrustProviders,
				IdleMinutes: b.IdleMinutes, SessionHours: b.SessionHours}
			return reply(people.SavePolicy(ctx, who, next, in.IfMatch))
		}),
	}
}

func reply(p identity.Policy, err error) (*web.Reply[Policy], error) {
	if err != nil {
		return nil, err
	}
	return &web.Reply[Policy]{Data: Policy(p), Version: p.Version}, nil
}
