package builtin

import (
	"context"
	"math"
	"slices"
	"sort"
	"strings"

	"github.com/apiq/apiq/shared/plan/catalog"
	"github.com/apiq/apiq/shared/plan/draft"
	"github.com/apiq/apiq/shared/plan/match"
	"github.com/apiq/apiq/shared/plan/sequence"
)

// surer is how many times likelier than the rules' plan another must be to be made
// instead of it, where somebody asks for something to be done: the rules read that
// clause by clause. Where it is told what is done ("Creates a …, then lists …") the
// likelier plan is taken.
const surer = 3

// perQuestion is how many times likelier still it must be for each input that it asks
// for and the rules' plan does not.
const perQuestion = 1.5

// clear is the fit from which a call clearly serves its clause.
const clear = 0.5

// asks counts the inputs that a plan asks for.
func asks(s *state) int {
	n := 0
	for _, st := range s.steps {
		n += missing(st)
	}
	return n
}

// used counts the arguments that take what a person said.
func used(s *state) int {
	n := 0
	for _, st := range s.steps {
		for _, a := range st.Args {
			if a.From == saidByPerson {
				n++
			}
		}
	}
	return n
}

// Sequence is what the model decides on: the goal, the operations that may serve it,
// and what the rules' plan is worth.
type Sequence struct {
	Goal       *match.Problem
	Candidates []sequence.Candidate
	Rules      sequence.Rules
}

// Sequenced is what the model is asked for a goal; for training.
func (p *Planner) Sequenced(ctx context.Context, text string, set *catalog.Set) (Sequence, error) {
	b := p.builder(text, set)
	best, err := b.rules(ctx)
	if err != nil {
		return Sequence{}, err
	}
	return p.sequence(b, best), nil
}

// hitsOfWhole is how many operations are ranked for a goal as a whole.
const hitsOfWhole = 100

func (p *Planner) sequence(b *builder, rules *state) Sequence {
	problem, found := b.goal.look(b.set)
	s := Sequence{Goal: problem, Candidates: b.candidates(rules.steps, p.ranker.Rank(problem, found, hitsOfWhole))}
	calls := 0
	s.Rules.Least = 1
	for _, st := range rules.steps {
		if st.Op != nil {
			calls++
			s.Rules.Least = min(s.Rules.Least, st.Match)
			s.Rules.Mean += st.Match
		}
	}
	s.Rules.Mean /= float64(max(1, calls))
	s.Rules.Coverage = float64(rules.covered) / float64(max(1, len(b.goal.clauses)))
	return s
}

// likely is a plan with how likely the model holds it to be.
type likely struct {
	*state
	probability float64
}

// revise gives the plans that the model finds, at most so many, and among them the
// rules' own: first the one to be made, which is the likeliest where it is much
// likelier than that of the rules, then the others, the likeliest before.
func (p *Planner) revise(ctx context.Context, b *builder, rules *state, most int) ([]likely, error) {
	s := p.sequence(b, rules)
	told := b.goal.told()
	across := b.across(rules)
	if rules.covered == 0 && !speaks(s.Goal) {
		return nil, ErrNothingFits
	}
	plans, ruled, err := p.model.Search(ctx, s.Goal, s.Candidates, s.Rules)
	if err != nil {
		return nil, err
	}
	first, others := likely{rules, ruled}, []likely(nil)
	for _, plan := range plans {
		if len(others) > most {
			break
		}
		if rules.covered == 0 && !told && !s.asked(plan.Calls) {
			continue
		}
		made, ok := b.bind(s.Candidates, plan.Calls)
		if !ok || made.same(rules) {
			continue
		}
		made.notes = append(made.notes, rules.notes...)
		l := likely{made, plan.Probability}
		if first.state == rules && !across && plan.Probability >= ruled && (told || b.better(made, rules, s.Rules, plan.Probability/max(ruled, leastLikely))) {
			first, l = l, first
		}
		others = append(others, l)
	}
	sort.SliceStable(others, func(i, j int) bool { return others[i].probability > others[j].probability })
	out := append([]likely{first}, others...)
	return out[:min(len(out), most)], nil
}

