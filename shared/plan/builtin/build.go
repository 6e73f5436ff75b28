package builtin

import (
	"fmt"

	"github.com/apiq/apiq/shared/plan/catalog"
	"github.com/apiq/apiq/shared/plan/draft"
)

// builder makes one plan.
type builder struct {
	goal *goal
	set  *catalog.Set
	// words are all stems of the goal.
	words map[string]bool
	// sought is what a call that is brought in looks for: "artist"; "" for nothing.
	sought string
	// exact: no call is brought in for another's sake.
	exact bool
	// rankings are the operations for each clause that the rules have come to, best first.
	rankings [][]ranked
}

// maxSteps bounds a plan.
const maxSteps = 24

// call adds a call of op for a clause, and before it the calls that it needs.
func (b *builder) call(s *state, c *clause, entry *catalog.Entry, op *catalog.Op, depth int) (*state, bool) {
	if len(s.steps) >= maxSteps {
		return nil, false
	}
	s = s.clone()
	step := &draft.Step{Entry: entry, Op: op, Inserted: depth > 0, Why: because(c, op, depth)}
	var guard *draft.Guard
	if depth == 0 {
		s.consent(c)
	}
	if c.cond != nil && depth == 0 {
		guard = s.bindCondition(b.goal, c.cond)
	}
	given := map[*catalog.Field]flow{}
	if depth == 0 {
		given = s.assign(c, op)
	}
	literals, used, conditionIsArgument := b.goal.literals(c, op, guard != nil, given)
	if c.cond != nil && depth == 0 && guard == nil && !conditionIsArgument {
		s.pause(c.cond)
	}
	if guard != nil {
		if s.guards == nil {
			s.guards = map[*condition]*draft.Guard{}
		}
		s.guards[c.cond] = guard
		step.Guard = guard
	}
	for i := range op.Args {
		f := &op.Args[i]
		if fl, ok := given[f]; ok {
			step.Args = append(step.Args, b.mapped(s, c, step, f, fl, used))
			s.score += gainFlow
			continue
		}
		if a, ok := literals[f]; ok {
			step.Args = append(step.Args, a)
			continue
		}
		if a, ok := b.kind(f); ok {
			step.Args = append(step.Args, a)
			continue
		}
		least, may := surelyMeant(op, f)
		if !f.Required && !may {
			continue
		}
		fl, ok := s.flows(entry, op, f, c)
		gain := gainFlow
		if !f.Required {
			if !ok || fl.step != s.last || fl.score < least || op.Safe() && fl.field.Arrays > 0 {
				continue
			}
			if op.Safe() || !f.Identifier() {
				gain = 0 // nobody asked for it: a plan is not better for it
			}
		}
		if !ok {
			fl, ok = b.spoken(s, c, step, f)
		}
		if !ok {
			if grown, made := b.produce(s, c, entry, op, f, depth, b.freeName(c, used)); made {
				grown.last, grown.score = s.last, s.score
				s, gain = grown, 0
				fl, ok = s.flows(entry, op, f, c)
			}
		}
		if !ok {
			step.Args = append(step.Args, draft.Ask(s.pending(step), op, f))
			s.score -= costQuestion
			continue
		}
		step.Args = append(step.Args, b.mapped(s, c, step, f, fl, used))
		s.score += gain
	}
	if depth == 0 {
		s.repeat(c, step)
	}
	b.bindSubject(s, step)
	b.bindBody(s, step)
	step.ID = s.name(op)
	if depth > 0 {
		s.score -= costInserted
	}
	s.steps = append(s.steps, step)
	s.last, s.loop = step, step.Loop
	return s, true
}

// pending are the steps with the one being built.
func (s *state) pending(step *draft.Step) []*draft.Step {
	return append(s.steps[:len(s.steps):len(s.steps)], step)
}

// mapped binds an argument to an earlier answer.
func (b *builder) mapped(s *state, c *clause, step *draft.Step, f *catalog.Field, fl flow, used map[int]bool) draft.Arg {
	ref := &draft.Ref{Step: fl.step.ID, Path: fl.field.Path, Text: fl.text}
	from := fmt.Sprintf("the answer of “%s”", draft.Title(fl.step.Op))
	several := f.Is("array")
	if fl.field.Arrays > 0 && fl.step.Loop == nil {
		pick, each, why := b.goal.pick(c, fl, f, used)
		ref.Pick = pick
		if each {
			ref = b.item(s, step, fl)
			ref.Text = fl.text
			return arg(f, draft.Value{Ref: ref}, from+", for every item")
		}
		from += ", " + why
	}
	if several && !ref.Pick.All {
		ref.Wrap = true
	}
	return arg(f, draft.Value{Ref: ref}, from)
}

