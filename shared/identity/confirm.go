package identity

import (
	"context"
	"errors"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/table"
)

// Confirm makes a session fresh: whoever holds it gives the password or a code
// again. Where a second factor is enrolled, the password alone is not enough.
func (s *Service) Confirm(ctx context.Context, p Principal, password, code string) error {
	user, err := s.user(ctx, p.UserID)
	if err != nil {
		return err
	}
	f, version, err := s.factors(ctx, p.UserID)
	if err != nil {
		return err
	}
	var used []table.Op
	how := "with the password"
	switch {
	case code != "":
		if how, f, err = s.useCode(ctx, f, code); err != nil {
			break
		}
		var op table.Op
		op, err = putFactors(f, version)
		used = []table.Op{op}
	case f.enrolled():
		return mfaRequired(&f)
	case user.PasswordHash == "":
		return apierr.New(apierr.Forbidden, "This account has no password to confirm with. Sign out and in again.")
	case password == "":
		return problem("/password", "required", "Give your password, or a code of your second factor.")
	}
	if err == nil && password != "" {
		err = s.checkPassword(ctx, user, password)
	}
	if err == nil {
		err = s.confirm(ctx, p, how, used)
	}
	return s.refuseCode(ctx, p, err)
}

// confirm notes the proof in the session, in the transaction that uses it up.
func (s *Service) confirm(ctx context.Context, p Principal, how string, used []table.Op) error {
	session, version, err := load[sessionRecord](ctx, s, sessionKey(p.UserID, p.SessionID))
	if err != nil {
		return notFoundIs(err, unauthenticated())
	}
	session.ConfirmedAt = s.now().UTC()
	if len(used) > 0 { // a code or a passkey
		session.FactorAt = session.ConfirmedAt
	}
	op, err := put(sessionKey(session.UserID, session.ID), session, table.IfVersion(version), session.ExpiresAt)
	if err != nil {
		return err
	}
	return s.commitUsed(ctx, used, []table.Op{op}, audit.Entry{Action: "user.confirm", Resource: p.UserID, Message: "confirmed " + how})
}

// checkPassword judges the password of who is signed in. An account without one
// has none that is right.
func (s *Service) checkPassword(ctx context.Context, user userRecord, password string) error {
	try, err := s.try(ctx, user.Email)
	if err != nil {
		return err
	}
	right, err := s.passwords.verify(ctx, password, user.PasswordHash)
	switch {
	case err != nil:
		return err
	case !right:
		return errWrongCode
	}
	return s.right(ctx, try)
}

// refuseCode answers a wrong password and a wrong code alike, for somebody who is
// signed in, and records it; other errors stay as they are.
func (s *Service) refuseCode(ctx context.Context, p Principal, err error) error {
	if !errors.Is(err, errWrongCode) {
		return err
	}
	const message = "The password or the code is not right, or the code was used already. Wait for the next one."
	return errors.Join(problem("/code", "wrong", message), s.trail.Commit(ctx, nil, audit.Entry{
		Action: "user.confirm", Resource: p.UserID, Outcome: audit.Refused, Level: audit.Warn, Code: string(apierr.ValidationFailed), Message: "wrong password or second factor"}))
}
