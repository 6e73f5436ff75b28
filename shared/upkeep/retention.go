package upkeep

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/retention"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
)

// ActionExpire is the action of the record of what a night has removed of a kind.
const ActionExpire = "retention.expire"

// Past is what a workspace, that of the context, has of one kind of data.
type Past interface {
	// Expire removes what ended, or was made, before a time, and returns how much that
	// was, with an error too. It may be repeated, and goes on where a call before was cut off.
	Expire(ctx context.Context, before time.Time) (int, error)
}

// Keeping tells how long a workspace, that of the context, keeps a kind; 0 is for ever.
type Keeping interface {
	Days(ctx context.Context, kind retention.Kind) (int, error)
}

// RetentionOptions of a Retention.
type RetentionOptions struct {
	// Budget is for how long one Resume works. Defaults to a minute.
	Budget time.Duration
	// Now is the clock. Defaults to time.Now.
	Now func() time.Time
}

// Retention removes what workspaces keep no longer, in the order of the night:
//
//	begun → workspace by workspace → done until the next day
//
// Everywhere does all of it, in a home that has nights. Resume does a piece, for who is
// called every few minutes; how far it came is an item of the system's.
type Retention struct {
	workspaces Workspaces
	keeping    Keeping
	past       map[retention.Kind]Past
	trail      Trail
	store      *table.Store
	o          RetentionOptions
}

// NewRetention makes a Retention of the kinds given.
func NewRetention(w Workspaces, k Keeping, past map[retention.Kind]Past, trail Trail, store *table.Store, opts *RetentionOptions) *Retention {
	r := &Retention{workspaces: w, keeping: k, past: past, trail: trail, store: store}
	if opts != nil {
		r.o = *opts
	}
	if r.o.Budget <= 0 {
		r.o.Budget = time.Minute
	}
	if r.o.Now == nil {
		r.o.Now = time.Now
	}
	return r
}

// Everywhere removes it from all workspaces.
func (r *Retention) Everywhere(ctx context.Context) error {
	return each(ctx, r.workspaces, r.one)
}

// one removes what a workspace keeps no longer, kind by kind, and leaves a record of each
// that there was something of.
func (r *Retention) one(ctx context.Context, workspace string) error {
	ctx = within(ctx, workspace)
	var faults []error
	for _, kind := range r.kinds() {
		days, err := r.keeping.Days(ctx, kind)
		if err != nil {
			return err
		}
		if days == 0 {
			continue
		}
		before := r.o.Now().AddDate(0, 0, -days)
		n, err := r.past[kind].Expire(ctx, before)
		if n > 0 {
			err = errors.Join(err, r.trail.Commit(context.WithoutCancel(ctx), nil, audit.Entry{Action: ActionExpire, Resource: workspace,
				Message: fmt.Sprintf("Removed %d %s, kept for %d days", n, kind, days), Details: map[string]any{"kind": kind, "removed": n, "before": before.UTC()}}))
		}
		if err != nil {
			faults = append(faults, fmt.Errorf("%s: %w", kind, err))
		}
		if ctx.Err() != nil {
			break
		}
	}
	return errors.Join(faults...)
}

func (r *Retention) kinds() []retention.Kind {
	var all []retention.Kind
	for kind := range r.past {
		all = append(all, kind)
	}
	slices.Sort(all)
	return all
}

// round is how far a day's round has come.
type round struct {
	Day string `json:"day"`
	// After is the workspace that was done last.
	After string `json:"after,omitempty"`
	Done  bool   `json:"done,omitempty"`
}

var roundKey = table.Key{PK: "UPKEEP", SK: "retention"}

// Resume does a piece of the day's round, for as long as its budget is, and nothing once
// the round is done. A workspace that takes longer is gone on with by the next call; what
// fails in one keeps no other from it, and is tried again the next day.
func (r *Retention) Resume(ctx context.Context) error {
	system := tenant.WithSystem(ctx)
	at, version, err := table.GetJSON[round](system, r.store, roundKey)
	if err != nil && !errors.Is(err, table.ErrNotFound) {
		return err
	}
	today := r.o.Now().UTC().Format(time.DateOnly)
	if at.Day == today && at.Done {
		return nil
	}
	if at.Day != today {
		at = round{Day: today}
	}
	piece, cancel := context.WithTimeout(ctx, r.o.Budget)
	defer cancel()
	var faults []error
	for !at.Done && piece.Err() == nil {
		ids, next, err := r.workspaces.Workspaces(piece, at.After, pageLen)
		if err != nil {
			faults = append(faults, err)
			break
		}
		for _, workspace := range ids {
			err := r.one(piece, workspace)
			if piece.Err() != nil {
				break // it is gone on with
			}
			if err != nil {
				faults = append(faults, fmt.Errorf("%s: %w", workspace, err))
			}
			at.After = workspace
		}
		at.Done = next == "" && piece.Err() == nil
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	item, err := table.JSONItem(roundKey, at)
	if err != nil {
		return err
	}
	// Of two calls at once the later one is content with what the other has noted.
	if _, err := r.store.Put(system, item, table.Unchanged(version)); err != nil && !errors.Is(err, table.ErrCondition) {
		faults = append(faults, err)
	}
	return errors.Join(faults...)
}
