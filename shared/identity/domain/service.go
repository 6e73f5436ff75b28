package domain

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/identity"
	"github.com/apiq/apiq/shared/mail/post"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
)

// States of a domain.
const (
	Pending  = "pending"  // claimed; the record was not seen yet, or was gone too long
	Verified = "verified" // the workspace holds it
	Missing  = "missing"  // it still does, but the record is gone
)

const (
	claimsPK   = "DOMAINS"
	maxDomains = 50
)

// Domain is one that a workspace says is its own.
type Domain struct {
	Name   string `json:"name"`
	State  string `json:"state"`
	Record Record `json:"record"`
	// ProviderOnly: people of the domain enter the workspace through its provider only.
	ProviderOnly bool `json:"providerOnly"`
	// VerifiedAt is when the record was first seen, CheckedAt when it was last looked for.
	VerifiedAt time.Time `json:"verifiedAt,omitzero"`
	CheckedAt  time.Time `json:"checkedAt,omitzero"`
	// LapsesAt is when a missing domain is held no more.
	LapsesAt  time.Time `json:"lapsesAt,omitzero"`
	CreatedAt time.Time `json:"createdAt"`
	UpdatedAt time.Time `json:"updatedAt"`
	Version   int64     `json:"-"`
}

// Held says whether the workspace has the domain for its own.
func (d Domain) Held() bool { return d.State != Pending }

// Options of a Service.
type Options struct {
	// Providers says whether the workspace in the context has a sign-in of its own that is
	// switched on. Defaults to no.
	Providers func(ctx context.Context) (bool, error)
	// Now is the clock. Defaults to time.Now.
	Now func() time.Time
}

// Service is what workspaces say of domains.
type Service struct {
	store     *table.Store
	trail     *audit.Trail
	people    *identity.Service
	directory *identity.Directory
	post      *post.Post
	resolver  Resolver
	providers func(context.Context) (bool, error)
	now       func() time.Time
}

// New makes the service. What it is made of is required, but that without a resolver
// nothing can be verified or looked at again, and without people nothing be closed to
// passwords.
func New(store *table.Store, trail *audit.Trail, people *identity.Service, queue *post.Post, resolver Resolver, o *Options) *Service {
	s := &Service{store: store, trail: trail, people: people, directory: identity.NewDirectory(store), post: queue, resolver: resolver,
		providers: func(context.Context) (bool, error) { return false, nil }, now: time.Now}
	if o != nil {
		if o.Providers != nil {
			s.providers = o.Providers
		}
		if o.Now != nil {
			s.now = o.Now
		}
	}
	return s
}

func claimKey(name string) table.Key { return table.Key{PK: claimsPK, SK: name} }

func notThere() error {
	return apierr.New(apierr.NotFound, "There is no such domain here. See the list of those there are.")
}

// List gives the domains of the workspace in the context, by name.
func (s *Service) List(ctx context.Context) ([]Domain, error) {
	page, err := s.store.Query(ctx, table.Query{PK: claimsPK, Limit: maxDomains})
	if err != nil {
		return nil, err
	}
	all := make([]Domain, 0, len(page.Items))
	for _, item := range page.Items {
		var d Domain
		if err := json.Unmarshal(item.Data, &d); err != nil {
			return nil, err
		}
		d.Version = item.Version
		all = append(all, d)
	}
	return all, nil
}

// Get reads one, by any form of its name.
func (s *Service) Get(ctx context.Context, name string) (Domain, error) {
	name, err := Normal(name)
	if err != nil {
		return Domain{}, notThere()
	}
	d, version, err := table.GetJSON[Domain](ctx, s.store, claimKey(name))
	if errors.Is(err, table.ErrNotFound) {
		return Domain{}, notThere()
	}
	d.Version = version
	return d, err
}

// Claim says that a domain is the workspace's, and makes the record that will show it.
func (s *Service) Claim(ctx context.Context, name string) (Domain, error) {
	name, err := Normal(name)
	if err != nil {
		return Domain{}, err
	}
	all, err := s.List(ctx)
	if err != nil {
		return Domain{}, err
	}
	if len(all) >= maxDomains {
		return Domain{}, apierr.Newf(apierr.Conflict, "A workspace can have %d domains. Remove one first.", maxDomains)
	}
	d := Domain{Name: name, State: Pending, Record: record(name, newToken()), CreatedAt: s.now().UTC()}
	d, err = s.keep(ctx, d, table.Absent(), nil, audit.Entry{Action: "domain.claim"})
	if errors.Is(err, table.ErrCondition) {
		return Domain{}, apierr.New(apierr.Conflict, "This domain is in the list already. Verify it there.")
	}
	return d, err
}

