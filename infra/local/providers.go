package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"

	"go.yaml.in/yaml/v4"

	"github.com/apiq/apiq/shared/id"
	"github.com/apiq/apiq/shared/route"
	"github.com/apiq/apiq/shared/secret"
	"github.com/apiq/apiq/shared/signin"
	"github.com/apiq/apiq/shared/tenant"
)

type providersCmd struct {
	Apply providersApplyCmd `cmd:"" help:"Make or change ways to sign in as a file says, JSON or YAML."`
	List  providersListCmd  `cmd:"" help:"Tell which ways to sign in workspaces have."`
}

// Help says what a file holds.
func (providersCmd) Help() string {
	return "A file holds \"providers\": a list of {id: okta|google|azure|generic, workspace, issuer, clientId, clientSecret or clientSecretEnv, name, scopes, domains, claim, roles, defaultRole, jit, enabled, trustEmail, sessionHours}. " +
		"clientSecretEnv names a variable with the secret, so that the file need not hold it. Providers that the file does not name stay as they are.\n\n" +
		"Without --server the commands work on the data folder, while no server runs on it, and each entry names its workspace. With --server URL and the token of an admin's session (APIQ_TOKEN) they speak to a running server, for that admin's workspace."
}

// providerEntry is one provider of a file.
type providerEntry struct {
	ID              string                `json:"id"`
	Workspace       string                `json:"workspace"`
	Name            string                `json:"name"`
	Issuer          string                `json:"issuer"`
	ClientID        string                `json:"clientId"`
	ClientSecret    secret.Secret         `json:"clientSecret"`
	ClientSecretEnv string                `json:"clientSecretEnv"`
	Scopes          []string              `json:"scopes"`
	Domains         []string              `json:"domains"`
	Claim           string                `json:"claim"`
	Roles           map[string]route.Role `json:"roles"`
	DefaultRole     route.Role            `json:"defaultRole"`
	JIT             *bool                 `json:"jit"`     // unset: true
	Enabled         *bool                 `json:"enabled"` // unset: true
	TrustEmail      bool                  `json:"trustEmail"`
	SessionHours    int                   `json:"sessionHours"`
}

func (e providerEntry) provider() signin.Provider {
	on := func(b *bool) bool { return b == nil || *b }
	return signin.Provider{ID: e.ID, Name: e.Name, Issuer: e.Issuer, ClientID: e.ClientID, Secret: e.ClientSecret, Scopes: e.Scopes, Domains: e.Domains, Claim: e.Claim, Roles: e.Roles,
		DefaultRole: e.DefaultRole, JIT: on(e.JIT), Enabled: on(e.Enabled), TrustEmail: e.TrustEmail, SessionHours: e.SessionHours}
}

// body is the request's. The secret is written out here and nowhere else.
func (e providerEntry) body() map[string]any {
	p := e.provider()
	body := map[string]any{"name": p.Name, "issuer": p.Issuer, "clientId": p.ClientID, "scopes": p.Scopes, "domains": p.Domains, "claim": p.Claim, "roles": p.Roles,
		"defaultRole": cmp.Or(p.DefaultRole, route.RoleUser), "jit": p.JIT, "enabled": p.Enabled, "trustEmail": p.TrustEmail, "sessionHours": p.SessionHours}
	for name, empty := range map[string]bool{"scopes": p.Scopes == nil, "domains": p.Domains == nil, "roles": p.Roles == nil} {
		if empty {
			delete(body, name)
		}
	}
	if !p.Secret.IsZero() {
		body["clientSecret"] = p.Secret.Reveal()
	}
	return body
}

const maxProvidersFile = 1 << 20

// readProviders reads a file whole and reports every fault of it at once, so that
// nothing is applied of one that is not right.
func readProviders(r io.Reader, getenv func(string) string, remote bool) ([]providerEntry, error) {
	raw, err := io.ReadAll(io.LimitReader(r, maxProvidersFile+1))
	if err != nil {
		return nil, err
	}
	if len(raw) > maxProvidersFile {
		return nil, errors.New("the file is larger than 1 MiB")
	}
	var tree any
	if err := yaml.Unmarshal(raw, &tree); err != nil { // JSON is YAML
		return nil, errors.New("the file is neither JSON nor YAML")
	}
	asJSON, err := json.Marshal(tree)
	if err != nil {
		return nil, errors.New("the file has keys that are no text")
	}
	var file struct {
		Providers []providerEntry `json:"providers"`
	}
	dec := json.NewDecoder(bytes.NewReader(asJSON))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&file); err != nil {
		return nil, fmt.Errorf("the file is not as it should be: %w", err)
	}
	var faults []error
	seen := map[string]bool{}
	for i := range file.Providers {
		e := &file.Providers[i]
		bad := func(text string) { faults = append(faults, fmt.Errorf("providers[%d] (%s): %s", i, e.ID, text)) }
		switch {
		case !slices.Contains(signin.IDs(), e.ID):
			bad("id must be okta, google, azure or generic")
		case !remote && !id.Is(e.Workspace, id.Workspace):
			bad("workspace must be the id of a workspace: wsp_…")
		case remote && e.Workspace != "":
			bad("with --server the workspace is that of the token: leave it out")
		case seen[e.Workspace+"|"+e.ID]:
			bad("is there twice")
		}
		seen[e.Workspace+"|"+e.ID] = true
		if name := e.ClientSecretEnv; name != "" {
			if e.ClientSecret = secret.New(getenv(name)); e.ClientSecret.IsZero() {
				bad("the variable " + name + " is not set")
			}
		}
		for _, p := range e.provider().Check() {
			bad(p.Path + ": " + p.Message)
		}
	}
	if len(file.Providers) == 0 {
		faults = append(faults, errors.New("the file names no providers"))
	}
	return file.Providers, errors.Join(faults...)
}

