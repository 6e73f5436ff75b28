package local_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/id"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/table/sqlite"
	"github.com/apiq/apiq/shared/trigger"
	"github.com/apiq/apiq/shared/trigger/local"
	"github.com/apiq/apiq/shared/trigger/triggertest"
)

func openStore(t *testing.T, folder string) (*table.Store, func()) {
	t.Helper()
	db, err := sqlite.Open(t.Context(), filepath.Join(folder, "t.db"), nil)
	if err != nil {
		t.Fatal(err)
	}
	done := false
	closeDB := func() {
		if !done {
			done = true
			if err := db.Close(); err != nil {
				t.Error(err)
			}
		}
	}
	t.Cleanup(closeDB)
	return table.New(db, nil), closeDB
}

func quiet(clock local.Time) *local.Options {
	return &local.Options{Time: clock, Log: slog.New(slog.NewTextHandler(io.Discard, nil))}
}

func TestScheduler(t *testing.T) {
	t.Parallel()
	triggertest.Scheduler(t, func(t *testing.T, fire func(context.Context, trigger.Tick) error) triggertest.Scheduled {
		store, _ := openStore(t, t.TempDir())
		clock := triggertest.NewTime(triggertest.Began())
		s := local.NewScheduler(store, fire, quiet(clock))
		return triggertest.Scheduled{Scheduler: s, Advance: func(t *testing.T, to time.Time) { advance(t, clock, s.Due, to) }}
	})
}

// advance goes from one due time to the next, as Run would.
func advance(t *testing.T, clock *triggertest.Time, due func(context.Context) (time.Time, error), to time.Time) {
	t.Helper()
	for {
		next, err := due(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if next.IsZero() || next.After(to) {
			clock.Set(to)
			return
		}
		clock.Set(next)
	}
}

func TestBus(t *testing.T) {
	t.Parallel()
	triggertest.Bus(t, func(t *testing.T, consume func(context.Context, trigger.Event) error) triggertest.Bussed {
		store, _ := openStore(t, t.TempDir())
		clock := triggertest.NewTime(triggertest.Began())
		b := local.NewBus(store, consume, quiet(clock))
		return triggertest.Bussed{Bus: b, Settle: func(t *testing.T) { advance(t, clock, b.Due, clock.Now().Add(time.Hour)) }}
	})
}

// TestRestart: a process that is gone for a while fires the latest of the times
// that it missed, and hands over what waited.
func TestRestart(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	store, closeDB := openStore(t, folder)
	clock := triggertest.NewTime(triggertest.Began())
	fail := func(context.Context, trigger.Tick) error { return errors.New("killed") }
	s := local.NewScheduler(store, fail, quiet(clock))
	k := trigger.Clock{Trigger: id.New(id.Trigger), Workspace: id.New(id.Workspace), Cron: "*/10 * * * *", Timezone: "UTC", Revision: "r", Keep: 24 * time.Hour}
	if err := s.Put(t.Context(), k); err != nil {
		t.Fatal(err)
	}
	b := local.NewBus(store, func(context.Context, trigger.Event) error { return errors.New("killed") }, quiet(clock))
	e := trigger.Event{ID: "1", Name: "x", Workspace: k.Workspace, At: clock.Now(), Data: []byte("{}")}
	if err := b.Publish(t.Context(), e); err != nil {
		t.Fatal(err)
	}
	closeDB()

	clock.Add(5 * time.Hour)
	store, _ = openStore(t, folder)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	ticks, events := make(chan trigger.Tick, 10), make(chan trigger.Event, 10)
	s = local.NewScheduler(store, func(_ context.Context, k trigger.Tick) error { ticks <- k; return nil }, quiet(clock))
	b = local.NewBus(store, func(_ context.Context, e trigger.Event) error { events <- e; return nil }, quiet(clock))
	ended := make(chan error, 2)
	go func() { ended <- s.Run(ctx) }()
	go func() { ended <- b.Run(ctx) }()
	if tick := <-ticks; tick.At.Format("15:04") != "15:00" || tick.Trigger != k.Trigger || tick.Revision != "r" {
		t.Errorf("%+v", tick)
	}
	if got := <-events; got.ID != "1" || got.Workspace != k.Workspace {
		t.Errorf("%+v", got)
	}
	// From there it goes on by its own timer.
	for range 3 {
		moveOn(t, clock, ticks)
	}
	cancel()
	for range 2 {
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	}
	if len(ticks) != 0 || len(events) != 0 {
		t.Errorf("%d ticks and %d events too many", len(ticks), len(events))
	}
}

// moveOn moves time by ten minutes and waits for the tick.
func moveOn(t *testing.T, clock *triggertest.Time, ticks chan trigger.Tick) {
	t.Helper()
	clock.Add(10 * time.Minute)
	for {
		select {
		case tick := <-ticks:
			if tick.At.Minute()%10 != 0 || clock.Now().Sub(tick.At) > 10*time.Minute {
				t.Errorf("%+v at %v", tick, clock.Now())
			}
			return
		case <-time.After(time.Millisecond):
			clock.Add(0) // the timer may have been set after the clock was moved
		}
	}
}

// TestGivenUp: what never works is set aside, and stops nobody else.
func TestGivenUp(t *testing.T) {
	t.Parallel()
	store, _ := openStore(t, t.TempDir())
	clock := triggertest.NewTime(triggertest.Began())
	var bad, good atomic.Int64
	b := local.NewBus(store, func(_ context.Context, e trigger.Event) error {
		if e.Name == "bad" {
			bad.Add(1)
			return errors.New("never")
		}
		good.Add(1)
		return nil
	}, quiet(clock))
	for _, name := range []string{"bad", "good"} {
		if err := b.Publish(t.Context(), trigger.Event{ID: name, Name: name, Workspace: id.New(id.Workspace), Data: []byte("1")}); err != nil {
			t.Fatal(err)
		}
	}
	advance(t, clock, b.Due, clock.Now().Add(48*time.Hour))
	if bad.Load() != 20 || good.Load() != 1 {
		t.Errorf("%d and %d times", bad.Load(), good.Load())
	}
	s := local.NewScheduler(store, func(context.Context, trigger.Tick) error { bad.Add(1); return errors.New("never") }, quiet(clock))
	bad.Store(0)
	if err := s.Put(t.Context(), trigger.Clock{Trigger: "t", Workspace: "w", Cron: "0 0 1 * *", Timezone: "UTC", Keep: time.Hour}); err != nil {
		t.Fatal(err)
	}
	advance(t, clock, s.Due, clock.Now().Add(30*24*time.Hour))
	if n := bad.Load(); n < 50 || n > 70 { // about once a minute, for an hour
		t.Errorf("tried %d times", n)
	}
}
