package builtin

import (
	"github.com/apiq/apiq/shared/plan/catalog"
	"github.com/apiq/apiq/shared/plan/match"
	"github.com/apiq/apiq/shared/plan/retrieve"
)

// Retrieve ranks operations for a whole goal, best first. It is what a model is offered.
func (p *Planner) Retrieve(text string, set *catalog.Set, limit int) []catalog.Hit {
	problem, found := p.Looked(text, set)
	return p.ranker.Rank(problem, found, limit)
}

// Looked is what Retrieve ranks; for training.
func (p *Planner) Looked(text string, set *catalog.Set) (*match.Problem, []catalog.Found) {
	return p.read(text).look(set)
}

func (g *goal) look(set *catalog.Set) (*match.Problem, []catalog.Found) {
	return match.New(g.view(set), set), retrieve.Look(set, g.wholeTerms())
}

const weightQuoted = 0.15 // of a word within quotes, which is data more often than not

// wholeTerms are the words of the whole goal as the index has them.
func (g *goal) wholeTerms() []catalog.Term {
	var out []catalog.Term
	at := map[string]int{}
	for _, t := range g.tokens {
		if t.stop || g.refused[t.start] {
			continue
		}
		w := 1.0
		switch {
		case t.value >= 0 && g.values[t.value].kind == kindQuoted:
			w = weightQuoted
		case t.value >= 0 && g.values[t.value].kind != kindProper && g.values[t.value].kind != kindCode:
			continue
		case plainVerbs[t.lower]:
			w = weightPlain
		}
		if i, ok := at[t.stem]; ok {
			out[i].Weight = max(out[i].Weight, w)
			continue
		}
		at[t.stem] = len(out)
		out = append(out, catalog.Term{Stem: t.stem, Weight: w})
	}
	return out
}
