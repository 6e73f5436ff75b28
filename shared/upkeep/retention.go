package upkeep

import (
	"context"
	"time"
)

// Runs are the runs of the workspace in the context: an execution.Service.
type Runs interface {
	// Expire removes the runs that ended before a time, and returns how many that were.
	// It may be repeated, and goes on where a call before was cut off.
	Expire(ctx context.Context, before time.Time) (int, error)
}

// Retention removes ended runs once they are old, in a home whose table keeps them
// until then.
type Retention struct {
	workspaces Workspaces
	runs       Runs
	keep       time.Duration
	now        func() time.Time
}

// NewRetention makes a Retention that keeps runs so long after their end. now
// defaults to time.Now.
func NewRetention(w Workspaces, r Runs, keep time.Duration, now func() time.Time) *Retention {
	if now == nil {
		now = time.Now
	}
	return &Retention{w, r, keep, now}
}

// Everywhere removes them from all workspaces.
func (r *Retention) Everywhere(ctx context.Context) error {
	before := r.now().Add(-r.keep)
	return each(ctx, r.workspaces, func(ctx context.Context, workspace string) error {
		_, err := r.runs.Expire(within(ctx, workspace), before)
		return err
	})
}
