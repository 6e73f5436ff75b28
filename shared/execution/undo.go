package execution

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/workflow/asl"
)

// Undo is what became of the steps of a run that can be undone, once that has begun.
type Undo struct {
	Since time.Time `json:"since"`
	// By is the run that undoes it, where that is not its own: the one whose step had
	// started it, and which failed.
	By string `json:"by,omitempty"`
	// Steps come in the order in which they are undone: the one that ended last first.
	Steps []UndoStep `json:"steps"`
}

// UndoStep is one step that had an effect, or may have had one. That of a nested run
// has the path of the step that started it before its own.
type UndoStep struct {
	Path   string     `json:"path"`
	Status UndoStatus `json:"status" jsonschema:"enum=PENDING,enum=UNDONE,enum=FAILED,enum=UNKNOWN,enum=SKIPPED"`
	// Reason says why it is not undone.
	Reason  string    `json:"reason,omitempty"`
	EndedAt time.Time `json:"endedAt,omitzero"` // of the step
}

// UndoStatus is what became of a step's effect.
type UndoStatus string

// The statuses.
const (
	UndoPending UndoStatus = "PENDING" // not undone yet; of a run that has ended, not undone
	UndoDone    UndoStatus = "UNDONE"
	UndoFailed  UndoStatus = "FAILED"  // its undo failed
	UndoUnknown UndoStatus = "UNKNOWN" // its undo was sent, and what became of it is not known
	UndoSkipped UndoStatus = "SKIPPED" // it is not known how, or whether, it is to be undone
)

// Nested gives the runs that the steps of a run have started, by path. One that has
// not ended is stopped, for nobody waits for it any more: asl.ErrorUndoBusy.
func (s *Service) Nested(ctx context.Context, id string) (map[string][]string, error) {
	children, err := s.children(ctx, id)
	if err != nil {
		return nil, err
	}
	for _, path := range slices.Sorted(maps.Keys(children)) {
		for _, child := range children[path] {
			r, err := s.load(ctx, child)
			switch {
			case apierr.CodeOf(err) == apierr.NotFound: // it was removed
			case err != nil:
				return nil, err
			case !r.Status.Ended():
				if !s.follow { // there the sweep stops it, which is granted to
					if err := s.stopChild(ctx, child); err != nil {
						return nil, err
					}
				}
				return nil, &TaskError{Name: asl.ErrorUndoBusy, Cause: "the run " + child + " of step " + path + " has not ended"}
			}
		}
	}
	return children, nil
}

// undo tells what was undone of a run and of those that its steps had started, steps
// being those of its detail: an undo that failed before its request is known to
// these only.
func (s *Service) undo(ctx context.Context, id string, steps []Step, children map[string][]string) (*Undo, error) {
	u, err := s.journal.Undo(ctx, id)
	if err != nil || u == nil {
		return nil, err
	}
	if err := s.undoNested(ctx, u, "", children); err != nil {
		return nil, err
	}
	slices.SortFunc(u.Steps, func(a, b UndoStep) int {
		return cmp.Or(b.EndedAt.Compare(a.EndedAt), cmp.Compare(b.Path, a.Path))
	})
	failed := map[string]*Failure{}
	for _, st := range steps {
		if st.Undoes != "" && st.Status == StepFailed {
			failed[st.Undoes] = st.Error
		}
	}
	for i := range u.Steps {
		st := &u.Steps[i]
		if f := failed[st.Path]; f != nil && st.Status == UndoPending {
			st.Status, st.Reason = UndoFailed, f.Name+": "+f.Cause
		}
	}
	return u, nil
}

func (s *Service) undoNested(ctx context.Context, into *Undo, prefix string, children map[string][]string) error {
	for path, runs := range children {
		for _, child := range runs {
			u, err := s.journal.Undo(ctx, child)
			if err != nil {
				return err
			}
			if u == nil {
				continue
			}
			for _, st := range u.Steps {
				st.Path = prefix + path + "/" + st.Path
				into.Steps = append(into.Steps, st)
			}
			further, err := s.children(ctx, child)
			if err != nil {
				return err
			}
			if err := s.undoNested(ctx, into, prefix+path+"/", further); err != nil {
				return err
			}
		}
	}
	return nil
}

// refuseUndone refuses to go on with a run whose finished steps are no longer done.
// One that was cancelled while it undid itself goes on undoing.
func (s *Service) refuseUndone(ctx context.Context, r record) error {
	u, err := s.journal.Undo(ctx, r.ID)
	if err != nil || u == nil || r.Status != Failed && u.By == "" {
		return err
	}
	message := "What the run had done was undone, so that it cannot go on from there. Start it anew with the same input."
	return apierr.New(apierr.Conflict, message).With(apierr.Problem{Path: "path.id", Code: "undone", Message: message})
}
