package plan

import (
	"context"
	"errors"

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
	d, err := b.planner.Plan(ctx, goal, set)
	if errors.Is(err, builtin.ErrNothingFits) {
		return Proved{}, notPossible(set)
	}
	if err != nil {
		return Proved{}, err
	}
	pr, err := newProver(anyone(set), set).settle(ctx, d)
	if err != nil {
		return Proved{}, err
	}
	questions := len(questionsOf(d))
	return Proved{Draft: d, Confidence: confidence(d, pr.steps, questions), Questions: questions}, nil
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
