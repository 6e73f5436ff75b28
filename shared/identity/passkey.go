package identity

import (
	"context"
	"errors"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/table"
)

// maxPasskeys is how many a person may have.
const maxPasskeys = 20

// What follows is for package passkey, which judges the passkeys themselves and is
// linked by the functions of passkeys only.

// EnterByPasskey signs in a person who has proven to be this user by a passkey of
// theirs that verified them. used is what the proof changes, as in enter.
func (s *Service) EnterByPasskey(ctx context.Context, userID string, used ...table.Op) (Grant, error) {
	user, err := s.user(ctx, userID)
	if errors.Is(err, table.ErrNotFound) {
		return Grant{}, s.RefusePasskey(ctx, "", "a passkey of nobody")
	}
	if err != nil {
		return Grant{}, err
	}
	return s.enter(ctx, user, "with a passkey", used...)
}

// RefusePasskey records that a passkey did not prove who it was said to be of, "" for
// nobody, and gives the one answer to that.
func (s *Service) RefusePasskey(ctx context.Context, userID, why string) error {
	var user userRecord
	if userID != "" {
		var err error
		if user, err = s.user(ctx, userID); err != nil && !errors.Is(err, table.ErrNotFound) {
			return err
		}
	}
	return errors.Join(apierr.New(apierr.Unauthenticated, "This passkey is not known here, or did not prove who you are. Try again, or sign in in another way."),
		s.recordLogin(ctx, user, apierr.Unauthenticated, why))
}

// ConfirmByPasskey makes the session fresh of somebody who has shown a passkey.
func (s *Service) ConfirmByPasskey(ctx context.Context, p Principal, used ...table.Op) error {
	return s.refuseCode(ctx, p, s.confirm(ctx, p, "with a passkey", used))
}

// AddPasskey commits a new passkey, whose record op writes, and counts it: from now on
// the password alone is not enough. With the first factor come recovery codes.
func (s *Service) AddPasskey(ctx context.Context, p Principal, op table.Op, e audit.Entry) (codes []string, err error) {
	f, version, err := s.factors(ctx, p.UserID)
	if err != nil {
		return nil, err
	}
	if f.Passkeys >= maxPasskeys {
		return nil, apierr.Newf(apierr.Conflict, "There are %d passkeys already. Remove one that is not used any more.", maxPasskeys)
	}
	if !f.enrolled() {
		codes, f.Recovery = newRecovery(p.UserID)
	}
	f.Passkeys++
	count, err := putFactors(f, version)
	if err != nil {
		return nil, err
	}
	showed, err := s.showed(ctx, p)
	if err != nil {
		return nil, err
	}
	return codes, s.trail.Commit(ctx, []table.Op{op, count, showed}, e)
}

// RemovePasskey commits that a passkey is gone; recovery codes go with the last factor.
func (s *Service) RemovePasskey(ctx context.Context, p Principal, op table.Op, e audit.Entry) error {
	f, version, err := s.factors(ctx, p.UserID)
	if err != nil {
		return err
	}
	f.Passkeys = max(0, f.Passkeys-1)
	if !f.enrolled() {
		f.Recovery = nil
	}
	count, err := putFactors(f, version)
	if err != nil {
		return err
	}
	return s.trail.Commit(ctx, []table.Op{op, count}, e)
}
