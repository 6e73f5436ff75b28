package builtin

import (
	"strings"

	"github.com/apiq/apiq/shared/plan/catalog"
	"github.com/apiq/apiq/shared/plan/draft"
)

// flow is a binding to an earlier answer.
type flow struct {
	step  *draft.Step
	field *catalog.Field
	score float64
	// text: it is a number or flag that the argument takes as text.
	text bool
	// phrase are the words that ask for it, where there are any.
	phrase []token
}

// enoughFlow is the fit from which an earlier answer is taken without being named.
const enoughFlow = 0.45

// ofOwnPath is the fit of a place with the name of a path's argument, in the answer of
// what is called at the path before it: "token" of POST /jobs for /jobs/{token}.
const ofOwnPath = 0.8

// flows finds the earlier answer that fills an argument best; recent ones first.
func (s *state) flows(entry *catalog.Entry, op *catalog.Op, f *catalog.Field, c *clause) (flow, bool) {
	var best flow
	for age, i := 0, len(s.steps)-1; i >= 0; age, i = age+1, i-1 {
		st := s.steps[i]
		if !s.sees(c, st) {
			continue
		}
		for j := range st.Op.Yields {
			y := &st.Op.Yields[j]
			fit := 0.0
			for _, e := range entities(op, f, c) {
				fit = max(fit, catalog.Fits(f, e, y, st.Entry.Connection == entry.Connection))
			}
			if f.In == "path" && strings.EqualFold(y.Name, f.Name) && y.Scalar() && st.Op.Spec.Path == catalog.PrefixOf(op.Spec.Path, f.Name) && catalog.Compatible(f, y) {
				fit = max(fit, ofOwnPath-0.03*float64(len(y.Path)))
			}
			if fit -= 0.04 * float64(age); fit > best.score {
				best = flow{step: st, field: y, score: fit}
			}
		}
	}
	return best, best.score >= enoughFlow
}

// entities are the things that an identifying argument may name.
func entities(op *catalog.Op, f *catalog.Field, c *clause) []string {
	if !f.Identifier() {
		return []string{""}
	}
	out := []string{op.Names(f)}
	if f.Entity == "" && len(f.Words) <= 1 {
		for _, t := range c.tokens {
			if c.nouns[t.stem] {
				out = append(out, catalog.Singular(t.lower))
			}
		}
		out = append(out, "")
	}
	return out
}

// pick decides which item of a list is meant: each, all, the one named, the
// nth, or the first.
func (g *goal) pick(c *clause, fl flow, arg *catalog.Field, used map[int]bool) (p draft.Pick, loop bool, why string) {
	if fl.field.Arrays == 0 {
		return p, false, ""
	}
	entity := catalog.Stem(fl.field.Entity)
	several := arg.Is("array")
	for _, ts := range [][]token{c.tokens, c.inherited} {
		for i, t := range ts {
			if t.value >= 0 && g.values[t.value].kind != kindProper {
				continue
			}
			about := false
			for k := i + 1; k < len(ts) && k <= i+3; k++ {
				if ts[k].stem == entity {
					about = true
				}
				if !ts[k].stop && prepositions[ts[k].lower] {
					break
				}
			}
			if n, ok := ordinals[t.lower]; ok && (about || t.lower != "top" && t.lower != "any" && t.lower != "next") {
				return draft.Pick{Index: n}, false, "the " + t.lower + " one"
			}
			if lastWords[t.lower] && about {
				return draft.Pick{Last: true}, false, "the last one"
			}
			if allWords[t.lower] && (about || i+1 < len(ts) && pronouns[ts[i+1].lower]) {
				return draft.Pick{All: several}, !several, "every one"
			}
		}
	}
	if name, field := g.named(c, fl, used); field != "" {
		return draft.Pick{Field: field, Equals: name}, false, "the one named " + name
	}
	for _, t := range c.inherited {
		if t.lower == fl.field.Entity && !catalog.Plural(t.lower) && !c.each { // "the member …, to them"
			return draft.Pick{}, false, "the first one"
		}
	}
	for _, t := range c.tokens {
		if t.value < 0 && (t.lower == "them" || t.lower == "these" || t.lower == "those" || catalog.Plural(t.lower) && catalog.Stem(catalog.Singular(t.lower)) == entity) {
			return draft.Pick{All: several}, !several, "every one"
		}
	}
	if c.each {
		return draft.Pick{All: several}, !several, "every one"
	}
	return draft.Pick{}, false, "the first one"
}

// named finds the quoted or capitalised name of the list's item in the clause,
// where the items have names, the list was not already asked for by it, and no other
// argument has it.
func (g *goal) named(c *clause, fl flow, used map[int]bool) (name, field string) {
	for _, cand := range []string{"name", "title", "displayName", "display_name", "label", "username", "login", "slug"} {
		path := append(prefixOf(fl.field.Path), cand)
		if fieldAt(fl.step.Op, path) {
			field = cand
			break
		}
	}
	if field == "" {
		return "", ""
	}
	entity := catalog.Stem(fl.field.Entity)
	for i, t := range c.tokens {
		if t.value < 0 {
			continue
		}
		v := &g.values[t.value]
		if v.kind != kindQuoted && v.kind != kindProper || v.mention || used[t.value] || bound(fl.step, v.text) {
			continue
		}
		for k := max(0, i-3); k < min(len(c.tokens), i+3); k++ {
			if c.tokens[k].stem == entity {
				return v.text, field
			}
		}
	}
	return "", ""
}

func bound(st *draft.Step, text string) bool {
	for _, a := range st.Args {
		if strings.Contains(squash(string(a.Value.Literal)), squash(text)) {
			return true
		}
	}
	return false
}

// prefixOf is the path up to and with its first "*".
func prefixOf(path []string) []string {
	for i, p := range path {
		if p == "*" {
			return path[: i+1 : i+1]
		}
	}
	return nil
}

func fieldAt(op *catalog.Op, path []string) bool {
	want := strings.Join(path, ".")
	for i := range op.Yields {
		if strings.Join(op.Yields[i].Path, ".") == want {
			return true
		}
	}
	return false
}
