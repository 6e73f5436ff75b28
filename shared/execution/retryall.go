package execution

import (
	"cmp"
	"context"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/audit"
)

const (
	// MaxRetried is how many runs RetryAll takes up.
	MaxRetried = 500
	// retriedAtOnce of them are started at the same time.
	retriedAtOnce = 8
	// retrySpare is what is left of the caller's time when it stops, for the record.
	retrySpare = 5 * time.Second
)

// Which names the runs that RetryAll is about: those of IDs, or else those that the
// other fields fit.
type Which struct {
	IDs        []string
	WorkflowID string
	Status     Status
	// Since and Until bound when they were started; zero does not.
	Since, Until time.Time
}

// Retried is what became of many runs.
type Retried struct {
	Accepted []string     `json:"accepted"`
	Refused  []NotRetried `json:"refused"`
	// Next: there are, or may be, more that fit. Asked with this as Until, it goes on.
	Next time.Time `json:"next,omitzero"`
}

// NotRetried is a run that was not.
type NotRetried struct {
	ID     string      `json:"id"`
	Code   apierr.Code `json:"code"`
	Detail string      `json:"detail"`
}

// RetryAll retries runs, the newest first, a few at once and each as Retry does: with
// its own audit record, under the limits of its workflow. It stops at MaxRetried runs,
// or shortly before ctx ends. Done twice it does no harm: what goes on already is refused.
func (s *Service) RetryAll(ctx context.Context, which Which) (Retried, error) {
	inTime := ctx
	if deadline, ok := ctx.Deadline(); ok {
		var cancel context.CancelFunc
		inTime, cancel = context.WithDeadline(ctx, deadline.Add(-retrySpare))
		defer cancel()
	}
	out, ids := Retried{Accepted: []string{}, Refused: []NotRetried{}}, which.IDs
	var runs []Execution
	if len(ids) == 0 {
		var err error
		if runs, out.Next, err = s.fitting(ctx, which); err != nil {
			return out, err
		}
		for _, r := range runs {
			ids = append(ids, r.ID)
		}
	}
	results := s.retryEach(ctx, inTime, ids)
	for i, err := range results {
		out.add(ids[i], err)
	}
	switch n := len(results); {
	case n == len(ids):
	case len(which.IDs) == 0:
		out.Next = runs[n].CreatedAt.Add(1) // it comes before Until, which is not in time
	default:
		for _, id := range ids[n:] {
			out.add(id, apierr.New(apierr.UpstreamTimeout, "There was no time left for it. Ask again."))
		}
	}
	return out, s.trail.Commit(ctx, nil, audit.Entry{Action: "execution.retry.all", Resource: cmp.Or(which.WorkflowID, "executions"),
		Details: map[string]any{"accepted": len(out.Accepted), "refused": len(out.Refused)}})
}

// fitting are the runs that RetryAll is about. next is zero where there are no more.
func (s *Service) fitting(ctx context.Context, which Which) (runs []Execution, next time.Time, err error) {
	for cursor := ""; ; {
		var page []Execution
		if page, cursor, err = s.List(ctx, Filter{WorkflowID: which.WorkflowID, Status: which.Status}, 100, cursor); err != nil {
			return nil, next, err
		}
		for _, r := range page {
			if r.CreatedAt.Before(which.Since) {
				return runs, time.Time{}, nil
			}
			if len(runs) == MaxRetried {
				return runs, next, nil
			}
			next = r.CreatedAt
			if which.Until.IsZero() || r.CreatedAt.Before(which.Until) {
				runs = append(runs, r)
			}
		}
		if cursor == "" {
			return runs, time.Time{}, nil
		}
	}
}

// retryEach retries runs until there is no time left, and says what became of those
// that it got to.
func (s *Service) retryEach(ctx, inTime context.Context, ids []string) []error {
	results := make([]error, len(ids))
	var all errgroup.Group
	all.SetLimit(retriedAtOnce)
	for i, id := range ids {
		if inTime.Err() != nil {
			results = results[:i]
			break
		}
		all.Go(func() error { _, results[i] = s.Retry(audit.Track(ctx), id); return nil })
	}
	_ = all.Wait() // the faults are told
	return results
}

func (r *Retried) add(id string, err error) {
	if err == nil {
		r.Accepted = append(r.Accepted, id)
		return
	}
	e := apierr.From(err)
	r.Refused = append(r.Refused, NotRetried{ID: id, Code: e.Code, Detail: e.Detail})
}
