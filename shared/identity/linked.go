package identity

import (
	"cmp"
	"context"
	"encoding/hex"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/mail/letter"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
)

// maxLinks is how many identities one account has at most.
const maxLinks = 20

// Refusals of a link.
const (
	RefusedTaken   Refusal = "linked_elsewhere" // the identity is another account's
	RefusedRemoved Refusal = "link_removed"     // the person took it off their account
	RefusedMany    Refusal = "too_many_links"
)

// Linked is an identity at a provider that signs a person in.
type Linked struct {
	ID       string `json:"id"`
	Provider string `json:"provider"`
	Issuer   string `json:"issuer"`
	// Email is what the provider said when it was linked; it may be none of the account's.
	Email string `json:"email"`
	// Workspace is whose provider it is: it signs in to that workspace only. Empty: the operator's.
	Workspace string    `json:"workspace"`
	CreatedAt time.Time `json:"createdAt"`
	// Current: the session that asks came by it.
	Current bool `json:"current"`
}

const linkPrefix = "LINK#"

func linksPK(userID string) string { return "LINKS#" + userID }

// Linked lists what is linked to a person's account, the identities of workspaces' own
// providers too. Whoever came by one of those sees that workspace's only.
func (s *Service) Linked(ctx context.Context, p Principal) ([]Linked, error) {
	all, err := s.links(ctx, p.UserID)
	out := make([]Linked, 0, len(all))
	for key, l := range all {
		if to := p.Bound(); to == "" || to == l.Workspace {
			out = append(out, Linked{ID: strings.TrimPrefix(key.PK, linkPrefix), Provider: l.Provider, Issuer: l.Issuer, Email: l.Email, Workspace: l.Workspace, CreatedAt: l.CreatedAt, Current: l.is(p.Via)})
		}
	}
	slices.SortFunc(out, func(a, b Linked) int { return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), strings.Compare(a.ID, b.ID)) })
	return out, err
}

// is says whether a sign-in came by this identity.
func (l linkRecord) is(v *Via) bool {
	return v != nil && v.Workspace == l.Workspace && v.Issuer == l.Issuer && v.Subject == l.Subject
}

// links are a person's, by the key that each is found under.
func (s *Service) links(ctx context.Context, userID string) (map[table.Key]linkRecord, error) {
	all := map[table.Key]linkRecord{}
	for item, err := range s.store.All(tenant.WithSystem(ctx), table.Query{PK: linksPK(userID)}) {
		if err != nil {
			return nil, err
		}
		var l linkRecord
		if err := item.Decode(&l); err != nil {
			return nil, err
		}
		all[table.Key{PK: item.SK, SK: "0"}] = l
	}
	return all, nil
}

// linkOps write a link: where its identity leads to, and in the person's own list.
func linkOps(at table.Key, l linkRecord, cond table.Condition) ([]table.Op, error) {
	main, err := put(at, l, cond, noExpiry)
	if err != nil {
		return nil, err
	}
	own, err := put(userLinkKey(l.UserID, at), l, table.Always(), noExpiry)
	return []table.Op{main, own}, err
}

// Link joins an identity that a provider vouches for to the account of the person who
// asked for it, whatever its e-mail is: they have shown to hold both. A workspace's own
// provider is linked by members of that workspace. Refusals are FORBIDDEN with a Refusal
// as their cause, and are recorded.
func (s *Service) Link(ctx context.Context, p Principal, e External) error {
	if err := e.check(); err != nil {
		return err
	}
	err := s.link(ctx, p, e)
	var refused Refusal
	if errors.As(err, &refused) {
		return errors.Join(err, s.trail.Commit(ctx, nil, audit.Entry{Action: "user.link", Resource: p.UserID, Outcome: audit.Refused, Level: audit.Warn,
			Code: string(apierr.Forbidden), Message: e.Provider + ": " + string(refused), Details: map[string]any{"issuer": e.Issuer}}))
	}
	return err
}

