package builtin

import (
	"encoding/json"
	"slices"
	"sort"
	"strings"

	"github.com/apiq/apiq/shared/plan/catalog"
	"github.com/apiq/apiq/shared/plan/draft"
)

// literals binds arguments of op from the words of the goal. Each value goes to
// the one argument that it fits best. The last answer says whether one came
// from the clause's condition, which is then part of what is asked for.
func (g *goal) literals(c *clause, op *catalog.Op, guarded bool, given map[*catalog.Field]flow) (map[*catalog.Field]draft.Arg, map[int]bool, bool) {
	type pair struct {
		field *catalog.Field
		value int
		score float64
		raw   json.RawMessage
	}
	var pairs []pair
	here := g.extent(c, guarded)
	for i := range op.Args {
		f := &op.Args[i]
		if _, done := given[f]; done {
			continue
		}
		entity := op.Names(f)
		for v := range g.values {
			if g.values[v].mention || names(op, &g.values[v]) {
				continue
			}
			inside := g.values[v].start >= here.start && g.values[v].end <= here.end
			raw, ok := literalFor(f.Shape(), &g.values[v])
			if !ok {
				continue
			}
			s := g.affinity(op, f, v, entity)
			need := enoughOptional
			switch {
			case !inside && (!f.Required && g.owner[v] != nil && g.owner[v] != c || !g.saysName(f, v)):
				continue
			case !inside:
				need = enoughAfar
			case f.Required:
				need = enoughRequired
			}
			if s >= need {
				if f.Required {
					s += 0.3
				}
				pairs = append(pairs, pair{f, v, s, raw})
			}
		}
	}
	sort.SliceStable(pairs, func(i, j int) bool { return pairs[i].score > pairs[j].score })
	bound := map[*catalog.Field]draft.Arg{}
	used := map[int]*catalog.Field{}
	for _, p := range pairs {
		if _, done := bound[p.field]; done {
			if p.field.Is("array") && used[p.value] == nil && g.listed(bound[p.field], p.value) {
				a := bound[p.field]
				a.Value.Literal = appendItem(a.Value.Literal, p.raw)
				bound[p.field], used[p.value] = a, p.field
			}
			continue
		}
		if other := used[p.value]; other != nil && !sameWhole(other, p.field) {
			continue
		}
		bound[p.field] = arg(p.field, draft.Value{Literal: p.raw}, saidByPerson)
		used[p.value] = p.field
	}
	g.enums(c, op, bound, given)
	g.queries(c, op, bound)
	inCondition := false
	if c.cond != nil {
		for v := range used {
			for _, t := range c.cond.tokens {
				inCondition = inCondition || t.value == v
			}
		}
	}
	taken := make(map[int]bool, len(used))
	for v := range used {
		taken[v] = true
	}
	return bound, taken, inCondition
}

// names says whether a capitalised word names the operation itself: "SMS" in "send an
// SMS" is no text to send.
func names(op *catalog.Op, v *value) bool {
	if v.kind != kindProper {
		return false
	}
	for _, w := range catalog.Split(v.text) {
		if !slices.Contains(op.Core, catalog.Stem(w)) {
			return false
		}
	}
	return true
}

// saysName says whether the argument's name stands just before the value.
func (g *goal) saysName(f *catalog.Field, v int) bool {
	for i, t := range g.beside[v].prev {
		if i < 4 && (slices.Contains(f.Words, t.stem) || f.Entity != "" && t.stem == catalog.Stem(f.Entity)) {
			return true
		}
	}
	return false
}

// sameWhole: a path parameter and a body field of one name want one value.
func sameWhole(a, b *catalog.Field) bool { return a.Name == b.Name && a.In != b.In }

// listed says whether a further value stands in one list with those bound: not
// more than two words away.
func (g *goal) listed(_ draft.Arg, v int) bool {
	for o := range g.values {
		if o == v {
			continue
		}
		a, b := &g.values[o], &g.values[v]
		if a.kind != b.kind {
			continue
		}
		if a.start > b.start {
			a, b = b, a
		}
		if a.end <= b.start && len(strings.Fields(g.text[a.end:b.start])) <= 2 {
			return true
		}
	}
	return false
}

func appendItem(list, one json.RawMessage) json.RawMessage {
	var a, b []json.RawMessage
	if json.Unmarshal(list, &a) != nil || json.Unmarshal(one, &b) != nil {
		return list
	}
	out, err := json.Marshal(append(a, b...))
	if err != nil {
		return list
	}
	return out
}

