package local

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
	"github.com/apiq/apiq/shared/trigger"
)

const (
	eventPK = "BUS"
	queuePK = "BUSQ"
	waitPK  = "BUSDUE"
	deadPK  = "BUSDEAD"

	// maxTries is how often an event is handed over before it is given up: for about
	// an hour.
	maxTries     = 20
	firstAgain   = time.Second
	longestAgain = 5 * time.Minute
)

// Bus implements trigger.Bus.
type Bus struct {
	store   *table.Store
	consume func(context.Context, trigger.Event) error
	o       Options
	wake    chan struct{}
}

// NewBus makes a Bus that calls consume, which is trigger.Service.Consume. Events
// are handed over while Run runs.
func NewBus(store *table.Store, consume func(context.Context, trigger.Event) error, o *Options) *Bus {
	return &Bus{store: store, consume: consume, o: o.withDefaults(), wake: make(chan struct{}, 1)}
}

// queued points at an event that waits.
type queued struct {
	Workspace string `json:"workspace"`
	Event     string `json:"event"` // its key
	Tries     int    `json:"tries,omitempty"`
	// Fault is what the last try said.
	Fault string `json:"fault,omitempty"`
}

func (q queued) item(pk string, lookAt time.Time) (table.Item, error) {
	item, err := table.JSONItem(table.Key{PK: pk, SK: q.Workspace + "#" + q.Event}, q)
	if pk == queuePK {
		item.Index = map[string]table.Key{table.Index1: {PK: waitPK, SK: sortKey(lookAt) + "#" + item.SK}}
	}
	return item, err
}

// Publish implements trigger.Bus.
func (b *Bus) Publish(ctx context.Context, e trigger.Event) error {
	if e.ID == "" || e.Name == "" || e.Workspace == "" || len(e.Data) > trigger.MaxEventData {
		return fmt.Errorf("%w: it has no id, name or workspace, or more than %d bytes of data", trigger.ErrEvent, trigger.MaxEventData)
	}
	sum := sha256.Sum256([]byte(e.Name + "\n" + e.ID))
	q := queued{Workspace: e.Workspace, Event: hex.EncodeToString(sum[:16])}
	item, err := table.JSONItem(table.Key{PK: eventPK, SK: q.Event}, e)
	if err != nil {
		return fmt.Errorf("%w: %w", trigger.ErrEvent, err)
	}
	pointer, err := q.item(queuePK, b.o.Time.Now())
	if err != nil {
		return err
	}
	err = b.store.Transact(tenant.With(ctx, e.Workspace), []table.Op{table.Put(item, table.Absent()), table.Global(table.Put(pointer, table.Absent()))})
	signal(b.wake)
	if errors.Is(err, table.ErrCondition) {
		return nil // it waits already
	}
	return err
}

// Run hands events over until ctx ends.
func (b *Bus) Run(ctx context.Context) error {
	return loop(ctx, b.o.Time, b.wake, b.Due, func(err error) {
		b.o.Log.ErrorContext(ctx, "events cannot be read; tried again in a moment", "err", err)
	})
}

// Due hands over what waits now and returns when it should be called next, zero
// for nothing to wait for. Run calls it; a test with a clock of its own may.
func (b *Bus) Due(ctx context.Context) (next time.Time, err error) {
	system := tenant.WithSystem(ctx)
	for {
		page, err := b.store.Query(system, table.Query{Index: table.Index1, PK: waitPK, To: sortKey(b.o.Time.Now()) + "~", Limit: perPage})
		if err != nil {
			return time.Time{}, err
		}
		if len(page.Items) == 0 {
			break
		}
		var all errgroup.Group
		all.SetLimit(atOnce)
		for _, item := range page.Items {
			all.Go(func() error { return b.hand(ctx, item) })
		}
		if err := all.Wait(); err != nil {
			return time.Time{}, err
		}
	}
	first, err := b.store.Query(system, table.Query{Index: table.Index1, PK: waitPK, Limit: 1})
	if err != nil || len(first.Items) == 0 {
		return time.Time{}, err
	}
	return time.Parse(sortable, first.Items[0].Index[table.Index1].SK[:len(sortable)])
}

// hand hands over one event and forgets it, or lets it wait. Its errors are the table's.
func (b *Bus) hand(ctx context.Context, item table.Item) error {
	var q queued
	if err := item.Decode(&q); err != nil {
		return err
	}
	inside := tenant.With(ctx, q.Workspace)
	key := table.Key{PK: eventPK, SK: q.Event}
	forget := []table.Op{table.Delete(key, table.Always()), table.Global(table.Delete(item.Key, table.IfVersion(item.Version)))}
	e, _, err := table.GetJSON[trigger.Event](inside, b.store, key)
	if errors.Is(err, table.ErrNotFound) {
		return done(b.store.Transact(inside, forget[1:]))
	}
	if err != nil {
		return err
	}
	err = b.consume(inside, e)
	switch {
	case err == nil:
		return done(b.store.Transact(inside, forget))
	case ctx.Err() != nil:
		return ctx.Err() // the next start hands it over
	}
	q.Tries++
	q.Fault = err.Error()
	if q.Tries >= maxTries {
		b.o.Log.ErrorContext(ctx, "an event is given up", "event", e.Name, "workspace", q.Workspace, "err", err)
		dead, itemErr := q.item(deadPK, time.Time{})
		if itemErr != nil {
			return itemErr
		}
		return done(b.store.Transact(tenant.WithSystem(ctx), []table.Op{table.Put(dead, table.Always()), table.Delete(item.Key, table.IfVersion(item.Version))}))
	}
	b.o.Log.WarnContext(ctx, "an event could not be handled; tried again in a moment", "event", e.Name, "workspace", q.Workspace, "tries", q.Tries, "err", err)
	again, err := q.item(queuePK, b.o.Time.Now().Add(pause(q.Tries-1, firstAgain, longestAgain)))
	if err != nil {
		return err
	}
	_, err = b.store.Put(tenant.WithSystem(ctx), again, table.IfVersion(item.Version))
	return done(err)
}

// done takes a lost race for done: another has dealt with the event.
func done(err error) error {
	if errors.Is(err, table.ErrCondition) {
		return nil
	}
	return err
}
