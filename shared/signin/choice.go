package signin

import (
	"context"
	"errors"
	"net/url"
	"slices"

	"github.com/apiq/apiq/shared/id"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
)

// SAML is what a workspace's SAML provider is called among its choices.
const SAML = "saml"

// SAMLKey is where package saml keeps a workspace's provider. Here only whether it is
// switched on is read: who shows a page of sign-in need not link what judges XML.
func SAMLKey() table.Key { return table.Key{PK: "SAML", SK: "0"} }

// Choice is a provider as the page of sign-in shows it.
type Choice struct {
	ID         string `json:"id"`
	Name       string `json:"name"`
	Configured bool   `json:"configured"`
	// StartURL is where a browser begins, a path of this product; empty where it is not configured.
	StartURL string `json:"startUrl,omitempty"`
}

// Choices lists all providers, those of a workspace where one is named, else the
// operator's. A workspace that there is not has none, like one without any. SAML is
// listed only where a workspace has it.
func (s *Service) Choices(ctx context.Context, workspace string) ([]Choice, error) {
	have, viaSAML := s.operator, false
	if workspace != "" {
		have = nil
		if id.Is(workspace, id.Workspace) {
			in := tenant.With(ctx, workspace)
			own, err := s.List(in)
			if err != nil {
				return nil, err
			}
			if viaSAML, err = s.samlOpen(in); err != nil {
				return nil, err
			}
			have = own
		}
	}
	out := make([]Choice, 0, len(IDs())+1)
	for _, id := range IDs() {
		c := Choice{ID: id, Name: title(id)}
		if i := slices.IndexFunc(have, func(p Provider) bool { return p.ID == id && p.Enabled }); i >= 0 {
			c.Name, c.Configured, c.StartURL = have[i].Name, true, "/api/auth/"+id+"/start"
			if workspace != "" {
				c.StartURL += "?" + url.Values{"workspace": {workspace}}.Encode()
			}
		}
		out = append(out, c)
	}
	if viaSAML {
		out = append(out, Choice{ID: SAML, Name: "Single sign-on (SAML)", Configured: true, StartURL: "/api/auth/saml/" + workspace + "/start"})
	}
	return out, nil
}

// samlOpen says whether the workspace in the context has a SAML provider that is switched on.
func (s *Service) samlOpen(ctx context.Context) (bool, error) {
	c, _, err := table.GetJSON[struct {
		Enabled bool `json:"enabled"`
	}](ctx, s.store, SAMLKey())
	if errors.Is(err, table.ErrNotFound) {
		return false, nil
	}
	return c.Enabled, err
}

// Ready says whether the workspace in the context has a sign-in of its own that is
// switched on.
func (s *Service) Ready(ctx context.Context) (bool, error) {
	workspace, err := tenant.From(ctx)
	if err != nil {
		return false, err
	}
	ways, err := s.ways(ctx, workspace)
	return len(ways) > 0, err
}

// Kinds of ways.
const (
	KindOIDC = "oidc"
	KindSAML = "saml"
)

// Way is a sign-in that a person may go on with.
type Way struct {
	Kind     string `json:"kind"`
	Name     string `json:"name"`
	StartURL string `json:"startUrl"`
}

func (s *Service) ways(ctx context.Context, workspace string) ([]Way, error) {
	all, err := s.Choices(ctx, workspace)
	out := []Way{}
	for _, c := range all {
		if !c.Configured {
			continue
		}
		w := Way{Kind: KindOIDC, Name: c.Name, StartURL: c.StartURL}
		if c.ID == SAML {
			w.Kind = KindSAML
		}
		out = append(out, w)
	}
	return out, err
}

// Discovery is where people of an e-mail domain sign in.
type Discovery struct {
	Ways []Way `json:"ways"`
	// Password: a password leads into the workspace too.
	Password bool `json:"password"`
}

// Discover says where people of an address's domain sign in: through the workspace that
// holds the domain, else by password. It is the same for every address of a domain, so
// it says nothing of accounts.
func (s *Service) Discover(ctx context.Context, email string) (Discovery, error) {
	holder, held, err := s.people.HolderOf(ctx, email)
	if err != nil || !held {
		return Discovery{Ways: []Way{}, Password: true}, err
	}
	ways, err := s.ways(ctx, holder.Workspace)
	return Discovery{Ways: ways, Password: !holder.ProviderOnly}, err
}
