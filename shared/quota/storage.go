package quota

import (
	"context"
	"crypto/rand"
	"errors"
	"maps"
	"strings"
	"time"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/blob"
	"github.com/apiq/apiq/shared/table"
)

const (
	storageName = "storage"
	// countedAgain is how old the last count of the objects may be before somebody looks
	// at the storage, and countedAtOnce before somebody is refused.
	countedAgain, countedAtOnce = time.Hour, time.Minute
	// refusable are the names of objects that a full storage refuses: documents of APIs
	// and what is derived from them. The rest belongs to runs and records that are under
	// way; it is counted, and refused before a run begins.
	refusable = "spec/"
	// storing is longer than it takes to store an object.
	storing = 10 * time.Minute
)

// Storage counts what lies in the blob store: documents of APIs, bodies that are too
// large for a record, versions of large workflows, the archive of the trail on one
// machine. Records in the table are not counted; the numbers of runs, workflows and
// connections bound them.
//
// Each object adds its size before it is stored, again where it replaces one; what is
// deleted stays counted. That is set right when the objects are counted anew: when
// somebody looks at the usage and the last count is old, and before somebody is refused.
func (k *Keeper) storage() counter { return counter{store: k.store, name: storageName, parts: 1} }

// Meter is what counts the objects of a blob store.
type Meter struct{ keeper *Keeper }

var _ blob.Meter = Meter{}

// Meter counts for blob.Store.Metered.
func (k *Keeper) Meter() Meter { return Meter{k} }

// pending is an object that is just being stored.
type pending struct {
	Name  string    `json:"name"`
	Bytes int64     `json:"bytes"`
	Until time.Time `json:"until"` // after that its process has died
}

// Add implements blob.Meter.
func (m Meter) Add(ctx context.Context, name string, bytes int64) (done func(context.Context, bool) error, err error) {
	k, c := m.keeper, m.keeper.storage()
	limit, err := k.limit(ctx, Storage)
	if err != nil {
		return nil, err
	}
	if limit > 0 && strings.HasPrefix(name, refusable) {
		return k.within(ctx, name, bytes, limit)
	}
	sum, err := c.add(ctx, bytes, 0)
	if err != nil {
		return nil, err
	}
	k.nearStorage(ctx, sum, limit)
	return func(ctx context.Context, stored bool) error {
		if stored {
			return nil
		}
		_, err := c.settle(ctx, -bytes)
		return err
	}, nil
}

// within counts an object that the limit may refuse.
func (k *Keeper) within(ctx context.Context, name string, bytes, limit int64) (done func(context.Context, bool) error, err error) {
	c, mine := k.storage(), rand.Text()
	take := func() (int64, error) {
		return c.write(ctx, func(t *tally) (int, error) {
			if t.sum+bytes > limit {
				return 0, errFull
			}
			t.add(0, bytes)
			first := &t.items[0]
			if first.Pending == nil {
				first.Pending = map[string]pending{}
			}
			maps.DeleteFunc(first.Pending, func(_ string, p pending) bool { return k.now().After(p.Until) })
			first.Pending[mine] = pending{name, bytes, k.now().Add(storing).UTC()}
			return 0, nil
		})
	}
	sum, err := take()
	if errors.Is(err, errFull) {
		if err = k.recount(ctx, countedAtOnce); err == nil {
			sum, err = take()
		}
	}
	if errors.Is(err, errFull) {
		return nil, fullStorage(sum, limit)
	}
	if err != nil {
		return nil, err
	}
	k.nearStorage(ctx, sum, limit)
	return func(ctx context.Context, stored bool) error {
		_, err := c.write(ctx, func(t *tally) (int, error) {
			delete(t.items[0].Pending, mine)
			if !stored {
				t.add(0, -bytes)
			}
			return 0, nil
		})
		return err
	}, nil
}

// hasStorage refuses where nothing more may be stored.
func (k *Keeper) hasStorage(ctx context.Context) error {
	limit, err := k.limit(ctx, Storage)
	if err != nil || limit == 0 {
		return err
	}
	t, err := k.storage().read(ctx)
	if err == nil && t.sum >= limit {
		if err = k.recount(ctx, countedAtOnce); err == nil {
			t, err = k.storage().read(ctx)
		}
	}
	if err == nil && t.sum >= limit {
		return fullStorage(t.sum, limit)
	}
	return err
}

// nearStorage warns of what is there, not of what was deleted.
func (k *Keeper) nearStorage(ctx context.Context, sum, limit int64) {
	if !isNear(sum, limit) {
		return
	}
	if err := k.recount(ctx, countedAgain); err != nil {
		k.log.WarnContext(ctx, "the storage could not be counted anew", "err", err)
		return
	}
	if t, err := k.storage().read(ctx); err == nil {
		k.near(ctx, Storage, t.sum, limit)
	}
}

func fullStorage(sum, limit int64) error {
	return apierr.Newf(apierr.QuotaExceeded, "This workspace stores %s of the %s that it may. Delete runs or connections that are no longer needed, or ask whoever runs this APIQ for more.",
		bytes(sum), bytes(limit))
}

// counted is when the objects were counted last.
type counted struct {
	At time.Time `json:"at"`
}

// recount sets the sum right by the objects that there are, unless that was done within
// the time. What is stored meanwhile may be counted twice, until the next count.
func (k *Keeper) recount(ctx context.Context, within time.Duration) error {
	if k.objects == nil {
		return nil
	}
	key := table.Key{PK: quotaPK, SK: "recount"}
	last, version, err := table.GetJSON[counted](ctx, k.store, key)
	if err != nil && !errors.Is(err, table.ErrNotFound) {
		return err
	}
	if err == nil && k.now().Sub(last.At) < within {
		return nil
	}
	item, err := table.JSONItem(key, counted{k.now().UTC()})
	if err != nil {
		return err
	}
	if _, err := k.store.Put(ctx, item, table.Unchanged(version)); err != nil {
		if errors.Is(err, table.ErrCondition) { // somebody is at it
			return nil
		}
		return err
	}
	before, err := k.storage().read(ctx)
	if err != nil {
		return err
	}
	// What is just being stored is counted already, and is among the objects only when
	// that is done.
	coming := map[string]int64{}
	for _, p := range before.items[0].Pending {
		if k.now().Before(p.Until) {
			coming[p.Name] += p.Bytes
		}
	}
	var there int64
	for info, err := range k.objects.All(ctx, "") {
		if err != nil {
			return err
		}
		there += info.Size
		delete(coming, info.Name)
	}
	for _, bytes := range coming {
		there += bytes
	}
	_, err = k.storage().settle(ctx, there-before.sum)
	return err
}
