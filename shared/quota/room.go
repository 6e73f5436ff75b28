package quota

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"time"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/pause"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
)

// reserved is how long a place is kept for who is about to make what it is for. It is
// longer than any request that makes something may take.
const reserved = 2 * time.Minute

// Room bounds how many things of one kind there are in a workspace: items that lie in
// one partition, one each. Nil has room for everything.
type Room struct {
	keeper *Keeper
	kind   Kind
	// global: the items lie among the system records.
	global bool
}

// Room bounds a kind whose items lie among the workspace's own records.
func (k *Keeper) Room(kind Kind) *Room { return &Room{keeper: k, kind: kind} }

// GlobalRoom bounds a kind whose items lie among the system records.
func (k *Keeper) GlobalRoom(kind Kind) *Room { return &Room{keeper: k, kind: kind, global: true} }

// reservations are places of things that are being made: until when, by sort key.
type reservations struct {
	Until map[string]time.Time `json:"until"`
}

// Reserve keeps a place for the item that is to be written under a key in this
// request, or refuses: QUOTA_EXCEEDED. However many ask at once, no more than the limit
// get one. done is called when the item is written, or will not be; without it the place
// is kept for two minutes, whatever becomes of the item.
func (r *Room) Reserve(ctx context.Context, at table.Key) (done func(), err error) {
	if r == nil {
		return func() {}, nil
	}
	limit, err := r.keeper.limit(ctx, r.kind)
	if err != nil || limit == 0 {
		return func() {}, err
	}
	if err := r.reserve(ctx, at, limit); err != nil {
		return nil, err
	}
	return func() { r.release(context.WithoutCancel(ctx), at.SK) }, nil
}

func (r *Room) key() table.Key { return table.Key{PK: quotaPK, SK: "room#" + string(r.kind)} }

// release gives a reservation back: the item speaks for itself now.
func (r *Room) release(ctx context.Context, sk string) {
	_, _, err := table.Modify(ctx, r.keeper.store, r.key(), func(held *reservations) error {
		delete(held.Until, sk)
		return nil
	})
	if err != nil && !errors.Is(err, table.ErrNotFound) {
		r.keeper.log.WarnContext(ctx, "a place is kept for a while more", "kind", r.kind, "err", err)
	}
}

func (r *Room) reserve(ctx context.Context, at table.Key, limit int64) error {
	k, key := r.keeper, r.key()
	for try, wait := 0, backOff; try < tries; try++ {
		// What was reserved is read before what there is: whoever has used their place
		// between the two is seen as one or the other, and counted once.
		held, version, err := table.GetJSON[reservations](ctx, k.store, key)
		if err != nil && !errors.Is(err, table.ErrNotFound) {
			return err
		}
		there, err := r.there(ctx, at.PK, held.Until)
		if err != nil {
			return err
		}
		now := k.now()
		maps.DeleteFunc(held.Until, func(sk string, until time.Time) bool { return there.has[sk] || !now.Before(until) })
		used := there.n + int64(len(held.Until))
		if _, mine := held.Until[at.SK]; mine || there.has[at.SK] {
			return nil
		}
		if used >= limit {
			return r.full(limit)
		}
		if held.Until == nil {
			held.Until = map[string]time.Time{}
		}
		held.Until[at.SK] = now.Add(reserved).UTC()
		item, err := table.JSONItem(key, held)
		if err != nil {
			return err
		}
		item.ExpiresAt = now.Add(day) // long after the last place: its version must not begin anew while somebody holds it
		switch _, err := k.store.Put(ctx, item, table.Unchanged(version)); {
		case err == nil:
			k.near(ctx, r.kind, used+1, limit)
			return nil
		case !errors.Is(err, table.ErrCondition):
			return err
		}
		if err := pause.For(ctx, rand.N(wait)); err != nil { // #nosec G404 -- jitter
			return err
		}
		wait = min(2*wait, backOffMax)
	}
	return fmt.Errorf("quota: room for %s is too much asked for: %w", r.kind, table.ErrThrottled)
}

// found is what lies in a partition: how many items, and which of those asked for.
type found struct {
	n   int64
	has map[string]bool
}

func (r *Room) there(ctx context.Context, pk string, of map[string]time.Time) (f found, err error) {
	f.has = map[string]bool{}
	if r.global {
		ctx = tenant.WithSystem(ctx)
	}
	for item, err := range r.keeper.store.All(ctx, table.Query{PK: pk}) {
		if err != nil {
			return f, err
		}
		f.n++
		if _, asked := of[item.SK]; asked {
			f.has[item.SK] = true
		}
	}
	return f, nil
}

// remedies say what makes room.
var remedies = map[Kind]string{
	Connections: "Disconnect one that is no longer used",
	Workflows:   "Delete one that is no longer used",
	Triggers:    "Delete one that is no longer used",
	Members:     "Remove one who is no longer here",
}

func (r *Room) full(limit int64) error {
	return apierr.Newf(apierr.QuotaExceeded, "This workspace has %s %s, as many as it may have. %s, or ask whoever runs this APIQ for more.", grouped(limit), r.kind, remedies[r.kind])
}
