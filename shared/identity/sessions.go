package identity

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/id"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
)

const (
	// seenEvery is how old the note of a session's last use may be.
	seenEvery = 5 * time.Minute
	// endTogether is how many sessions end in the transaction of what ends them.
	endTogether = 6
	// endBatch is how many end in a transaction of their own: three operations each.
	endBatch = 30
	// maxSessions is how many are listed, the newest.
	maxSessions = 100
)

// Session is a live session as its owner sees it.
type Session struct {
	ID string `json:"id"`
	// Device is what it was made with, such as "Firefox on Linux".
	Device    string    `json:"device"`
	IP        string    `json:"ip"`
	CreatedAt time.Time `json:"createdAt"`
	// LastSeenAt is when it was last used, to some minutes.
	LastSeenAt time.Time `json:"lastSeenAt"`
	ExpiresAt  time.Time `json:"expiresAt"`
	// Current: it is the one that asks.
	Current bool `json:"current"`
}

// Sessions lists a person's own sessions, in all workspaces, the newest first; of very
// many only those.
func (s *Service) Sessions(ctx context.Context, p Principal) ([]Session, error) {
	live, err := s.sessions(ctx, p.UserID)
	if err != nil {
		return nil, err
	}
	if to := p.Bound(); to != "" { // those elsewhere are not for that workspace to see
		live = slices.DeleteFunc(live, func(r sessionRecord) bool { return r.Via == nil || r.Via.Workspace != to })
	}
	slices.Reverse(live)
	live = live[:min(len(live), maxSessions)]
	all, policies := make([]Session, 0, len(live)), map[string]Policy{}
	for _, r := range live {
		policy, ok := policies[r.WorkspaceID]
		if !ok {
			if policy, err = s.policy(ctx, r.WorkspaceID); err != nil {
				return nil, err
			}
			policies[r.WorkspaceID] = policy
		}
		if policy.over(r, s.now()) == "" {
			all = append(all, Session{ID: r.ID, Device: Device(r.Agent), IP: r.IP, CreatedAt: r.CreatedAt, LastSeenAt: r.lastSeen(), ExpiresAt: policy.until(r), Current: r.ID == p.SessionID})
		}
	}
	return all, nil
}

func (r sessionRecord) lastSeen() time.Time {
	if r.SeenAt.IsZero() {
		return r.CreatedAt
	}
	return r.SeenAt
}

// sessions are a person's live ones, the oldest first, read consistently.
func (s *Service) sessions(ctx context.Context, userID string) ([]sessionRecord, error) {
	var all []sessionRecord
	for item, err := range s.store.All(tenant.WithSystem(ctx), table.Query{PK: sessionsPK(userID)}) {
		if err != nil {
			return nil, err
		}
		var r sessionRecord
		if err := item.Decode(&r); err != nil {
			return nil, err
		}
		if r.ExpiresAt.After(s.now()) {
			all = append(all, r)
		}
	}
	return all, nil
}

// EndSession ends one of a person's own sessions at once.
func (s *Service) EndSession(ctx context.Context, p Principal, sessionID string) error {
	gone := apierr.New(apierr.NotFound, "There is no such session, or it is over.")
	if !id.Is(sessionID, id.Session) {
		return gone
	}
	session, _, err := load[sessionRecord](ctx, s, sessionKey(p.UserID, sessionID))
	if err != nil {
		return notFoundIs(err, gone)
	}
	err = s.trail.Commit(ctx, session.ending(table.Present()), audit.Entry{Action: "user.session.end", Resource: p.UserID, Message: "ended one session"})
	if errors.Is(err, table.ErrCondition) {
		return gone
	}
	return err
}

// EndOtherSessions ends all of a person's sessions but the one that asks.
func (s *Service) EndOtherSessions(ctx context.Context, p Principal) error {
	return s.endSessions(ctx, p.UserID, p.SessionID, func(ops []table.Op) error {
		return s.trail.Commit(ctx, ops, audit.Entry{Action: "user.session.end", Resource: p.UserID, Message: "ended all other sessions"})
	})
}

// endSessions ends all sessions of a person but one ("" for none). The first ones end in the
// transaction that commit makes of their operations; those beyond its room, and those
// that came to be meanwhile, right behind it.
func (s *Service) endSessions(ctx context.Context, userID, except string, commit func([]table.Op) error) error {
	return s.endThese(ctx, userID, func(r sessionRecord) bool { return r.ID != except }, commit)
}

// endThese is endSessions for those of a person's that are meant.
func (s *Service) endThese(ctx context.Context, userID string, meant func(sessionRecord) bool, commit func([]table.Op) error) error {
	next := func(most int) ([]table.Op, error) {
		live, err := s.sessions(ctx, userID)
		live = slices.DeleteFunc(live, func(r sessionRecord) bool { return !meant(r) })
		slices.Reverse(live) // the newest first
		var ops []table.Op
		for _, r := range live[:min(len(live), most)] {
			ops = append(ops, r.ending(table.Always())...)
		}
		return ops, err
	}
	ops, err := next(endTogether)
	if err != nil {
		return err
	}
	if err := commit(ops); err != nil {
		return err
	}
	for {
		if ops, err = next(endBatch); err != nil || len(ops) == 0 {
			return err
		}
		if err := s.store.Transact(tenant.WithSystem(ctx), ops); err != nil {
			return err
		}
	}
}

// seen notes that a session is used, unless that was noted lately. It is written over
// what was read only: a session that was ended meanwhile stays ended. What fails is
// noted with the next use.
func (s *Service) seen(ctx context.Context, r sessionRecord, version int64, every time.Duration) (wait func()) {
	now := s.now().UTC()
	if s.readOnly || now.Sub(r.lastSeen()) < every {
		return func() {}
	}
	r.SeenAt, r.IP = now, tenant.ActorFrom(ctx).IP
	op, err := put(sessionKey(r.UserID, r.ID), r, table.IfVersion(version), r.ExpiresAt)
	if err != nil {
		return func() {}
	}
	done := make(chan struct{})
	go func() { // beside what else the request waits for
		defer close(done)
		_, _ = s.store.Put(tenant.WithSystem(ctx), op.Item, op.If)
	}()
	return func() { <-done }
}
