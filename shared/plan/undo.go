package plan

import (
	"context"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/workflow"
	"github.com/apiq/apiq/shared/workflow/undo"
)

// Undoing makes a confirmed plan one whose run undoes what it has done when it fails:
// each step takes the undo that it was offered. VALIDATION_FAILED at /undoOnFailure
// where none was offered any.
func (s *Service) Undoing(ctx context.Context, c Confirmed) (Confirmed, error) {
	rec, err := s.read(ctx, c.PlanID)
	if err != nil {
		return Confirmed{}, err
	}
	offers := map[string]*undo.Offer{}
	for _, st := range rec.Steps {
		if st.UndoOffer != nil {
			offers[st.ID] = st.UndoOffer
		}
	}
	if len(offers) == 0 {
		message := "No step of this plan is known to have an opposite: it cannot be undone."
		return Confirmed{}, apierr.New(apierr.ValidationFailed, message).With(apierr.Problem{Path: "/undoOnFailure", Code: "nothing_to_undo", Message: message})
	}
	c.Workflow.OnFailure = workflow.OnFailureUndo
	c.Workflow.Walk(func(_ string, st *workflow.Step) {
		if o := offers[st.ID]; o != nil && st.Undo == nil {
			st.Undo = &workflow.Undo{Operation: o.Operation, Parameters: o.Parameters, Body: o.Body}
		}
	})
	return c, nil
}
