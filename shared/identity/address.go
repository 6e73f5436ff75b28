package identity

import (
	"context"
	"errors"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/mail/letter"
	"github.com/apiq/apiq/shared/mail/post"
	"github.com/apiq/apiq/shared/table"
)

// What a confirmed link did.
const (
	AddressVerified = "verified" // the address is the person's
	AddressChanged  = "changed"  // the account has the new address
	AddressRestored = "restored" // the account has its earlier address again
)

// Confirmed is what the link of a letter did, for which address.
type Confirmed struct {
	Email   string `json:"email"`
	Outcome string `json:"outcome" jsonschema:"enum=verified,enum=changed,enum=restored"`
}

// letterToVerify makes the ticket and the letter by which a person shows that they read
// mail at their address.
func (s *Service) letterToVerify(ctx context.Context, user userRecord) ([]table.Op, post.Parcel, error) {
	token, op, err := s.newTicket(ticketVerify, user, user.Email, verifyLife)
	if err != nil {
		return nil, post.Parcel{}, err
	}
	parcel, err := s.post.Pack(ctx, user.ID, user.Email, letter.Verify(user.Name, s.post.Link(pageConfirm+token), verifyLife))
	return []table.Op{op, parcel.Op}, parcel, err
}

// ResendVerification sends that letter again.
func (s *Service) ResendVerification(ctx context.Context, p Principal) error {
	user, err := s.user(ctx, p.UserID)
	if err != nil {
		return err
	}
	if user.EmailVerified {
		return apierr.New(apierr.Conflict, "Your address is confirmed already.")
	}
	if err := s.mayWrite(ctx, user.Email); err != nil {
		return err
	}
	ops, parcel, err := s.letterToVerify(ctx, user)
	if err != nil {
		return err
	}
	if err := s.trail.Commit(ctx, ops, audit.Entry{Action: "user.email.resend", Resource: user.ID}); err != nil {
		return err
	}
	s.post.Ring(ctx, parcel)
	return nil
}

// ChangeEmail sends a link to the new address, whose holder then confirms it. Whether
// another account has that address is not told: the link then goes to nobody.
func (s *Service) ChangeEmail(ctx context.Context, p Principal, email, password string) error {
	email, err := normalEmail(email)
	if err != nil {
		return err
	}
	user, err := s.known(ctx, p, "/password", password)
	if err != nil {
		return err
	}
	switch {
	case user.Managed != "":
		return apierr.New(apierr.Conflict, "Your organisation manages this account: it changes there.")
	case email == user.Email:
		return problem("/email", "same", "This is the address that you have.")
	}
	if err := s.stays(ctx, user.User); err != nil {
		return err
	}
	if err := s.mayWrite(ctx, email); err != nil {
		return err
	}
	token, op, err := s.newTicket(ticketChange, user, email, changeLife)
	if err != nil {
		return err
	}
	to := email
	if taken, err := s.taken(ctx, email, user.ID); err != nil {
		return err
	} else if taken {
		to = ""
	}
	parcel, err := s.post.Pack(ctx, user.ID, to, letter.ChangeAddress(user.Name, s.post.Link(pageConfirm+token), changeLife))
	if err != nil {
		return err
	}
	if err := s.trail.Commit(ctx, []table.Op{op, parcel.Op}, audit.Entry{Action: "user.email.request", Resource: user.ID}); err != nil {
		return err
	}
	s.post.Ring(ctx, parcel)
	return nil
}

func (s *Service) taken(ctx context.Context, email, by string) (bool, error) {
	ref, _, err := load[emailRecord](ctx, s, emailKey(email))
	if errors.Is(err, table.ErrNotFound) {
		return false, nil
	}
	return ref.UserID != by, err
}

// ConfirmEmail does what the link of a letter is for.
func (s *Service) ConfirmEmail(ctx context.Context, token string) (Confirmed, error) {
	t, user, used, err := s.redeem(ctx, token, ticketVerify, ticketChange, ticketUndo)
	if err != nil {
		return Confirmed{}, err
	}
	ctx = as(ctx, user.User, user.Workspace)
	switch t.Kind {
	case ticketChange:
		err = s.changeAddress(ctx, user, t.Email, used)
		return Confirmed{Email: t.Email, Outcome: AddressChanged}, err
	case ticketUndo:
		err = s.restoreAddress(ctx, user, t.Email, used)
		return Confirmed{Email: t.Email, Outcome: AddressRestored}, err
	}
	if t.Email != user.Email {
		return Confirmed{}, badTicket()
	}
	version := user.Version
	user.EmailVerified, user.UpdatedAt = true, s.now().UTC()
	set, err := put(userKey(user.ID), user, table.IfVersion(version), noExpiry)
	if err != nil {
		return Confirmed{}, err
	}
	err = s.trail.Commit(ctx, []table.Op{used, set}, audit.Entry{Action: "user.email.verify", Resource: user.ID})
	return Confirmed{Email: user.Email, Outcome: AddressVerified}, usedMeanwhile(err)
}

// changeAddress gives the account another address. Nobody else gets the old one while
// its holder can take that back.
func (s *Service) changeAddress(ctx context.Context, user userRecord, to string, used table.Op) error {
	from := user.Email
	if to == from {
		return badTicket()
	}
	if err := s.stays(ctx, user.User); err != nil {
		return err
	}
	ops, err := s.readdressed(ctx, user, to)
	if err != nil {
		return err
	}
	kept, err := put(emailKey(from), emailRecord{UserID: user.ID, Former: true}, table.Always(), s.now().Add(undoLife))
	if err != nil {
		return err
	}
	token, undo, err := s.newTicket(ticketUndo, user, from, undoLife)
	if err != nil {
		return err
	}
	parcel, err := s.post.Pack(ctx, user.ID, from, letter.AddressChanged(user.Name, to, s.post.Link(pageConfirm+token), undoLife))
	if err != nil {
		return err
	}
	ops = append([]table.Op{used}, append(ops, kept, undo, parcel.Op)...)
	err = usedMeanwhile(s.trail.Commit(ctx, ops, audit.Entry{Action: "user.email.change", Resource: user.ID}))
	if errors.Is(err, table.ErrCondition) { // somebody has that address by now, or the account changed meanwhile
		return badTicket()
	}
	if err != nil {
		return err
	}
	s.post.Ring(ctx, parcel)
	return nil
}

