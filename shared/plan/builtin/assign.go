package builtin

import (
	"slices"

	"github.com/apiq/apiq/shared/plan/catalog"
	"github.com/apiq/apiq/shared/plan/draft"
)

// alike are names that different APIs give one property; the first are the likeliest.
var alike = [][]string{
	{"title", "name", "subject", "summary", "label", "heading", "displayname"},
	{"body", "description", "text", "content", "message", "comment", "note", "details"},
	{"email", "mail", "to", "recipient"},
}

const (
	enoughSource = 0.5
	enoughTarget = 0.5
)

// assign binds the clause's transfers to arguments of op: each to the argument
// that it names and the earlier answer that holds what it takes. What fits
// nothing is left to the other ways of binding.
func (s *state) assign(c *clause, op *catalog.Op) map[*catalog.Field]flow {
	out := map[*catalog.Field]flow{}
	for _, t := range c.transfers {
		var best flow
		var at *catalog.Field
		for i := range op.Args {
			f := &op.Args[i]
			if _, done := out[f]; done || f.Enum() && f.Is("boolean") {
				continue
			}
			to := t.target(op, f)
			if to < enoughTarget {
				continue
			}
			fl := s.take(c, t, f)
			if fl.score < enoughSource {
				continue
			}
			if fl.score += to; at == nil || fl.score > best.score {
				best, at = fl, f
			}
		}
		if at != nil {
			out[at] = best
		}
	}
	return out
}

// target is how well a transfer names an argument, 0–1.
func (t *transfer) target(op *catalog.Op, f *catalog.Field) float64 {
	score := 0.0
	switch {
	case t.naming:
		if i := slices.Index(alike[0], squash(f.Name)); i >= 0 {
			score = 1 - 0.05*float64(i)
		}
	case len(f.Words) > 0 && sameStems(f.Words, t.to):
		score = 1
	case f.Identifier() && sameStems(t.to, []string{"id"}) && len(f.Words) > 1 && f.Words[len(f.Words)-1] == "id":
		score = 0.8 // "its id" for petId
	case len(f.Words) == 1 && len(t.to) > 1 && isStem(f.Words[0], t.to[len(t.to)-1]):
		score = 0.85 // "issue title" for title
	case len(t.to) == 1 && len(f.Words) > 1 && isStem(f.Words[len(f.Words)-1], t.to[0]) && catalog.Stem(op.Entity) == f.Words[0]:
		score = 0.8 // "description" for eventDescription
	default:
		score = 0.7 * likeness(t.to, f)
	}
	if score == 0 {
		return 0
	}
	if f.Required {
		score += 0.05
	}
	return score - 0.1*float64(len(f.Path)-1)
}

func sameStems(names, said []string) bool {
	if len(names) != len(said) {
		return false
	}
	for i := range names {
		if !isStem(names[i], said[i]) {
			return false
		}
	}
	return len(names) > 0
}

// likeness: the argument has another name for what is said.
func likeness(said []string, f *catalog.Field) float64 {
	if len(said) == 0 {
		return 0
	}
	for _, group := range alike {
		at := slices.IndexFunc(group, func(n string) bool { return catalog.Stem(n) == said[len(said)-1] })
		if i := slices.Index(group, squash(f.Name)); at >= 0 && i >= 0 {
			return 1 - 0.03*float64(i)
		}
	}
	return 0
}

// take finds the earlier answer that holds what a transfer takes.
func (s *state) take(c *clause, t transfer, f *catalog.Field) flow {
	var best flow
	for age, i := 0, len(s.steps)-1; i >= 0; age, i = age+1, i-1 {
		st := s.steps[i]
		if !s.sees(c, st) {
			continue
		}
		for j := range st.Op.Yields {
			y := &st.Op.Yields[j]
			if !y.Scalar() && !y.Is("array") || y.Is("array") && !f.Is("array") {
				continue
			}
			score := t.from.names(st.Op, y, t.naming)
			if score == 0 {
				continue
			}
			text := false
			if !catalog.Compatible(f, y) {
				if text = writable(f, y); !text {
					continue
				}
				score -= 0.1
			}
			score -= 0.04*float64(age) + 0.04*float64(len(y.Path)) + 0.15*float64(max(0, y.Arrays-1))
			if score > best.score {
				best = flow{step: st, field: y, score: score, text: text, phrase: t.tokens}
			}
		}
	}
	return best
}

// writable: a number or flag that can be given as text.
func writable(f, y *catalog.Field) bool {
	return f.Is("string") && f.Format() == "" && !f.Enum() &&
		(y.Is("integer") || y.Is("number") || y.Is("boolean"))
}

// names is how well a source names a place in the operation's answer; 0 for not.
func (s source) names(op *catalog.Op, y *catalog.Field, naming bool) float64 {
	words, owner := s.words, s.owner
	if len(words) == 0 { // "named after the pet"
		words, owner = []string{"name"}, s.owner
	}
	whose := func(owner []string) float64 {
		if len(owner) == 0 {
			return 0.8
		}
		thing := owner[len(owner)-1]
		switch {
		case thing == catalog.Stem(y.Entity) || thing == catalog.Stem(y.Also):
			return 1
		case thing == catalog.Stem(op.Entity) && y.Arrays <= 1 && y.Path[len(y.Path)-1] == y.Name && len(y.Path) <= 2+y.Arrays:
			return 0.95
		}
		return 0
	}
	if n := len(y.Words); n > 0 && n <= len(words) && sameStems(y.Words, words[len(words)-n:]) {
		rest := words[:len(words)-n]
		if len(owner) > 0 {
			rest = owner
		}
		if w := whose(rest); w > 0 {
			return w
		}
	}
	last := words[len(words)-1]
	rest := words[:len(words)-1]
	if len(owner) > 0 {
		rest = owner
	}
	// "its id" for eventId, in an answer about events.
	if n := len(y.Words); n > 1 && isStem(y.Words[n-1], last) && (y.Words[0] == catalog.Stem(y.Entity) || y.Words[0] == catalog.Stem(op.Entity)) {
		if w := whose(rest); w > 0 {
			return w - 0.1
		}
	}
	if l := likeness([]string{last}, y); l > 0 {
		if w := whose(rest); w > 0 {
			return w * l * 0.75
		}
	}
	// "named after the pet", "titled with the pet": what the thing is called.
	if naming && len(owner) == 0 {
		if l := likeness([]string{"name"}, y); l > 0 && whose(words) > 0.9 {
			return 0.85 * l
		}
	}
	return 0
}

// sees says whether a step's answer is there when the clause's call runs.
func (s *state) sees(c *clause, st *draft.Step) bool {
	return st.Op != nil && (st.Loop == nil || st.Loop == s.loop) && (st.Guard == nil || c.cond != nil && st.Guard == s.guards[c.cond])
}
