package execution

import (
	"context"
	"errors"
	"fmt"

	"github.com/apiq/apiq/shared/table"
)

const historyPage = 200

// Sync brings a run's log and status up to the engine's history, and settles
// what follows from its end. It may be called by anyone, any number of times:
// each history event is logged once.
func (s *Service) Sync(ctx context.Context, id string) error {
	got, err := s.catchUp(ctx, id)
	if err != nil {
		return err
	}
	if got.left {
		if err := s.stopOrphans(ctx, id); err != nil {
			return err
		}
	}
	if got.going {
		return nil
	}
	return s.settle(ctx, id)
}

// caught is what a reading of the history found.
type caught struct {
	left  bool // a step was left while a run of its own may be under way
	going bool // the run has not ended
}

// catchUp writes the log.
func (s *Service) catchUp(ctx context.Context, id string) (got caught, err error) {
	lock := s.lock(id)
	lock.Lock()
	defer lock.Unlock()
	var attempts []report
	defer func() { s.observed.restore(id, attempts) }() // what could not be written
	for range 16 {
		if attempts, err = s.sync(ctx, id, attempts, &got); !errors.Is(err, table.ErrCondition) {
			return got, err
		}
		s.traces.Remove(id) // another process was faster; start from what it wrote
	}
	return got, fmt.Errorf("execution: log of %s too busy: %w", id, table.ErrThrottled)
}

// sync logs what the history and the calls tell, until there is no more. It returns
// the attempts that it did not get to.
func (s *Service) sync(ctx context.Context, id string, attempts []report, got *caught) ([]report, error) {
	for {
		st, version, err := s.lastState(ctx, id)
		if err != nil {
			return attempts, err
		}
		history, err := s.engine.History(ctx, id, st.HistoryID, historyPage)
		if errors.Is(err, ErrNoRun) {
			return attempts, nil // not yet at the engine
		}
		if err != nil {
			return attempts, err
		}
		// Taken after the history was read: of a step whose end is in it, all are there.
		attempts = append(attempts, s.observed.attempts(id)...)
		if len(history)+len(attempts) == 0 {
			return nil, nil
		}
		d, err := s.draft(ctx, id, st, version, attempts)
		if errors.Is(err, ErrNoRun) {
			return attempts, nil
		}
		if err != nil {
			return attempts, err
		}
		fitted := d.tell(history)
		if !fitted {
			s.traces.Remove(id)
		}
		all := fitted && len(history) < historyPage
		if all {
			d.rest()
		}
		if err := s.write(ctx, id, d); err != nil {
			s.traces.Remove(id)
			return attempts, err
		}
		got.left, got.going = got.left || d.left, !d.run.Status.Ended()
		if attempts = d.attempts; all && len(attempts) == 0 {
			return nil, nil // what came meanwhile is reported anew
		}
	}
}

// lastState is how far the log has come, as far as this process knows: where another
// has written since, nothing of this one's is taken.
func (s *Service) lastState(ctx context.Context, id string) (logState, int64, error) {
	if t, ok := s.traces.Get(id); ok && t.version > 0 && t.last == t.log.HistoryID {
		return t.log, t.version, nil
	}
	return s.logState(ctx, id)
}

// settle answers the parent of a run that has ended, stops what it had started,
// forgets what it asked, and last that it was open: a crash in between repeats it.
func (s *Service) settle(ctx context.Context, id string) error {
	r, err := s.load(ctx, id)
	if err != nil || !r.Status.Ended() || r.Intent != intentNone {
		return err
	}
	s.traces.Remove(id)
	if err := s.answerParent(ctx, r); err != nil {
		return err
	}
	switch {
	case r.Status != Completed:
		err = s.stopNested(ctx, r)
	case s.follow: // a reader may have logged that a step was left, and stops nothing
		err = s.stopOrphans(ctx, id)
	}
	if err != nil {
		return err
	}
	if err := s.forgetAsks(ctx, r); err != nil {
		return err
	}
	// Only while it is as it was read: it may be continued at this very moment.
	return s.conclude(ctx, r)
}

// traceTo gives the trace of a run at a point of its history, from memory or by
// reading the history again.
func (s *Service) traceTo(ctx context.Context, id string, historyID int64) (*trace, error) {
	if t, ok := s.traces.Get(id); ok && t.last == historyID {
		return t, nil
	}
	p, err := s.program(ctx, id)
	if err != nil {
		return nil, err
	}
	t := newTrace(p)
	for t.last < historyID {
		page, err := s.engine.History(ctx, id, t.last, 1000)
		if err != nil {
			return nil, err
		}
		if len(page) == 0 {
			return nil, fmt.Errorf("execution: history of %s ends before event %d", id, historyID)
		}
		before := t.last
		for _, h := range page {
			if h.ID <= historyID {
				t.step(h)
			}
		}
		if t.last == before {
			return nil, fmt.Errorf("execution: history of %s no longer has event %d", id, historyID)
		}
	}
	s.traces.Add(id, t)
	return t, nil
}

// answerParent gives the outcome of a nested run to the step that waits for it.
func (s *Service) answerParent(ctx context.Context, r record) error {
	if r.ParentToken == "" {
		return nil
	}
	var err error
	switch r.Status {
	case Completed:
		// The engine's, not the record's: of a large output that has a remark only.
		run, describeErr := s.engine.Describe(ctx, r.ID)
		if describeErr != nil {
			return describeErr
		}
		if len(run.Output) == 0 { // nothing is better than something else
			err = s.engine.TaskFailed(ctx, r.ParentToken, "Output.TooLarge", "the output of the nested run "+r.ID+" is too large for its history")
			break
		}
		err = s.engine.TaskSucceeded(ctx, r.ParentToken, run.Output)
	case Failed:
		failure := r.Error
		if failure == nil {
			failure = &Failure{Name: "States.TaskFailed"}
		}
		err = s.engine.TaskFailed(ctx, r.ParentToken, failure.Name, failure.Cause)
	default:
		err = s.engine.TaskFailed(ctx, r.ParentToken, "Run.Cancelled", "the nested run "+r.ID+" was cancelled")
	}
	if errors.Is(err, ErrTokenGone) {
		return nil // answered before a crash, or the parent has ended
	}
	return err
}
