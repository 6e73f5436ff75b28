package builtin

import (
	"slices"
	"sort"
	"strings"

	"github.com/apiq/apiq/shared/plan/catalog"
	"github.com/apiq/apiq/shared/plan/draft"
)

const (
	maxChain    = 3 // calls brought in one for the other
	maxTried    = 4 // producers tried for an argument
	enoughToAdd = 0.75
	enoughMeant = 0.5
	gainByName  = 0.5 // of a search, where there is a name to search for
)

// produce brings in a call whose answer yields what an argument takes. It does so
// only where the goal speaks of the thing ("my first playlist", "the customer
// named X"), or where the thing is the caller's own record.
//
// A name that nothing else takes names what the argument identifies, so that a search
// by name is brought in for it whatever the goal calls the thing.
func (b *builder) produce(s *state, c *clause, entry *catalog.Entry, op *catalog.Op, f *catalog.Field, depth int, named bool) (*state, bool) {
	if depth >= maxChain || b.exact {
		return nil, false
	}
	type option struct {
		op     *catalog.Op
		score  float64
		sought string
	}
	var options []option
	seen := map[*catalog.Op]bool{op: true}
	for _, e := range entities(op, f, c) {
		meant := b.meant(c, e)
		self := catalog.Self(e)
		if e == "" || meant < enoughMeant && !self && !named {
			continue
		}
		for _, p := range entry.Producers(f, e) {
			if seen[p.Op] || s.calls(p.Op) {
				continue
			}
			seen[p.Op] = true
			score := p.Score + b.suits(c, entry, op, f, p.Op, e)
			if self && p.Op.SelfDescribing() {
				score += 0.5
			} else if named && !b.owned(c, e) && searches(p.Op) {
				score += gainByName
			} else if meant < enoughMeant || meant < 1 && !b.saysAll(c, p.Op) {
				continue
			}
			options = append(options, option{p.Op, score, e})
		}
	}
	sort.SliceStable(options, func(i, j int) bool { return options[i].score > options[j].score })
	for i, o := range options {
		if i >= maxTried || o.score < enoughToAdd {
			break
		}
		before := b.sought
		b.sought = o.sought
		next, ok := b.call(s, c, entry, o.op, depth+1)
		b.sought = before
		if !ok {
			continue
		}
		if missing(next.last) > 0 || guesses(next.last) {
			continue // a call that itself needs an answer saves no question, and nobody named what it would search for
		}
		return next, true
	}
	return nil, false
}

// searches says whether an operation finds things by the text that it is given.
func searches(op *catalog.Op) bool {
	return op.Safe() && slices.ContainsFunc(op.Args, func(f catalog.Field) bool { return f.Required && freeText(&f) })
}

// freeText: the argument is what is searched for.
func freeText(f *catalog.Field) bool {
	return f.In == "query" && asksForText(f) && !f.Enum()
}

// saysAll: the goal has every word of the operation's name but its verb.
func (b *builder) saysAll(c *clause, op *catalog.Op) bool {
	for _, w := range op.Core {
		if _, verb := verbOf(w); !verb && !plainStems[w] && !b.words[w] && !c.nouns[w] {
			return false
		}
	}
	return true
}

// guesses says whether a call searches for the goal's plain words.
func guesses(st *draft.Step) bool {
	return slices.ContainsFunc(st.Args, func(a draft.Arg) bool { return a.From == fromGoal })
}

func missing(st *draft.Step) int {
	n := 0
	for _, a := range st.Args {
		if a.Value.Input != nil {
			n++
		}
	}
	return n
}

func (s *state) calls(op *catalog.Op) bool {
	for _, st := range s.steps {
		if st.Op == op {
			return true
		}
	}
	return false
}

// meant is how clearly the clause speaks of a particular thing of the kind that
// could be looked up: 0 for not at all.
func (b *builder) meant(c *clause, entity string) float64 {
	stem := catalog.Stem(entity)
	for i, t := range c.tokens {
		if t.stem != stem || t.value >= 0 && b.goal.values[t.value].kind == kindQuoted {
			continue
		}
		if c.each || strings.HasSuffix(t.lower, "'s") {
			return 1
		}
		for k := i - 1; k >= 0 && k >= i-4; k-- {
			w := c.tokens[k]
			if w.lower == "my" || w.lower == "our" || ordinal(w.lower) || allWords[w.lower] || strings.HasSuffix(w.lower, "'s") {
				return 1
			}
			if w.value >= 0 && (b.goal.values[w.value].kind == kindProper || b.goal.values[w.value].kind == kindQuoted) && k >= i-2 {
				return 1
			}
			if w.lower == "a" || w.lower == "an" || w.lower == "new" {
				return 0.3
			}
		}
		for k := i + 1; k < len(c.tokens) && k <= i+3; k++ {
			if w := c.tokens[k]; w.value >= 0 && (b.goal.values[w.value].kind == kindProper || b.goal.values[w.value].kind == kindQuoted) {
				return 1
			}
		}
		return 0.5
	}
	return 0
}

// owned says whether the clause speaks of the caller's own thing: "my playlist".
func (b *builder) owned(c *clause, entity string) bool {
	stem := catalog.Stem(entity)
	for i, t := range c.tokens {
		if t.stem != stem {
			continue
		}
		for k := i - 1; k >= 0 && k >= i-3; k-- {
			if w := c.tokens[k].lower; w == "my" || w == "our" {
				return true
			}
		}
	}
	return false
}

// suits is how well a producer goes with the call that needs it, beside the fit
// of its field.
func (b *builder) suits(c *clause, entry *catalog.Entry, op *catalog.Op, f *catalog.Field, p *catalog.Op, entity string) float64 {
	score := 0.0
	if !p.Safe() {
		score -= 0.6 // nothing is created only to have its id
	}
	if f.In == "path" && p.Spec.Path == catalog.PrefixOf(op.Spec.Path, f.Name) {
		score += 0.35
	}
	if p.Spec.Path == op.Spec.Path && (op.Method() == "PUT" || op.Method() == "POST") {
		score -= 0.6 // what is there already need not be put there
	}
	if p.IsList && p.Entity == entity {
		score += 0.15
	}
	if strings.HasSuffix(p.Spec.Path, "}") {
		score -= 0.2 // to read one thing, its id is needed already
	}
	score -= 0.12 * float64(len(p.Required()))
	said, core := 0.0, 0.0
	for _, w := range p.Core {
		idf := b.set.IDF(w)
		core += idf
		if b.words[w] || c.nouns[w] {
			said += idf
		}
	}
	if core > 0 {
		score += 0.5 * (said/core - 0.5)
	}
	if b.hasName(c) {
		for i := range p.Args {
			if asksForText(&p.Args[i]) && p.Args[i].Required {
				score += 0.3
			}
		}
	}
	if p.Spec.Deprecated {
		score -= 0.5
	}
	return score
}

func (b *builder) hasName(c *clause) bool { return b.freeName(c, nil) }

// freeName says whether the clause has a name that is not used.
func (b *builder) freeName(c *clause, used map[int]bool) bool {
	for _, t := range c.tokens {
		if t.value >= 0 && !used[t.value] && !b.goal.values[t.value].mention && (b.goal.values[t.value].kind == kindProper || b.goal.values[t.value].kind == kindQuoted) {
			return true
		}
	}
	return false
}
