package identity

import (
	"context"
	"errors"
	"fmt"

	"github.com/apiq/apiq/shared/secret"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
)

// errFresh ends the change of an item that needs none.
var errFresh = errors.New("identity: sealed under the current key")

// Reseal seals what is sealed among the system records under their current data
// key, and returns how much of it was under an older one: the key that signs
// session tokens, which stays the same, so that sessions go on, and the secrets of
// authenticator apps. Errors: secret.ErrTampered, when all else is done,
// secret.ErrUnavailable, the table's.
func (s *Service) Reseal(ctx context.Context) (n int, err error) {
	ctx = tenant.WithSystem(ctx)
	n, damaged := s.resealSigner(ctx)
	if damaged != nil && !errors.Is(damaged, secret.ErrTampered) {
		return n, damaged
	}
	m, err := s.resealFactors(ctx)
	return n + m, errors.Join(damaged, err)
}

// resealFactors does so with the secrets of authenticator apps. Whoever has any is
// found by an index: who began a moment ago may be left for the next time.
func (s *Service) resealFactors(ctx context.Context) (n int, err error) {
	var tampered []error
	for item, err := range s.store.All(ctx, table.Query{Index: table.Index1, PK: pkFactors}) {
		if err != nil {
			return n, err
		}
		_, _, err := table.Modify(ctx, s.store, item.Key, func(f *factorRecord) error {
			stale := false
			for _, app := range []*totpFactor{f.TOTP, f.Pending} {
				if app == nil {
					continue
				}
				again, changed, err := s.signer.sealer.Reseal(ctx, totpScope(f.UserID), app.Sealed)
				if err != nil {
					return err
				}
				app.Sealed, stale = again, stale || changed
			}
			if !stale {
				return errFresh
			}
			return nil
		})
		switch {
		case err == nil:
			n++
		case errors.Is(err, errFresh), errors.Is(err, table.ErrNotFound): // or the person is gone meanwhile
		case errors.Is(err, secret.ErrTampered):
			tampered = append(tampered, fmt.Errorf("%s: %w", item.PK, err))
		default:
			return n, fmt.Errorf("identity: seal the secrets of authenticator apps anew: %w", err)
		}
	}
	return n, errors.Join(tampered...)
}

func (s *Service) resealSigner(ctx context.Context) (n int, err error) {
	_, _, err = table.Modify(ctx, s.store, signingKeyItem, func(key *sealedKey) error {
		again, changed, err := s.signer.sealer.Reseal(ctx, signingKeyScope, key.Sealed)
		if err != nil {
			return err
		}
		if !changed {
			return errFresh
		}
		key.Sealed = again
		return nil
	})
	switch {
	case err == nil:
		return 1, nil
	case errors.Is(err, errFresh), errors.Is(err, table.ErrNotFound): // or nobody has signed in yet
		return 0, nil
	}
	return 0, fmt.Errorf("identity: seal the session key anew: %w", err)
}
