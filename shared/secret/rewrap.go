package secret

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
)

// KeyInfo tells of a data key what is no secret.
type KeyInfo struct {
	ID string
	// CreatedAt says how old the key itself is: only Rotate makes it younger.
	CreatedAt time.Time
	// WrappedAt is when the key service last wrapped it.
	WrappedAt time.Time
	// Master names what it is wrapped under, where that is known.
	Master string
	// Current: values are sealed under it.
	Current bool
	// ReplacedAt is when another became current; zero for the current one, and where
	// it is not known. Keys alone tells it.
	ReplacedAt time.Time
}

func (k wrappedKey) info(id string) KeyInfo {
	info := KeyInfo{ID: id, CreatedAt: k.CreatedAt, WrappedAt: k.WrappedAt, Master: k.Master}
	if info.WrappedAt.IsZero() {
		info.WrappedAt = k.CreatedAt
	}
	return info
}

// Master names the master key that data keys are wrapped under now.
func (e *Envelope) Master() string { return e.wrap.Master() }

// CurrentKey tells which data key the tenant seals under, as the table has it now,
// without asking the key service. Where nothing was ever sealed there is none:
// table.ErrNotFound. Further errors: tenant.ErrNone, ErrTampered, the table's.
func (e *Envelope) CurrentKey(ctx context.Context) (KeyInfo, error) {
	c, _, err := table.GetJSON[currentKey](ctx, e.store, table.Key{PK: dataKeyPK, SK: currentSK})
	if err != nil {
		return KeyInfo{}, err
	}
	id, err := c.key()
	if err != nil {
		return KeyInfo{}, err
	}
	stored, _, err := table.GetJSON[wrappedKey](ctx, e.store, keyItem(id))
	if errors.Is(err, table.ErrNotFound) {
		return KeyInfo{}, fmt.Errorf("%w: no data key %s", ErrTampered, id)
	}
	if err != nil {
		return KeyInfo{}, err
	}
	info := stored.info(id.String())
	info.Current = true
	return info, nil
}

// Rewrap has every data key of the tenant wrapped again, under the newest master key,
// the home's or the one that the workspace brought, and returns how many were. The data keys stay the same, so
// sealed values and cached keys are not touched, and nobody waits.
//
// A run that ends early may be repeated: each key is written by itself, under a
// condition, and once more does no harm. A key that does not unwrap is left as it
// is and reported as ErrTampered after the others are done; any other error ends
// the run. Errors: tenant.ErrNone, ErrTampered, ErrUnavailable, the table's.
func (e *Envelope) Rewrap(ctx context.Context) (n int, err error) {
	workspace, err := tenant.From(ctx)
	if err != nil {
		return 0, err
	}
	own, err := e.Own(ctx)
	if err != nil {
		return 0, err
	}
	var tampered []error
	for item, err := range e.store.All(ctx, table.Query{PK: dataKeyPK, Prefix: keyPrefix}) {
		if err != nil {
			return n, err
		}
		err := e.rewrap(ctx, workspace, own, item)
		switch {
		case err == nil:
			n++
		case errors.Is(err, ErrTampered):
			tampered = append(tampered, fmt.Errorf("data key %s: %w", strings.TrimPrefix(item.SK, keyPrefix), err))
		case errors.Is(err, table.ErrCondition):
			// Another run was at the same key, or it was removed.
		default:
			return n, err
		}
	}
	return n, errors.Join(tampered...)
}

func (e *Envelope) rewrap(ctx context.Context, workspace, own string, item table.Item) error {
	var key wrappedKey
	if err := item.Decode(&key); err != nil {
		return err
	}
	wrap, err := e.under(own, key.Own)
	if err != nil {
		return err
	}
	again, err := wrap.Rewrap(ctx, key.Wrapped, encryptionContext(workspace))
	if err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return ownKeyError(ctx, own+key.Own, err)
	}
	if len(again) == 0 { // what is written here is the only way to the tenant's values
		return fmt.Errorf("%w: an empty key came back", ErrUnavailable)
	}
	key.Wrapped, key.WrappedAt, key.Master, key.Own = again, e.cache.now().UTC(), wrap.Master(), own
	next, err := table.JSONItem(item.Key, key)
	if err != nil {
		return err
	}
	_, err = e.store.Put(ctx, next, table.IfVersion(item.Version))
	return err
}
