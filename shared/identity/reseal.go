package identity

import (
	"context"
	"errors"
	"fmt"

	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
)

// errFresh ends the change of an item that needs none.
var errFresh = errors.New("identity: sealed under the current key")

// Reseal seals the key that signs session tokens under the current data key of
// the system records, and returns 1 where it was under an older one. The signing
// key stays the same: sessions go on. Errors: secret.ErrTampered,
// secret.ErrUnavailable, the table's.
func (s *Service) Reseal(ctx context.Context) (n int, err error) {
	ctx = tenant.WithSystem(ctx)
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
