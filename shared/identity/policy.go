package identity

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
)

const (
	// MinIdleMinutes leaves room for how seldom a session's last use is noted.
	MinIdleMinutes = 5
	// MaxIdleMinutes and MaxSessionHours are what a session lasts at most anyway.
	MaxIdleMinutes  = int(sessionLife / time.Minute)
	MaxSessionHours = int(sessionLife / time.Hour)
	// maxPolicyGrace bounds how long members may take to enrol.
	maxPolicyGrace = 90 * 24 * time.Hour
	// idleNote is how old the note of a session's last use may be where the workspace
	// ends idle sessions: they end so much after their time at the latest.
	idleNote = time.Minute
)

// Policy is what a workspace asks of the sessions and API tokens in it. It is read with
// each request: a change holds at once, and so does what another workspace asks when a
// session moves there.
type Policy struct {
	// RequireSecondFactor: who has none, or has not shown it in this session, can only
	// enrol, prove, sign out or go to another workspace.
	RequireSecondFactor bool `json:"requireSecondFactor,omitempty"`
	// From is when that begins, so that members have time to enrol. Zero: at once.
	From time.Time `json:"from,omitzero"`
	// TrustProviders: a session that came by a provider of the operator's has shown a
	// second factor there. Those by the workspace's own provider always have: it is the
	// admins' to ask for one there, and such a session cannot enrol one here.
	TrustProviders bool `json:"trustProviders"`
	// IdleMinutes is after how long without use a session ends. Zero: never.
	IdleMinutes int `json:"idleMinutes,omitempty"`
	// SessionHours is how long after the sign-in a session ends, used or not. Zero: as
	// any session.
	SessionHours int       `json:"sessionHours,omitempty"`
	UpdatedAt    time.Time `json:"updatedAt,omitzero"`
	// Version is the store's, 0 where nothing was ever set; what is kept of it does not count.
	Version int64 `json:"version,omitempty"`
}

func policyKey(wsp string) table.Key { return table.Key{PK: "WORKSPACE#" + wsp, SK: "POLICY"} }

// policy reads a workspace's; where none was set, it asks for nothing.
func (s *Service) policy(ctx context.Context, workspaceID string) (Policy, error) {
	p, version, err := load[Policy](ctx, s, policyKey(workspaceID))
	if errors.Is(err, table.ErrNotFound) {
		return Policy{TrustProviders: true}, nil
	}
	p.Version = version
	return p, err
}

// Policy is that of the workspace in the context.
func (s *Service) Policy(ctx context.Context) (Policy, error) {
	workspace, err := tenant.From(ctx)
	if err != nil {
		return Policy{}, err
	}
	return s.policy(ctx, workspace)
}

func (p Policy) check(now time.Time) error {
	var faults []apierr.Problem
	fault := func(path, code, format string, args ...any) {
		faults = append(faults, apierr.Problem{Path: path, Code: code, Message: fmt.Sprintf(format, args...)})
	}
	if p.IdleMinutes != 0 && (p.IdleMinutes < MinIdleMinutes || p.IdleMinutes > MaxIdleMinutes) {
		fault("/idleMinutes", "range", "Give %d to %d minutes, or leave it out for no end.", MinIdleMinutes, MaxIdleMinutes)
	}
	if p.SessionHours != 0 && (p.SessionHours < 1 || p.SessionHours > MaxSessionHours) {
		fault("/sessionHours", "range", "Give 1 to %d hours, or leave it out for the usual %d.", MaxSessionHours, MaxSessionHours)
	}
	if p.From.After(now.Add(maxPolicyGrace)) {
		fault("/from", "range", "Give a time within the next %d days.", int(maxPolicyGrace.Hours()/24))
	}
	if len(faults) == 0 {
		return nil
	}
	return apierr.New(apierr.ValidationFailed, faults[0].Message).With(faults...)
}

// SavePolicy sets what the person's workspace asks from now on. version is the one that
// is changed, 0 for whatever there is. Who asks for a second factor must have shown one.
func (s *Service) SavePolicy(ctx context.Context, p Principal, next Policy, version int64) (Policy, error) {
	now := s.now().UTC()
	if next.From = next.From.UTC().Truncate(time.Second); !next.RequireSecondFactor {
		next.From = time.Time{}
	}
	if err := next.check(now); err != nil {
		return Policy{}, err
	}
	before, err := s.policy(ctx, p.WorkspaceID)
	if err != nil {
		return Policy{}, err
	}
	if version != 0 && version != before.Version {
		return Policy{}, apierr.New(apierr.VersionStale, "The rules were changed meanwhile. Load them again.")
	}
	switch due, err := s.due(ctx, next, p); {
	case err != nil:
		return Policy{}, err
	case due != "":
		return Policy{}, problem("/requireSecondFactor", "own_factor", "Set up a second factor of your own first, or prove yourself with it in this session. Else this rule would shut you out too.")
	}
	next.UpdatedAt = now
	op, err := put(policyKey(p.WorkspaceID), next, table.Unchanged(before.Version), noExpiry)
	if err != nil {
		return Policy{}, err
	}
	err = s.trail.Commit(ctx, []table.Op{op}, audit.Entry{Action: "workspace.policy", Resource: p.WorkspaceID, Message: "changed what the workspace asks of sessions",
		Details: map[string]any{"before": before, "after": next}})
	next.Version = before.Version + 1
	return next, err
}

