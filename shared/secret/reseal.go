package secret

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/apiq/apiq/shared/table"
)

// Kept is one sealed value where an item keeps it, and what it is sealed for. A nil
// value is none.
type Kept struct {
	Scope Scope
	Value *[]byte
}

// errFresh ends the change of an item that needs none.
var errFresh = errors.New("secret: sealed under the current key")

// ResealItems seals what lies in items of the tenant in the context under its current
// data key, and returns how many it wrote. It is what holders sweep with. What lies
// under that key already is skipped, so that a run that ends early is taken up by the
// next; each item is written whole and under a condition, so that a value that is
// changed meanwhile wins, and readers find one form or the other, both of which open.
//
// kept tells where an item keeps values, and name is what an error calls it. What does
// not open is left as it is and reported, as ErrTampered, after the others are done;
// any other error ends the run. Errors: tenant.ErrNone, ErrTampered, ErrUnavailable,
// the table's.
func ResealItems[T any](ctx context.Context, store *table.Store, sealer Sealer, keys iter.Seq2[table.Key, error],
	name func(table.Key) string, kept func(table.Key, *T) []Kept,
) (n int, err error) {
	var tampered []error
	for key, err := range keys {
		if err != nil {
			return n, err
		}
		_, _, err := table.Modify(ctx, store, key, func(v *T) error { return resealAll(ctx, sealer, kept(key, v)) })
		switch {
		case err == nil:
			n++
		case errors.Is(err, errFresh), errors.Is(err, table.ErrNotFound): // or removed meanwhile
		case errors.Is(err, ErrTampered):
			tampered = append(tampered, fmt.Errorf("%s: %w", name(key), err))
		default:
			return n, fmt.Errorf("%s: seal anew: %w", name(key), err)
		}
	}
	return n, errors.Join(tampered...)
}

// resealAll changes what is stale of one item, all or nothing.
func resealAll(ctx context.Context, sealer Sealer, kept []Kept) error {
	stale := false
	for _, k := range kept {
		if *k.Value == nil {
			continue
		}
		again, changed, err := sealer.Reseal(ctx, k.Scope, *k.Value)
		if err != nil {
			return err
		}
		if changed {
			*k.Value, stale = again, true
		}
	}
	if !stale {
		return errFresh
	}
	return nil
}

// KeysOf are the keys of items that a query gives.
func KeysOf(items iter.Seq2[table.Item, error]) iter.Seq2[table.Key, error] {
	return func(yield func(table.Key, error) bool) {
		for item, err := range items {
			if !yield(item.Key, err) {
				return
			}
		}
	}
}

// TheseKeys are keys that are known.
func TheseKeys(keys ...table.Key) iter.Seq2[table.Key, error] {
	return func(yield func(table.Key, error) bool) {
		for _, key := range keys {
			if !yield(key, nil) {
				return
			}
		}
	}
}
