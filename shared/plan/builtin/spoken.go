package builtin

import (
	"slices"

	"github.com/apiq/apiq/shared/plan/catalog"
	"github.com/apiq/apiq/shared/plan/draft"
)

const (
	spokenName    = 1.0  // the clause names the place of the answer
	spokenThing   = 0.7  // it names what the earlier call makes, which has one place that fits
	spokenPronoun = 0.55 // it says "it" of what was made last
	asText        = 0.1  // what a number loses that is written as text
	perAge        = 0.05 // what an answer loses for each call after it
	enoughSpoken  = 0.4
)

// spoken finds the earlier answer that the clause speaks of, for an argument that
// nothing else fills: "encrypt the calculated area", "calculate a discount on it". It
// is for what the API must be given and does not identify a thing. One answer fills
// one argument of a call so.
func (b *builder) spoken(s *state, c *clause, step *draft.Step, f *catalog.Field) (flow, bool) {
	var best flow
	if !f.Required || f.Identifier() || f.In == "path" || dated(f) {
		return best, false
	}
	age := 0.0
	for i := len(s.steps) - 1; i >= 0; i-- {
		st := s.steps[i]
		if !s.sees(c, st) || takes(step, st) {
			continue
		}
		for _, y := range b.fitting(st, f) {
			score := b.speaks(c, step, st, y) - perAge*age
			if y.text {
				score -= asText
			}
			if score > best.score {
				y.score = score
				best = y
			}
		}
		age++
	}
	return best, best.score >= enoughSpoken
}

// takes says whether a call takes a part of an earlier one's answer already.
func takes(step, from *draft.Step) bool {
	return slices.ContainsFunc(step.Args, func(a draft.Arg) bool { return a.Value.Ref != nil && a.Value.Ref.Step == from.ID })
}

// dated says whether an argument is a date: that of another thing is never meant by it.
func dated(f *catalog.Field) bool {
	format := f.Format()
	return format == "date" || format == "date-time" || slices.ContainsFunc(catalog.Split(f.Name), func(w string) bool { return dateWords[w] && w != "from" && w != "to" && w != "on" })
}

// fitting are the places of a step's answer that an argument can take.
func (b *builder) fitting(st *draft.Step, f *catalog.Field) []flow {
	var out []flow
	for i := range st.Op.Yields {
		y := &st.Op.Yields[i]
		if !y.Scalar() || y.Arrays > 1 && st.Loop == nil && !f.Is("array") || y.Identifier() {
			continue
		}
		switch {
		case catalog.Compatible(f, y):
			out = append(out, flow{step: st, field: y})
		case f.Is("string") && (y.Is("number") || y.Is("integer")) && !f.Enum() && f.Format() == "":
			out = append(out, flow{step: st, field: y, text: true})
		}
	}
	return out
}

// speaks is how clearly the clause speaks of a place of a step's answer.
func (b *builder) speaks(c *clause, step, st *draft.Step, y flow) float64 {
	own := map[string]bool{}
	for _, w := range st.Op.Core {
		if _, verb := verbOf(w); !verb && !plainStems[w] && !slices.Contains(step.Op.Core, w) {
			own[w] = true
		}
	}
	named, thing, pronoun := 0, 0, false
	for _, t := range c.tokens {
		if t.value >= 0 && b.goal.values[t.value].kind != kindProper && b.goal.values[t.value].kind != kindCode {
			continue
		}
		if slices.Contains(y.field.Words, t.stem) {
			named++
		}
		if own[t.stem] {
			thing++
		}
		pronoun = pronoun || t.lower == "it" || t.lower == "them" || t.lower == "this" || t.lower == "result"
	}
	words := len(y.field.Words)
	switch {
	case words > 0 && named >= words && !commonWord(y.field):
		return spokenName
	case thing > 0 && (b.alone(st, y) || named > 0):
		return spokenThing
	case pronoun && b.alone(st, y):
		return spokenPronoun
	}
	return 0
}

// commonWord: the place has a name that is said of anything.
func commonWord(f *catalog.Field) bool {
	return len(f.Words) == 1 && (textNames[f.Name] || nameNames[f.Name] || f.Name == "status" || f.Name == "data" || f.Name == "id")
}

// alone: the place is the one of its kind in the answer, or has the name of what the
// call is about.
func (b *builder) alone(st *draft.Step, y flow) bool {
	n := 0
	for i := range st.Op.Yields {
		o := &st.Op.Yields[i]
		if o.Scalar() && !o.Identifier() && o.Name != "status" && o.Name != "success" && o.Name != "message" {
			n++
		}
	}
	return n <= 1 && y.field.Name != "status" && y.field.Name != "success" || slices.ContainsFunc(y.field.Words, func(w string) bool { return slices.Contains(st.Op.Core, w) && !plainStems[w] })
}
