package sequence

import (
	"math"
	"sort"
	"strings"

	"github.com/apiq/apiq/shared/plan/catalog"
	"github.com/apiq/apiq/shared/plan/match"
)

// Candidate is an operation that may be called.
type Candidate struct {
	Entry *catalog.Entry
	Op    *catalog.Op
	// Serves is how well it serves each clause by the rules, 0 for not at all.
	Serves []float64
	// Whole is how well it serves the goal as a whole.
	Whole float64
	// Place is its rank for the goal as a whole, from 1; 0 for none.
	Place int
	// Ruled is the place that the rules gave it, counted from 1; 0 for none.
	Ruled int
}

// known is a candidate with what is the same at every step.
type known struct {
	match.Op
	*Candidate
	index  int
	static []float64
	clause int     // the one that it serves best
	best   float64 // how well
	merit  float64 // how well it fits the goal, against the best: 0–1
	// needs are the arguments without which it cannot be called that name a thing.
	needs []*catalog.Field
	// fills[i] are the candidates whose answers fill needs[i].
	fills [][]int
}

func (k *known) connection() string { return k.Candidate.Entry.Connection }

// problem is a goal with its candidates.
type problem struct {
	*match.Problem
	known []known
	// best is the best fit of any candidate with each mention.
	best  []float64
	style []float64
	rules Rules
}

// Rules are what the rules' own plan is worth: the part of the clauses that it
// serves, and its calls' least and mean fit.
type Rules struct{ Coverage, Least, Mean float64 }

func newProblem(goal *match.Problem, candidates []Candidate, rules Rules) *problem {
	p := &problem{Problem: goal, known: make([]known, len(candidates)), rules: rules}
	p.best = make([]float64, len(p.Mentions))
	for i := range candidates {
		c := &candidates[i]
		k := known{Op: p.Look(c.Entry, c.Op), Candidate: c, index: i, clause: -1}
		for j, f := range k.Mentions {
			p.best[j] = max(p.best[j], f.All)
		}
		for j, s := range c.Serves {
			if s > k.best {
				k.best, k.clause = s, j
			}
		}
		for _, f := range c.Op.Required() {
			if f.In == "path" || f.Identifier() {
				k.needs = append(k.needs, f)
			}
		}
		p.known[i] = k
	}
	p.rank()
	p.flows()
	p.style = p.styles()
	return p
}

// rank gives each candidate its static features and its merit among the others.
func (p *problem) rank() {
	top := 0.0
	bestIn := make([]float64, p.Goal.Clauses)
	for i := range p.known {
		k := &p.known[i]
		top = max(top, k.best)
		for j, s := range k.Serves {
			bestIn[j] = max(bestIn[j], s)
		}
	}
	top = max(top, 1e-9)
	for i := range p.known {
		k := &p.known[i]
		op := k.Candidate.Op
		first := 0.0
		if k.clause >= 0 {
			first = truth(k.best >= bestIn[k.clause])
		}
		f := p.Features(&k.Op)
		core, named := f[0], f[9]
		k.merit = k.best/top*0.4 + 0.2*core + 0.2*named + 0.2*k.Whole
		k.static = append(f, k.best, k.best/top, first, k.Whole, math.Sqrt(k.Whole), placed(k.Place), truth(k.Place == 1), min(1, float64(len(op.Required()))/6), truth(len(k.needs) == 0))
	}
	order := make([]int, len(p.known))
	for i := range order {
		order[i] = i
	}
	sort.SliceStable(order, func(a, b int) bool { return p.known[order[a]].merit > p.known[order[b]].merit })
	for place, i := range order {
		k := &p.known[i]
		k.static = append(k.static, 1/float64(1+place), k.merit, k.merit-p.known[order[0]].merit)
	}
}

// flows finds which candidates' answers fill what others need.
func (p *problem) flows() {
	for i := range p.known {
		k := &p.known[i]
		k.fills = make([][]int, len(k.needs))
		for n, f := range k.needs {
			for j := range p.known {
				if from := &p.known[j]; i != j && from.connection() == k.connection() && fills(k.Candidate.Op, f, from.Candidate.Op) {
					k.fills[n] = append(k.fills[n], j)
				}
			}
		}
	}
}

// enoughFill is the fit from which an answer is taken to fill a need.
const enoughFill = 0.4

func fills(op *catalog.Op, f *catalog.Field, from *catalog.Op) bool {
	if from.Spec.Method == "DELETE" {
		return false
	}
	entity := op.Names(f)
	for i := range from.Yields {
		if catalog.Fits(f, entity, &from.Yields[i], true) >= enoughFill {
			return true
		}
	}
	return false
}

// styles are what the goal is like as a whole.
func (p *problem) styles() []float64 {
	words, values, told := 0, 0, false
	for i, w := range p.Goal.Words {
		if w.Value {
			values++
		}
		if !w.Stop {
			words++
		}
		told = told || i < 3 && w.Acts != nil && strings.HasSuffix(w.Text, "s") || i < 4 && (w.Text == "workflow" || w.Text == "allows" || w.Text == "enables")
	}
	return []float64{min(1, float64(len(p.Goal.Words))/60), min(1, float64(words)/40), min(1, float64(values)/6), truth(told),
		p.rules.Coverage, p.rules.Least, p.rules.Mean, min(1, float64(len(p.known))/64)}
}

func placed(n int) float64 {
	if n == 0 {
		return 0
	}
	return 1 / math.Sqrt(float64(n))
}

func truth(v bool) float64 {
	if v {
		return 1
	}
	return 0
}
