package openai

import (
	"fmt"
	"slices"

	"github.com/apiq/apiq/shared/plan"
	"github.com/apiq/apiq/shared/plan/draft"
)

// editor applies the edits that a model names to a copy of the last plan. What no
// edit names is not touched: steps that stay are the very same.
type editor struct {
	steps    []*draft.Step
	off      *offer
	problems problems
	done     []plan.Edit
	// relooped are the steps whose items became others.
	relooped map[string]bool
}

// edited makes the edited plan.
func edited(edits []answerEdit, off *offer, last *draft.Draft) (*draft.Draft, []plan.Edit, []string) {
	e := &editor{steps: slices.Clone(last.Steps), off: off, relooped: map[string]bool{}}
	if len(edits) == 0 {
		e.problems.addf("There are no edits.")
	}
	for i, x := range edits {
		e.apply(x, fmt.Sprintf("edits[%d]", i))
	}
	e.check()
	if len(e.steps) == 0 {
		e.problems.addf("No step is left.")
	}
	if len(e.problems) > 0 {
		return nil, nil, e.problems
	}
	d := *last
	d.Steps = e.steps
	d.Likely = 0 // it was that of other calls
	return &d, e.done, nil
}

func (e *editor) apply(x answerEdit, at string) {
	named := plan.Edit{Step: x.Step, Words: x.Words}
	ok := false
	if x.Do == doAdd {
		named.Kind = draft.Added
		named.Step, ok = e.add(x, at)
	} else if i := index(e.steps, x.Step); i < 0 {
		e.problems.addf("%s: the last plan has no step %q.", at, tidy(x.Step, maxName))
	} else {
		named.Kind, named.Argument, ok = e.change(x, i, at)
	}
	if ok {
		e.done = append(e.done, named)
	}
}

// change applies an edit of the step at i and says what it is an edit of.
func (e *editor) change(x answerEdit, i int, at string) (kind, argument string, ok bool) {
	st := *e.steps[i]
	st.Args = slices.Clone(st.Args)
	b := &stepBuilder{draft: &draft.Draft{Steps: e.steps[:i:i]}, others: without(e.steps, i), at: at, step: &st, problems: &e.problems}
	before := len(e.problems)
	if st.Op == nil && x.Do != doRemove && x.Do != doMove {
		e.problems.addf("%s: step %q is a pause and calls nothing.", at, st.ID)
		return "", "", false
	}
	switch x.Do {
	case doRemove:
		e.steps = without(e.steps, i)
		return draft.Removed, "", true
	case doMove:
		return draft.Moved, "", e.move(i, x.After, at)
	case doSet, doUnset:
		kind, argument = draft.Argument, b.edit(x)
	case doForEach:
		kind, st.Loop = draft.Repeat, nil
		b.forEach(x.ForEach)
		e.relooped[st.ID] = true
	case doOnlyIf:
		kind, st.Guard = draft.Condition, nil
		b.onlyIf(x.OnlyIf)
	default:
		e.problems.addf("%s: there is no edit %q.", at, tidy(x.Do, maxName))
	}
	if len(e.problems) > before {
		return "", "", false
	}
	e.steps[i] = &st
	return kind, argument, true
}

// edit binds one argument anew, or takes it out; a required one is then asked for.
func (b *stepBuilder) edit(x answerEdit) string {
	if x.Argument == nil {
		b.problems.addf("%s: argument is missing.", b.at)
		return ""
	}
	f, ok := b.field(x.Argument.In, x.Argument.Name)
	if !ok {
		return ""
	}
	i := b.bound(f)
	arg := draft.Arg{In: f.In, Path: f.Path}
	switch {
	case x.Do == doSet:
		if arg, ok = b.value(f, *x.Argument); !ok {
			return ""
		}
	case i < 0:
		b.problems.addf("%s: argument %q is not bound.", b.at, tidy(x.Argument.Name, maxName))
		return ""
	case f.Required:
		arg = b.ask(f)
	default:
		b.step.Args = slices.Delete(b.step.Args, i, i+1)
		return arg.Key()
	}
	if i >= 0 {
		b.step.Args[i] = arg
	} else {
		b.step.Args = append(b.step.Args, arg)
	}
	return arg.Key()
}

func (e *editor) add(x answerEdit, at string) (id string, ok bool) {
	if x.NewStep == nil {
		e.problems.addf("%s: new_step is missing.", at)
		return "", false
	}
	i, ok := e.place(e.steps, x.After, at)
	if !ok {
		return "", false
	}
	st, ok := newStep(*x.NewStep, at, e.steps[:i:i], e.steps, e.off, &e.problems)
	if !ok {
		return "", false
	}
	e.steps = slices.Insert(e.steps, i, st)
	return st.ID, true
}

func (e *editor) move(i int, after, at string) bool {
	st, rest := e.steps[i], without(e.steps, i)
	to, ok := e.place(rest, after, at)
	if ok {
		e.steps = slices.Insert(rest, to, st)
	}
	return ok
}

// place is where what comes after a step stands among the others; "" is the
// beginning.
func (e *editor) place(others []*draft.Step, after, at string) (int, bool) {
	if after == "" {
		return 0, true
	}
	i := index(others, after)
	if i < 0 {
		e.problems.addf("%s: there is no other step %q to come after.", at, tidy(after, maxName))
	}
	return i + 1, i >= 0
}

func index(steps []*draft.Step, id string) int {
	return slices.IndexFunc(steps, func(st *draft.Step) bool { return st.ID == id })
}

// check finds what an edit left without its source. It is not mended by itself:
// the model must name what becomes of it, or ask.
func (e *editor) check() {
	for i, st := range e.steps {
		source := func(id, what string) {
			if j := index(e.steps, id); j < 0 || j >= i || e.steps[j].Op == nil {
				e.problems.addf("%s of step %q takes from step %q, which is not before it: add the edit that binds it anew.", what, st.ID, id)
			}
		}
		if st.Guard != nil {
			source(st.Guard.Left.Step, "only_if")
		}
		if st.Loop != nil {
			source(st.Loop.Over.Step, "for_each")
		}
		for _, a := range st.Args {
			ref := a.Value.Ref
			switch {
			case ref == nil:
			case !ref.Item:
				source(ref.Step, "argument "+a.Key())
			case st.Loop == nil || e.relooped[st.ID] && !e.hasItem(st, ref.Path):
				e.problems.addf("argument %s of step %q takes %q of an item that is no more: add the edit that binds it anew.", a.Key(), st.ID, tidy(fmt.Sprint(ref.Path), maxText))
			}
		}
	}
}

// hasItem says whether the items that a step is repeated for have a place.
func (e *editor) hasItem(st *draft.Step, path []string) bool {
	i := index(e.steps, st.Loop.Over.Step)
	return i < 0 || e.steps[i].Op == nil || lies(e.steps[i].Op, slices.Concat(st.Loop.Over.Path, []string{"*"}, path))
}

func without(steps []*draft.Step, i int) []*draft.Step {
	return slices.Concat(steps[:i], steps[i+1:])
}
