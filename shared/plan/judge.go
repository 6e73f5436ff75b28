package plan

import (
	"context"

	"github.com/apiq/apiq/shared/effect"
	"github.com/apiq/apiq/shared/workflow"
)

// document checks a document over the connections.
func (p *prover) document(ctx context.Context, doc *workflow.Document) (proof, error) {
	pr := proof{doc: doc}
	var failed error
	doc.Walk(func(path string, s *workflow.Step) {
		st := Step{ID: s.ID, Type: s.Type, Connection: s.Connection, Operation: s.Operation, Risk: "read", Checks: []Check{}}
		if s.Type == workflow.TypeAPICall {
			_, d, err := p.connections.Document(ctx, s.Connection)
			if err != nil {
				failed = err
				return
			}
			op, err := d.Operation(s.Operation)
			if err != nil {
				failed = err
				return
			}
			level, _ := effect.Risk(op)
			st.Risk = string(level)
		}
		pr.steps = append(pr.steps, st)
	})
	return pr, failed
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
