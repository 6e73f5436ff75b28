// Package saml holds the handlers of sign-in by SAML 2.0: the way of a browser to a
// workspace's identity provider and back, and an admin's configuration.
package saml

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/apiq/apiq/shared/route"
	"github.com/apiq/apiq/shared/signin/saml"
	"github.com/apiq/apiq/shared/tenant"
	"github.com/apiq/apiq/shared/web"
	"github.com/apiq/apiq/shared/web/outside"
)

const metadata = "application/samlmetadata+xml"

// Settings are a workspace's identity provider as an admin sees it, and what it must be
// told of us.
type Settings struct {
	saml.Addresses
	Configured bool          `json:"configured"`
	Enabled    bool          `json:"enabled"`
	Provider   saml.Provider `json:"provider"`

	EmailAttribute  string                `json:"emailAttribute"`
	NameAttribute   string                `json:"nameAttribute"`
	GroupsAttribute string                `json:"groupsAttribute"`
	Roles           map[string]route.Role `json:"roles"`
	DefaultRole     route.Role            `json:"defaultRole"`
	JIT             bool                  `json:"jit"`
	Domains         []string              `json:"domains"`
	UpdatedAt       *time.Time            `json:"updatedAt"`
}

// UpdateIn is the input of saml-update. The metadata are given, or fetched once from an
// address; without either those that are there stay.
type UpdateIn struct {
	Body struct {
		Metadata        string                `json:"metadata,omitempty" jsonschema:"maxLength=262144"`
		MetadataURL     string                `json:"metadataUrl,omitempty" jsonschema:"maxLength=2048"`
		Enabled         bool                  `json:"enabled,omitempty"`
		EmailAttribute  string                `json:"emailAttribute,omitempty" jsonschema:"maxLength=255"`
		NameAttribute   string                `json:"nameAttribute,omitempty" jsonschema:"maxLength=255"`
		GroupsAttribute string                `json:"groupsAttribute,omitempty" jsonschema:"maxLength=255"`
		Roles           map[string]route.Role `json:"roles,omitempty"`
		DefaultRole     route.Role            `json:"defaultRole,omitempty"`
		JIT             bool                  `json:"jit,omitempty"`
		Domains         []string              `json:"domains,omitempty"`
	}
}

// WorkspaceIn names the workspace whose provider it is.
type WorkspaceIn struct {
	Workspace string `path:"workspace"`
}

// StartIn is the input of saml-start.
type StartIn struct {
	Workspace string `path:"workspace"`
	ReturnTo  string `query:"returnTo" doc:"the page to come back to, a path"`
}

// FinishIn is the input of saml-finish.
type FinishIn struct {
	Workspace string `path:"workspace"`
	Ticket    string `query:"ticket"`
}

type handlers struct {
	service *saml.Service
	cookies outside.Cookies
}

// Endpoints binds the routes of this area.
func Endpoints(s *saml.Service, cookies outside.Cookies) []web.Endpoint {
	h := handlers{s, cookies}
	return []web.Endpoint{
		web.Bind("saml-get", http.StatusOK, func(ctx context.Context, _ *web.None) (*web.Reply[Settings], error) { return h.settings(ctx) }),
		web.Bind("saml-update", http.StatusOK, h.update),
		web.Bind("saml-delete", http.StatusOK, func(ctx context.Context, _ *web.None) (*web.Reply[web.None], error) {
			return &web.Reply[web.None]{}, s.Remove(ctx)
		}),
		web.BindRaw("saml-metadata", metadata, h.metadata),
		web.BindRaw("saml-start", outside.Page, h.start).Answers(http.StatusSeeOther),
		web.BindRaw("saml-acs", outside.Page, h.acs).Answers(http.StatusSeeOther),
		web.BindRaw("saml-finish", outside.Page, h.finish).Answers(http.StatusSeeOther),
		web.BindRaw("saml-logout", outside.Page, h.logout).Answers(http.StatusSeeOther),
		web.BindRaw("saml-slo", outside.Page, func(w http.ResponseWriter, r *http.Request, in *MessageIn) error { return h.ended(w, r, in.Workspace) }).Answers(http.StatusSeeOther),
		web.BindRaw("saml-slo-post", outside.Page, h.posted).Answers(http.StatusSeeOther),
	}
}