// Verify looks for the record, and has the workspace hold the domain where it is there.
// Where it is not, VALIDATION_FAILED; where DNS does not answer, UPSTREAM_ERROR.
func (s *Service) Verify(ctx context.Context, name string) (Domain, error) {
	d, err := s.Get(ctx, name)
	if err != nil {
		return Domain{}, err
	}
	workspace, err := tenant.From(ctx)
	if err != nil {
		return Domain{}, err
	}
	there, err := s.shown(ctx, d.Record)
	switch {
	case err != nil:
		return Domain{}, unsure(err)
	case !there:
		return Domain{}, notShown(d.Record)
	}
	now, cond := s.now().UTC(), table.Present()
	if !d.Held() {
		d.VerifiedAt, cond = now, table.Absent()
	}
	d.State, d.CheckedAt, d.LapsesAt = Verified, now, time.Time{}
	hold, err := identity.Hold(d.Name, identity.Holder{Workspace: workspace, ProviderOnly: d.ProviderOnly}, now.Add(checkEvery), cond)
	if err != nil {
		return Domain{}, err
	}
	d, err = s.keep(ctx, d, table.IfVersion(d.Version), []table.Op{hold}, audit.Entry{Action: "domain.verify"})
	var failed *table.ConditionError
	if errors.As(err, &failed) && failed.Index == 0 {
		return Domain{}, apierr.New(apierr.Conflict, "Another workspace holds this domain. Remove it there, or take that workspace's TXT record out of DNS: a week later the domain is free.")
	}
	return d, changed(err)
}

// SetProviderOnly says whether people of a domain enter the workspace through its
// provider only. Where that is so from now on, sessions that came by a password end.
func (s *Service) SetProviderOnly(ctx context.Context, name string, only bool) (Domain, error) {
	d, err := s.Get(ctx, name)
	if err != nil {
		return Domain{}, err
	}
	workspace, err := tenant.From(ctx)
	if err != nil {
		return Domain{}, err
	}
	if only {
		if !d.Held() {
			return Domain{}, apierr.New(apierr.Conflict, "Verify the domain first: until then it may be anybody's.")
		}
		open, err := s.providers(ctx)
		if err != nil {
			return Domain{}, err
		}
		if !open {
			return Domain{}, apierr.New(apierr.Conflict, "Set up a provider for this workspace first, and try a sign-in through it: people would be locked out.")
		}
	}
	var ops []table.Op
	if d.Held() {
		hold, err := identity.Hold(d.Name, identity.Holder{Workspace: workspace, ProviderOnly: only}, s.now().Add(checkEvery), table.Present())
		if err != nil {
			return Domain{}, err
		}
		ops = append(ops, hold)
	}
	d.ProviderOnly = only
	d, err = s.keep(ctx, d, table.IfVersion(d.Version), ops, audit.Entry{Action: "domain.update", Level: audit.Warn, Details: map[string]any{"providerOnly": only}})
	if err != nil || !only {
		return d, changed(err)
	}
	return d, s.people.EndPasswordSessions(ctx, d.Name)
}

// Remove takes a domain out of the workspace's, whatever its state.
func (s *Service) Remove(ctx context.Context, name string) error {
	d, err := s.Get(ctx, name)
	if err != nil {
		return err
	}
	ops := []table.Op{table.Delete(claimKey(d.Name), table.IfVersion(d.Version))}
	if d.Held() {
		ops = append(ops, identity.Release(d.Name))
	}
	return changed(s.trail.Commit(ctx, ops, audit.Entry{Action: "domain.delete", Resource: d.Name, Details: map[string]any{"state": d.State}}))
}

// keep writes a domain with what goes with it, first, and its record in the trail.
func (s *Service) keep(ctx context.Context, d Domain, cond table.Condition, before []table.Op, e audit.Entry) (Domain, error) {
	version := d.Version
	d.UpdatedAt = s.now().UTC()
	item, err := table.JSONItem(claimKey(d.Name), d)
	if err != nil {
		return Domain{}, err
	}
	e.Resource = d.Name
	err = s.trail.Commit(ctx, append(before, table.Put(item, cond)), e)
	d.Version = version + 1
	return d, err
}

func changed(err error) error {
	if errors.Is(err, table.ErrCondition) {
		return apierr.New(apierr.Conflict, "Somebody changed this domain at the same moment. Look at it again.")
	}
	return err
}
