package secret

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
)

// Holder keeps sealed values for longer than ShortLived. Every package that does is
// listed where the sweep is put together (upkeep.Holders): a value that no holder
// knows would be lost when its data key is retired.
type Holder interface {
	// Reseal calls Sealer.Reseal for each value of the workspace in the context, writes
	// what changed, and returns how many items that was. It may be repeated, and finds
	// nothing then. What does not open is left, and ErrTampered when all else is done.
	Reseal(ctx context.Context) (int, error)
}

// ShortLived is how long a sealed value may live that has no Holder: answers kept
// for their Idempotency-Key, states of a sign-in. A data key outlives its place as
// the current one by more than this.
const ShortLived = 24 * time.Hour

// retireAfter leaves room for processes that seal under a key while they remember
// it, and for requests under way.
const retireAfter = ShortLived + time.Hour

// Tally counts the values that holders show to Sealer.Reseal, by the data key that
// they lie under afterwards.
type Tally struct {
	look bool

	mu     sync.Mutex
	values map[string]int
}

type tallyKey struct{}

// Counting returns a context under which Reseal also counts.
func Counting(ctx context.Context) (context.Context, *Tally) {
	t := &Tally{values: map[string]int{}}
	return context.WithValue(ctx, tallyKey{}, t), t
}

// Looking returns a context under which Reseal counts and seals nothing anew: the
// sweep itself is then the scan that proves what lies under a key, so that no second
// way through the values can miss what the first one finds.
func Looking(ctx context.Context) (context.Context, *Tally) {
	t := &Tally{values: map[string]int{}, look: true}
	return context.WithValue(ctx, tallyKey{}, t), t
}

// Values are the counts by the ids of keys.
func (t *Tally) Values() map[string]int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return maps.Clone(t.values)
}

func tallyFrom(ctx context.Context) *Tally {
	t, _ := ctx.Value(tallyKey{}).(*Tally)
	return t
}

func (t *Tally) saw(sealed []byte) {
	id, err := parseHeader(sealed)
	if t == nil || err != nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.values[id.String()]++
}

// Keys lists the tenant's data keys, the oldest first, without asking the key
// service. Errors: tenant.ErrNone, ErrShredded, the table's.
func (e *Envelope) Keys(ctx context.Context) ([]KeyInfo, error) {
	current, err := e.CurrentKey(ctx)
	if errors.Is(err, table.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var all []KeyInfo
	for item, err := range e.store.All(ctx, table.Query{PK: dataKeyPK, Prefix: keyPrefix}) {
		if err != nil {
			return nil, err
		}
		var key wrappedKey
		if err := item.Decode(&key); err != nil {
			return nil, err
		}
		all = append(all, key.info(strings.TrimPrefix(item.SK, keyPrefix)))
	}
	for i := range all {
		all[i].Current = all[i].ID == current.ID
	}
	slices.SortStableFunc(all, func(a, b KeyInfo) int {
		if a.Current != b.Current { // the current one is the newest, whatever the clocks of those who made them
			return cmp.Compare(place(a), place(b))
		}
		return a.CreatedAt.Compare(b.CreatedAt)
	})
	for i := range all {
		if i+1 < len(all) && !all[i].Current {
			all[i].ReplacedAt = all[i+1].CreatedAt // a key is current from when it was made
		}
	}
	return all, nil
}

func place(k KeyInfo) int {
	if k.Current {
		return 1
	}
	return 0
}

// Retirable says whether a key was replaced so long ago that nobody seals under it
// any more and all that is short-lived under it is gone.
func (k KeyInfo) Retirable(now time.Time) bool {
	return !k.Current && !k.ReplacedAt.IsZero() && !now.Before(k.RetirableAt())
}

// RetirableAt is when a replaced key becomes Retirable.
func (k KeyInfo) RetirableAt() time.Time { return k.ReplacedAt.Add(retireAfter) }

// Retire deletes a data key that is not the current one. Whatever lies under it is
// lost: the caller has looked that nothing does. also joins operations, such as the
// audit record; where a condition of theirs fails, the error is
// *table.ConditionError with the index in also. A key that is current, or not there,
// is table.ErrCondition.
func (e *Envelope) Retire(ctx context.Context, id string, also ...table.Op) error {
	key, err := parseKeyID(id)
	if err != nil {
		return err
	}
	workspace, err := tenant.From(ctx)
	if err != nil {
		return err
	}
	c, version, err := table.GetJSON[currentKey](ctx, e.store, table.Key{PK: dataKeyPK, SK: currentSK})
	if err != nil {
		return err
	}
	if c.ID == id || c.Shredded != nil {
		return table.ErrCondition
	}
	const own = 2
	ops := append([]table.Op{
		table.Check(table.Key{PK: dataKeyPK, SK: currentSK}, table.IfVersion(version)),
		table.Delete(keyItem(key), table.Present()),
	}, also...)
	err = e.store.Transact(ctx, ops)
	var failed *table.ConditionError
	if errors.As(err, &failed) {
		if failed.Index >= own {
			return &table.ConditionError{Index: failed.Index - own}
		}
		return table.ErrCondition
	}
	if err == nil {
		e.cache.drop(workspace)
	}
	return err
}
