package local

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
	"github.com/apiq/apiq/shared/trigger"
)

// Options of a Scheduler and of a Bus.
type Options struct {
	// Time is the clock. Defaults to the machine's.
	Time Time
	// Log tells of what has no caller to be told to. Defaults to slog.Default().
	Log *slog.Logger
}

func (o *Options) withDefaults() Options {
	out := Options{Time: wall{}, Log: slog.Default()}
	if o != nil {
		if o.Time != nil {
			out.Time = o.Time
		}
		if o.Log != nil {
			out.Log = o.Log
		}
	}
	return out
}

const (
	clockPK = "CLOCK"
	duePK   = "CLOCKDUE"
	// atOnce is how many firings or events are handled at the same time.
	atOnce    = 8
	perPage   = 100
	firstWait = 5 * time.Second
	mostWait  = time.Minute
)

// Scheduler implements trigger.Scheduler.
type Scheduler struct {
	store *table.Store
	fire  func(context.Context, trigger.Tick) error
	o     Options
	wake  chan struct{}
}

// NewScheduler makes a Scheduler that calls fire, which is trigger.Service.Tick.
// Clocks go while Run does.
func NewScheduler(store *table.Store, fire func(context.Context, trigger.Tick) error, o *Options) *Scheduler {
	return &Scheduler{store: store, fire: fire, o: o.withDefaults(), wake: make(chan struct{}, 1)}
}

// kept is a clock as it is kept.
type kept struct {
	trigger.Clock
	// Next is the time that it fires for.
	Next time.Time `json:"next"`
	// Tries is how often that failed.
	Tries int `json:"tries,omitempty"`
}

func (k kept) item(lookAt time.Time) (table.Item, error) {
	item, err := table.JSONItem(table.Key{PK: clockPK, SK: k.Trigger}, k)
	item.Index = map[string]table.Key{table.Index1: {PK: duePK, SK: sortKey(lookAt) + "#" + k.Trigger}}
	return item, err
}

// Check implements trigger.Scheduler.
func (s *Scheduler) Check(c trigger.Clock) error {
	_, err := parse(c)
	return err
}

func parse(c trigger.Clock) (trigger.Cron, error) {
	if c.Trigger == "" || c.Workspace == "" || c.Keep < time.Minute || c.Keep > 24*time.Hour {
		return trigger.Cron{}, fmt.Errorf("%w: it names no trigger, or is kept for less than a minute or more than a day", trigger.ErrClock)
	}
	cron, err := trigger.ParseCron(c.Cron, c.Timezone)
	if err != nil {
		return trigger.Cron{}, fmt.Errorf("%w: %w", trigger.ErrClock, err)
	}
	return cron, nil
}

// Put implements trigger.Scheduler.
func (s *Scheduler) Put(ctx context.Context, c trigger.Clock) error {
	cron, err := parse(c)
	if err != nil {
		return err
	}
	ctx = tenant.WithSystem(ctx)
	have, _, err := table.GetJSON[kept](ctx, s.store, table.Key{PK: clockPK, SK: c.Trigger})
	if err == nil && have.Clock == c {
		return nil // what it has missed meanwhile is still to come
	}
	if err != nil && !errors.Is(err, table.ErrNotFound) {
		return err
	}
	k := kept{Clock: c, Next: cron.Next(s.o.Time.Now()).UTC()}
	item, err := k.item(k.Next)
	if err != nil {
		return err
	}
	_, err = s.store.Put(ctx, item, table.Always())
	signal(s.wake)
	return err
}

// Delete implements trigger.Scheduler.
func (s *Scheduler) Delete(ctx context.Context, tid string) error {
	return s.store.Delete(tenant.WithSystem(ctx), table.Key{PK: clockPK, SK: tid}, table.Always())
}

// Run lets the clocks go until ctx ends. What came due while nothing ran fires
// first, the latest time of each clock.
func (s *Scheduler) Run(ctx context.Context) error {
	return loop(ctx, s.o.Time, s.wake, s.Due, func(err error) {
		s.o.Log.ErrorContext(ctx, "clocks cannot be read; tried again in a moment", "err", err)
	})
}

// Due fires what is due now, once, and returns when it should be called next,
// zero for no clock. Run calls it; a test with a clock of its own may.
func (s *Scheduler) Due(ctx context.Context) (next time.Time, err error) {
	system, now := tenant.WithSystem(ctx), s.o.Time.Now()
	var all errgroup.Group
	all.SetLimit(atOnce)
	due := table.Query{Index: table.Index1, PK: duePK, To: sortKey(now) + "~", Limit: perPage}
	for item, err := range s.store.All(system, due) {
		if err != nil {
			return time.Time{}, errors.Join(err, all.Wait())
		}
		all.Go(func() error { return s.strike(ctx, item, now) })
	}
	if err := all.Wait(); err != nil {
		return time.Time{}, err
	}
	first, err := s.store.Query(system, table.Query{Index: table.Index1, PK: duePK, Limit: 1})
	if err != nil || len(first.Items) == 0 {
		return time.Time{}, err
	}
	return time.Parse(sortable, first.Items[0].Index[table.Index1].SK[:len(sortable)])
}

// strike fires one clock and sets it to its next time. Its errors are the table's;
// a firing that fails is looked at again a little later.
func (s *Scheduler) strike(ctx context.Context, item table.Item, now time.Time) error {
	var k kept
	if err := item.Decode(&k); err != nil {
		return err
	}
	cron, err := parse(k.Clock)
	if err != nil {
		return err
	}
	// Of several times that were missed the latest stands for all.
	at := cron.Latest(k.Next.Add(-time.Nanosecond), now).UTC()
	if at.IsZero() {
		at = k.Next
	}
	err = s.fire(ctx, trigger.Tick{Workspace: k.Workspace, Trigger: k.Trigger, Revision: k.Revision, At: at})
	if ctx.Err() != nil {
		return ctx.Err() // the next start fires it
	}
	var lookAt time.Time
	if err != nil && now.Sub(at) < k.Keep {
		s.o.Log.WarnContext(ctx, "a clock could not fire; tried again in a moment", "trigger", k.Trigger, "err", err)
		k.Next, lookAt = at, now.Add(pause(k.Tries, firstWait, mostWait))
		k.Tries++
	} else {
		if err != nil {
			s.o.Log.ErrorContext(ctx, "a firing is given up", "trigger", k.Trigger, "at", at, "err", err)
		}
		k.Next, k.Tries = cron.Next(now).UTC(), 0
		lookAt = k.Next
	}
	next, err := k.item(lookAt)
	if err != nil {
		return err
	}
	_, err = s.store.Put(tenant.WithSystem(ctx), next, table.IfVersion(item.Version))
	if errors.Is(err, table.ErrCondition) {
		return nil // set anew or deleted meanwhile
	}
	return err
}
