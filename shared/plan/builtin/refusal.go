package builtin

import "github.com/apiq/apiq/shared/plan/catalog"

// refusal finds what a request says is not to be done: "and do not delete any of
// them", "without notifying anybody". It ends where the next thing is asked for.
func (g *goal) refusal(ts []token) (from, to int, ok bool) {
	for i := range ts {
		if n := refusalAt(ts[i:]); n == 0 || i+n >= len(ts) || !doing(ts[i+n].lower) {
			continue
		}
		from = i
		for from > 0 && joiners[ts[from-1].lower] && ts[from-1].value < 0 {
			from--
		}
		for to = i + 2; to < len(ts) && !g.opens(ts, i, to); to++ {
		}
		return from, to, true
	}
	return 0, 0, false
}

// refusalAt is how many words refuse at the beginning; 0 for none.
func refusalAt(ts []token) int {
	switch {
	case ts[0].value >= 0:
		return 0
	case refusals[ts[0].lower]:
		return 1
	case len(ts) > 1 && auxiliaries[ts[0].lower] && (ts[1].lower == "not" || ts[1].lower == "never"):
		return 2
	}
	return 0
}

func doing(w string) bool {
	_, verb := verbOf(w)
	return verb
}

// refuses says whether a clause is done to nothing: "erase nothing of it".
func refuses(ts []token) bool {
	return len(ts) > 1 && doing(ts[0].lower) && ts[0].value < 0 && (ts[1].lower == "nothing" || ts[1].lower == "none")
}

// refuse marks words: what they name is not looked for.
func (g *goal) refuse(ts []token) {
	for _, t := range ts {
		g.refused[t.start] = true
	}
}

var (
	refusals    = catalog.Words(`don't never without avoid`)
	auxiliaries = catalog.Words(`do must should may can`)
)