type providersApplyCmd struct {
	keysAt
	File   string `arg:"" help:"The file; - reads standard input."`
	DryRun bool   `help:"Check the file and tell what would be done."`
}

// Run checks the whole file, then applies it entry by entry.
func (c providersApplyCmd) Run(ctx context.Context, s streams) (err error) {
	var in io.Reader = os.Stdin
	if c.File != "-" {
		f, err := os.Open(c.File)
		if err != nil {
			return err
		}
		defer f.Close() //nolint:errcheck // it was only read
		in = f
	}
	entries, err := readProviders(in, os.Getenv, c.Server != "")
	if err != nil {
		return fmt.Errorf("nothing was applied: %w", err)
	}
	target, done, err := c.target(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, done()) }()
	known := map[string]bool{}
	if err := target.each(ctx, func(workspace string) error { known[workspace] = true; return nil }); err != nil {
		return err
	}
	for _, e := range entries {
		if !known[e.Workspace] {
			return fmt.Errorf("nothing was applied: there is no workspace %s", e.Workspace)
		}
	}
	for _, e := range entries {
		have, err := target.list(ctx, e.Workspace)
		if err != nil {
			return err
		}
		does := "made"
		if slices.ContainsFunc(have, func(p providerLine) bool { return p.ID == e.ID }) {
			does = "changed"
		}
		if c.DryRun {
			does = "would be " + does
		} else if err := target.put(ctx, e); err != nil {
			return fmt.Errorf("%s: %w", e.ID, err)
		}
		fmt.Fprintf(s.out, "%s %s: %s (%s)\n", cmp.Or(e.Workspace, "your workspace"), e.ID, does, e.Issuer)
	}
	return nil
}

// providerLine is what is told of one.
type providerLine struct {
	ID      string
	Name    string
	Issuer  string
	Enabled bool
}

// providersTarget is where providers are: a data folder, or a server.
type providersTarget struct {
	list func(ctx context.Context, workspace string) ([]providerLine, error)
	put  func(ctx context.Context, e providerEntry) error
	// each does something in every workspace that can be seen.
	each func(ctx context.Context, do func(workspace string) error) error
}

func (a keysAt) target(ctx context.Context) (t providersTarget, done func() error, err error) {
	if a.Server != "" {
		r, err := a.remote()
		if err != nil {
			return t, nil, err
		}
		return providersTarget{
			list: func(ctx context.Context, _ string) (out []providerLine, err error) {
				return out, r.get(ctx, "/api/admin/providers", &out)
			},
			put: func(ctx context.Context, e providerEntry) error {
				var saved providerLine
				return r.do(ctx, http.MethodPut, "/api/admin/providers/"+e.ID, e.body(), &saved)
			},
			each: func(_ context.Context, do func(string) error) error { return do("") },
		}, func() error { return nil }, nil
	}
	h, err := a.open(ctx)
	if err != nil {
		return t, nil, err
	}
	in := func(ctx context.Context, workspace string) context.Context {
		return tenant.WithActor(tenant.With(ctx, workspace), tenant.Actor{ID: "system"})
	}
	return providersTarget{
		list: func(ctx context.Context, workspace string) ([]providerLine, error) {
			all, err := h.signins.List(in(ctx, workspace))
			out := make([]providerLine, len(all))
			for i, p := range all {
				out[i] = providerLine{p.ID, p.Name, p.Issuer, p.Enabled}
			}
			return out, err
		},
		put: func(ctx context.Context, e providerEntry) error {
			_, err := h.signins.Put(in(ctx, e.Workspace), e.provider())
			return err
		},
		each: func(ctx context.Context, do func(string) error) error {
			return h.inWorkspaces(ctx, func(_ context.Context, workspace string) error {
				if workspace == tenant.System {
					return nil
				}
				return do(workspace)
			})
		},
	}, h.Close, nil
}

type providersListCmd struct{ keysAt }

// Run tells, one line each.
func (c providersListCmd) Run(ctx context.Context, s streams) (err error) {
	target, done, err := c.target(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, done()) }()
	return target.each(ctx, func(workspace string) error {
		all, err := target.list(ctx, workspace)
		for _, p := range all {
			state := "on"
			if !p.Enabled {
				state = "off"
			}
			fmt.Fprintf(s.out, "%s %s: %s, %s (%s)\n", cmp.Or(workspace, "your workspace"), p.ID, p.Name, state, p.Issuer)
		}
		return err
	})
}