// item starts, or joins, the loop over the list that the flow's field stands in.
func (b *builder) item(s *state, step *draft.Step, fl flow) *draft.Ref {
	over := prefixOf(fl.field.Path)
	rest := fl.field.Path[len(over):]
	list := draft.Ref{Step: fl.step.ID, Path: arrayOf(over)}
	for _, l := range []*draft.Loop{step.Loop, s.loop} {
		if l != nil && samePlace(l.Over, list) {
			step.Loop = l
			return &draft.Ref{Item: true, Path: rest}
		}
	}
	if step.Loop != nil { // a second list within one call: its first item
		return &draft.Ref{Step: fl.step.ID, Path: fl.field.Path}
	}
	as := fl.field.Entity
	if as == "" {
		as = "item"
	}
	step.Loop = &draft.Loop{Over: list, As: s.unique(as)}
	return &draft.Ref{Item: true, Path: rest}
}

// repeat puts a call that is asked for "for each …" into a loop over the list
// that was read last, although it takes nothing of the item.
func (s *state) repeat(c *clause, step *draft.Step) {
	if !c.forEach || step.Loop != nil {
		return
	}
	for i := len(s.steps) - 1; i >= 0; i-- {
		st := s.steps[i]
		if !s.sees(c, st) || !st.Op.IsList || st.Loop != nil {
			continue
		}
		as := st.Op.Entity
		for j := range st.Op.Yields {
			if y := &st.Op.Yields[j]; y.Arrays == 1 && len(y.Path) == len(st.Op.Items)+1 && y.Entity != "" {
				as = y.Entity
				break
			}
		}
		if as == "" {
			as = "item"
		}
		step.Loop = &draft.Loop{Over: draft.Ref{Step: st.ID, Path: arrayOf(st.Op.Items)}, As: s.unique(as)}
		return
	}
}

func samePlace(a, b draft.Ref) bool {
	if a.Step != b.Step || len(a.Path) != len(b.Path) {
		return false
	}
	for i := range a.Path {
		if a.Path[i] != b.Path[i] {
			return false
		}
	}
	return true
}

// bindSubject asks what a writing call is done to, where the spec makes even that
// optional and nothing of the call is bound.
func (b *builder) bindSubject(s *state, step *draft.Step) {
	if step.Op.Safe() || len(step.Args) > 0 {
		return
	}
	for i := range step.Op.Args {
		if f := &step.Op.Args[i]; f.Identifier() && f.In != "header" && !step.Op.Own(f) {
			step.Args = append(step.Args, draft.Ask(s.pending(step), step.Op, f))
			s.score -= costQuestion
			return
		}
	}
}

// bindBody asks for the body as a whole where it is required and nothing of it
// is bound.
func (b *builder) bindBody(s *state, step *draft.Step) {
	op := step.Op
	if op.Operation().Body == nil || !op.Operation().Body.Required {
		return
	}
	for _, a := range step.Args {
		if a.In == "body" {
			return
		}
	}
	step.Args = append(step.Args, draft.AskBody(s.pending(step), op))
	s.score -= costQuestion
}

// pause asks a person where a condition can be bound to no answer.
func (s *state) pause(c *condition) {
	text := c.text
	for _, st := range s.steps {
		if st.Approval != "" && st.Why == text {
			return
		}
	}
	message := "Go on only if this is so: " + text
	if c.negate {
		message = "Go on unless this is so: " + text
	}
	s.steps = append(s.steps, &draft.Step{ID: s.unique("confirm_condition"), Approval: message, Why: text})
	s.notes = append(s.notes, fmt.Sprintf("No answer of these calls tells whether “%s”, so the run stops there and asks a person.", text))
}

func because(c *clause, op *catalog.Op, depth int) string {
	if depth > 0 {
		return fmt.Sprintf("Finds what “%s” needs.", draft.Clip(c.text, 120))
	}
	return fmt.Sprintf("You asked: “%s”.", draft.Clip(c.text, 160))
}

// kind binds an argument that says which kind of thing is looked for.
func (b *builder) kind(f *catalog.Field) (draft.Arg, bool) {
	if b.sought == "" || !f.Required {
		return draft.Arg{}, false
	}
	for _, m := range single(f).Enum() {
		if text := memberText(m); catalog.Stem(text) == catalog.Stem(b.sought) {
			raw, ok := textFor(f, text)
			return arg(f, draft.Value{Literal: raw}, "what is looked for"), ok
		}
	}
	return draft.Arg{}, false
}

// surelyMeant is the fit from which an earlier answer is taken for an argument that need
// not be given: its id for what changes something, or what has the same name of several
// words. May is false where none is.
func surelyMeant(op *catalog.Op, f *catalog.Field) (least float64, may bool) {
	switch {
	case op.Own(f), f.In == "header", len(f.Words) < 2 && (op.Safe() || !f.Identifier()):
		return 0, false
	case f.Identifier():
		return 0.8, true
	}
	return 0.7, true
}
