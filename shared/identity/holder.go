package identity

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
)

// Holder is the workspace that an e-mail domain belongs to, as package domain found it
// to. It decides where people of the domain sign in; it makes nobody a member, and
// gives no power over accounts.
type Holder struct {
	Workspace string `json:"workspace"`
	// ProviderOnly keeps who signs in by a password or a passkey out of the workspace, if
	// their address is of the domain. Its owner always comes in, or a provider that is
	// down, or set up wrong, would keep everybody out.
	ProviderOnly bool `json:"providerOnly,omitempty"`
}

func holderKey(domain string) table.Key { return table.Key{PK: "DOMAIN#" + domain, SK: "0"} }

// dueDomains is the partition of the index that lists held domains by when they are
// looked at again.
const dueDomains = "DOMAINS"

// What follows is for package domain, which decides who holds a domain.

// Hold is the operation that writes who holds a domain, and when that is looked at again.
func Hold(domain string, h Holder, due time.Time, cond table.Condition) (table.Op, error) {
	op, err := put(holderKey(domain), h, cond, noExpiry)
	op.Item.Index = map[string]table.Key{table.Index1: {PK: dueDomains, SK: due.UTC().Format(time.RFC3339) + "#" + domain}}
	return op, err
}

// Release is the operation that ends it.
func Release(domain string) table.Op {
	return table.Global(table.Delete(holderKey(domain), table.Always()))
}

// HeldDomain is a domain whose time to be looked at has come.
type HeldDomain struct {
	Domain string
	Holder
}

// DueDomains lists at most limit of them, the longest due first.
func (d *Directory) DueDomains(ctx context.Context, now time.Time, limit int) ([]HeldDomain, error) {
	ctx = tenant.WithSystem(ctx)
	// "$" follows "#": what is due at this very second counts.
	page, err := d.store.Query(ctx, table.Query{Index: table.Index1, PK: dueDomains, To: now.UTC().Format(time.RFC3339) + "$", Limit: limit})
	if err != nil {
		return nil, err
	}
	var all []HeldDomain
	for _, item := range page.Items {
		_, domain, _ := strings.Cut(item.Index[table.Index1].SK, "#")
		one := HeldDomain{Domain: domain}
		if err := item.Decode(&one.Holder); err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, nil
}

// HolderOf says which workspace holds the domain of an address, if any.
func (s *Service) HolderOf(ctx context.Context, email string) (Holder, bool, error) {
	email, err := normalEmail(email)
	if err != nil {
		return Holder{}, false, err
	}
	return s.holder(ctx, email)
}

func (s *Service) holder(ctx context.Context, email string) (Holder, bool, error) {
	_, domain, _ := strings.Cut(email, "@")
	h, _, err := load[Holder](ctx, s, holderKey(domain))
	if errors.Is(err, table.ErrNotFound) {
		return Holder{}, false, nil
	}
	return h, err == nil, err
}

// barred is the workspace that a person enters through its provider only, "" for none.
func (s *Service) barred(ctx context.Context, user User) (string, error) {
	h, held, err := s.holder(ctx, user.Email)
	if err != nil || !held || !h.ProviderOnly {
		return "", err
	}
	w, err := s.workspace(ctx, h.Workspace)
	if err != nil {
		return "", notFoundIs(err, nil)
	}
	owner, err := s.ownerOf(tenant.With(ctx, w.ID), w)
	if err != nil || owner == user.ID {
		return "", err
	}
	return w.ID, nil
}

// providerOnly is told to who has proven who they are, but not in the way that their
// workspace takes.
func providerOnly() error {
	const message = "Your workspace takes people of your e-mail domain through its own sign-in only. Go on with single sign-on."
	return apierr.New(apierr.Forbidden, message).With(apierr.Problem{Path: "/email", Code: "single_sign_on", Message: message})
}

// stays refuses somebody another address while theirs is what leads them to a
// workspace's provider: with another one they would come in past it.
func (s *Service) stays(ctx context.Context, user User) error {
	workspace, err := s.barred(ctx, user)
	if err != nil || workspace == "" {
		return err
	}
	switch _, err := s.membership(ctx, user.ID, workspace); {
	case errors.Is(err, table.ErrNotFound):
		return nil
	case err != nil:
		return err
	}
	return apierr.New(apierr.Conflict, "A workspace of yours takes people of your e-mail domain through its own sign-in only, so the address stays. Leave that workspace first, or ask its admin.")
}

// EndPasswordSessions ends the sessions that members with addresses of a domain have in
// the workspace in the context by a password or a passkey, but for the owner's and the
// one that asks. It may be repeated.
func (s *Service) EndPasswordSessions(ctx context.Context, domain string) error {
	workspace, err := tenant.From(ctx)
	if err != nil {
		return err
	}
	asks, _ := PrincipalFrom(ctx)
	for m, err := range s.AllMembers(ctx) {
		if err != nil {
			return err
		}
		if _, of, _ := strings.Cut(m.Email, "@"); of != domain {
			continue
		}
		if barred, err := s.barred(ctx, User{ID: m.ID, Email: m.Email}); err != nil || barred != workspace {
			if err != nil {
				return err
			}
			continue
		}
		live, err := s.sessions(ctx, m.ID)
		if err != nil {
			return err
		}
		for _, r := range live {
			if r.WorkspaceID != workspace || r.Via != nil || r.ID == asks.SessionID {
				continue
			}
			if err := s.store.Delete(tenant.WithSystem(ctx), sessionKey(m.ID, r.ID), table.Always()); err != nil {
				return err
			}
		}
	}
	return nil
}
