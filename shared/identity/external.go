package identity

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/id"
	"github.com/apiq/apiq/shared/route"
	"github.com/apiq/apiq/shared/secret"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
)

// External is a person as a sign-in outside vouches for them, after its answer was
// checked. There are two authorities. The operator's providers speak for whoever
// they know: their word on an e-mail leads to that person's account. A workspace's
// own is run by whoever is its admin, who can make it say anything: its word holds
// in that workspace and nowhere else, and it leads to members of it only.
type External struct {
	// Provider is the id that it is configured under: "okta".
	Provider string
	// Issuer and Subject are the name that the person keeps (OpenID Connect Core, 5.7).
	Issuer, Subject string
	Email           string
	// EmailVerified: the provider says that the person has this address.
	EmailVerified bool
	Name          string
	// Workspace is whose provider it is. Empty: the operator's.
	Workspace string
	// Home is the workspace that the operator's provider brings people to. Empty: a
	// new person gets a workspace of their own.
	Home string
	// Role is what the person's claims are mapped to, at each sign-in. Empty: no
	// mapping, a member's role stays.
	Role route.Role
	// DefaultRole is a new member's where nothing is mapped. Defaults to USER.
	DefaultRole route.Role
	// JIT makes the account of a person who has none.
	JIT bool
	// Domains are those that an e-mail must be of. Empty: any.
	Domains []string
	// SessionID is the provider's own for this sign-in ("sid"), to end it by.
	SessionID string
	// Ending is how the provider is asked to end its session too; nil where it takes no
	// such wish. IDToken is shown to it then.
	Ending  *Ending
	IDToken secret.Secret `json:"-"`
	// Until bounds the session, where the provider sets a time. Zero: as any session.
	Until time.Time
}

// Via is the sign-in outside that a session came by.
type Via struct {
	Provider string `json:"provider"`
	Issuer   string `json:"issuer"`
	Subject  string `json:"subject"`
	// Workspace is whose provider it was: the session is bound to it. Empty: the operator's.
	Workspace string `json:"workspace,omitempty"`
	SessionID string `json:"sid,omitempty"`
	// Ending is how its provider is asked to end its session too; nil for not at all.
	Ending *Ending `json:"ending,omitempty"`
}

// Bound is the one workspace that the session holds in, "" for one that speaks for
// the whole account. A bound session must change nothing that reaches further:
// the account's password, e-mail, factors, tokens, other workspaces. Who runs the
// sign-in of one workspace could otherwise take over accounts of others.
func (p Principal) Bound() string {
	if p.Via == nil {
		return ""
	}
	return p.Via.Workspace
}

// Refusal is why a sign-in outside was refused; the web page has a sentence for each.
type Refusal string

// Refusals.
const (
	RefusedEmail       Refusal = "email_unverified"    // the provider does not vouch for an address
	RefusedDomain      Refusal = "domain_refused"      // not one of the allowed domains
	RefusedUnknown     Refusal = "no_account"          // nobody, and none is made
	RefusedDeactivated Refusal = "deactivated"         // the membership is switched off
	RefusedUnconfirmed Refusal = "account_unconfirmed" // an account has this e-mail, but never confirmed it
)

func (r Refusal) Error() string { return "identity: sign-in refused: " + string(r) }

func (r Refusal) public() error {
	return apierr.Wrap(apierr.Forbidden, map[Refusal]string{
		RefusedEmail:       "The provider does not vouch for an e-mail address of yours. Confirm it there, then sign in again.",
		RefusedDomain:      "Addresses of this domain may not sign in here. Use another account, or ask an admin.",
		RefusedUnknown:     "There is no account for you here. Ask an admin to invite you.",
		RefusedDeactivated: "Your account was deactivated. Ask an admin of the workspace.",
		RefusedTaken:       "This identity signs in to another account. Take it off there first.",
		RefusedRemoved:     "This identity was taken off its account. Sign in another way, and link it again under settings, Security.",
		RefusedMany:        "An account has at most 20 linked identities. Take one off first.",
		RefusedUnconfirmed: "An account with this e-mail never confirmed it. Sign in with its password and confirm the address, or reset the password; then this way is open too.",
	}[r], r)
}

