package connection

import (
	"context"
	"errors"
	"fmt"

	"github.com/apiq/apiq/shared/secret"
	"github.com/apiq/apiq/shared/table"
)

// errFresh ends the change of an item that needs none.
var errFresh = errors.New("connection: sealed under the current key")

// Reseal seals every credential, and every sealed address, of the workspace under
// its current data key, and returns how many connections it wrote. It skips what
// lies under that key already, so that a run that ends early is taken up by the
// next; each item is written under a condition, so that a credential that is
// changed meanwhile wins, and readers find one form or the other, both of which open.
//
// Other processes seal under the key before for up to five minutes after a
// rotation; what they seal is the next run's. What does not open (ErrTampered) is
// left as it is and reported after the others are done; any other error ends the
// run. Errors: tenant.ErrNone, secret.ErrTampered, secret.ErrUnavailable, the table's.
func (s *Service) Reseal(ctx context.Context) (n int, err error) {
	var tampered []error
	for item, err := range s.table.All(ctx, table.Query{PK: pkCredential}) {
		if err != nil {
			return n, err
		}
		_, _, err := table.Modify(ctx, s.table, item.Key, func(sealed *sealedItem) error {
			return s.reseal(ctx, item.SK, sealed)
		})
		switch {
		case err == nil:
			n++
		case errors.Is(err, errFresh), errors.Is(err, table.ErrNotFound): // or removed meanwhile
		case errors.Is(err, secret.ErrTampered):
			tampered = append(tampered, fmt.Errorf("connection %s: %w", item.SK, err))
		default:
			return n, fmt.Errorf("connection: seal anew: %w", err)
		}
	}
	return n, errors.Join(tampered...)
}

// reseal changes what is stale of one item, all or nothing.
func (s *Service) reseal(ctx context.Context, conID string, item *sealedItem) error {
	stale := false
	for field, sealed := range map[string]*[]byte{fieldCredential: &item.Credential, fieldSpecURL: &item.SpecURL} {
		if *sealed == nil {
			continue
		}
		again, changed, err := s.sealer.Reseal(ctx, secret.Scope{Resource: conID, Field: field}, *sealed)
		if err != nil {
			return err
		}
		if changed {
			*sealed, stale = again, true
		}
	}
	if !stale {
		return errFresh
	}
	return nil
}
