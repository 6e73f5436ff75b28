package identity

import (
	"context"
	"errors"
	"time"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/table"
)

const (
	// Tries of codes for one person, whoever makes them: with three codes valid of a
	// million at a time, a year of guessing finds one with a chance of four in five.
	codesPerMinute, codesBurst = 1, 10
	// pkFactors is the partition of the index that lists whoever has factors.
	pkFactors = "FACTORS"
)

// factorRecord is what a person can show besides the password. It is one item: a
// code is used up by a write under the version that it was judged by, so that of
// many requests with one code a single one succeeds.
type factorRecord struct {
	UserID string `json:"userId"`
	// TOTP is the app that is in use, Pending one that has not shown a code yet.
	TOTP    *totpFactor `json:"totp,omitempty"`
	Pending *totpFactor `json:"pending,omitempty"`
	// Recovery are the hashes of the codes that are left.
	Recovery []string `json:"recovery,omitempty"`
	// Passkeys is how many there are; they are records of their own.
	Passkeys int `json:"passkeys,omitempty"`
}

// enrolled says whether a password is not enough.
func (f *factorRecord) enrolled() bool { return f.TOTP != nil || f.Passkeys > 0 }

func factorKey(userID string) table.Key { return table.Key{PK: "FACTORS#" + userID, SK: "0"} }

// factors reads what a person has; nothing is a zero record of version 0.
func (s *Service) factors(ctx context.Context, userID string) (factorRecord, int64, error) {
	f, version, err := load[factorRecord](ctx, s, factorKey(userID))
	if errors.Is(err, table.ErrNotFound) {
		return factorRecord{UserID: userID}, 0, nil
	}
	return f, version, err
}

// putFactors is the operation that writes them where nobody else has meanwhile.
func putFactors(f factorRecord, version int64) (table.Op, error) {
	op, err := put(factorKey(f.UserID), f, table.Unchanged(version), noExpiry)
	op.Item.Index = map[string]table.Key{table.Index1: {PK: pkFactors, SK: f.UserID}}
	return op, err
}

// Factors is what a person is shown of their second factors.
type Factors struct {
	// TOTP is when the app was taken into use; nil where there is none.
	TOTP          *time.Time
	RecoveryCodes int
	Passkeys      int
}

// Factors tells what a person has enrolled.
func (s *Service) Factors(ctx context.Context, p Principal) (Factors, error) {
	f, _, err := s.factors(ctx, p.UserID)
	out := Factors{RecoveryCodes: len(f.Recovery), Passkeys: f.Passkeys}
	if f.TOTP != nil {
		out.TOTP = &f.TOTP.Since
	}
	return out, err
}

// secondStep judges what a person whose password was right shows besides. It
// returns how they proved themselves, for the trail, and the operations that use the
// code up, which must be in the transaction of what the code allows.
func (s *Service) secondStep(ctx context.Context, user userRecord, code string) (how string, used []table.Op, err error) {
	f, version, err := s.factors(ctx, user.ID)
	if err != nil || !f.enrolled() {
		return "", nil, err
	}
	if code == "" {
		return "", nil, mfaRequired(&f)
	}
	how, f, err = s.useCode(ctx, f, code)
	if err != nil {
		return "", nil, err
	}
	op, err := putFactors(f, version)
	return how, []table.Op{op}, err
}

// mfaRequired says which factors would do, one problem each.
func mfaRequired(f *factorRecord) error {
	e := apierr.New(apierr.MFARequired, "The password is right; this account also asks for a second factor.")
	if f.TOTP != nil {
		e = e.With(apierr.Problem{Path: "/code", Code: "totp", Message: "Give the six digits that your authenticator app shows as code."})
	}
	if f.Passkeys > 0 {
		e = e.With(apierr.Problem{Path: "/code", Code: "passkey", Message: "Sign in with your passkey: POST /api/auth/passkeys/login."})
	}
	if len(f.Recovery) > 0 {
		e = e.With(apierr.Problem{Path: "/code", Code: "recovery", Message: "Or give one of your recovery codes as code."})
	}
	return e
}

// errWrongCode: the code is wrong, was used, or is of a factor that there is not.
var errWrongCode = errors.New("identity: wrong second factor")

// useCode judges a code of the app, or a recovery code, and returns the factors with
// it used up. Whatever is wrong with it is errWrongCode.
func (s *Service) useCode(ctx context.Context, f factorRecord, code string) (how string, left factorRecord, err error) {
	if err := s.allowCode(ctx, f.UserID); err != nil {
		return "", f, err
	}
	if code = plainCode(code); isDigits(code) {
		left, err = s.useTOTP(ctx, f, code)
		return "with a code of the authenticator app", left, err
	}
	left, err = useRecovery(f, code)
	return "with a recovery code", left, err
}

// allowCode bounds how many codes are tried: too many are RATE_LIMITED.
func (s *Service) allowCode(ctx context.Context, userID string) error {
	ok, wait, err := s.limiter.Allow(ctx, "code|"+userID, codesPerMinute, codesBurst)
	if err != nil || ok {
		return err
	}
	e := apierr.New(apierr.RateLimited, "Too many codes were tried for this account. Wait as long as Retry-After says.")
	e.RetryAfter = wait
	return e
}

// commitUsed commits a change that a code allows. Where another request has used the
// code up meanwhile, it is errWrongCode: used counts as the first operations.
func (s *Service) commitUsed(ctx context.Context, used, ops []table.Op, e audit.Entry) error {
	err := s.trail.Commit(ctx, append(used[:len(used):len(used)], ops...), e)
	var failed *table.ConditionError
	if errors.As(err, &failed) && failed.Index < len(used) {
		return errWrongCode
	}
	return err
}

// showed is the operation that notes in a session that a second factor was enrolled in it.
func (s *Service) showed(ctx context.Context, p Principal) (table.Op, error) {
	session, version, err := load[sessionRecord](ctx, s, sessionKey(p.UserID, p.SessionID))
	if err != nil {
		return table.Op{}, notFoundIs(err, unauthenticated())
	}
	session.FactorAt = s.now().UTC()
	return put(sessionKey(session.UserID, session.ID), session, table.IfVersion(version), session.ExpiresAt)
}

// commitFactors is commitUsed for a change of the factors alone.
func (s *Service) commitFactors(ctx context.Context, f factorRecord, version int64, e audit.Entry, also ...table.Op) error {
	op, err := putFactors(f, version)
	if err != nil {
		return err
	}
	return s.commitUsed(ctx, []table.Op{op}, also, e)
}
