package identity

import (
	"cmp"
	"context"
	"errors"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/mail/letter"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
)

// Letters that one person may cause for one address.
const lettersPerMinute, lettersBurst = 1, 3

// Pages of the dashboard that links lead to. The token is behind "#": browsers send
// that to nobody.
const (
	pageReset    = "/reset-password#"
	pageForgot   = "/forgot-password"
	pageConfirm  = "/confirm-email#"
	pageSecurity = "/settings/security"
	pageRegister = "/register#"
)

// mayWrite bounds the letters that go to one address, whoever causes them.
func (s *Service) mayWrite(ctx context.Context, to string) error {
	ok, wait, err := s.limiter.Allow(ctx, "letter|"+to, lettersPerMinute, lettersBurst)
	if err != nil || ok {
		return err
	}
	e := apierr.New(apierr.RateLimited, "Too many messages to this address. Wait as long as Retry-After says, and look whether one has come.")
	e.RetryAfter = wait
	return e
}

// ForgotPassword sends a link for a new password to who has this address. With an
// unknown one it does the same work, and a letter to nobody goes the same way.
func (s *Service) ForgotPassword(ctx context.Context, email string) error {
	email, err := normalEmail(email)
	if err != nil {
		return err
	}
	if err := s.mayWrite(ctx, email); err != nil {
		return err
	}
	user, err := s.byEmail(ctx, email)
	if err != nil {
		return err
	}
	token, op, err := s.newTicket(ticketReset, user, user.Email, resetLife)
	if err != nil {
		return err
	}
	parcel, err := s.post.Pack(ctx, user.ID, user.Email, letter.Reset(cmp.Or(user.Name, "Nobody Atall"), s.post.Link(pageReset+token), resetLife))
	if err != nil {
		return err
	}
	// Among the system's records, whoever it is for: a chain of another workspace would
	// take another time. The reset itself is told in the person's.
	ctx = tenant.WithSystem(ctx)
	err = s.trail.Commit(ctx, []table.Op{op, parcel.Op}, audit.Entry{Action: "user.password.forgot", Resource: hashToken(email)[:16]})
	if err != nil {
		return err
	}
	s.post.Ring(ctx, parcel)
	return nil
}

// ResetPassword sets the password by a link. All sessions end, and its owner is told.
func (s *Service) ResetPassword(ctx context.Context, token, password string) error {
	t, user, used, err := s.redeem(ctx, token, ticketReset)
	if err != nil {
		return err
	}
	if t.Email != user.Email { // the account has another address since
		return badTicket()
	}
	if err := judgePassword("/password", password, user.Email, user.Name); err != nil {
		return err
	}
	// Whoever has the link reads mail at this address.
	user.EmailVerified = true
	return s.setPassword(as(ctx, user.User, user.Workspace), user, password, "", audit.Entry{Action: "user.password.reset", Resource: user.ID}, used)
}

// ChangePassword sets another password for who knows the one there is. All other
// sessions end, and its owner is told.
func (s *Service) ChangePassword(ctx context.Context, p Principal, current, password string) error {
	user, err := s.known(ctx, p, "/current", current)
	if err != nil {
		return err
	}
	if err := judgePassword("/password", password, user.Email, user.Name); err != nil {
		return err
	}
	if current == password {
		return problem("/password", "same", "This is the password that you have.")
	}
	return s.setPassword(ctx, user, password, p.SessionID, audit.Entry{Action: "user.password.change", Resource: user.ID})
}

// known is a signed-in person who has given their password once more.
func (s *Service) known(ctx context.Context, p Principal, path, password string) (userRecord, error) {
	user, err := s.user(ctx, p.UserID)
	if err != nil {
		return user, err
	}
	if err := s.checkPassword(ctx, user, password); err != nil {
		if errors.Is(err, errWrongCode) {
			err = problem(path, "wrong", "This is not your password.")
		}
		return user, err
	}
	return user, nil
}

func (s *Service) setPassword(ctx context.Context, user userRecord, password, except string, e audit.Entry, before ...table.Op) error {
	hash, err := s.passwords.hash(ctx, password)
	if err != nil {
		return err
	}
	version := user.Version
	user.PasswordHash, user.UpdatedAt = hash, s.now().UTC()
	set, err := put(userKey(user.ID), user, table.IfVersion(version), noExpiry)
	if err != nil {
		return err
	}
	parcel, err := s.post.Pack(ctx, user.ID, user.Email, letter.PasswordChanged(user.Name, s.now(), tenant.ActorFrom(ctx).IP, s.post.Link(pageForgot)))
	if err != nil {
		return err
	}
	err = s.endSessions(ctx, user.ID, except, func(ended []table.Op) error {
		ops := append(before, set, parcel.Op) //nolint:gocritic // appends to the arguments, once
		return s.trail.Commit(ctx, append(ops, ended...), e)
	})
	if len(before) > 0 {
		err = usedMeanwhile(err)
	}
	if err != nil {
		return err
	}
	s.post.Ring(ctx, parcel)
	return nil
}