// linkRecord joins a person at a provider to an account.
type linkRecord struct {
	UserID    string    `json:"userId"`
	Provider  string    `json:"provider"`
	Workspace string    `json:"workspace,omitempty"`
	Issuer    string    `json:"issuer"`
	Subject   string    `json:"subject"`
	Email     string    `json:"email,omitempty"`
	CreatedAt time.Time `json:"createdAt"`
	// RemovedAt is when the person took it off their account: it is kept, so that its
	// e-mail does not link it again by itself. Zero: it is linked.
	RemovedAt time.Time `json:"removedAt,omitzero"`
}

const (
	maxExternalText = 1024 // bytes of an issuer, a subject, a session's id
	externalTries   = 4
)

// linkKey has the workspace in it: what one workspace's provider says of an issuer
// must never meet what another's, or the operator's, says of the same one.
func linkKey(workspace, issuer, subject string) table.Key {
	return table.Key{PK: linkPrefix + digest(workspace, issuer, subject), SK: "0"}
}
func userLinkKey(userID string, link table.Key) table.Key {
	return table.Key{PK: linksPK(userID), SK: link.PK}
}
func managedKey(workspace, email string) table.Key {
	return table.Key{PK: "MANAGED#" + workspace, SK: email}
}

// digest names several texts as one: what is between them cannot be in them.
func digest(parts ...string) string {
	sum := sha256.New()
	for _, p := range parts {
		sum.Write([]byte(p))
		sum.Write([]byte{0})
	}
	return hex.EncodeToString(sum.Sum(nil))
}

func (e *External) check() error {
	texts := []string{e.Issuer, e.Subject, e.SessionID}
	if e.Ending != nil && e.Ending.NameID != nil {
		texts = append(texts, e.Ending.NameID.Value, e.Ending.NameID.Format, e.Ending.NameID.NameQualifier, e.Ending.NameID.SPNameQualifier)
	}
	for _, text := range texts {
		if len(text) > maxExternalText || strings.ContainsRune(text, 0) || !utf8.ValidString(text) {
			return apierr.New(apierr.UpstreamError, "The provider's answer names the person in a way that is not usable.")
		}
	}
	if e.Provider == "" || e.Issuer == "" || e.Subject == "" || e.Workspace != "" && e.Home != "" {
		return errors.New("identity: an external sign-in needs a provider, an issuer, a subject, and one workspace at most")
	}
	// An address that is none is as good as none.
	email, err := normalEmail(e.Email)
	if err != nil {
		email, e.EmailVerified = "", false
	}
	e.Email = email
	name, err := checkName("/name", e.Name)
	if err != nil {
		name, _, _ = strings.Cut(email, "@")
		name = string([]rune(name)[:min(maxName, utf8.RuneCountInString(name))])
	}
	e.Name = cmp.Or(name, "Somebody")
	for _, role := range []route.Role{e.Role, e.DefaultRole} {
		if role != "" && checkRole(role) != nil {
			return errors.New("identity: an external sign-in with a role that there is not")
		}
	}
	return nil
}

// SignInExternal signs in whom a provider vouches for: the account that the issuer
// and the subject were linked to before; else the one that the e-mail leads to,
// which is linked; else, with JIT, a new one. A role that is mapped is set anew each
// time, but that the last admin stays one. Refusals are FORBIDDEN with a Refusal as
// their cause, and are recorded.
func (s *Service) SignInExternal(ctx context.Context, e External) (Grant, error) {
	if err := e.check(); err != nil {
		return Grant{}, err
	}
	for try := 1; ; try++ {
		grant, made, err := s.tryExternal(ctx, e)
		var refused Refusal
		switch {
		case errors.As(err, &refused):
			return Grant{}, errors.Join(err, s.noteRefused(ctx, e, refused))
		case errors.Is(err, table.ErrCondition) && try < externalTries:
			continue // the same person at the same moment: now there is an account
		case err != nil:
			return Grant{}, err
		}
		if made {
			s.onWorkspace(tenant.With(ctx, grant.Workspace.ID), grant.Workspace)
		}
		return grant, nil
	}
}

// arrival is what a sign-in will write.
type arrival struct {
	user      userRecord
	workspace Workspace
	member    Member
	ops       []table.Op
	entry     audit.Entry
	made      bool // the workspace is new
	joins     bool // they become a member
}

