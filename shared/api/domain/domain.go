// Package domain holds the handlers of the e-mail domains that a workspace shows to be
// its own.
package domain

import (
	"context"
	"net/http"
	"time"

	"github.com/apiq/apiq/shared/identity/domain"
	"github.com/apiq/apiq/shared/web"
)

// Record is what shows in DNS that a domain is the workspace's.
type Record domain.Record

// Domain is one as an admin sees it.
type Domain struct {
	ID    string `json:"id" doc:"The domain itself, in ASCII."`
	State string `json:"state" jsonschema:"enum=pending,enum=verified,enum=missing" doc:"missing: held still, but the record is gone"`
	// Record is what to put into DNS.
	Record Record `json:"record"`
	// PasswordSignIn: people of the domain may come into the workspace by a password or a
	// passkey too, and not through its provider only.
	PasswordSignIn bool       `json:"passwordSignIn"`
	VerifiedAt     *time.Time `json:"verifiedAt,omitempty"`
	CheckedAt      *time.Time `json:"checkedAt,omitempty"`
	// LapsesAt is when a missing domain is held no more.
	LapsesAt  *time.Time `json:"lapsesAt,omitempty"`
	CreatedAt time.Time  `json:"createdAt"`
	UpdatedAt time.Time  `json:"updatedAt"`
	Version   int64      `json:"version"`
}

// ClaimIn is the input of domains-claim.
type ClaimIn struct {
	Body struct {
		Domain string `json:"domain" jsonschema:"required,maxLength=253"`
	}
}

// OneIn names a domain.
type OneIn struct {
	ID string `path:"id"`
}

// UpdateIn is the input of domains-update.
type UpdateIn struct {
	ID   string `path:"id"`
	Body struct {
		PasswordSignIn bool `json:"passwordSignIn" jsonschema:"required"`
	}
}

// Endpoints binds the routes of this area.
func Endpoints(s *domain.Service) []web.Endpoint {
	return []web.Endpoint{
		web.Bind("domains-list", http.StatusOK, func(ctx context.Context, _ *web.None) (*web.Reply[[]Domain], error) {
			all, err := s.List(ctx)
			if err != nil {
				return nil, err
			}
			out := make([]Domain, len(all))
			for i, d := range all {
				out[i] = view(d)
			}
			return web.List(out, "")
		}),
		web.Bind("domains-claim", http.StatusCreated, func(ctx context.Context, in *ClaimIn) (*web.Reply[Domain], error) {
			return reply(s.Claim(ctx, in.Body.Domain))
		}),
		web.Bind("domains-verify", http.StatusOK, func(ctx context.Context, in *OneIn) (*web.Reply[Domain], error) {
			return reply(s.Verify(ctx, in.ID))
		}),
		web.Bind("domains-update", http.StatusOK, func(ctx context.Context, in *UpdateIn) (*web.Reply[Domain], error) {
			return reply(s.SetProviderOnly(ctx, in.ID, !in.Body.PasswordSignIn))
		}),
		web.Bind("domains-delete", http.StatusOK, func(ctx context.Context, in *OneIn) (*web.Reply[web.None], error) {
			return &web.Reply[web.None]{}, s.Remove(ctx, in.ID)
		}),
	}
}

func reply(d domain.Domain, err error) (*web.Reply[Domain], error) {
	if err != nil {
		return nil, err
	}
	return &web.Reply[Domain]{Data: view(d), Version: d.Version}, nil
}

func view(d domain.Domain) Domain {
	return Domain{ID: d.Name, State: d.State, Record: Record(d.Record), PasswordSignIn: !d.ProviderOnly, VerifiedAt: at(d.VerifiedAt), CheckedAt: at(d.CheckedAt), LapsesAt: at(d.LapsesAt),
		CreatedAt: d.CreatedAt, UpdatedAt: d.UpdatedAt, Version: d.Version}
}

func at(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
