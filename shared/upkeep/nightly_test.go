package upkeep_test

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/upkeep"
)

// clock stands until somebody waits for it, then jumps there; it ends the loop
// when all its nights are over.
type clock struct {
	at     time.Time
	nights int
	end    context.CancelFunc
}

func (c *clock) Now() time.Time { return c.at }

func (c *clock) Wait(ctx context.Context, until time.Time) error {
	if c.nights--; c.nights < 0 {
		c.end()
		return ctx.Err()
	}
	if until.After(c.at) {
		c.at = until
	}
	return nil
}

// nights runs jobs from a moment on, over so many nights.
func (h *home) nights(t *testing.T, from time.Time, n int, jobs ...upkeep.Job) {
	t.Helper()
	ctx, end := context.WithCancel(context.Background())
	defer end()
	err := upkeep.NewNightly(h.store, jobs, &upkeep.NightlyOptions{Clock: &clock{from, n, end}, Log: slog.New(slog.DiscardHandler)}).Run(ctx)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("ended with %v", err)
	}
}

// TestNightly over starts and nights: each night once, and not at once.
func TestNightly(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	zone := time.FixedZone("here", -5*3600)
	at := func(day, hour int) time.Time { return time.Date(2026, 3, day, hour, 0, 0, 0, zone) }
	var done []string
	job := func(name string, err error) upkeep.Job {
		return upkeep.Job{Name: name, Run: func(context.Context) error { done = append(done, name); return err }}
	}
	jobs := []upkeep.Job{job("a", nil), job("b", errors.New("no")), job("c", nil)}
	for _, c := range []struct {
		why    string
		from   time.Time
		nights int
		times  int
	}{
		{"a new installation waits for its first night", at(1, 12), 0, 0},
		{"a start in the same day", at(1, 20), 0, 0},
		{"over three nights", at(1, 21), 3, 3},
		{"a start after that night", at(4, 4), 0, 0},
		{"and before the next", at(5, 2), 0, 0},
		{"a night that was slept through is made good", at(5, 9), 0, 1},
		{"once", at(5, 10), 0, 0},
		{"many that were missed are one", at(20, 1), 1, 2},
		{"a clock that was set back does nothing", at(10, 12), 2, 0},
	} {
		done = nil
		h.nights(t, c.from, c.nights, jobs...)
		if want := slices.Repeat([]string{"a", "b", "c"}, c.times); !slices.Equal(done, want) {
			t.Errorf("%s: did %v, want %v", c.why, done, want)
		}
	}
}

// TestNightlyCutOff: a job that was under way when the process ended is done at
// the next start, those before it are not.
func TestNightlyCutOff(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	var done []string
	ctx, end := context.WithCancel(context.Background())
	jobs := []upkeep.Job{
		{Name: "a", Run: func(context.Context) error { done = append(done, "a"); return nil }},
		{Name: "b", Run: func(context.Context) error { done = append(done, "b"); end(); return nil }},
		{Name: "c", Run: func(context.Context) error { done = append(done, "c"); return nil }},
	}
	h.nights(t, at, 0, jobs...)
	err := upkeep.NewNightly(h.store, jobs, &upkeep.NightlyOptions{Clock: &clock{at.Add(day), 9, func() {}}, Log: slog.New(slog.DiscardHandler)}).Run(ctx)
	if !errors.Is(err, context.Canceled) || !slices.Equal(done, []string{"a", "b"}) {
		t.Fatalf("%v after %v", err, done)
	}
	jobs[1].Run = func(context.Context) error { done = append(done, "b"); return nil }
	h.nights(t, at.Add(day), 0, jobs...)
	if !slices.Equal(done, []string{"a", "b", "b", "c"}) {
		t.Errorf("did %v", done)
	}
	type lastRun struct {
		At    time.Time
		Error string
	}
	last, _, err := table.GetJSON[lastRun](in("_system"), h.store, table.Key{PK: "NIGHTLY", SK: "c"})
	if err != nil || !last.At.Equal(at.Add(day)) || last.Error != "" {
		t.Errorf("%+v, %v", last, err)
	}
}

// TestMachineClock waits no longer than its context.
func TestMachineClock(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	ctx, end := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer end()
	if err := upkeep.NewNightly(h.store, nil, nil).Run(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("ended with %v", err)
	}
}
