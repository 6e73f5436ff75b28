package trigger

import (
	"context"
	"errors"
	"fmt"

	"github.com/apiq/apiq/shared/secret"
	"github.com/apiq/apiq/shared/table"
)

// errFresh ends the change of a secret that needs none.
var errFresh = errors.New("trigger: sealed under the current key")

// Reseal seals every webhook's secret of the workspace under its current data key,
// and returns how many it wrote. It may be repeated; a secret that is changed
// meanwhile wins. What does not open is left, and secret.ErrTampered when the
// others are done. Other errors, the key service's and the table's, end the run.
func (s *Service) Reseal(ctx context.Context) (n int, err error) {
	var tampered []error
	for item, err := range s.store.All(ctx, table.Query{PK: secretPK}) {
		if err != nil {
			return n, err
		}
		_, _, err := table.Modify(ctx, s.store, item.Key, func(v *sealedSecret) error {
			again, changed, err := s.sealer.Reseal(ctx, scopeOf(item.SK), v.Sealed)
			if err == nil && !changed {
				return errFresh
			}
			v.Sealed = again
			return err
		})
		switch {
		case err == nil:
			n++
		case errors.Is(err, errFresh), errors.Is(err, table.ErrNotFound): // or removed meanwhile
		case errors.Is(err, secret.ErrTampered):
			tampered = append(tampered, fmt.Errorf("trigger %s: %w", item.SK, err))
		default:
			return n, fmt.Errorf("trigger: seal anew: %w", err)
		}
	}
	return n, errors.Join(tampered...)
}
