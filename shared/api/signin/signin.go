// Package signin holds the handlers of sign-in through providers: the way of a
// browser out and back, and an admin's configuration.
package signin

import (
	"context"
	"net/http"
	"time"

	"github.com/apiq/apiq/shared/route"
	"github.com/apiq/apiq/shared/secret"
	"github.com/apiq/apiq/shared/signin"
	"github.com/apiq/apiq/shared/web"
	"github.com/apiq/apiq/shared/web/outside"
)

// Choice is a way to sign in.
type Choice signin.Choice

// Way is a sign-in that a person may go on with.
type Way signin.Way

// Discovery is where people of an e-mail domain sign in.
type Discovery struct {
	Ways []Way `json:"ways"`
	// Password: a password leads in too.
	Password bool `json:"password"`
}

// DiscoverIn is the input of auth-discover.
type DiscoverIn struct {
	Body struct {
		Email string `json:"email" jsonschema:"required,minLength=3,maxLength=254"`
	}
}

// Finding is one thing that a trial saw.
type Finding signin.Finding

// Provider is a way to sign in, as an admin configures it. Its secret is never answered.
type Provider struct {
	ID           string                `json:"id"`
	Name         string                `json:"name"`
	Issuer       string                `json:"issuer"`
	ClientID     string                `json:"clientId"`
	Scopes       []string              `json:"scopes"`
	Domains      []string              `json:"domains"`
	Claim        string                `json:"claim"`
	Roles        map[string]route.Role `json:"roles"`
	DefaultRole  route.Role            `json:"defaultRole"`
	JIT          bool                  `json:"jit"`
	Enabled      bool                  `json:"enabled"`
	TrustEmail   bool                  `json:"trustEmail"`
	SessionHours int                   `json:"sessionHours"`
	// RedirectURI is what the provider has to be told.
	RedirectURI string `json:"redirectUri"`
	// SignInURL leads people of this workspace straight to the provider.
	SignInURL string `json:"signInUrl"`
	// SignedOutURL is where it sends browsers back to after a sign-out, and
	// BackchannelLogoutURL where it tells of one itself.
	SignedOutURL         string    `json:"signedOutUrl"`
	BackchannelLogoutURL string    `json:"backchannelLogoutUrl"`
	CreatedAt            time.Time `json:"createdAt"`
	UpdatedAt            time.Time `json:"updatedAt"`
	Version              int64     `json:"version"`
}

// ChoicesIn is the input of auth-providers.
type ChoicesIn struct {
	Workspace string `query:"workspace" doc:"a workspace with ways of its own"`
}

// StartIn is the input of auth-start.
type StartIn struct {
	Provider  string `path:"provider"`
	Workspace string `query:"workspace" doc:"a workspace with ways of its own"`
	ReturnTo  string `query:"returnTo" doc:"the page to come back to, a path"`
}

// CallbackIn is the input of auth-callback: with whatever else a provider sends along.
type CallbackIn struct {
	web.AnyQuery
	Provider string `path:"provider"`
	State    string `query:"state"`
	Code     string `query:"code"`
	Error    string `query:"error"`
	Issuer   string `query:"iss"`
}

// NoticeIn is the input of auth-backchannel-logout, besides its form.
type NoticeIn struct {
	Provider  string `path:"provider"`
	Workspace string `query:"workspace" doc:"a workspace with ways of its own"`
}

// ProviderIn names one provider.
type ProviderIn struct {
	ID string `path:"id"`
}

// UpdateIn is the input of providers-update.
type UpdateIn struct {
	ID   string `path:"id"`
	Body struct {
		Name     string `json:"name,omitempty" jsonschema:"maxLength=255"`
		Issuer   string `json:"issuer,omitempty" jsonschema:"maxLength=255"`
		ClientID string `json:"clientId" jsonschema:"required,maxLength=255"`
		// ClientSecret left out keeps the one that is there.
		ClientSecret secret.Secret         `json:"clientSecret,omitempty"`
		Scopes       []string              `json:"scopes,omitempty"`
		Domains      []string              `json:"domains,omitempty"`
		Claim        string                `json:"claim,omitempty" jsonschema:"maxLength=255"`
		Roles        map[string]route.Role `json:"roles,omitempty"`
		DefaultRole  route.Role            `json:"defaultRole,omitempty"`
		JIT          bool                  `json:"jit,omitempty"`
		Enabled      bool                  `json:"enabled,omitempty"`
		TrustEmail   bool                  `json:"trustEmail,omitempty"`
		SessionHours int                   `json:"sessionHours,omitempty"`
	}
}

