package execution

import (
	"context"
	"errors"
	"time"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
)

// Cancel stops a run before its next request. A request in flight is not cut;
// its outcome is still journalled.
func (s *Service) Cancel(ctx context.Context, id string) (Execution, error) {
	return s.intend(ctx, id, intentStop, "execution.cancel", func(r record) error {
		if r.Status.Ended() {
			return apierr.Newf(apierr.Conflict, "The run has ended already: it is %s.", r.Status)
		}
		return nil
	})
}

// Retry goes on from where a failed or cancelled run stopped; no finished step runs again.
func (s *Service) Retry(ctx context.Context, id string) (Execution, error) {
	return s.intend(ctx, id, intentRedrive, "execution.retry", func(r record) error {
		if r.Status != Failed && r.Status != Cancelled {
			return apierr.Newf(apierr.Conflict, "Only a failed or cancelled run can be retried; this one is %s.", r.Status)
		}
		return nil
	})
}

func (s *Service) intend(ctx context.Context, id string, want intent, action string, check func(record) error) (Execution, error) {
	r, err := s.load(ctx, id)
	if err != nil {
		return Execution{}, err
	}
	if err := check(r); err != nil {
		return Execution{}, err
	}
	if r.Intent != intentNone {
		busy := apierr.New(apierr.Conflict, "The run is just being started or stopped. Try again in a moment.")
		busy.RetryAfter = time.Second
		return Execution{}, busy
	}
	workspace, err := tenant.From(ctx)
	if err != nil {
		return Execution{}, err
	}
	r.Intent = want
	op, err := s.save(r)
	if err != nil {
		return Execution{}, err
	}
	open, err := table.JSONItem(openKey(id), openRun{Workspace: workspace, Execution: id})
	if err != nil {
		return Execution{}, err
	}
	ops := []table.Op{op, table.Global(table.Put(open, table.Always()))}
	err = s.trail.Commit(ctx, ops, audit.Entry{Action: action, Resource: id})
	if errors.Is(err, table.ErrCondition) {
		return Execution{}, apierr.New(apierr.Conflict, "The run has just moved on. Look at it again, then decide.")
	}
	if err != nil {
		return Execution{}, err
	}
	ctx = context.WithoutCancel(ctx)
	if err := s.carryOut(ctx, r); err != nil {
		s.later(ctx, id, err)
	}
	r, err = s.load(ctx, id)
	return r.Execution, err
}

// stopNested cancels the runs that a run's steps had started and that nobody
// waits for any more: those of the given paths, or all where there are none.
func (s *Service) stopNested(ctx context.Context, id string, paths map[string]bool) error {
	children, err := s.children(ctx, id)
	if err != nil {
		return err
	}
	// It is no request of the person's, and leaves a record of its own.
	ctx = tenant.WithActor(audit.Track(ctx), tenant.Actor{ID: "system"})
	for path, child := range children {
		if len(paths) > 0 && !paths[path] {
			continue
		}
		_, err := s.intend(ctx, child, intentStop, "execution.cancel", func(r record) error {
			if r.Status.Ended() {
				return errEnded
			}
			return nil
		})
		switch {
		case errors.Is(err, errEnded):
		case apierr.CodeOf(err) == apierr.Conflict: // it is being started at this moment
			s.later(ctx, id, err)
		case err != nil:
			return err
		}
	}
	return nil
}

var errEnded = errors.New("execution: the run has ended")
