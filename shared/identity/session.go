package identity

import (
	"cmp"
	"context"
	"errors"
	"strings"
	"time"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/id"
	"github.com/apiq/apiq/shared/mail/letter"
	"github.com/apiq/apiq/shared/route"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
)

// sessionRecord is a live session.
type sessionRecord struct {
	ID          string    `json:"id"`
	UserID      string    `json:"userId"`
	WorkspaceID string    `json:"workspaceId"`
	CreatedAt   time.Time `json:"createdAt"`
	ExpiresAt   time.Time `json:"expiresAt"`
	// SeenAt is when it was last noted as used, zero where never; IP is the address then.
	SeenAt time.Time `json:"seenAt,omitzero"`
	IP     string    `json:"ip,omitempty"`
	Agent  string    `json:"agent,omitempty"`
	// Via is the sign-in outside that it came by; nil for a password.
	Via *Via `json:"via,omitempty"`
	// ConfirmedAt is when its holder last proved themselves again.
	ConfirmedAt time.Time `json:"confirmedAt,omitzero"`
	// FactorAt is when its holder last showed a second factor in it.
	FactorAt time.Time `json:"factorAt,omitzero"`
}

// provenAt is when its holder last proved who they are.
func (s sessionRecord) provenAt() time.Time {
	if s.ConfirmedAt.After(s.CreatedAt) {
		return s.ConfirmedAt
	}
	return s.CreatedAt
}

var noExpiry time.Time

func unauthenticated() error {
	return apierr.New(apierr.Unauthenticated, "The session is over or not valid. Sign in again.")
}

func badLogin() error {
	return apierr.New(apierr.Unauthenticated, "E-mail or password is not right.")
}

// Login signs a person in. Unknown e-mail and wrong password give the same
// answer after the same work. Where a second factor is enrolled, code is a code of it.
func (s *Service) Login(ctx context.Context, email, password, code string) (Grant, error) {
	email, err := normalEmail(email)
	if err != nil {
		return Grant{}, err
	}
	try, err := s.try(ctx, email)
	if err != nil {
		return Grant{}, err
	}
	user, err := s.byEmail(ctx, email)
	if err != nil {
		return Grant{}, err
	}
	right, err := s.passwords.verify(ctx, password, user.PasswordHash)
	if err != nil {
		return Grant{}, err
	}
	if !right {
		return Grant{}, s.refuseTry(ctx, try, user)
	}
	if err := s.right(ctx, try); err != nil { // codes have a limit of their own
		return Grant{}, err
	}
	how, used, err := s.secondStep(ctx, user, code)
	switch {
	case errors.Is(err, errWrongCode):
		return Grant{}, s.refuseLogin(ctx, user, "wrong second factor")
	case apierr.CodeOf(err) == apierr.MFARequired:
		return Grant{}, errors.Join(err, s.recordLogin(ctx, user, apierr.MFARequired, "the second factor is missing"))
	case err != nil:
		return Grant{}, err
	}
	if err := s.entered(ctx, try, user); err != nil {
		return Grant{}, err
	}
	return s.enter(ctx, user, how, used...)
}

// enter signs in a person who has proven to be this user; how tells the trail by
// what. It is the one way to a session besides Register's. What proved it is used up
// by the operations given, in the transaction that makes the session.
func (s *Service) enter(ctx context.Context, user userRecord, how string, used ...table.Op) (Grant, error) {
	at, err := s.entrance(ctx, user)
	if apierr.CodeOf(err) == apierr.Forbidden {
		return Grant{}, errors.Join(err, s.recordLogin(ctx, user, apierr.Forbidden, "the workspace takes its provider's word only"))
	}
	if err != nil {
		return Grant{}, err
	}
	if at.Workspace.ID == "" && user.Managed == "" { // they were removed from the last one
		if at, err = s.ownWorkspace(ctx, user); err != nil {
			return Grant{}, err
		}
	}
	if !at.Active {
		return Grant{}, s.refuseLogin(ctx, user, "not an active member")
	}
	workspace := at.Workspace
	grant, session, err := s.newSession(ctx, user.User, workspace, at.Role, func(r *sessionRecord) {
		if len(used) > 0 { // a code or a passkey
			r.FactorAt = r.CreatedAt
		}
	})
	if err != nil {
		return Grant{}, err
	}
	err = s.commitUsed(as(ctx, user.User, workspace.ID), used, []table.Op{session}, audit.Entry{Action: "user.login", Resource: user.ID, Message: how})
	if errors.Is(err, errWrongCode) {
		return Grant{}, s.refuseLogin(ctx, user, "a second factor that was used already")
	}
	if err != nil {
		return Grant{}, err
	}
	return grant, s.stillGood(ctx, user, session.Item.Key)
}

