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
	// MaxMany is how many runs are taken up at once.
	MaxMany = 500
	// manyAtOnce of them are started at the same time.
	manyAtOnce = 8
	// manySpare is what is left of the caller's time when it stops, for the record.
	manySpare = 5 * time.Second
)

// Which names the runs that something is done to: those of IDs, or else those that the
// other fields fit.
type Which struct {
	IDs        []string `json:"ids,omitempty" jsonschema:"minItems=1,maxItems=500,uniqueItems=true"`
	WorkflowID string   `json:"workflowId,omitempty"`
	// Status defaults to FAILED.
	Status Status `json:"status,omitempty" jsonschema:"enum=FAILED,enum=CANCELLED"`
	// Since and Until bound when they were started.
	Since time.Time `json:"since,omitzero"`
	Until time.Time `json:"until,omitzero"`
}

func (w Which) check() error {
	if len(w.IDs) == 0 || w.WorkflowID == "" && w.Status == "" && w.Since.IsZero() && w.Until.IsZero() {
		return nil
	}
	const message = "Give ids, or what the runs have in common."
	return apierr.New(apierr.ValidationFailed, message).With(apierr.Problem{Path: "/ids", Code: "unexpected", Message: message})
}

// Many is what became of many runs.
type Many struct {
	Accepted []string     `json:"accepted"`
	Refused  []RefusedRun `json:"refused"`
	// Next: there are, or may be, more that fit. Asked with this as Until, it goes on.
	Next time.Time `json:"next,omitzero"`
}

// RefusedRun is a run that it was not done to.
type RefusedRun struct {
	ID     string      `json:"id"`
	Code   apierr.Code `json:"code"`
	Detail string      `json:"detail"`
}

// RetryAll retries runs. Done twice it does no harm: what goes on already is refused.
func (s *Service) RetryAll(ctx context.Context, which Which) (Many, error) {
	return s.ToMany(ctx, which, "execution.retry.all", func(ctx context.Context, id string) error {
		_, err := s.Retry(ctx, id)
		return err
	})
}

// ToMany does something to runs, the newest first and a few at once, each with its own
// audit record. It stops at MaxMany runs, or shortly before ctx ends.
func (s *Service) ToMany(ctx context.Context, which Which, action string, do func(ctx context.Context, id string) error) (Many, error) {
	if err := which.check(); err != nil {
		return Many{}, err
	}
	inTime := ctx
	if deadline, ok := ctx.Deadline(); ok {
		var cancel context.CancelFunc
		inTime, cancel = context.WithDeadline(ctx, deadline.Add(-manySpare))
		defer cancel()
	}
	out, ids := Many{Accepted: []string{}, Refused: []RefusedRun{}}, which.IDs
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
	results := toEach(ctx, inTime, ids, do)
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
	return out, s.trail.Commit(ctx, nil, audit.Entry{Action: action, Resource: cmp.Or(which.WorkflowID, "executions"),
		Details: map[string]any{"accepted": len(out.Accepted), "refused": len(out.Refused)}})
}

// fitting are the runs that fit. next is zero where there are no more.
func (s *Service) fitting(ctx context.Context, which Which) (runs []Execution, next time.Time, err error) {
	for cursor := ""; ; {
		var page []Execution
		if page, cursor, err = s.List(ctx, Filter{WorkflowID: which.WorkflowID, Status: cmp.Or(which.Status, Failed)}, 100, cursor); err != nil {
			return nil, next, err
		}
		for _, r := range page {
			if r.CreatedAt.Before(which.Since) {
				return runs, time.Time{}, nil
			}
			if len(runs) == MaxMany {
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

// toEach does it to runs until there is no time left, and says what became of those
// that it got to.
func toEach(ctx, inTime context.Context, ids []string, do func(ctx context.Context, id string) error) []error {
	results := make([]error, len(ids))
	var all errgroup.Group
	all.SetLimit(manyAtOnce)
	for i, id := range ids {
		if inTime.Err() != nil {
			results = results[:i]
			break
		}
		all.Go(func() error { results[i] = do(audit.Track(ctx), id); return nil })
	}
	_ = all.Wait() // the faults are told
	return results
}

func (m *Many) add(id string, err error) {
	if err == nil {
		m.Accepted = append(m.Accepted, id)
		return
	}
	e := apierr.From(err)
	m.Refused = append(m.Refused, RefusedRun{ID: id, Code: e.Code, Detail: e.Detail})
}
