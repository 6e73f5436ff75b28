package signin

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/id"
	"github.com/apiq/apiq/shared/identity"
	"github.com/apiq/apiq/shared/secret"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
)

// Options of a Service.
type Options struct {
	// Operator are the providers of the environment. Defaults to none.
	Operator []Provider
	// Secret reads the client secret of an operator's provider whose environment has none
	// (OperatorApart), by its name. Defaults to none: such a provider answers nobody.
	Secret func(ctx context.Context, name string) (secret.Secret, error)
	// PublicURL tells where browsers reach the product. Defaults to nowhere: flows are refused.
	PublicURL func() string
	// Now is the clock. Defaults to time.Now.
	Now func() time.Time
}

// Service is the domain of sign-ins outside.
type Service struct {
	store     *table.Store
	trail     *audit.Trail
	sealer    secret.Sealer
	people    *identity.Service
	protocol  Protocol
	operator  []Provider
	secret    func(ctx context.Context, name string) (secret.Secret, error)
	publicURL func() string
	now       func() time.Time
}

// New makes the service. What it is made of is required.
func New(store *table.Store, trail *audit.Trail, sealer secret.Sealer, people *identity.Service, protocol Protocol, o *Options) *Service {
	s := &Service{store: store, trail: trail, sealer: sealer, people: people, protocol: protocol, publicURL: func() string { return "" }, now: time.Now}
	if o != nil {
		s.operator, s.secret = o.Operator, o.Secret
		if o.PublicURL != nil {
			s.publicURL = o.PublicURL
		}
		if o.Now != nil {
			s.now = o.Now
		}
	}
	return s
}

const (
	providersPK = "SIGNIN"
	secretField = "clientSecret"
)

func providerKey(id string) table.Key { return table.Key{PK: providersPK, SK: id} }
func scope(id string) secret.Scope    { return secret.Scope{Resource: "signin-" + id, Field: secretField} }

// stored is a provider as it is kept.
type stored struct {
	Provider
	Sealed []byte `json:"sealed"`
}

// List gives the providers of the workspace in the context, without their secrets.
func (s *Service) List(ctx context.Context) ([]Provider, error) {
	workspace, err := tenant.From(ctx)
	if err != nil {
		return nil, err
	}
	page, err := s.store.Query(ctx, table.Query{PK: providersPK, Limit: len(IDs())})
	if err != nil {
		return nil, err
	}
	out := make([]Provider, 0, len(page.Items))
	for _, item := range page.Items {
		var rec stored
		if err := json.Unmarshal(item.Data, &rec); err != nil {
			return nil, err
		}
		rec.Provider.Version, rec.Provider.Workspace = item.Version, workspace
		out = append(out, rec.Provider)
	}
	return out, nil
}

// Put makes or changes a provider of the workspace in the context. Without a secret
// the one that is there stays, but never for another issuer: who may change a
// provider and not see its secret could have it sent to an address of theirs.
func (s *Service) Put(ctx context.Context, p Provider) (Provider, error) {
	if !slices.Contains(IDs(), p.ID) {
		return Provider{}, notThere()
	}
	workspace, err := tenant.From(ctx)
	if err != nil {
		return Provider{}, err
	}
	p, faults := p.normal()
	p.Workspace, p.Home = workspace, ""
	before, version, err := table.GetJSON[stored](ctx, s.store, providerKey(p.ID))
	if err != nil && !errors.Is(err, table.ErrNotFound) {
		return Provider{}, err
	}
	rec := stored{Provider: p, Sealed: before.Sealed}
	given := p.Secret.Reveal()
	switch {
	case len(given) > maxText:
		faults = append(faults, apierr.Problem{Path: "/clientSecret", Code: "length", Message: "May have at most 255 bytes."})
	case given == "" && before.Sealed == nil:
		faults = append(faults, apierr.Problem{Path: "/clientSecret", Code: "required", Message: "Give the client secret that the provider made for this application."})
	case given == "" && before.Issuer != p.Issuer:
		faults = append(faults, apierr.Problem{Path: "/clientSecret", Code: "required", Message: "The secret is bound to the issuer it was given for. Give the new issuer's."})
	}
	if len(faults) > 0 {
		slices.SortStableFunc(faults, func(a, b apierr.Problem) int { return strings.Compare(a.Path, b.Path) })
		return Provider{}, apierr.New(apierr.ValidationFailed, strings.TrimPrefix(faults[0].Path, "/")+": "+faults[0].Message).With(faults...)
	}
	if given != "" {
		if rec.Sealed, err = s.sealer.Seal(ctx, scope(p.ID), []byte(given)); err != nil {
			return Provider{}, err
		}
	}
	rec.UpdatedAt = s.now().UTC()
	rec.CreatedAt = before.CreatedAt
	if version == 0 {
		rec.CreatedAt = rec.UpdatedAt
	}
	item, err := table.JSONItem(providerKey(p.ID), rec)
	if err != nil {
		return Provider{}, err
	}
	err = s.trail.Commit(ctx, []table.Op{table.Put(item, table.Unchanged(version))}, audit.Entry{Action: "provider.update", Resource: p.ID,
		Details: map[string]any{"issuer": p.Issuer, "clientId": p.ClientID, "enabled": p.Enabled, "jit": p.JIT, "domains": p.Domains, "claim": p.Claim, "roles": p.Roles, "defaultRole": p.DefaultRole, "trustEmail": p.TrustEmail, "newSecret": given != ""}})
	if err != nil {
		return Provider{}, err
	}
	rec.Provider.Version = version + 1
	rec.Provider.Secret = secret.Secret{}
	return rec.Provider, nil
}