// stillGood ends a session at once that was made by a password which another replaced
// meanwhile: whoever replaced it ended the sessions that there were before this one.
func (s *Service) stillGood(ctx context.Context, before userRecord, session table.Key) error {
	user, err := s.user(ctx, before.ID)
	if err != nil || user.PasswordHash == before.PasswordHash {
		return err
	}
	return errors.Join(badLogin(), s.store.Delete(tenant.WithSystem(ctx), session, table.Always()))
}

// refuseLogin answers all refusals alike, after the same work: the record too is
// written for an unknown e-mail, among the system's. Where the account is known,
// its workspace's trail tells of the attempt. Nobody knows who made it, and what
// was typed is never kept: some type their password there.
func (s *Service) refuseLogin(ctx context.Context, user userRecord, why string, with ...table.Op) error {
	return errors.Join(badLogin(), s.recordLogin(ctx, user, apierr.Unauthenticated, why, with...))
}

func (s *Service) recordLogin(ctx context.Context, user userRecord, code apierr.Code, why string, with ...table.Op) error {
	ctx = tenant.With(ctx, cmp.Or(user.Workspace, tenant.System))
	return s.trail.Commit(ctx, with, audit.Entry{
		Action: "user.login", Resource: user.ID, Outcome: audit.Refused, Level: audit.Warn, Code: string(code), Message: why})
}

// refuseTry is refuseLogin for a wrong password. With the try after which others begin to
// wait, its owner is told; where there is none, a letter to nobody takes as long.
func (s *Service) refuseTry(ctx context.Context, try attempt, user userRecord) error {
	const why = "unknown e-mail or wrong password"
	if !try.held {
		return s.refuseLogin(ctx, user, why)
	}
	parcel, err := s.post.Pack(ctx, user.ID, user.Email, letter.Held(user.Name, accountBrake.free, s.post.Link(pageForgot)))
	if err != nil {
		return err
	}
	err = s.refuseLogin(ctx, user, why, parcel.Op)
	s.post.Ring(ctx, parcel)
	return err
}

// decoyUser is read in place of who is not there, so that it takes as long. It is a record
// like any other, made by the first who asks for nobody; no e-mail leads to it.
const decoyUser = "usr_nobody"

func (s *Service) readDecoy(ctx context.Context) error {
	_, err := s.user(ctx, decoyUser)
	if !errors.Is(err, table.ErrNotFound) {
		return err
	}
	at := s.now().UTC()
	op, err := put(userKey(decoyUser), userRecord{User: User{ID: id.New(id.User), Email: "nobody.at.all@example.com", Name: "Nobody Atall", CreatedAt: at, UpdatedAt: at, Version: 1},
		PasswordHash: s.passwords.decoy, Workspace: id.New(id.Workspace)}, table.Absent(), noExpiry)
	if err != nil {
		return err
	}
	if _, err = s.store.Put(tenant.WithSystem(ctx), op.Item, op.If); errors.Is(err, table.ErrCondition) {
		return nil
	}
	return err
}

// byEmail finds a person; none gives a zero record, so that the caller does the same work.
func (s *Service) byEmail(ctx context.Context, email string) (userRecord, error) {
	ref, _, err := load[emailRecord](ctx, s, emailKey(email))
	if errors.Is(err, table.ErrNotFound) || err == nil && ref.Former {
		return userRecord{}, s.readDecoy(ctx)
	}
	if err != nil {
		return userRecord{}, err
	}
	return s.user(ctx, ref.UserID)
}