func (s *Service) tryExternal(ctx context.Context, e External) (Grant, bool, error) {
	at := linkKey(e.Workspace, e.Issuer, e.Subject)
	link, version, err := load[linkRecord](ctx, s, at)
	if err != nil && !errors.Is(err, table.ErrNotFound) {
		return Grant{}, false, err
	}
	var user userRecord
	if version > 0 {
		if user, err = s.user(ctx, link.UserID); err != nil && !errors.Is(err, table.ErrNotFound) {
			return Grant{}, false, err
		}
	}
	linked := user.ID != "" // else the account that it led to is gone
	if linked && !link.RemovedAt.IsZero() {
		return Grant{}, false, RefusedRemoved.public()
	}
	if !allowed(cmp.Or(e.Email, user.Email), e.Domains) {
		return Grant{}, false, RefusedDomain.public()
	}
	if !linked {
		if user, err = s.meant(ctx, e); err != nil {
			return Grant{}, false, err
		}
	}
	a, err := s.arrive(ctx, e, user)
	if err != nil {
		return Grant{}, false, err
	}
	if a.joins {
		done, err := s.reserve(ctx, a.workspace.ID, a.user.ID)
		if err != nil {
			return Grant{}, false, err
		}
		defer done()
	}
	if !linked {
		rec := linkRecord{UserID: a.user.ID, Provider: e.Provider, Workspace: e.Workspace, Issuer: e.Issuer, Subject: e.Subject, Email: e.Email, CreatedAt: s.now().UTC()}
		ops, err := linkOps(at, rec, table.Unchanged(version))
		if err != nil {
			return Grant{}, false, err
		}
		a.ops = append(a.ops, ops...)
	}
	var made sessionRecord
	grant, session, err := s.newSession(ctx, a.user.User, a.workspace, a.member.Role, func(r *sessionRecord) {
		r.Via = &Via{Provider: e.Provider, Issuer: e.Issuer, Subject: e.Subject, Workspace: e.Workspace, SessionID: e.SessionID, Ending: e.Ending}
		if !e.Until.IsZero() && e.Until.Before(r.ExpiresAt) {
			r.ExpiresAt = e.Until.UTC().Truncate(time.Second)
		}
		made = *r
	})
	if err != nil {
		return Grant{}, false, err
	}
	beside, err := s.beside(ctx, made, e.IDToken)
	if err != nil {
		return Grant{}, false, err
	}
	return grant, a.made, s.trail.Commit(as(ctx, a.user.User, a.workspace.ID), append(append(a.ops, session), beside...), a.entry)
}

// meant finds the account that an unlinked person may have; a zero record for none.
func (s *Service) meant(ctx context.Context, e External) (userRecord, error) {
	if e.Email == "" || !e.EmailVerified {
		return userRecord{}, RefusedEmail.public()
	}
	if e.Workspace == "" {
		user, err := s.byEmail(ctx, e.Email)
		// Who registered with the address of another waits for them to come: without
		// a proof of the address, what they set before would stay theirs.
		if err == nil && user.ID != "" && !user.EmailVerified {
			err = RefusedUnconfirmed.public()
		}
		return user, err
	}
	ref, _, err := load[emailRecord](ctx, s, managedKey(e.Workspace, e.Email))
	if err == nil {
		return s.user(ctx, ref.UserID)
	}
	if !errors.Is(err, table.ErrNotFound) {
		return userRecord{}, err
	}
	// An account of the whole installation: only where it is a member here already.
	user, err := s.byEmail(ctx, e.Email)
	if err != nil || user.ID == "" {
		return userRecord{}, err
	}
	switch _, _, err := load[Member](ctx, s, memberKey(e.Workspace, user.ID)); {
	case errors.Is(err, table.ErrNotFound):
		return userRecord{}, nil
	default:
		return user, err
	}
}

// arrive decides where the person ends up, and as what.
func (s *Service) arrive(ctx context.Context, e External, user userRecord) (arrival, error) {
	into := cmp.Or(e.Workspace, e.Home)
	if user.ID == "" {
		return s.newcomer(ctx, e, into)
	}
	a := arrival{user: user, entry: audit.Entry{Action: "user.login", Resource: user.ID, Message: "through " + e.Provider}}
	home := cmp.Or(into, user.Workspace)
	var err error
	if a.workspace, err = s.workspace(ctx, home); err != nil {
		return a, err
	}
	member, version, err := load[Member](ctx, s, memberKey(home, user.ID))
	switch {
	case errors.Is(err, table.ErrNotFound) && (into == "" || !e.JIT):
		return a, RefusedUnknown.public()
	case errors.Is(err, table.ErrNotFound):
		a.member = s.newMember(user.User, cmp.Or(e.Role, e.DefaultRole, route.RoleUser))
		a.entry.Message += ", joined as " + string(a.member.Role)
		return a, a.join(home)
	case err != nil:
		return a, err
	case !member.Active:
		return a, RefusedDeactivated.public()
	}
	a.member = member
	if into == "" || e.Role == "" || e.Role == member.Role {
		return a, nil
	}
	return a, s.remap(ctx, &a, e.Role, version)
}

