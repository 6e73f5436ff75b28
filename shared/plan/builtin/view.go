package builtin

import (
	"github.com/apiq/apiq/shared/plan/catalog"
	"github.com/apiq/apiq/shared/plan/match"
)

// view is the goal as ranker and model see it.
func (g *goal) view(set *catalog.Set) *match.Goal {
	out := &match.Goal{Sentences: 1, Clauses: len(g.clauses)}
	for _, c := range g.clauses {
		if c.verb != "" {
			out.Verbs++
		}
	}
	unknown := set.IDF("\x00")
	for i, t := range g.tokens {
		w := match.Word{Stem: t.stem, Text: t.lower, Stop: t.stop}
		if i > 0 {
			switch {
			case g.breaks(g.tokens[i-1], t):
				w.Break = match.Sentence
				out.Sentences++
			case g.comma(g.tokens[i-1], t):
				w.Break = match.Comma
				out.Commas++
			}
		}
		if t.value < 0 && (t.lower == "and" || t.lower == "then") {
			out.Joins++
		}
		w.Value = t.value >= 0 && g.values[t.value].kind != kindProper && g.values[t.value].kind != kindCode
		if in, ok := verbOf(t.lower); ok && t.value < 0 {
			w.Acts = &[match.Methods]float64{fit(in, "GET"), fit(in, "POST"), fit(in, "PUT"), fit(in, "PATCH"), fit(in, "DELETE")}
		}
		if g.refused[t.start] {
			w.Acts = nil
		} else if !t.stop && !w.Value {
			w.Weight = set.IDF(t.stem)
			if w.Weight >= unknown {
				w.Weight = 0
			}
			if plainStems[t.stem] {
				w.Weight *= 0.3
			}
		}
		out.Words = append(out.Words, w)
	}
	return out
}