func (s *Service) user(ctx context.Context, userID string) (userRecord, error) {
	u, version, err := load[userRecord](ctx, s, userKey(userID))
	u.Version = version
	return u, err
}

func (s *Service) workspace(ctx context.Context, workspaceID string) (Workspace, error) {
	w, version, err := load[Workspace](ctx, s, workspaceKey(workspaceID))
	w.Version = version
	return w, err
}

// newSession makes a session; shape adds to what it is by default.
func (s *Service) newSession(ctx context.Context, u User, w Workspace, role route.Role, shape ...func(*sessionRecord)) (Grant, table.Op, error) {
	now := s.now().UTC()
	session := sessionRecord{ID: id.New(id.Session), UserID: u.ID, WorkspaceID: w.ID, CreatedAt: now,
		ExpiresAt: now.Add(sessionLife).Truncate(time.Second), IP: tenant.ActorFrom(ctx).IP, Agent: tenant.ActorFrom(ctx).Agent}
	for _, f := range shape {
		f(&session)
	}
	op, err := put(sessionKey(u.ID, session.ID), session, table.Absent(), session.ExpiresAt)
	if err != nil {
		return Grant{}, op, err
	}
	token, err := s.signer.sign(ctx, session)
	return Grant{User: u, Workspace: w, Role: role, Token: token, ExpiresAt: session.ExpiresAt}, op, err
}

// Logout ends the session at once, whatever its provider does then.
func (s *Service) Logout(ctx context.Context, p Principal) (Ended, error) {
	over := Ended{Via: p.Via, IDToken: s.hint(ctx, p.Via, p.SessionID)}
	session := sessionRecord{ID: p.SessionID, UserID: p.UserID, Via: p.Via}
	err := s.trail.Commit(ctx, session.ending(table.Present()), audit.Entry{Action: "user.logout", Resource: p.UserID})
	if errors.Is(err, table.ErrCondition) {
		return Ended{}, unauthenticated()
	}
	return over, err
}

// Authenticate tells who holds a token, of a session or of the API. The session and the membership are read
// on each call: a logout, a new role and a deactivation act at once.
func (s *Service) Authenticate(ctx context.Context, token string) (Principal, error) {
	if strings.HasPrefix(token, tokenPrefix) {
		return s.byAPIToken(ctx, token)
	}
	claims, err := s.signer.verify(ctx, token, s.now())
	if err != nil {
		if apierr.CodeOf(err) == apierr.Internal {
			return Principal{}, err
		}
		return Principal{}, unauthenticated()
	}
	if !id.Is(claims.SessionID, id.Session) || !id.Is(claims.Subject, id.User) {
		return Principal{}, unauthenticated()
	}
	session, version, err := load[sessionRecord](ctx, s, sessionKey(claims.Subject, claims.SessionID))
	if err != nil {
		return Principal{}, notFoundIs(err, unauthenticated())
	}
	if session.UserID != claims.Subject || !session.ExpiresAt.After(s.now()) {
		return Principal{}, unauthenticated()
	}
	member, policy, err := s.place(ctx, session.WorkspaceID, session.UserID)
	if err != nil {
		return Principal{}, err
	}
	if why := policy.over(session, s.now()); why != "" {
		s.endOver(ctx, session, version, member, why)
		return Principal{}, unauthenticated()
	}
	defer s.seen(ctx, session, version, policy.noteEvery())()
	return s.admitted(ctx, Principal{UserID: member.ID, Email: member.Email, Name: member.Name, WorkspaceID: session.WorkspaceID, Role: member.Role, SessionID: session.ID,
		Via: session.Via, ProvenAt: session.provenAt(), FactorAt: session.FactorAt}, policy)
}

// Me is the person and workspace behind a principal.
func (s *Service) Me(ctx context.Context, p Principal) (User, Workspace, error) {
	user, err := s.user(ctx, p.UserID)
	if err != nil {
		return User{}, Workspace{}, err
	}
	w, err := s.workspace(ctx, p.WorkspaceID)
	return user.User, w, err
}