func (s *Service) link(ctx context.Context, p Principal, e External) error {
	if err := p.free(""); err != nil {
		return err
	}
	u, err := s.account(ctx, p)
	if err != nil {
		return err
	}
	if !allowed(cmp.Or(e.Email, u.Email), e.Domains) {
		return RefusedDomain.public()
	}
	if e.Workspace != "" {
		switch m, _, err := load[Member](ctx, s, memberKey(e.Workspace, u.ID)); {
		case errors.Is(err, table.ErrNotFound):
			return RefusedUnknown.public()
		case err != nil:
			return err
		case !m.Active:
			return RefusedDeactivated.public()
		}
	}
	at := linkKey(e.Workspace, e.Issuer, e.Subject)
	before, version, err := load[linkRecord](ctx, s, at)
	if err != nil && !errors.Is(err, table.ErrNotFound) {
		return err
	}
	if version > 0 && before.RemovedAt.IsZero() && before.UserID != u.ID {
		switch _, err := s.user(ctx, before.UserID); {
		case err == nil:
			return RefusedTaken.public()
		case !errors.Is(err, table.ErrNotFound): // else that account is gone
			return err
		}
	}
	all, err := s.links(ctx, u.ID)
	if err != nil {
		return err
	}
	if _, again := all[at]; !again && len(all) >= maxLinks {
		return RefusedMany.public()
	}
	ops, err := linkOps(at, linkRecord{UserID: u.ID, Provider: e.Provider, Workspace: e.Workspace, Issuer: e.Issuer, Subject: e.Subject, Email: e.Email, CreatedAt: s.now().UTC()}, table.Unchanged(version))
	if err != nil {
		return err
	}
	parcel, err := s.post.Pack(ctx, u.ID, u.Email, letter.Linked(u.Name, e.Provider, e.Email, s.now(), tenant.ActorFrom(ctx).IP, s.post.Link(pageSecurity)))
	if err != nil {
		return err
	}
	ops = append(ops, parcel.Op, table.Global(table.Check(sessionKey(u.ID, p.SessionID), table.Present())))
	if err := s.trail.Commit(ctx, ops, audit.Entry{Action: "user.link", Resource: u.ID, Message: "linked " + e.Provider, Details: map[string]any{"issuer": e.Issuer}}); err != nil {
		return err
	}
	s.post.Ring(ctx, parcel)
	return nil
}

// Unlink takes an identity off the account of its person. It signs nobody in any more,
// not by its e-mail either, until it is linked again; sessions that came by it end, but
// for the one that asks. The last way to sign in stays: CONFLICT.
func (s *Service) Unlink(ctx context.Context, p Principal, linkedID string) error {
	gone := apierr.New(apierr.NotFound, "There is no such identity. See the list of those that are linked.")
	if raw, err := hex.DecodeString(linkedID); err != nil || len(raw) != 32 {
		return gone
	}
	at := table.Key{PK: linkPrefix + linkedID, SK: "0"}
	l, version, err := load[linkRecord](ctx, s, at)
	if err != nil {
		return notFoundIs(err, gone)
	}
	if l.UserID != p.UserID || !l.RemovedAt.IsZero() {
		return gone
	}
	if err := p.free(""); err != nil {
		return err
	}
	u, err := s.account(ctx, p)
	if err != nil {
		return err
	}
	stays, err := s.otherWay(ctx, u, at, l)
	if err != nil {
		return err
	}
	l.RemovedAt = s.now().UTC()
	removed, err := put(at, l, table.IfVersion(version), noExpiry)
	if err != nil {
		return err
	}
	parcel, err := s.post.Pack(ctx, u.ID, u.Email, letter.Unlinked(u.Name, l.Provider, l.Email, s.now(), tenant.ActorFrom(ctx).IP, s.post.Link(pageSecurity)))
	if err != nil {
		return err
	}
	ops := []table.Op{removed, table.Global(table.Delete(userLinkKey(u.ID, at), table.Always())), stays, parcel.Op}
	err = s.endThese(ctx, u.ID, func(r sessionRecord) bool { return l.is(r.Via) && r.ID != p.SessionID }, func(ended []table.Op) error {
		return s.trail.Commit(ctx, append(ops, ended...), audit.Entry{Action: "user.unlink", Resource: u.ID, Message: "took " + l.Provider + " off", Details: map[string]any{"issuer": l.Issuer}})
	})
	if err != nil {
		return err
	}
	s.post.Ring(ctx, parcel)
	return nil
}

// otherWay finds a way to sign in that stays without this identity, as a condition that
// it is still there. A workspace's own provider leads to that workspace only, so it
// counts for another of the same one.
func (s *Service) otherWay(ctx context.Context, u userRecord, but table.Key, l linkRecord) (table.Op, error) {
	if u.PasswordHash != "" {
		return table.Global(table.Check(userKey(u.ID), table.IfVersion(u.Version))), nil
	}
	f, version, err := s.factors(ctx, u.ID)
	if err != nil {
		return table.Op{}, err
	}
	if f.Passkeys > 0 {
		return table.Global(table.Check(factorKey(u.ID), table.IfVersion(version))), nil
	}
	all, err := s.links(ctx, u.ID)
	if err != nil {
		return table.Op{}, err
	}
	for key, other := range all {
		if key != but && (other.Workspace == "" || other.Workspace == l.Workspace) {
			return table.Global(table.Check(userLinkKey(u.ID, key), table.Present())), nil
		}
	}
	return table.Op{}, apierr.New(apierr.Conflict, "This is the only way to sign in to your account. Set a password, add a passkey or link another identity first.")
}