// Delete removes a provider. Accounts that came by it stay; sessions end as they would.
func (s *Service) Delete(ctx context.Context, providerID string) error {
	err := s.trail.Commit(ctx, []table.Op{table.Delete(providerKey(providerID), table.Present())}, audit.Entry{Action: "provider.delete", Resource: providerID})
	if errors.Is(err, table.ErrCondition) {
		return notThere()
	}
	return err
}

// Try looks at what a provider of the workspace says of itself; nobody signs in.
func (s *Service) Try(ctx context.Context, providerID string) ([]Finding, error) {
	p, err := s.own(ctx, providerID)
	if err != nil {
		return nil, err
	}
	found := s.protocol.Try(ctx, p)
	well := !slices.ContainsFunc(found, func(f Finding) bool { return !f.OK })
	return found, s.trail.Commit(ctx, nil, audit.Entry{Action: "provider.test", Resource: providerID, Details: map[string]any{"ok": well}})
}

// own reads a provider of the workspace in the context, with its secret.
func (s *Service) own(ctx context.Context, providerID string) (Provider, error) {
	if !slices.Contains(IDs(), providerID) {
		return Provider{}, notThere()
	}
	workspace, err := tenant.From(ctx)
	if err != nil {
		return Provider{}, err
	}
	rec, version, err := table.GetJSON[stored](ctx, s.store, providerKey(providerID))
	if errors.Is(err, table.ErrNotFound) {
		return Provider{}, notThere()
	}
	if err != nil {
		return Provider{}, err
	}
	clear, err := s.sealer.Open(ctx, scope(providerID), rec.Sealed)
	if err != nil {
		return Provider{}, err
	}
	rec.Provider.Secret, rec.Provider.Version, rec.Provider.Workspace = secret.New(string(clear)), version, workspace
	return rec.Provider, nil
}

func notThere() error {
	return apierr.New(apierr.NotFound, "There is no such provider. See the list of those there are.")
}

// find gives the provider that a flow goes to: a workspace's own, else the operator's.
func (s *Service) find(ctx context.Context, workspace, providerID string) (Provider, error) {
	if workspace == "" {
		for _, p := range s.operator {
			if p.ID == providerID && p.Enabled {
				return p, nil
			}
		}
		return Provider{}, Missing
	}
	if !id.Is(workspace, id.Workspace) {
		return Provider{}, Missing
	}
	p, err := s.own(tenant.With(ctx, workspace), providerID)
	if apierr.CodeOf(err) == apierr.NotFound || err == nil && !p.Enabled {
		return Provider{}, Missing
	}
	return p, err
}

// opened is a provider with its secret. One that cannot be read is as a provider that is
// not reached: it may be the next time.
func (s *Service) opened(ctx context.Context, p Provider) (Provider, error) {
	if !p.Secret.IsZero() {
		return p, nil
	}
	if s.secret == nil {
		return p, errors.Join(Unreachable, errors.New("signin: no secret for "+p.ID))
	}
	var err error
	if p.Secret, err = s.secret(ctx, SecretName(p.ID)); err != nil {
		return p, errors.Join(Unreachable, err)
	}
	return p, nil
}

// Reseal implements secret.Holder for the client secrets of the workspace in the context.
func (s *Service) Reseal(ctx context.Context) (n int, err error) {
	var keys []table.Key
	for _, providerID := range IDs() {
		keys = append(keys, providerKey(providerID))
	}
	return secret.ResealItems(ctx, s.store, s.sealer, secret.TheseKeys(keys...),
		func(key table.Key) string { return "provider " + key.SK },
		func(key table.Key, rec *stored) []secret.Kept {
			return []secret.Kept{{Scope: scope(key.SK), Value: &rec.Sealed}}
		})
}
