package identity

import (
	"context"
	"errors"

	"github.com/apiq/apiq/shared/secret"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
)

// Reseal seals what is sealed among the system records under their current data
// key, and returns how much of it was under an older one: the key that signs
// session tokens, which stays the same, so that sessions go on, the secrets of
// authenticator apps, and the ID tokens that single logout shows. Errors: secret.ErrTampered, when all else is done,
// secret.ErrUnavailable, the table's.
func (s *Service) Reseal(ctx context.Context) (n int, err error) {
	ctx = tenant.WithSystem(ctx)
	n, damaged := s.resealSigner(ctx)
	if damaged != nil && !errors.Is(damaged, secret.ErrTampered) {
		return n, damaged
	}
	for _, reseal := range []func(context.Context) (int, error){s.resealFactors, s.resealHints} {
		m, err := reseal(ctx)
		if n += m; err != nil && !errors.Is(err, secret.ErrTampered) {
			return n, errors.Join(damaged, err)
		}
		damaged = errors.Join(damaged, err)
	}
	return n, damaged
}

// resealFactors does so with the secrets of authenticator apps. Whoever has any is
// found by an index: who began a moment ago may be left for the next time.
func (s *Service) resealFactors(ctx context.Context) (n int, err error) {
	return secret.ResealItems(ctx, s.store, s.signer.sealer, secret.KeysOf(s.store.All(ctx, table.Query{Index: table.Index1, PK: pkFactors})),
		func(key table.Key) string { return key.PK },
		func(_ table.Key, f *factorRecord) []secret.Kept {
			var kept []secret.Kept
			for _, app := range []*totpFactor{f.TOTP, f.Pending} {
				if app != nil {
					kept = append(kept, secret.Kept{Scope: totpScope(f.UserID), Value: &app.Sealed})
				}
			}
			return kept
		})
}

// resealSigner does so with the key of sessions; there is none before the first sign-in.
func (s *Service) resealSigner(ctx context.Context) (n int, err error) {
	return secret.ResealItems(ctx, s.store, s.signer.sealer, secret.TheseKeys(signingKeyItem), func(table.Key) string { return "the session key" },
		func(_ table.Key, key *sealedKey) []secret.Kept {
			return []secret.Kept{{Scope: signingKeyScope, Value: &key.Sealed}}
		})
}
