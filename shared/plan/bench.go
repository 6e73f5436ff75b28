package plan

import (
	"context"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/connection"
	"github.com/apiq/apiq/shared/plan/builtin"
	"github.com/apiq/apiq/shared/plan/catalog"
	"github.com/apiq/apiq/shared/plan/draft"
)

// Bench plans over catalogues as Service does, with the same planners and checks, but
// without a workspace, its store, or anybody's credentials. It is for measuring, and
// safe for concurrent use.
type Bench struct{ drafter }

// NewBench makes a Bench that asks a model first; nil for none.
func NewBench(opts *builtin.Options, m Model) *Bench { return &Bench{newDrafter(opts, m, 0)} }

// Proved is a plan that passed its checks.
type Proved struct {
	Draft      *draft.Draft
	Confidence float64
	Questions  int
	// Planner is whose plan it is, and Failed why it is not the model's.
	Planner string
	Failed  string
	// Usage is what the model took, of an attempt without a plan too.
	Usage Usage
}

// Plan makes a plan. The errors are those of Service.Draft; what the model took, and
// why it failed, is told with an error too.
func (b *Bench) Plan(ctx context.Context, goal string, set *catalog.Set) (Proved, error) {
	m, failed, err := b.draft(ctx, task{goal: goal, message: goal}, set, newProver(anyone(set), set))
	p := Proved{Usage: m.usage}
	if failed != nil && !failed.Impossible {
		p.Failed = failed.Reason
	}
	if err != nil {
		return p, err
	}
	p.Draft, p.Planner, p.Questions = m.draft, m.planner, len(questionsOf(m.draft))
	p.Confidence = confidence(m.draft, m.proof.steps, p.Questions)
	return p, nil
}

// Retrieve ranks operations for a goal, best first.
func (b *Bench) Retrieve(goal string, set *catalog.Set, limit int) []catalog.Hit {
	return b.builtin.Retrieve(goal, set, limit)
}

// anyone connects every entry with a header of its own, as if it were granted all.
func anyone(set *catalog.Set) []connection.Connection {
	out := make([]connection.Connection, 0, len(set.Entries))
	for _, e := range set.Entries {
		out = append(out, connection.Connection{ID: e.Connection, Name: e.Name, Status: connection.StatusActive,
			AuthType: connection.AuthCustom, Auth: connection.AuthView{Set: []string{"headers.x"}}, BaseURL: "https://api.example"})
	}
	return out
}

// Impossible says whether an error means that no plan was found or shown.
func Impossible(err error) bool { return apierr.CodeOf(err) == apierr.PlanNotPossible }
