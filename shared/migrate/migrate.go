package migrate

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/apiq/apiq/shared/pause"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
)

// Errors of Up.
var (
	// ErrNewer: the table's schema is one that this code does not know.
	ErrNewer = errors.New("migrate: the data was written by a newer version of this program")
	// ErrBusy: another process is at it.
	ErrBusy = errors.New("migrate: another process migrates at this moment")
	// ErrLost: another process took over, since this one did not get on in time.
	ErrLost = errors.New("migrate: another process took over")
)

// Step brings items from the version before to its own.
type Step struct {
	Version int // 1, 2, 3 …
	Name    string
	// Run does it. It goes on behind p.Cursor, and saves how far it has come at
	// least every half a lease (a minute).
	Run func(ctx context.Context, store *table.Store, p *Progress) error
	// Tolerated: the code before works on what this leaves, and does it no harm, so
	// that it may come back after a failed release.
	Tolerated bool
}

// Applied is a step that was done.
type Applied struct {
	Version int       `json:"version"`
	Name    string    `json:"name"`
	At      time.Time `json:"at"`
	Changed int       `json:"changed"` // items
}

// Report is what Up did.
type Report struct {
	From    int       `json:"from"`
	To      int       `json:"to"`
	Applied []Applied `json:"applied"`
}

// Options of a Migrator.
type Options struct {
	// Alone: no other process can use the table, so that a lease is one that a
	// killed process left. Defaults to false.
	Alone bool
	// Wait waits for another's lease to end, or returns an error, which ends Up: Sleep
	// does. Defaults to ErrBusy at once.
	Wait func(ctx context.Context, until time.Time) error
	// Now is the clock. Defaults to time.Now.
	Now func() time.Time
	// Log is told of each step. Defaults to slog.Default().
	Log *slog.Logger
}

// Migrator applies steps to a table.
type Migrator struct {
	store *table.Store
	steps []Step
	o     Options
	owner string // of one Up
}

// New makes a Migrator. Steps are numbered from 1 without a gap.
func New(store *table.Store, steps []Step, opts *Options) (*Migrator, error) {
	for i, s := range steps {
		if s.Version != i+1 || s.Name == "" || s.Run == nil {
			return nil, fmt.Errorf("migrate: step %d is numbered %d, or lacks a name or what it does", i+1, s.Version)
		}
	}
	o := Options{}
	if opts != nil {
		o = *opts
	}
	if o.Wait == nil {
		o.Wait = func(context.Context, time.Time) error { return ErrBusy }
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	return &Migrator{store: store, steps: steps, o: o}, nil
}

// Sleep waits until a time by the machine's clock.
func Sleep(ctx context.Context, until time.Time) error {
	return pause.For(ctx, time.Until(until))
}

// Handle serves task-migrate; its answer is the Report. The payload is not read.
func (m *Migrator) Handle(ctx context.Context, _ json.RawMessage) (json.RawMessage, error) {
	report, err := m.Up(ctx)
	if err != nil {
		return nil, err
	}
	return json.Marshal(report)
}

// Up applies every step that the table lacks, in order. Errors: ErrNewer, ErrBusy,
// ErrLost, those of Wait, of the steps and of the table; what was done before one
// stays, and the next Up goes on from there.
func (m *Migrator) Up(ctx context.Context) (Report, error) {
	mine := *m
	mine.owner = rand.Text()
	return mine.up(tenant.WithSystem(ctx))
}

func (m *Migrator) up(ctx context.Context) (Report, error) {
	for {
		s, err := m.read(ctx)
		if err != nil {
			return Report{}, err
		}
		if s.Needs > len(m.steps) {
			return Report{}, fmt.Errorf("%w (version %d, this one knows %d)", ErrNewer, s.Version, len(m.steps))
		}
		report := Report{From: s.Version, To: s.Version, Applied: []Applied{}}
		if s.Version >= len(m.steps) {
			return report, nil
		}
		if until, taken := s.Lease.heldFrom(m.owner, m.o.Now()); taken && !m.o.Alone {
			if err := m.o.Wait(ctx, until); err != nil {
				return Report{}, err
			}
			continue
		}
		switch err := m.write(ctx, s); {
		case errors.Is(err, ErrLost):
			continue // another was a moment earlier
		case err != nil:
			return Report{}, err
		}
		err = m.apply(ctx, s, &report)
		return report, errors.Join(err, m.release(ctx, s, err))
	}
}

// apply runs the steps under the lease.
func (m *Migrator) apply(ctx context.Context, s *state, report *Report) error {
	for _, step := range m.steps[s.Version:] {
		if s.Open == nil || s.Open.Version != step.Version {
			s.Open = &open{Version: step.Version}
		}
		m.o.Log.InfoContext(ctx, "migration begins", "version", step.Version, "step", step.Name, "cursor", s.Open.Cursor)
		if err := step.Run(ctx, m.store, &Progress{m, s}); err != nil {
			return fmt.Errorf("migrate: step %d, %s: %w", step.Version, step.Name, err)
		}
		done := Applied{step.Version, step.Name, m.o.Now().UTC(), s.Open.Changed}
		next := *s
		next.Version, next.Open, next.Applied = step.Version, nil, append(s.Applied, done)
		if !step.Tolerated {
			next.Needs = step.Version
		}
		if err := m.write(ctx, &next); err != nil {
			return err
		}
		*s = next
		report.To, report.Applied = step.Version, append(report.Applied, done)
		m.o.Log.InfoContext(ctx, "migration done", "version", step.Version, "step", step.Name, "changed", done.Changed)
	}
	return nil
}

// release gives the lease back, unless it is lost; the place stays.
func (m *Migrator) release(ctx context.Context, s *state, failed error) error {
	if errors.Is(failed, ErrLost) {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), releaseTimeout)
	defer cancel()
	s.Lease = nil
	return m.put(ctx, s)
}

const releaseTimeout = 5 * time.Second
