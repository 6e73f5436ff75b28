package plan

import (
	"context"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/connection"
	"github.com/apiq/apiq/shared/spec"
	"github.com/apiq/apiq/shared/workflow"
	"github.com/apiq/apiq/shared/workflow/check"
)

// document checks a document over the connections of the request.
func (p *prover) document(ctx context.Context, doc *workflow.Document) proof {
	report := check.Run(ctx, doc, resolver{p}, &check.Options{OfferUndo: true})
	pr := proof{doc: doc, steps: make([]Step, 0, len(report.Steps))}
	for _, s := range report.Steps {
		st := Step{ID: s.ID, Type: s.Type, Connection: s.Connection, Operation: s.Operation, Risk: string(s.Risk), Checks: make([]Check, 0, len(s.Checks)),
			UndoOffer: s.UndoOffer}
		for _, c := range s.Checks {
			st.Checks = append(st.Checks, Check{Name: c.Name, OK: c.OK, Detail: c.Detail})
		}
		pr.steps = append(pr.steps, st)
	}
	for _, pb := range report.Problems {
		pr.problems = append(pr.problems, problem{path: pb.Path, name: pb.Code, detail: pb.Message})
	}
	return pr
}

// resolver gives the checks what the request is planned with, and nothing else.
type resolver struct{ *prover }

// Connection implements check.Resolver.
func (r resolver) Connection(_ context.Context, id string) (connection.Connection, error) {
	c, ok := r.conns[id]
	if !ok {
		return connection.Connection{}, apierr.New(apierr.NotFound, "There is no such connection.")
	}
	return c, nil
}

// Spec implements check.Resolver.
func (r resolver) Spec(_ context.Context, id string) (*spec.Document, error) {
	e, ok := r.set.Entry(id)
	if !ok {
		return nil, apierr.New(apierr.NotFound, "There is no such connection.")
	}
	return e.Document()
}

// because says what a step is for; a control step says what it holds together.
func because(s Step, why map[string]string) string {
	if w, ok := why[s.ID]; ok {
		return w
	}
	switch s.Type {
	case workflow.TypeCondition:
		return "You named a condition."
	case workflow.TypeLoop:
		return "Repeats its steps for every item of the list."
	}
	return "Holds the plan together."
}
