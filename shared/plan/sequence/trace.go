package sequence

import (
	"github.com/apiq/apiq/shared/plan/learn"
	"github.com/apiq/apiq/shared/plan/match"
)

// Trace gives the decisions of a plan that is known to be right and calls the
// candidates of gold, in that order, up to the first that is not among them (-1): for
// each the features of ending and of every candidate, and which was taken.
func Trace(goal *match.Problem, candidates []Candidate, rules Rules, gold []int) []learn.Choice {
	if len(candidates) == 0 {
		return nil
	}
	p := newProblem(goal, candidates, rules)
	var out []learn.Choice
	for n := 0; n <= len(gold); n++ {
		next := End
		if n < len(gold) {
			if next = gold[n]; next < 0 {
				return out
			}
		}
		st := p.state(gold[:n])
		c := learn.Choice{Taken: next - End}
		for i := End; i < len(candidates); i++ {
			c.Of = append(c.Of, p.features(st, i))
		}
		out = append(out, c)
	}
	return out
}
