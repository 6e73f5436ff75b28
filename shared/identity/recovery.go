package identity

import (
	"context"
	"crypto/rand"
	"slices"
	"strings"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/table"
)

const (
	recoveryCodes = 10
	// recoveryLetters of base32 are 80 bits: too many to guess, also from a hash.
	recoveryLetters = 16
)

// newRecovery makes recovery codes, and the hashes that are kept of them.
func newRecovery(userID string) (codes, hashes []string) {
	for range recoveryCodes {
		code := rand.Text()[:recoveryLetters]
		codes = append(codes, strings.Join([]string{code[:4], code[4:8], code[8:12], code[12:]}, "-"))
		hashes = append(hashes, recoveryHash(userID, code))
	}
	return codes, hashes
}

func recoveryHash(userID, code string) string { return hashToken(userID + "|" + code) }

// useRecovery takes a code off the list.
func useRecovery(f factorRecord, code string) (factorRecord, error) {
	at := slices.Index(f.Recovery, recoveryHash(f.UserID, code))
	if at < 0 {
		return f, errWrongCode
	}
	f.Recovery = slices.Delete(slices.Clone(f.Recovery), at, at+1)
	return f, nil
}

// plainCode leaves out what people put between the parts of a code.
func plainCode(code string) string {
	return strings.ToUpper(strings.NewReplacer(" ", "", "-", "", "\t", "").Replace(code))
}

func isDigits(code string) bool { return code != "" && strings.Trim(code, "0123456789") == "" }

// RenewRecovery gives new recovery codes in place of all that are left.
func (s *Service) RenewRecovery(ctx context.Context, p Principal) ([]string, error) {
	f, version, err := s.factors(ctx, p.UserID)
	if err != nil {
		return nil, err
	}
	if !f.enrolled() {
		return nil, apierr.New(apierr.Conflict, "There is no second factor that recovery codes could stand in for. Set one up first.")
	}
	codes, hashes := newRecovery(p.UserID)
	f.Recovery = hashes
	op, err := putFactors(f, version)
	if err != nil {
		return nil, err
	}
	err = s.trail.Commit(ctx, []table.Op{op}, audit.Entry{Action: "user.mfa.recovery", Resource: p.UserID, Message: "made new recovery codes"})
	return codes, err
}