// over says why a session is over by the policy, "" where it is not.
func (p Policy) over(r sessionRecord, now time.Time) string {
	switch {
	case p.SessionHours > 0 && !now.Before(r.CreatedAt.Add(time.Duration(p.SessionHours)*time.Hour)):
		return fmt.Sprintf("a session ends %d hours after the sign-in", p.SessionHours)
	case p.IdleMinutes > 0 && !now.Before(r.lastSeen().Add(time.Duration(p.IdleMinutes)*time.Minute+idleNote)):
		return fmt.Sprintf("a session ends after %d minutes without use", p.IdleMinutes)
	}
	return ""
}

// until is when a session ends if it goes on being used.
func (p Policy) until(r sessionRecord) time.Time {
	if end := r.CreatedAt.Add(time.Duration(p.SessionHours) * time.Hour); p.SessionHours > 0 && end.Before(r.ExpiresAt) {
		return end
	}
	return r.ExpiresAt
}

// noteEvery is how old the note of a session's last use may be.
func (p Policy) noteEvery() time.Duration {
	if p.IdleMinutes > 0 {
		return idleNote
	}
	return seenEvery
}

// Due is what who is signed in owes their workspace's policy; until then, only routes
// that are Enrolling are open to them.
type Due string

// What can be due.
const (
	// DueFactor: they have no second factor.
	DueFactor Due = "second_factor_required"
	// DueProof: they have one and have not shown it in this session.
	DueProof Due = "second_factor_unproven"
)

// Refusal is FORBIDDEN, with what is due as its problem's code.
func (d Due) Refusal() error {
	message := "This workspace asks for a second factor. Set up an authenticator app or a passkey, then go on."
	if d == DueProof {
		message = "This workspace asks for a second factor. Prove yourself with yours: POST /api/auth/confirm, or with a passkey."
	}
	return apierr.New(apierr.Forbidden, message).With(apierr.Problem{Path: "session", Code: string(d), Message: message})
}

// due judges a principal by a policy, as if its From were over. An API token stands for
// its maker: it is enough that they have a factor.
func (s *Service) due(ctx context.Context, policy Policy, p Principal) (Due, error) {
	if !policy.RequireSecondFactor || p.Via != nil && (policy.TrustProviders || p.Via.Workspace == p.WorkspaceID) {
		return "", nil
	}
	f, _, err := s.factors(ctx, p.UserID)
	switch {
	case err != nil:
		return "", err
	case !f.enrolled():
		return DueFactor, nil
	case p.TokenID == "" && p.FactorAt.IsZero():
		return DueProof, nil
	}
	return "", nil
}

// Standing is how a principal stands with their workspace's policy.
type Standing struct {
	Policy Policy
	// Due is what they owe it, from Policy.From on.
	Due Due
}

// Standing tells a principal what their workspace asks of them.
func (s *Service) Standing(ctx context.Context, p Principal) (Standing, error) {
	policy, err := s.policy(ctx, p.WorkspaceID)
	if err != nil {
		return Standing{}, err
	}
	due, err := s.due(ctx, policy, p)
	return Standing{policy, due}, err
}

// place reads who a principal is in a workspace, and what that asks of them; an inactive
// member is no one there.
func (s *Service) place(ctx context.Context, workspaceID, userID string) (Member, Policy, error) {
	type read struct {
		policy Policy
		err    error
	}
	beside := make(chan read, 1)
	go func() {
		policy, err := s.policy(ctx, workspaceID)
		beside <- read{policy, err}
	}()
	member, _, err := load[Member](ctx, s, memberKey(workspaceID, userID))
	asked := <-beside
	switch {
	case err != nil:
		return Member{}, Policy{}, notFoundIs(err, unauthenticated())
	case !member.Active:
		return Member{}, Policy{}, unauthenticated()
	}
	return member, asked.policy, asked.err
}

// admitted is the principal with what they owe the policy by now.
func (s *Service) admitted(ctx context.Context, p Principal, policy Policy) (_ Principal, err error) {
	if !s.now().Before(policy.From) {
		p.Due, err = s.due(ctx, policy, p)
	}
	return p, err
}

// endOver ends a session that the policy says is over, so that a milder policy does not
// bring it back. What fails, or cannot be written here, is done with the next request.
func (s *Service) endOver(ctx context.Context, r sessionRecord, version int64, member Member, why string) {
	if s.readOnly {
		return
	}
	ctx = tenant.WithActor(tenant.With(ctx, r.WorkspaceID), tenant.Actor{ID: "system"})
	_ = s.trail.Commit(ctx, []table.Op{table.Global(table.Delete(sessionKey(r.UserID, r.ID), table.IfVersion(version)))},
		audit.Entry{Action: "user.session.end", Resource: member.ID, Message: why})
}
