package domain

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/identity"
	"github.com/apiq/apiq/shared/mail/letter"
	"github.com/apiq/apiq/shared/mail/post"
	"github.com/apiq/apiq/shared/route"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
)

const (
	// checkEvery is how often a held domain's record is looked for; askAgain is when DNS
	// gave no answer.
	checkEvery = 24 * time.Hour
	askAgain   = time.Hour
	// lapseAfter is how long the record may be gone before the domain is held no more.
	lapseAfter = 7 * 24 * time.Hour
	// checksAtOnce bounds one call: each asks DNS, which may take its time.
	checksAtOnce = 20
	// maxTold is how many admins are told of one domain.
	maxTold = 10
	page    = "/settings/sign-in"
)

// Recheck looks at the held domains of all workspaces whose time has come, some at a
// time: call it again and again. What fails at one keeps no other from it. It may run
// beside itself.
func (s *Service) Recheck(ctx context.Context) error {
	due, err := s.directory.DueDomains(ctx, s.now(), checksAtOnce)
	if err != nil {
		return err
	}
	var failures []error
	for _, one := range due {
		in := tenant.WithActor(tenant.With(ctx, one.Workspace), tenant.Actor{ID: "system"})
		if err := s.recheck(in, one); err != nil && !errors.Is(err, table.ErrCondition) { // else another process was first
			failures = append(failures, fmt.Errorf("%s: %w", one.Domain, err))
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	return errors.Join(failures...)
}

func (s *Service) recheck(ctx context.Context, held identity.HeldDomain) error {
	d, version, err := table.GetJSON[Domain](ctx, s.store, claimKey(held.Domain))
	if errors.Is(err, table.ErrNotFound) || err == nil && !d.Held() {
		return nil // the index lags behind
	}
	if err != nil {
		return err
	}
	d.Version = version
	now := s.now().UTC()
	there, err := s.shown(ctx, d.Record)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	before := d.State
	switch {
	case err != nil: // said nothing: nothing changes
		return s.look(ctx, d, now.Add(askAgain))
	case there:
		d.State, d.LapsesAt = Verified, time.Time{}
	case d.State == Verified:
		d.State, d.LapsesAt = Missing, now.Add(lapseAfter)
	case !d.LapsesAt.After(now):
		d.State, d.LapsesAt, d.VerifiedAt, d.ProviderOnly = Pending, time.Time{}, time.Time{}, false
	}
	d.CheckedAt = now
	if d.State == before {
		return s.look(ctx, d, now.Add(checkEvery))
	}
	return s.turn(ctx, d, now)
}

// look notes that a domain was looked at, and when it will be again.
func (s *Service) look(ctx context.Context, d Domain, due time.Time) error {
	hold, claim, err := s.held(ctx, d, due)
	if err != nil {
		return err
	}
	return s.store.Transact(ctx, []table.Op{hold, claim})
}

func (s *Service) held(ctx context.Context, d Domain, due time.Time) (hold, claim table.Op, err error) {
	workspace, err := tenant.From(ctx)
	if err != nil {
		return hold, claim, err
	}
	if hold, err = identity.Hold(d.Name, identity.Holder{Workspace: workspace, ProviderOnly: d.ProviderOnly}, due, table.Present()); err != nil {
		return hold, claim, err
	}
	item, err := table.JSONItem(claimKey(d.Name), d)
	return hold, table.Put(item, table.IfVersion(d.Version)), err
}

// turn writes another state, with its record and the letters that tell of it.
func (s *Service) turn(ctx context.Context, d Domain, now time.Time) error {
	d.UpdatedAt = now
	hold, claim, err := s.held(ctx, d, now.Add(checkEvery))
	if err != nil {
		return err
	}
	e := audit.Entry{Resource: d.Name, Level: audit.Warn}
	var tell letter.Letter
	switch d.State {
	case Verified:
		e.Action, e.Level, e.Message = "domain.found", audit.Info, "the TXT record is there again"
	case Missing:
		e.Action, e.Message = "domain.missing", "the TXT record is gone; the domain is held until "+d.LapsesAt.Format(time.RFC3339)
		tell = letter.DomainMissing(d.Name, d.Record.Name, d.Record.Value, d.LapsesAt, s.post.Link(page))
	case Pending:
		hold = identity.Release(d.Name)
		e.Action, e.Message = "domain.lapse", "the TXT record was gone too long: the domain is held no more"
		tell = letter.DomainLapsed(d.Name, s.post.Link(page))
	}
	parcels, err := s.letters(ctx, tell)
	if err != nil {
		return err
	}
	ops := []table.Op{hold, claim}
	for _, p := range parcels {
		ops = append(ops, p.Op)
	}
	if err := s.trail.Commit(ctx, ops, e); err != nil {
		return err
	}
	s.post.Ring(ctx, parcels...)
	return nil
}

// letters are to the workspace's admins, where there is something to tell.
func (s *Service) letters(ctx context.Context, l letter.Letter) ([]post.Parcel, error) {
	if l.Subject == "" {
		return nil, nil
	}
	workspace, err := tenant.From(ctx)
	if err != nil {
		return nil, err
	}
	admins, err := s.directory.Reach(ctx, []string{string(route.RoleAdmin)}, maxTold)
	if err != nil {
		return nil, err
	}
	var all []post.Parcel
	for _, to := range admins {
		parcel, err := s.post.Pack(ctx, workspace, to, l)
		if err != nil {
			return nil, err
		}
		all = append(all, parcel)
	}
	return all, nil
}
