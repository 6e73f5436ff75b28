package identity

import (
	"context"
	"crypto/subtle"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
	"github.com/pquerna/otp/totp"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/secret"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
)

const (
	totpPeriod = 30 * time.Second
	totpDigits = 6
	totpBytes  = 20 // as RFC 4226 recommends, section 4, R6
	// totpSkew is how many steps a phone's clock may be off to either side (RFC 6238, 5.2).
	totpSkew = 1
	// pendingFor is how long an app may take to show its first code.
	pendingFor = 15 * time.Minute
)

// totpFactor is an authenticator app (RFC 6238).
type totpFactor struct {
	// Sealed is its secret, under the data key of the system records.
	Sealed []byte    `json:"sealed"`
	Since  time.Time `json:"since"`
	// LastStep is the newest time step whose code was used: neither it nor one
	// before it is taken again.
	LastStep int64 `json:"lastStep,omitempty"`
	// Recovery are hashes of the codes that were given out with a pending app.
	Recovery []string `json:"recovery,omitempty"`
}

func totpScope(userID string) secret.Scope { return secret.Scope{Resource: userID, Field: "totp"} }

// Enrolment is what is shown once of a new authenticator app.
type Enrolment struct {
	// URI is otpauth://totp/…, for a QR code; Secret the same secret to type in.
	URI, Secret   string
	RecoveryCodes []string
}

// EnrolTOTP makes the secret of an authenticator app. It counts once the app has
// shown a code of it (ConfirmTOTP); until then, enrolling again replaces it.
func (s *Service) EnrolTOTP(ctx context.Context, p Principal) (Enrolment, error) {
	f, version, err := s.factors(ctx, p.UserID)
	if err != nil {
		return Enrolment{}, err
	}
	if f.TOTP != nil {
		return Enrolment{}, apierr.New(apierr.Conflict, "An authenticator app is in use already. Switch it off first.")
	}
	key, err := totp.Generate(totp.GenerateOpts{Issuer: "APIQ", AccountName: p.Email, SecretSize: totpBytes})
	if err != nil {
		return Enrolment{}, err
	}
	sealed, err := s.signer.sealer.Seal(tenant.WithSystem(ctx), totpScope(p.UserID), []byte(key.Secret()))
	if err != nil {
		return Enrolment{}, err
	}
	codes, hashes := newRecovery(p.UserID)
	f.Pending = &totpFactor{Sealed: sealed, Since: s.now().UTC(), Recovery: hashes}
	op, err := putFactors(f, version)
	if err != nil {
		return Enrolment{}, err
	}
	err = s.trail.Commit(ctx, []table.Op{op}, audit.Entry{Action: "user.mfa.enrol", Resource: p.UserID, Message: "began to set an authenticator app up"})
	if err != nil {
		return Enrolment{}, err
	}
	return Enrolment{URI: key.URL(), Secret: key.Secret(), RecoveryCodes: codes}, nil
}

// ConfirmTOTP takes the app into use that shows a code of the secret given out.
func (s *Service) ConfirmTOTP(ctx context.Context, p Principal, code string) (Factors, error) {
	f, version, err := s.factors(ctx, p.UserID)
	if err != nil {
		return Factors{}, err
	}
	if f.Pending == nil || !f.Pending.Since.Add(pendingFor).After(s.now()) {
		return Factors{}, apierr.New(apierr.Conflict, "There is no authenticator app to confirm, or it took longer than 15 minutes. Begin again.")
	}
	f.TOTP, f.Recovery, f.Pending = f.Pending, f.Pending.Recovery, nil
	f.TOTP.Since, f.TOTP.Recovery = s.now().UTC(), nil
	if err := s.allowCode(ctx, p.UserID); err != nil {
		return Factors{}, err
	}
	showed, err := s.showed(ctx, p)
	if err != nil {
		return Factors{}, err
	}
	f, err = s.useTOTP(ctx, f, plainCode(code))
	if err == nil {
		err = s.commitFactors(ctx, f, version, audit.Entry{Action: "user.mfa.enable", Resource: p.UserID, Message: "took an authenticator app into use"}, showed)
	}
	if err != nil {
		return Factors{}, s.refuseCode(ctx, p, err)
	}
	return s.Factors(ctx, p)
}

// DisableTOTP ends the use of the app. It takes the password, where the account has
// one, and a code; the recovery codes go with the last factor.
func (s *Service) DisableTOTP(ctx context.Context, p Principal, password, code string) (Factors, error) {
	f, version, err := s.factors(ctx, p.UserID)
	if err != nil {
		return Factors{}, err
	}
	if f.TOTP == nil {
		return Factors{}, apierr.New(apierr.Conflict, "No authenticator app is in use.")
	}
	user, err := s.user(ctx, p.UserID)
	if err != nil {
		return Factors{}, err
	}
	_, f, err = s.useCode(ctx, f, code)
	if err == nil && user.PasswordHash != "" {
		err = s.checkPassword(ctx, user, password)
	}
	if err != nil {
		return Factors{}, s.refuseCode(ctx, p, err)
	}
	f.TOTP, f.Pending = nil, nil
	if !f.enrolled() {
		f.Recovery = nil
	}
	err = s.commitFactors(ctx, f, version, audit.Entry{Action: "user.mfa.disable", Resource: p.UserID, Level: audit.Warn, Message: "switched the authenticator app off"})
	if err != nil {
		return Factors{}, s.refuseCode(ctx, p, err)
	}
	return s.Factors(ctx, p)
}

// useTOTP judges a code of the app and keeps its step.
func (s *Service) useTOTP(ctx context.Context, f factorRecord, code string) (factorRecord, error) {
	if f.TOTP == nil || len(code) != totpDigits {
		return f, errWrongCode
	}
	key, err := s.signer.sealer.Open(tenant.WithSystem(ctx), totpScope(f.UserID), f.TOTP.Sealed)
	if err != nil {
		return f, err
	}
	now := s.now().Unix() / int64(totpPeriod/time.Second)
	found := int64(0)
	for step := now - totpSkew; step <= now+totpSkew; step++ {
		want, err := hotp.GenerateCodeCustom(string(key), uint64(step), hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1}) //nolint:gosec // a time after 1970
		if err != nil {
			return f, err
		}
		if subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1 && step > f.TOTP.LastStep {
			found = step
		}
	}
	if found == 0 {
		return f, errWrongCode
	}
	used := *f.TOTP
	used.LastStep = found
	f.TOTP = &used
	return f, nil
}
