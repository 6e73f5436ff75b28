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
	depth := 0
	for i, t := range g.tokens {
		w := match.Word{Stem: t.stem, Text: t.lower, Stop: t.stop, Noun: nounVerbs[t.lower]}
		if i > 0 {
			depth = nesting(depth, g.text[g.tokens[i-1].end:t.start])
			switch {
			case g.breaks(g.tokens[i-1], t):
				w.Break = match.Sentence
				out.Sentences++
			case g.comma(g.tokens[i-1], t):
				w.Break = match.Comma
				out.Commas++
			}
		}
		w.Nested = depth > 0
		if t.value < 0 && (t.lower == "and" || t.lower == "then") {
			out.Joins++
		}
		w.Value = t.value >= 0 && g.values[t.value].kind != kindProper && g.values[t.value].kind != kindCode
		if in, ok := verbOf(t.lower); ok && t.value < 0 {
			w.Acts = acts(in)
		}
		if w.Acts == nil && t.value < 0 && g.ofSomething(i) {
			if in, ok := nominalOf(t); ok {
				w.Acts, w.Nominal = acts(in), true
			}
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

// nesting is how deep in parentheses a word stands, after what is between it and the
// word before.
func nesting(depth int, between string) int {
	for _, r := range between {
		switch r {
		case '(', '[':
			depth++
		case ')', ']', '.', '!', '?':
			depth = 0
		}
	}
	return depth
}

// acts are how well each method does what a verb of an intent says.
func acts(in intent) *[match.Methods]float64 {
	return &[match.Methods]float64{fit(in, "GET"), fit(in, "POST"), fit(in, "PUT"), fit(in, "PATCH"), fit(in, "DELETE")}
}

// nominalReach is how far behind a noun its "of" is looked for: "creation and
// comprehensive management of".
const nominalReach = 4

// ofSomething says whether "of" follows a word, in the same part of its sentence.
func (g *goal) ofSomething(i int) bool {
	for j := i + 1; j < len(g.tokens) && j <= i+nominalReach; j++ {
		if a, b := g.tokens[j-1], g.tokens[j]; g.breaks(a, b) || g.comma(a, b) {
			return false
		}
		if g.tokens[j].lower == "of" {
			return true
		}
	}
	return false
}