// What the model's plan must show where the rules find none.
const (
	enoughKnown = 0.5 // of the goal's nouns that any operation speaks of
	enoughAsked = 0.3 // of the fit of each call with what is said
)

// speaks says whether the operations speak of what the goal does: a goal whose words are
// strange to every API is for none of them.
func speaks(p *match.Problem) bool {
	known, all := 0.0, 0.0
	for _, w := range p.Goal.Words {
		if !w.Stop && !w.Value && w.Acts == nil {
			all++
			if w.Weight > 0 {
				known++
			}
		}
	}
	return all > 0 && known/all >= enoughKnown
}

// asked says whether the goal asks for each of the calls by itself.
func (s *Sequence) asked(calls []int) bool {
	return !slices.ContainsFunc(calls, func(i int) bool {
		op := s.Goal.Look(s.Candidates[i].Entry, s.Candidates[i].Op)
		return op.Most() < enoughAsked
	})
}

// same says whether two plans make the same calls.
func (s *state) same(o *state) bool {
	return slices.EqualFunc(s.steps, o.steps, func(a, b *draft.Step) bool { return a.Op == b.Op && a.Approval == b.Approval })
}

// leastLikely keeps a ratio finite.
const leastLikely = 1e-9

// better says whether a plan that is so many times likelier than the rules' own is to
// be made instead.
func (b *builder) better(made, rules *state, worth sequence.Rules, times float64) bool {
	if asks(made) > 0 && asks(rules) == 0 && worth.Coverage == 1 && worth.Least > clear {
		return false // the rules' plan has all that it needs, and all that was asked for
	}
	if made.covered < rules.covered || used(made) < used(rules) {
		return false // something that was asked for, or named, would be left out
	}
	return times >= surer*math.Pow(perQuestion, max(0, float64(asks(made)-asks(rules))))
}

// across says whether the rules' plan goes over several APIs, or the goal names its
// APIs: the model has seen goals over one API only.
func (b *builder) across(rules *state) bool {
	connection := ""
	for _, st := range rules.steps {
		if st.Entry == nil {
			continue
		}
		if connection != "" && connection != st.Entry.Connection {
			return true
		}
		connection = st.Entry.Connection
	}
	return slices.ContainsFunc(b.goal.clauses, func(c *clause) bool { return len(c.sites) > 0 && len(b.set.Entries) > 1 })
}

// told says whether the goal tells what is done rather than asks for it: it begins
// with a verb in the third person, or speaks of a workflow.
func (g *goal) told() bool {
	for i, t := range g.tokens[:min(4, len(g.tokens))] {
		if t.lower == "workflow" || enablers[t.lower] {
			return true
		}
		if _, verb := verbOf(t.lower); verb && i < 3 && t.value < 0 && strings.HasSuffix(t.lower, "s") && !nounVerbs[t.lower] {
			return true
		}
	}
	return false
}

// bind makes a plan of exactly these calls. Of the calls that serve a clause the one
// that serves it best is taken to be asked for by it, the others to be needed for it.
func (b *builder) bind(candidates []sequence.Candidate, calls []int) (*state, bool) {
	b.exact = true
	defer func() { b.exact = false }()
	clauses := make([]int, len(calls))
	main := map[int]int{} // the call that a clause asks for
	for n, i := range calls {
		clauses[n] = -1
		best := 0.0
		for j, v := range candidates[i].Serves {
			if v > best {
				clauses[n], best = j, v
			}
		}
		if j := clauses[n]; j >= 0 {
			if at, ok := main[j]; !ok || candidates[calls[at]].Serves[j] <= best {
				main[j] = n
			}
		}
	}
	s := &state{}
	for n, i := range calls {
		j, depth := clauses[n], 1
		if j < 0 {
			j = min(n, len(b.goal.clauses)-1)
		} else if main[j] == n {
			depth = 0
		}
		c := &candidates[i]
		next, ok := b.call(s, b.goal.clauses[j], c.Entry, c.Op, depth)
		if !ok {
			return nil, false
		}
		next.last.Match, next.last.Margin = min(1, c.Serves[j]), 1
		s = next
	}
	s.covered = len(main)
	return s, len(s.steps) > 0 && !slices.ContainsFunc(s.steps, func(st *draft.Step) bool { return st.ID == "" })
}