// handlers of this area.
type handlers struct {
	service *signin.Service
	cookies outside.Cookies
}

// Endpoints binds the routes of this area.
func Endpoints(s *signin.Service, cookies outside.Cookies) []web.Endpoint {
	h := handlers{s, cookies}
	return []web.Endpoint{
		web.Bind("auth-providers", http.StatusOK, func(ctx context.Context, in *ChoicesIn) (*web.Reply[[]Choice], error) {
			all, err := s.Choices(ctx, in.Workspace)
			if err != nil {
				return nil, err
			}
			out := make([]Choice, len(all))
			for i, c := range all {
				out[i] = Choice(c)
			}
			return web.List(out, "")
		}),
		web.Bind("auth-discover", http.StatusOK, func(ctx context.Context, in *DiscoverIn) (*web.Reply[Discovery], error) {
			found, err := s.Discover(ctx, in.Body.Email)
			if err != nil {
				return nil, err
			}
			out := Discovery{Ways: make([]Way, len(found.Ways)), Password: found.Password}
			for i, w := range found.Ways {
				out.Ways[i] = Way(w)
			}
			return web.OK(out)
		}),
		web.BindRaw("auth-start", outside.Page, h.start).Answers(http.StatusSeeOther),
		web.BindRaw("auth-callback", outside.Page, h.callback).Answers(http.StatusSeeOther),
		web.BindRaw("auth-backchannel-logout", "application/json", h.ended),
		web.Bind("providers-list", http.StatusOK, func(ctx context.Context, _ *web.None) (*web.Reply[[]Provider], error) {
			all, err := s.List(ctx)
			if err != nil {
				return nil, err
			}
			out := make([]Provider, len(all))
			for i, p := range all {
				out[i] = h.view(p)
			}
			return web.List(out, "")
		}),
		web.Bind("providers-update", http.StatusOK, h.update),
		web.Bind("providers-delete", http.StatusOK, func(ctx context.Context, in *ProviderIn) (*web.Reply[web.None], error) {
			return &web.Reply[web.None]{}, s.Delete(ctx, in.ID)
		}),
		web.Bind("providers-test", http.StatusOK, func(ctx context.Context, in *ProviderIn) (*web.Reply[[]Finding], error) {
			found, err := s.Try(ctx, in.ID)
			if err != nil {
				return nil, err
			}
			out := make([]Finding, len(found))
			for i, f := range found {
				out[i] = Finding(f)
			}
			return web.List(out, "")
		}),
	}
}

func (h handlers) update(ctx context.Context, in *UpdateIn) (*web.Reply[Provider], error) {
	b := in.Body
	p, err := h.service.Put(ctx, signin.Provider{ID: in.ID, Name: b.Name, Issuer: b.Issuer, ClientID: b.ClientID, Secret: b.ClientSecret, Scopes: b.Scopes, Domains: b.Domains,
		Claim: b.Claim, Roles: b.Roles, DefaultRole: b.DefaultRole, JIT: b.JIT, Enabled: b.Enabled, TrustEmail: b.TrustEmail, SessionHours: b.SessionHours})
	if err != nil {
		return nil, err
	}
	return &web.Reply[Provider]{Data: h.view(p), Version: p.Version}, nil
}

func (h handlers) view(p signin.Provider) Provider {
	if p.Roles == nil {
		p.Roles = map[string]route.Role{}
	}
	return Provider{ID: p.ID, Name: p.Name, Issuer: p.Issuer, ClientID: p.ClientID, Scopes: p.Scopes, Domains: p.Domains, Claim: p.Claim, Roles: p.Roles, DefaultRole: p.DefaultRole,
		JIT: p.JIT, Enabled: p.Enabled, TrustEmail: p.TrustEmail, SessionHours: p.SessionHours, RedirectURI: h.service.RedirectURI(p.ID), SignInURL: h.service.SignInURL(p.Workspace), SignedOutURL: h.service.SignedOutURL(p.Workspace), BackchannelLogoutURL: h.service.NoticeURL(p.Workspace, p.ID),
		CreatedAt: p.CreatedAt, UpdatedAt: p.UpdatedAt, Version: p.Version}
}