// remap gives a member the role that their claims are mapped to; the last admin keeps theirs.
func (s *Service) remap(ctx context.Context, a *arrival, role route.Role, version int64) error {
	if a.member.Role == route.RoleAdmin {
		other, err := s.adminBut(tenant.With(ctx, a.workspace.ID), func(m Member) bool { return m.ID == a.member.ID })
		if apierr.CodeOf(err) == apierr.Conflict {
			a.entry.Message += ", stays ADMIN: there is no other"
			return nil
		}
		if err != nil {
			return err
		}
		a.ops = append(a.ops, table.Global(table.Check(memberKey(a.workspace.ID, other.ID), table.IfVersion(other.Version))))
	}
	a.entry.Details = map[string]any{"role": role, "before": a.member.Role}
	a.member.Role, a.member.UpdatedAt = role, s.now().UTC()
	return a.add(memberKey(a.workspace.ID, a.member.ID), a.member, table.IfVersion(version))
}

// newcomer makes an account: of the whole installation where the operator's
// provider vouches for the address, else one that is known in the workspace only,
// so that nobody can take an address that they only say is theirs.
func (s *Service) newcomer(ctx context.Context, e External, into string) (arrival, error) {
	if !e.JIT {
		return arrival{}, RefusedUnknown.public()
	}
	now := s.now().UTC()
	a := arrival{user: userRecord{User: User{ID: id.New(id.User), Email: e.Email, Name: e.Name, CreatedAt: now, UpdatedAt: now, Version: 1,
		EmailVerified: e.Workspace == ""}, Managed: e.Workspace}}
	role := cmp.Or(e.Role, e.DefaultRole, route.RoleUser)
	if into == "" {
		p, err := s.placeFor(ctx, Registration{}, a.user.ID, e.Name, e.Email)
		if err != nil {
			return a, err
		}
		a.workspace, a.ops, a.made, role = p.workspace, p.ops, true, p.role
	} else {
		w, err := s.workspace(ctx, into)
		if err != nil {
			return a, err
		}
		a.workspace = w
	}
	a.user.Workspace = a.workspace.ID
	a.member = s.newMember(a.user.User, role)
	a.entry = audit.Entry{Action: "user.register", Resource: a.user.ID, Message: "came through " + e.Provider + " as " + string(role)}
	address := emailKey(e.Email)
	if e.Workspace != "" {
		address = managedKey(e.Workspace, e.Email)
	}
	return a, errors.Join(
		a.add(address, emailRecord{UserID: a.user.ID}, table.Absent()),
		a.add(userKey(a.user.ID), a.user, table.Absent()),
		a.join(a.workspace.ID))
}

// join makes them the member that they are to be.
func (a *arrival) join(workspaceID string) error {
	ops, err := joinOps(workspaceID, a.member)
	a.ops, a.joins = append(a.ops, ops...), true
	return err
}

func (a *arrival) add(key table.Key, v any, cond table.Condition) error {
	op, err := put(key, v, cond, noExpiry)
	a.ops = append(a.ops, op)
	return err
}

func (s *Service) newMember(u User, role route.Role) Member {
	now := s.now().UTC()
	return Member{ID: u.ID, Email: u.Email, Name: u.Name, Role: role, Active: true, JoinedAt: now, CreatedAt: now, UpdatedAt: now, Version: 1}
}

// allowed compares the part behind the @; a domain does not stand for those below it.
func allowed(email string, domains []string) bool {
	if len(domains) == 0 {
		return true
	}
	_, domain, ok := strings.Cut(email, "@")
	for _, d := range domains {
		if ok && strings.EqualFold(domain, d) {
			return true
		}
	}
	return false
}

// noteRefused tells the workspace whose provider it was, else the system's trail.
func (s *Service) noteRefused(ctx context.Context, e External, why Refusal) error {
	return s.trail.Commit(tenant.With(ctx, cmp.Or(e.Workspace, e.Home, tenant.System)), nil, audit.Entry{
		Action: "user.login", Outcome: audit.Refused, Level: audit.Warn, Code: string(apierr.Forbidden),
		Message: "through " + e.Provider + ": " + string(why), Details: map[string]any{"email": e.Email, "issuer": e.Issuer}})
}