func (h handlers) settings(ctx context.Context) (*web.Reply[Settings], error) {
	workspace, err := tenant.From(ctx)
	if err != nil {
		return nil, err
	}
	out := Settings{Addresses: h.service.Addresses(workspace), DefaultRole: route.RoleUser, Roles: map[string]route.Role{}, Domains: []string{}, JIT: true,
		Provider: saml.Provider{Certificates: []saml.Certificate{}}}
	c, there, err := h.service.Configured(ctx)
	if err != nil {
		return nil, err
	}
	if !there {
		return web.OK(out)
	}
	out.Configured, out.Enabled, out.Provider, out.UpdatedAt = true, c.Enabled, c.Provider(), &c.UpdatedAt
	out.EmailAttribute, out.NameAttribute, out.GroupsAttribute, out.Roles = c.EmailAttribute, c.NameAttribute, c.GroupsAttribute, c.Roles
	out.DefaultRole, out.JIT, out.Domains = c.DefaultRole, c.JIT, c.Domains
	return &web.Reply[Settings]{Data: out, Version: c.Version}, nil
}

func (h handlers) update(ctx context.Context, in *UpdateIn) (*web.Reply[Settings], error) {
	b := in.Body
	_, err := h.service.Save(ctx, saml.Config{Metadata: b.Metadata, Enabled: b.Enabled, EmailAttribute: b.EmailAttribute, NameAttribute: b.NameAttribute,
		GroupsAttribute: b.GroupsAttribute, Roles: b.Roles, DefaultRole: b.DefaultRole, JIT: b.JIT, Domains: b.Domains}, b.MetadataURL)
	if err != nil {
		return nil, err
	}
	return h.settings(ctx)
}

func (h handlers) metadata(w http.ResponseWriter, r *http.Request, in *WorkspaceIn) error {
	raw, err := h.service.Metadata(r.Context(), in.Workspace)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", metadata)
	w.Header().Set("Content-Disposition", `attachment; filename="apiq-metadata.xml"`)
	_, _ = w.Write(raw)
	return nil
}

func (h handlers) start(w http.ResponseWriter, r *http.Request, in *StartIn) error {
	d, err := h.service.Start(r.Context(), in.Workspace, in.ReturnTo, h.cookies.Browser(r))
	if err != nil {
		return outside.Refuse(w, err, in.Workspace)
	}
	return h.cookies.Leave(w, d)
}

// acs takes the provider's answer (the assertion consumer service). Its request comes
// from another site's page and carries no cookie of ours: what it proves is kept, and the
// browser sent on to fetch it.
func (h handlers) acs(w http.ResponseWriter, r *http.Request, in *WorkspaceIn) error {
	if err := web.ReadForm(w, r, "saml-acs"); err != nil {
		return err
	}
	ticket, err := h.service.Answer(r.Context(), in.Workspace, r.PostForm.Get("SAMLResponse"), r.PostForm.Get("RelayState"))
	if err != nil {
		return outside.Refuse(w, err, in.Workspace)
	}
	return outside.Send(w, "/api/auth/saml/"+in.Workspace+"/finish?"+url.Values{"ticket": {ticket}}.Encode())
}

func (h handlers) finish(w http.ResponseWriter, r *http.Request, in *FinishIn) error {
	a, err := h.service.Finish(r.Context(), in.Workspace, in.Ticket, h.cookies.Browser(r))
	if err != nil {
		return outside.Refuse(w, err, in.Workspace)
	}
	return h.cookies.Arrive(w, a)
}