// restoreAddress gives the account its earlier address, ends all sessions and makes the
// password worth nothing: whoever changed the address may know it. Its owner gets a link
// for a new one.
func (s *Service) restoreAddress(ctx context.Context, user userRecord, to string, used table.Op) error {
	from := user.Email
	user.PasswordHash = ""
	ops, err := s.readdressed(ctx, user, to)
	if err != nil {
		return err
	}
	user.Email = to
	token, reset, err := s.newTicket(ticketReset, user, to, resetLife)
	if err != nil {
		return err
	}
	parcel, err := s.post.Pack(ctx, user.ID, to, letter.Reset(user.Name, s.post.Link(pageReset+token), resetLife))
	if err != nil {
		return err
	}
	if from != to {
		ops = append(ops, table.Global(table.Delete(emailKey(from), table.Always())))
	}
	err = s.endSessions(ctx, user.ID, "", func(ended []table.Op) error {
		all := append([]table.Op{used}, append(ops, reset, parcel.Op)...)
		return s.trail.Commit(ctx, append(all, ended...), audit.Entry{Action: "user.email.restore", Resource: user.ID, Level: audit.Warn})
	})
	if err = usedMeanwhile(err); errors.Is(err, table.ErrCondition) {
		return badTicket()
	}
	if err != nil {
		return err
	}
	s.post.Ring(ctx, parcel)
	return nil
}

// readdressed are the operations that give an account another address, which its holder
// has confirmed. The address must be nobody else's.
func (s *Service) readdressed(ctx context.Context, user userRecord, to string) ([]table.Op, error) {
	at := table.Absent()
	switch ref, version, err := load[emailRecord](ctx, s, emailKey(to)); {
	case err == nil && ref.UserID == user.ID: // an earlier one of their own
		at = table.IfVersion(version)
	case err == nil:
		return nil, badTicket()
	case !errors.Is(err, table.ErrNotFound):
		return nil, err
	}
	version := user.Version
	user.Email, user.EmailVerified, user.UpdatedAt = to, true, s.now().UTC()
	var ops []table.Op
	add := func(key table.Key, v any, cond table.Condition) error {
		op, err := put(key, v, cond, noExpiry)
		ops = append(ops, op)
		return err
	}
	err := errors.Join(add(emailKey(to), emailRecord{UserID: user.ID}, at), add(userKey(user.ID), user, table.IfVersion(version)))
	if err != nil {
		return nil, err
	}
	members, err := s.shown(ctx, user)
	return append(ops, members...), err
}

// Self is what a person changes of their own account; nil stays.
type Self struct {
	Name *string
	// Notify: letters tell of what waits for them.
	Notify *bool
}

// UpdateSelf changes it. Another name shows where they are a member, too.
func (s *Service) UpdateSelf(ctx context.Context, p Principal, c Self) (User, error) {
	if c.Name == nil && c.Notify == nil {
		return User{}, apierr.New(apierr.ValidationFailed, "Give name, or notify.").With(apierr.Problem{Path: "/", Code: "required", Message: "Give name, or notify."})
	}
	user, err := s.user(ctx, p.UserID)
	if err != nil {
		return User{}, err
	}
	version := user.Version
	user.UpdatedAt = s.now().UTC()
	e := audit.Entry{Action: "user.notify", Resource: user.ID}
	var ops []table.Op
	if c.Notify != nil {
		user.Quiet = !*c.Notify
		e.Details = map[string]bool{"notify": *c.Notify}
	}
	if c.Name != nil {
		if user.Name, err = checkName("/name", *c.Name); err != nil {
			return User{}, err
		}
		e.Action = "user.rename"
		if ops, err = s.shown(ctx, user); err != nil {
			return User{}, err
		}
	}
	set, err := put(userKey(user.ID), user, table.IfVersion(version), noExpiry)
	if err != nil {
		return User{}, err
	}
	err = s.trail.Commit(ctx, append([]table.Op{set}, ops...), e)
	if errors.Is(err, table.ErrCondition) {
		return User{}, apierr.New(apierr.Conflict, "Your account was changed meanwhile. Try again.")
	}
	user.Version = version + 1
	return user.User, err
}

// shownIn is in how many workspaces a name or address changes at once. Elsewhere it shows
// with the next change.
const shownIn = 10

// shown are the operations that show a person's name and address where they are a member.
func (s *Service) shown(ctx context.Context, user userRecord) ([]table.Op, error) {
	all, err := s.memberships(ctx, user)
	if err != nil {
		return nil, err
	}
	var ops []table.Op
	for _, place := range all[:min(len(all), shownIn)] {
		at := memberKey(place.Workspace.ID, user.ID)
		m, version, err := load[Member](ctx, s, at)
		if err != nil {
			return nil, err
		}
		m.Name, m.Email, m.UpdatedAt = user.Name, user.Email, s.now().UTC()
		op, err := put(at, m, table.IfVersion(version), noExpiry)
		if err != nil {
			return nil, err
		}
		ops = append(ops, op)
	}
	return ops, nil
}
