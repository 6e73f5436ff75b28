package execution

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/apiq/apiq/shared/access"
	"github.com/apiq/apiq/shared/table"
)

// Filter narrows a listing of runs.
type Filter struct {
	WorkflowID string
	Status     Status
}

// scanBudget bounds the runs read for one page of a narrow filter; the cursor
// goes on from where the reading stopped.
const scanBudget = 2000

// List returns the runs that may be seen, newest first.
func (s *Service) List(ctx context.Context, f Filter, limit int, cursor string) ([]Execution, string, error) {
	q := table.Query{PK: runsPK, Reverse: true, Cursor: cursor, Limit: limit}
	if f.WorkflowID != "" {
		q.Index, q.PK = table.Index1, "EXEWFL#"+f.WorkflowID
	}
	runs, may := make([]Execution, 0, limit), s.newRights(ctx)
	page, err := s.store.Filled(ctx, q, scanBudget, func(item table.Item) (bool, error) {
		r, err := decodeRun(item)
		if err != nil || f.Status != "" && r.Status != f.Status {
			return false, err
		}
		rights, err := may.of(ctx, r.WorkflowID)
		if err != nil || !rights.Sees() {
			return false, err
		}
		runs = append(runs, r.Execution)
		return true, nil
	})
	return runs, page.Next, err
}

// Find returns a run as it was last written, without its steps.
func (s *Service) Find(ctx context.Context, id string) (Execution, error) {
	r, err := s.open(ctx, id, access.Use)
	return r.Execution, err
}

// Get returns a run with its steps, put together from its log and the journal of calls.
func (s *Service) Get(ctx context.Context, id string) (Detail, error) {
	if _, err := s.open(ctx, id, access.Use); err != nil {
		return Detail{}, err
	}
	if err := s.freshen(ctx, id); err != nil {
		return Detail{}, err
	}
	r, err := s.load(ctx, id)
	if err != nil {
		return Detail{}, err
	}
	entries, err := s.whole(ctx, id)
	if err != nil {
		return Detail{}, err
	}
	calls, err := s.journal.Calls(ctx, id)
	if err != nil {
		return Detail{}, err
	}
	asks, err := s.asks(ctx, id)
	if err != nil {
		return Detail{}, err
	}
	children, err := s.children(ctx, id)
	if err != nil {
		return Detail{}, err
	}
	d := Detail{Execution: r.Execution, Steps: steps(entries)}
	if d.Queue, err = s.queue(ctx, r); err != nil {
		return Detail{}, err
	}
	for i := range d.Steps {
		st := &d.Steps[i]
		if c, ok := calls[st.Path]; ok {
			st.called(c)
		}
		if nested := children[st.Path]; len(nested) > 0 {
			st.ExecutionID = nested[len(nested)-1]
		}
		if w, ok := asks[st.Path]; ok && (st.Status == StepWaiting || st.Status == StepUnknown) {
			st.Message = cmp.Or(w.Message, st.Message) // whole
		}
	}
	d.Undo, err = s.undo(ctx, id, d.Steps, children)
	return d, err
}

// steps folds a log into the state of each step, in the order they began.
func steps(entries []entry) []Step {
	var out []Step
	at := map[string]int{}
	for _, e := range entries {
		if e.Type == EventRun && e.Error != nil {
			explain(out, *e.Error)
		}
		if e.Type != EventStep {
			continue
		}
		i, ok := at[e.Path]
		if !ok {
			i = len(out)
			at[e.Path] = i
			out = append(out, Step{ID: e.StepID, Path: e.Path, Type: e.StepType, Name: e.StepName, StartedAt: e.At.UTC(), Undoes: e.Undoes})
		}
		out[i].fold(e)
	}
	return out
}

// explain gives steps that failed with what failed the run its cause, where they
// could not know it: a Fail state's cause is computed as the run ends.
func explain(steps []Step, f Failure) {
	for i := range steps {
		if st := &steps[i]; st.Status == StepFailed && st.Error != nil && st.Error.Name == f.Name && st.Error.Cause == "" {
			st.Error = &Failure{Name: f.Name, Cause: f.Cause}
		}
	}
}

// called adds what the journal has of the step's requests. What cut a step, the end
// of its run or of what it lies in, cuts no unsafe request: the journal knows what
// became of it, then or later.
func (s *Step) called(c Calls) {
	if n := len(c.Attempts); n > 0 {
		s.Attempts, s.Attempt = c.Attempts, c.Attempts[n-1].Number // the journal keeps the last of many
		for _, a := range slices.Backward(c.Attempts) {            // the step's own request, not one that asked about it
			if s.Request, s.Response = a.Request, a.Response; !a.Reconcile {
				break
			}
		}
	}
	s.Effect = c.Effect
	cut := s.Status == StepCancelled || s.Status == StepFailed && s.Error != nil && s.Error.Name == "States.Timeout"
	switch {
	case !cut:
	case c.Succeeded:
		s.Status, s.Output, s.Error = StepCompleted, c.Value, nil
	case c.Effect == EffectMaybe:
		s.Status, s.Message = StepUnknown, "The step was stopped while a request was on its way. Whether that had its effect is not known."
	}
}

func (s *Step) fold(e entry) {
	s.Status = StepStatus(e.Status)
	s.Attempt = max(s.Attempt, e.Attempt)
	s.Message = e.Message
	s.ResumesAt, s.ExpiresAt = time.Time{}, time.Time{}
	if e.ResumesAt != nil {
		s.ResumesAt = *e.ResumesAt
	}
	if e.ExpiresAt != nil {
		s.ExpiresAt = *e.ExpiresAt
	}
	switch s.Status {
	case StepCompleted, StepFailed, StepContinued, StepCancelled:
		s.EndedAt = e.At.UTC()
	case StepRunning, StepWaiting, StepUnknown:
		s.EndedAt = time.Time{}
	}
	if s.Output = nil; s.Status == StepCompleted {
		s.Output, s.Error = e.Output, nil
	}
	if e.Error != nil {
		s.Error = e.Error
	}
}
