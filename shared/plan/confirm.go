package plan

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/connection"
	"github.com/apiq/apiq/shared/workflow"
)

// Confirmed is a plan that may run.
type Confirmed struct {
	PlanID   string
	Workflow *workflow.Document
	// Input is the run's input with the answers given in the conversation.
	Input json.RawMessage
	// SpecHashes are those that the plan was proved against, by connection.
	SpecHashes map[string]string
}

// Confirm releases a plan: every question is answered, every irreversible step
// is named in confirmIrreversible, and the plan still passes its checks. It
// changes nothing. Errors: NOT_FOUND; VALIDATION_FAILED with problems below
// /input and at /confirmIrreversible; WORKFLOW_INVALID where a spec or a
// connection has changed since.
func (s *Service) Confirm(ctx context.Context, planID string, input json.RawMessage, confirmIrreversible []string) (Confirmed, error) {
	rec, err := s.read(ctx, planID)
	if err != nil {
		return Confirmed{}, err
	}
	doc, err := workflow.Stored(rec.Workflow)
	if err != nil {
		return Confirmed{}, fmt.Errorf("plan: stored workflow: %w", err)
	}
	merged, err := withDefaults(doc, input)
	if err != nil {
		return Confirmed{}, err
	}
	refused := apierr.New(apierr.ValidationFailed, "The plan cannot run yet.")
	for _, q := range unanswered(merged, rec.Questions) {
		refused = refused.With(apierr.Problem{Path: "/input/" + escape(q.Field), Code: "required", Message: q.Text})
	}
	for _, st := range rec.Steps {
		if st.Risk == riskIrreversible && !slices.Contains(confirmIrreversible, st.ID) {
			refused = refused.With(apierr.Problem{Path: "/confirmIrreversible", Code: "required",
				Message: fmt.Sprintf("Step %q (%s) cannot be undone. Name it here to confirm it.", st.ID, st.Operation)})
		}
	}
	if len(refused.Problems) > 0 {
		return Confirmed{}, refused
	}
	if err := doc.CheckInput(merged); err != nil {
		return Confirmed{}, err
	}
	conns, err := s.stillHolds(ctx, doc, rec)
	if err != nil {
		return Confirmed{}, err
	}
	if err := s.takes(ctx, rec, conns, merged); err != nil {
		return Confirmed{}, err
	}
	return Confirmed{PlanID: planID, Workflow: doc, Input: merged, SpecHashes: rec.SpecHashes}, nil
}

// takes refuses an input that an operation does not take, by its document.
func (s *Service) takes(ctx context.Context, rec record, conns []connection.Connection, input json.RawMessage) error {
	var given map[string]json.RawMessage
	if err := json.Unmarshal(input, &given); err != nil {
		return fmt.Errorf("plan: input: %w", err)
	}
	wrong, err := s.misfits(ctx, rec, conns, given)
	if err != nil || len(wrong) == 0 {
		return err
	}
	for i := range wrong {
		wrong[i].Path = "/input/" + escape(wrong[i].Path)
	}
	return apierr.New(apierr.ValidationFailed, "The input does not fit the operations that take it.").With(wrong...)
}

// stillHolds proves the document again, over the connections that it returns.
func (s *Service) stillHolds(ctx context.Context, doc *workflow.Document, rec record) ([]connection.Connection, error) {
	var ids []string
	for c := range rec.SpecHashes {
		ids = append(ids, c)
	}
	slices.Sort(ids)
	conns, err := s.sources.active(ctx, ids)
	if apierr.CodeOf(err) == apierr.ValidationFailed {
		return nil, apierr.New(apierr.WorkflowInvalid, "A connection of this plan is gone or not active. Plan again.")
	}
	if err != nil {
		return nil, err
	}
	set, err := s.sources.set(ctx, conns)
	if err != nil {
		return nil, err
	}
	pr := newProver(conns, set).document(ctx, doc)
	gone := apierr.New(apierr.WorkflowInvalid, "The plan no longer passes its checks. Plan again.")
	for _, p := range pr.problems {
		gone = gone.With(apierr.Problem{Path: p.path, Code: p.name, Message: p.detail})
	}
	if len(gone.Problems) > 0 {
		return nil, gone
	}
	return conns, nil
}

// withDefaults adds to the input what was answered in the conversation.
func withDefaults(doc *workflow.Document, input json.RawMessage) (json.RawMessage, error) {
	given := map[string]json.RawMessage{}
	if len(input) > 0 && string(input) != "null" {
		if err := json.Unmarshal(input, &given); err != nil {
			return nil, apierr.New(apierr.ValidationFailed, "The input is not an object.").With(apierr.Problem{Path: "/input", Code: "type", Message: "Give an object with one member for each question."})
		}
	}
	var schema struct {
		Properties map[string]struct {
			Default json.RawMessage `json:"default"`
		} `json:"properties"`
	}
	if len(doc.Input) > 0 {
		if err := json.Unmarshal(doc.Input, &schema); err != nil {
			return nil, fmt.Errorf("plan: stored input schema: %w", err)
		}
	}
	for name, p := range schema.Properties {
		if _, ok := given[name]; !ok && len(p.Default) > 0 {
			given[name] = p.Default
		}
	}
	return json.Marshal(given)
}

// escape writes a name as a token of a JSON Pointer (RFC 6901).
func escape(name string) string {
	var out []byte
	for i := range len(name) {
		switch name[i] {
		case '~':
			out = append(out, "~0"...)
		case '/':
			out = append(out, "~1"...)
		default:
			out = append(out, name[i])
		}
	}
	return string(out)
}
