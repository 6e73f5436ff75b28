package execution

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/apiq/apiq/shared/access"
	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
)

// Cancel stops a run before its next request. A request in flight is not cut;
// its outcome is still journalled.
func (s *Service) Cancel(ctx context.Context, id string) (Execution, error) {
	return s.intend(ctx, id, intentStop, audit.Entry{Action: "execution.cancel", Resource: id}, func(r record) error {
		if r.Status.Ended() {
			return apierr.Newf(apierr.Conflict, "The run has ended already: it is %s.", r.Status)
		}
		return nil
	})
}

// Retry goes on from where a failed or cancelled run stopped; no finished step runs again.
// A run that failed and was undone is not gone on with. One that was cancelled while it
// was being undone is: it goes on being undone.
func (s *Service) Retry(ctx context.Context, id string) (Execution, error) {
	return s.intend(ctx, id, intentRedrive, audit.Entry{Action: "execution.retry", Resource: id}, func(r record) error {
		if r.Status != Failed && r.Status != Cancelled {
			return apierr.Newf(apierr.Conflict, "Only a failed or cancelled run can be retried; this one is %s.", r.Status)
		}
		return s.refuseUndone(ctx, r)
	})
}

func (s *Service) intend(ctx context.Context, id string, want intent, e audit.Entry, check func(record) error) (Execution, error) {
	r, err := s.open(ctx, id, access.Use)
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
	st, _, err := s.logState(ctx, id)
	if err != nil {
		return Execution{}, err
	}
	r.Intent, r.Past, r.Again = want, st.HistoryID, false
	r.Turn, r.Until = r.Turn+1, s.now().UTC().Add(turn)
	op, err := s.save(r)
	if err != nil {
		return Execution{}, err
	}
	open, err := table.JSONItem(r.openKey(), openRun{Workspace: workspace, Execution: id})
	if err != nil {
		return Execution{}, err
	}
	ops := []table.Op{op, table.Global(table.Put(open, table.Always()))}
	commit := func(more []table.Op) error { return s.trail.Commit(ctx, slices.Concat(ops, more), e) }
	if want == intentRedrive {
		err = s.rejoin(ctx, r, commit)
	} else {
		err = commit(nil)
	}
	if errors.Is(err, table.ErrCondition) {
		return Execution{}, apierr.New(apierr.Conflict, "The run has just moved on. Look at it again, then decide.")
	}
	if err != nil {
		return Execution{}, err
	}
	ctx = context.WithoutCancel(ctx)
	if err := s.carryOut(ctx, r); errors.Is(err, errNever) {
		return Execution{}, err
	} else if err != nil {
		s.later(ctx, id, err)
	}
	r, err = s.load(ctx, id)
	return r.Execution, err
}

// stopNested cancels the runs that the steps of a run had started, unless the run
// has moved on since it was read: what it starts then, it waits for.
func (s *Service) stopNested(ctx context.Context, of record) error {
	children, err := s.children(ctx, of.ID)
	if err != nil || len(children) == 0 {
		return err
	}
	now, err := s.load(ctx, of.ID)
	if err != nil || now.revision != of.revision {
		return err
	}
	for _, nested := range children {
		for _, child := range nested {
			if err := s.stopChild(ctx, child); err != nil {
				return err
			}
		}
	}
	return nil
}

// stopOrphans stops nested runs that nobody waits for: those of a step that has
// ended, and those of its earlier tries. The children are read before the log, so
// that none is newer than what the log tells of its step.
func (s *Service) stopOrphans(ctx context.Context, id string) error {
	children, err := s.children(ctx, id)
	if err != nil || len(children) == 0 {
		return err
	}
	if _, err := s.catchUp(ctx, id); err != nil {
		return err
	}
	entries, err := s.whole(ctx, id)
	if err != nil {
		return err
	}
	ended := map[string]bool{}
	for _, st := range steps(entries) {
		ended[st.Path] = !st.EndedAt.IsZero()
	}
	for path, nested := range children {
		if !ended[path] {
			nested = nested[:len(nested)-1]
		}
		for _, child := range nested {
			if err := s.stopChild(ctx, child); err != nil {
				return err
			}
		}
	}
	return nil
}

// stopChild cancels a nested run, unless it has ended.
func (s *Service) stopChild(ctx context.Context, child string) error {
	err := s.stopUnasked(ctx, child, audit.Entry{}, func(r record) bool { return r.Status.Ended() })
	if apierr.CodeOf(err) == apierr.Conflict { // it is being started at this moment
		s.later(ctx, child, err)
		return nil
	}
	return err
}

// stopUnasked cancels a run, unless it is over. It is no request of a person's, and
// leaves a record of its own, with what e says.
func (s *Service) stopUnasked(ctx context.Context, run string, e audit.Entry, over func(record) bool) error {
	ctx = tenant.WithActor(audit.Track(ctx), tenant.Actor{ID: "system"})
	e.Action, e.Resource = "execution.cancel", run
	_, err := s.intend(ctx, run, intentStop, e, func(r record) error {
		if over(r) {
			return errOver
		}
		return nil
	})
	if errors.Is(err, errOver) || apierr.CodeOf(err) == apierr.NotFound { // it ended so long ago that it was removed
		return nil
	}
	return err
}

var errOver = errors.New("execution: the run is over")