// enums binds arguments whose allowed values the clause says in plain words, and
// those that allow only one.
func (g *goal) enums(c *clause, op *catalog.Op, bound map[*catalog.Field]draft.Arg, given map[*catalog.Field]flow) {
	spoken := c.spoken(given)
	for i := range op.Args {
		f := &op.Args[i]
		if _, done := bound[f]; done {
			continue
		}
		if _, done := given[f]; done {
			continue
		}
		shape := single(f)
		if enum := shape.Enum(); len(enum) > 0 {
			if raw, ok := enumIn(f.Shape(), spoken, f.Words); ok {
				bound[f] = arg(f, draft.Value{Literal: raw}, saidByPerson)
			} else if f.Required && len(enum) == 1 {
				raw, ok := textFor(f, memberText(enum[0]))
				if ok {
					bound[f] = arg(f, draft.Value{Literal: raw}, "the only value that it takes")
				}
			}
			continue
		}
		if f.Is("boolean") && len(f.Words) > 0 && len(f.Words) <= 2 && !op.Safe() {
			if on, ok := flag(c.tokens, f.Words); ok {
				bound[f] = arg(f, draft.Literal(on), saidByPerson)
			}
		}
		if f.Required && len(shape.Default()) > 0 {
			if _, ok := bound[f]; !ok {
				bound[f] = arg(f, draft.Value{Literal: f.Shape().Default()}, "the API's default")
				if len(f.Shape().Default()) == 0 {
					delete(bound, f)
				}
			}
		}
	}
}

// spoken are the clause's words without its verb and the phrases that ask for an
// earlier answer, which name no value.
func (c *clause) spoken(given map[*catalog.Field]flow) []token {
	asked := map[int]bool{}
	for _, fl := range given {
		for _, t := range fl.phrase {
			asked[t.start] = true
		}
	}
	out := make([]token, 0, len(c.tokens))
	for _, t := range c.tokens {
		if (t.lower != c.verb || t.value >= 0) && !asked[t.start] {
			out = append(out, t)
		}
	}
	return out
}

// flag reads "make it private" and "not public".
func flag(ts []token, stems []string) (on, ok bool) {
	for i := 0; i+len(stems) <= len(ts); i++ {
		all := true
		for j, s := range stems {
			all = all && ts[i+j].stem == s && ts[i+j].value < 0
		}
		if all {
			return i == 0 || !negations[ts[i-1].lower], true
		}
	}
	return false, false
}

var negations = catalog.Words(`not no without non never isn't`)

// queries binds a required free-text search to what the clause is about.
func (g *goal) queries(c *clause, op *catalog.Op, bound map[*catalog.Field]draft.Arg) {
	for i := range op.Args {
		f := &op.Args[i]
		if _, done := bound[f]; done || !f.Required || !asksForText(f) || !f.Is("string") && f.Shape().Known() {
			continue
		}
		about, named := g.about(c)
		if about == "" {
			continue
		}
		if raw, ok := textFor(f, about); ok {
			from := fromGoal
			if named {
				from = saidByPerson
			}
			bound[f] = arg(f, draft.Value{Literal: raw}, from)
		}
	}
}

// asksForText says whether an argument's name is that of what is searched for.
func asksForText(f *catalog.Field) bool { return queryNames[squash(f.Name)] }

// saidByPerson marks what a person said.
const saidByPerson = "your words"

// fromGoal marks a search that was made up of the clause's plain words.
const fromGoal = "the words of your goal"

// about is what a clause searches for: the names in it, else its nouns.
func (g *goal) about(c *clause) (text string, named bool) {
	var names, plain []string
	last := -1
	for _, t := range c.tokens {
		if t.value >= 0 {
			v := &g.values[t.value]
			if t.value != last && !v.mention && (v.kind == kindProper || v.kind == kindQuoted) {
				names = append(names, v.text)
			}
			last = t.value
			continue
		}
		if !t.stop && t.lower != c.verb && !ordinal(t.lower) {
			plain = append(plain, t.lower)
		}
	}
	if len(names) > 0 {
		return strings.Join(names, " "), true
	}
	return strings.Join(plain, " "), false
}

func arg(f *catalog.Field, v draft.Value, from string) draft.Arg {
	return draft.Arg{In: f.In, Path: f.Path, Value: v, From: from}
}

type span struct{ start, end int }

// extent is the part of the goal that the clause covers, with its condition unless
// that guards it.
func (g *goal) extent(c *clause, guarded bool) span {
	ts := c.tokens
	if c.cond != nil && !guarded {
		ts = append(ts[:len(ts):len(ts)], c.cond.tokens...)
	}
	s := span{ts[0].start, ts[0].end}
	for _, t := range ts {
		s.start, s.end = min(s.start, t.start), max(s.end, t.end)
		if t.value >= 0 {
			s.start, s.end = min(s.start, g.values[t.value].start), max(s.end, g.values[t.value].end)
		}
	}
	return s
}
