package upkeep

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/apiq/apiq/shared/pause"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
)

// Job is something to do once a night.
type Job struct {
	Name string // names the job in the table: it must stay
	Run  func(ctx context.Context) error
}

// Clock tells the time and waits for a time.
type Clock interface {
	Now() time.Time
	// Wait returns at that time or after, or earlier with ctx's error.
	Wait(ctx context.Context, until time.Time) error
}

// NightlyOptions of a Nightly.
type NightlyOptions struct {
	// Hour is when a night's jobs begin, in the local time of Clock, 1–23.
	// Defaults to 3.
	Hour int
	// Clock defaults to the machine's.
	Clock Clock
	// Log is told how jobs ended. Defaults to slog.Default().
	Log *slog.Logger
}

// Nightly does jobs once a night, one after the other, in a home that has no
// scheduler. What was done lies in the table, so that a start does not repeat it,
// and makes good a night that the machine slept through. It is for the one process
// that owns the table.
type Nightly struct {
	store *table.Store
	jobs  []Job
	o     NightlyOptions
}

// NewNightly makes a Nightly.
func NewNightly(store *table.Store, jobs []Job, opts *NightlyOptions) *Nightly {
	o := NightlyOptions{}
	if opts != nil {
		o = *opts
	}
	if o.Hour <= 0 {
		o.Hour = defaultHour
	}
	if o.Clock == nil {
		o.Clock = machineClock{}
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	return &Nightly{store, jobs, o}
}

const defaultHour = 3

// Run does the jobs of each night until ctx ends, which is its only error. A job
// that fails is logged and waits for the next night like the others.
func (n *Nightly) Run(ctx context.Context) error {
	for {
		now := n.o.Clock.Now()
		night := n.before(now)
		for _, job := range n.jobs {
			err := n.once(ctx, job, night)
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if err != nil {
				n.o.Log.ErrorContext(ctx, "nightly job left out", "job", job.Name, "err", err)
			}
		}
		if err := n.o.Clock.Wait(ctx, n.after(now)); err != nil {
			return err
		}
	}
}

// before is when the last night's jobs were due, after when the next one's are.
func (n *Nightly) before(now time.Time) time.Time {
	at := time.Date(now.Year(), now.Month(), now.Day(), n.o.Hour, 0, 0, 0, now.Location())
	if at.After(now) {
		at = at.AddDate(0, 0, -1)
	}
	return at
}

func (n *Nightly) after(now time.Time) time.Time { return n.before(now).AddDate(0, 0, 1) }

// lastRun is what is kept of a job.
type lastRun struct {
	At    time.Time `json:"at"`
	Error string    `json:"error,omitempty"`
}

func jobKey(name string) table.Key { return table.Key{PK: "NIGHTLY", SK: name} }

// once does a job unless it was done since the night began. One that was never
// done waits for its first night: a new installation has nothing to keep up. One
// that was cut off is done again at the next start.
func (n *Nightly) once(ctx context.Context, job Job, night time.Time) error {
	last, _, err := table.GetJSON[lastRun](tenant.WithSystem(ctx), n.store, jobKey(job.Name))
	switch {
	case errors.Is(err, table.ErrNotFound):
		return n.note(ctx, job, nil)
	case err != nil:
		return fmt.Errorf("upkeep: last run of %s: %w", job.Name, err)
	case !last.At.Before(night):
		return nil
	}
	start := n.o.Clock.Now()
	failed := job.Run(ctx)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	level := slog.LevelInfo
	if failed != nil {
		level = slog.LevelError
	}
	n.o.Log.Log(ctx, level, "nightly job", "job", job.Name, "took", n.o.Clock.Now().Sub(start), "err", failed)
	return n.note(ctx, job, failed)
}

// maxNoted bounds what is kept of an error: one may be of many workspaces.
const maxNoted = 4 << 10

func (n *Nightly) note(ctx context.Context, job Job, failed error) error {
	run := lastRun{At: n.o.Clock.Now().UTC()}
	if failed != nil {
		run.Error = failed.Error()
		run.Error = run.Error[:min(len(run.Error), maxNoted)]
	}
	item, err := table.JSONItem(jobKey(job.Name), run)
	if err != nil {
		return err
	}
	_, err = n.store.Put(tenant.WithSystem(ctx), item, table.Always())
	return err
}

type machineClock struct{}

func (machineClock) Now() time.Time { return time.Now() }

// Wait looks at the clock every few minutes: a machine that sleeps stops its
// timers, and a clock may be set.
func (machineClock) Wait(ctx context.Context, until time.Time) error {
	for {
		left := time.Until(until.Round(0)) // by the wall clock
		if left <= 0 {
			return nil
		}
		if err := pause.For(ctx, min(left, 5*time.Minute)); err != nil {
			return err
		}
	}
}
