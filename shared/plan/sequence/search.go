package sequence

import (
	"context"
	_ "embed"
	"math"
	"slices"
	"sort"

	"github.com/apiq/apiq/shared/plan/learn"
	"github.com/apiq/apiq/shared/plan/match"
)

// Plan is a sequence of candidates.
type Plan struct {
	// Calls are the candidates called, by their index.
	Calls []int
	// Probability is the model's, of exactly these calls and no more.
	Probability float64
}

const (
	width    = 8  // plans kept at each length
	longest  = 12 // calls that a plan has at most
	branches = 6  // next steps of a plan that are followed
)

// Model decides by a forest.
type Model struct{ forest *learn.Forest }

// NewModel makes a Model of a forest over vectors of Features numbers.
func NewModel(f *learn.Forest) *Model { return &Model{f} }

// partial is a plan under way.
type partial struct {
	calls []int
	log   float64
}

// Search returns the likeliest plans, best first, and how likely the model holds the
// rules' own plan to be. It stops when ctx ends.
func (m *Model) Search(ctx context.Context, goal *match.Problem, candidates []Candidate, rules Rules) ([]Plan, float64, error) {
	if len(candidates) == 0 {
		return nil, 0, ctx.Err()
	}
	p := newProblem(goal, candidates, rules)
	beam := []partial{{}}
	var done []Plan
	for range longest {
		if err := ctx.Err(); err != nil {
			return nil, 0, err
		}
		var next []partial
		for _, b := range beam {
			probability := m.next(p, b.calls)
			if len(b.calls) > 0 {
				done = append(done, Plan{b.calls, math.Exp(b.log) * probability[0]})
			}
			order := make([]int, len(candidates))
			for i := range order {
				order[i] = i
			}
			sort.SliceStable(order, func(x, y int) bool { return probability[1+order[x]] > probability[1+order[y]] })
			for _, i := range order[:min(branches, len(order))] {
				next = append(next, partial{append(slices.Clone(b.calls), i), b.log + math.Log(max(probability[1+i], 1e-12))})
			}
		}
		sort.SliceStable(next, func(x, y int) bool { return next[x].log > next[y].log })
		beam = next[:min(len(next), width)]
		sort.SliceStable(done, func(x, y int) bool { return done[x].Probability > done[y].Probability })
		if len(done) > width {
			done = done[:width]
		}
		// What is still open is never likelier than it is now.
		if len(beam) == 0 || len(done) > 0 && math.Exp(beam[0].log) < done[0].Probability {
			break
		}
	}
	return done, m.likely(p, ruled(candidates)), nil
}

// next gives the probability of ending, and of each candidate after it.
func (m *Model) next(p *problem, calls []int) []float64 {
	st := p.state(calls)
	out := make([]float64, 1+len(p.known))
	for i := range out {
		out[i] = m.forest.Score(p.features(st, i+End))
	}
	learn.Softmax(out)
	return out
}

// likely is the probability of exactly these calls.
func (m *Model) likely(p *problem, calls []int) float64 {
	if len(calls) == 0 {
		return 0
	}
	v := 1.0
	for n := range calls {
		v *= m.next(p, calls[:n])[1+calls[n]]
	}
	return v * m.next(p, calls)[0]
}

// ruled are the candidates of the rules' plan, in its order.
func ruled(candidates []Candidate) []int {
	var out []int
	for i := range candidates {
		if candidates[i].Ruled > 0 {
			out = append(out, i)
		}
	}
	sort.SliceStable(out, func(x, y int) bool { return candidates[out[x]].Ruled < candidates[out[y]].Ruled })
	return out
}

//go:embed weights.json
var weights []byte

// Shipped is the Model that comes with the product. It panics where the weights that
// are part of the program are damaged, which a test rules out.
func Shipped() *Model {
	f, err := learn.Read(weights, Features)
	if err != nil {
		panic(err)
	}
	return NewModel(f)
}
