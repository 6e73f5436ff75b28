package execution

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/apiq/apiq/shared/table"
)

const historyPage = 200

// Sync brings a run's log and status up to the engine's history, and settles
// what follows from its end. It may be called by anyone, any number of times:
// each history event is logged once.
func (s *Service) Sync(ctx context.Context, id string) error {
	left, err := s.catchUp(ctx, id)
	if err != nil {
		return err
	}
	if left {
		if err := s.stopOrphans(ctx, id); err != nil {
			return err
		}
	}
	return s.settle(ctx, id)
}

// catchUp writes the log. left: a step was left while a run of its own may be under way.
func (s *Service) catchUp(ctx context.Context, id string) (left bool, err error) {
	lock := s.lock(id)
	lock.Lock()
	defer lock.Unlock()
	for range 16 {
		err := s.sync(ctx, id, &left)
		if !errors.Is(err, table.ErrCondition) {
			return left, err
		}
		s.traces.Remove(id) // another process was faster; start from what it wrote
	}
	return left, fmt.Errorf("execution: log of %s too busy: %w", id, table.ErrThrottled)
}

func (s *Service) sync(ctx context.Context, id string, left *bool) error {
	for {
		st, version, err := s.logState(ctx, id)
		if err != nil {
			return err
		}
		t, err := s.traceTo(ctx, id, st.HistoryID)
		if errors.Is(err, ErrNoRun) {
			return nil // not yet at the engine
		}
		if err != nil {
			return err
		}
		history, err := s.engine.History(ctx, id, st.HistoryID, historyPage)
		if errors.Is(err, ErrNoRun) || err == nil && len(history) == 0 {
			return nil
		}
		if err != nil {
			return err
		}
		if err := s.advance(ctx, id, t, st, version, history, left); err != nil {
			s.traces.Remove(id)
			return err
		}
	}
}

// advance logs what fits into one write of the history. Where one event means
// more than fits, the rest of it follows with the next.
func (s *Service) advance(ctx context.Context, id string, t *trace, st logState, version int64, history []HistoryEvent, left *bool) error {
	r, err := s.load(ctx, id)
	if err != nil {
		return err
	}
	before := r
	var entries []entry
	add := func(e entry) {
		st.Seq++
		e.Seq = st.Seq
		entries = append(entries, e)
	}
	cut := false
	for _, h := range history {
		told := t.step(h)
		ends := len(told) > 0 && Status(told[len(told)-1].Status).Ended() && told[len(told)-1].Type == EventRun
		for ; st.Part < len(told) && !cut; st.Part++ {
			if cut = len(entries)+2 > perWrite; cut {
				break
			}
			e, was := told[st.Part], r.Status
			if e.StepType == "workflow" && (e.Status == string(StepCancelled) || e.Status == string(StepFailed)) {
				*left = true
			}
			add(e)
			st.apply(e)
			if !ends || e.Type == EventRun {
				r.apply(e, st)
			}
			if e.Type == EventStep && r.Status != was {
				add(entry{Event: Event{At: e.At, Type: EventRun, Status: string(r.Status)}})
			}
		}
		if cut {
			s.traces.Remove(id) // it is ahead of what is written
			break
		}
		st.HistoryID, st.Part = h.ID, 0
	}
	var more []table.Op
	// A run that is continued and ends as before within one reading has ended anew.
	if r.Status != before.Status || !r.CompletedAt.Equal(before.CompletedAt) {
		op, err := s.save(r)
		if err != nil {
			return err
		}
		more = append(more, op)
	}
	return s.appendLog(ctx, id, st, version, entries, more...)
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

// apply follows which steps wait for a person: none, once the run has ended.
func (st *logState) apply(e entry) {
	if e.Type != EventStep {
		if Status(e.Status).Ended() {
			st.Deciding = nil
		}
		return
	}
	if e.Status == string(StepUnknown) || (e.Status == string(StepWaiting) && e.StepType == "approval") {
		if st.Deciding == nil {
			st.Deciding = map[string]bool{}
		}
		st.Deciding[e.Path] = true
		return
	}
	delete(st.Deciding, e.Path)
}

func (r *record) apply(e entry, st logState) {
	if e.Type == EventRun {
		r.Status = Status(e.Status)
		if r.Status.Ended() {
			r.CompletedAt, r.Error = e.At.UTC(), e.Error
			r.Output = e.Output
		} else {
			r.Error, r.Output = nil, nil
			r.CompletedAt = time.Time{}
		}
		return
	}
	if r.Status.Ended() {
		return
	}
	r.Status = Running
	if len(st.Deciding) > 0 {
		r.Status = Waiting
	}
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
