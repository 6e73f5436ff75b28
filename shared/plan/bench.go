package plan

import (
	"context"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/connection"
	"github.com/apiq/apiq/shared/plan/builtin"
	"github.com/apiq/apiq/shared/plan/catalog"
	"github.com/apiq/apiq/shared/plan/draft"
)

// Bench plans over catalogues as Service does, with the same planner and checks, but
// without a workspace, its store, or anybody's credentials. It is for measuring, and
// safe for concurrent use.
type Bench struct{ planner *builtin.Planner }

// NewBench makes a Bench.
func NewBench(opts *builtin.Options) *Bench { return &Bench{builtin.New(opts)} }

// Proved is a plan that passed its checks.
type Proved struct {
	Draft      *draft.Draft
	Confidence float64
	Questions  int
}

// Plan makes a plan without a model. The errors are those of Service.Draft.
func (b *Bench) Plan(ctx context.Context, goal string, set *catalog.Set) (Proved, error) {
	m, err := draftBuiltin(ctx, b.planner, goal, set, newProver(anyone(set), set))
	if err != nil {
		return Proved{}, err
	}
	questions := len(questionsOf(m.draft))
	return Proved{Draft: m.draft, Confidence: confidence(m.draft, m.proof.steps, questions), Questions: questions}, nil
}

// Retrieve ranks operations for a goal, best first.
func (b *Bench) Retrieve(goal string, set *catalog.Set, limit int) []catalog.Hit {
	return b.planner.Retrieve(goal, set, limit)
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
