package migrate

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/apiq/apiq/shared/table"
)

// leaseTime is how long a process that does not get on keeps others waiting.
const leaseTime = 2 * time.Minute

// state is the one item that tells how far the table is.
type state struct {
	Version int `json:"version"`
	// Needs is the lowest version whose code may work on the table.
	Needs   int       `json:"needs"`
	Applied []Applied `json:"applied"`
	Open    *open     `json:"open,omitempty"`
	Lease   *lease    `json:"lease,omitempty"`

	stored int64 // the item's version, 0 for none
}

// open is a step that was begun.
type open struct {
	Version int    `json:"version"`
	Cursor  string `json:"cursor"`
	Changed int    `json:"changed"`
}

type lease struct {
	Owner string    `json:"owner"`
	Until time.Time `json:"until"`
}

// heldFrom says whether the lease keeps an owner out, and until when.
func (l *lease) heldFrom(owner string, now time.Time) (until time.Time, held bool) {
	if l == nil || l.Owner == owner || !now.Before(l.Until) {
		return time.Time{}, false
	}
	return l.Until, true
}

func stateKey() table.Key { return table.Key{PK: "MIGRATION", SK: "0"} }

func (m *Migrator) read(ctx context.Context) (*state, error) {
	s, version, err := table.GetJSON[state](ctx, m.store, stateKey())
	if errors.Is(err, table.ErrNotFound) {
		return &state{}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("migrate: %w", err)
	}
	s.stored = version
	return &s, nil
}

// write stores the state and with it renews the lease. ErrLost where another
// process has written since.
func (m *Migrator) write(ctx context.Context, s *state) error {
	s.Lease = &lease{m.owner, m.o.Now().UTC().Add(leaseTime)}
	return m.put(ctx, s)
}

func (m *Migrator) put(ctx context.Context, s *state) error {
	item, err := table.JSONItem(stateKey(), s)
	if err != nil {
		return err
	}
	item, err = m.store.Put(ctx, item, table.Unchanged(s.stored))
	if errors.Is(err, table.ErrCondition) {
		return ErrLost
	}
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	s.stored = item.Version
	return nil
}

// Progress is how far a step has come.
type Progress struct {
	m *Migrator
	s *state
}

// Cursor is what was saved last, "" at the start.
func (p *Progress) Cursor() string { return p.s.Open.Cursor }

// Save keeps a place to go on from, adds to the count of changed items, and renews
// the lease. An error, ErrLost above all, ends the step.
func (p *Progress) Save(ctx context.Context, cursor string, changed int) error {
	next := *p.s
	next.Open = &open{p.s.Open.Version, cursor, p.s.Open.Changed + changed}
	if err := p.m.write(ctx, &next); err != nil {
		return err
	}
	*p.s = next
	return nil
}
