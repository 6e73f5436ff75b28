package draft

import (
	"reflect"
	"slices"
	"strings"
)

// Kinds of a Change.
const (
	Added     = "added"     // a step
	Removed   = "removed"   // a step
	Moved     = "moved"     // a step, among the others
	Argument  = "argument"  // of a step
	Repeat    = "repeat"    // what a step is repeated for
	Condition = "condition" // what a step depends on
	Called    = "called"    // a step's operation, or what its pause says
	Titled    = "titled"    // the plan's name or description
)

// Change is one difference between two drafts.
type Change struct {
	Kind string `json:"kind"`
	Step string `json:"step,omitempty"`
	// Argument is an Arg's Key.
	Argument string `json:"argument,omitempty"`
	// From and To say in plain words what was and what is; empty for nothing.
	From string `json:"from,omitempty"`
	To   string `json:"to,omitempty"`
}

// Key is the argument's place as one string.
func (a Arg) Key() string { return a.In + ":" + strings.Join(a.Path, ".") }

// Diff lists what next does that last does not, and the other way round. Steps are
// the same by their id. The order of the steps is compared without those in
// moved: of two that change places either may be the one that was moved.
func Diff(last, next *Draft, moved ...string) []Change {
	var out []Change
	if last.Name != next.Name || last.Description != next.Description {
		out = append(out, Change{Kind: Titled, From: last.Name, To: next.Name})
	}
	var before, after []string
	for _, st := range last.Steps {
		if _, ok := next.Find(st.ID); !ok {
			out = append(out, Change{Kind: Removed, Step: st.ID, From: st.label()})
		} else if !slices.Contains(moved, st.ID) {
			before = append(before, st.ID)
		}
	}
	for i, st := range next.Steps {
		old, ok := last.Find(st.ID)
		if !ok {
			out = append(out, Change{Kind: Added, Step: st.ID, To: st.label()})
			continue
		}
		if !slices.Contains(moved, st.ID) {
			after = append(after, st.ID)
		} else if follows(last, st.ID) != follows(next, st.ID) {
			to := "first"
			if i > 0 {
				to = "after " + next.Steps[i-1].ID
			}
			out = append(out, Change{Kind: Moved, Step: st.ID, To: to})
		}
		out = append(out, old.diff(st)...)
	}
	for i, id := range after {
		if i >= len(before) || before[i] != id {
			out = append(out, Change{Kind: Moved, Step: id})
		}
	}
	return out
}

// follows is the id of the step before one.
func follows(d *Draft, id string) string {
	for i, st := range d.Steps {
		if st.ID == id && i > 0 {
			return d.Steps[i-1].ID
		}
	}
	return ""
}

func (s *Step) diff(next *Step) []Change {
	var out []Change
	if s.Op != next.Op || s.Approval != next.Approval || s.Entry != next.Entry && (s.Entry == nil || next.Entry == nil || s.Entry.Connection != next.Entry.Connection) {
		out = append(out, Change{Kind: Called, Step: s.ID, From: s.label(), To: next.label()})
	}
	for _, a := range s.Args {
		if i := slices.IndexFunc(next.Args, func(b Arg) bool { return b.Key() == a.Key() }); i < 0 {
			out = append(out, Change{Kind: Argument, Step: s.ID, Argument: a.Key(), From: a.Value.text()})
		} else if !same(a.Value, next.Args[i].Value) {
			out = append(out, Change{Kind: Argument, Step: s.ID, Argument: a.Key(), From: a.Value.text(), To: next.Args[i].Value.text()})
		}
	}
	for _, b := range next.Args {
		if !slices.ContainsFunc(s.Args, func(a Arg) bool { return a.Key() == b.Key() }) {
			out = append(out, Change{Kind: Argument, Step: s.ID, Argument: b.Key(), To: b.Value.text()})
		}
	}
	if !reflect.DeepEqual(s.Loop, next.Loop) {
		out = append(out, Change{Kind: Repeat, Step: s.ID, From: s.Loop.text(), To: next.Loop.text()})
	}
	if !reflect.DeepEqual(s.Guard, next.Guard) {
		out = append(out, Change{Kind: Condition, Step: s.ID, From: s.Guard.text(), To: next.Guard.text()})
	}
	return out
}

// same compares what is bound; an input is the same by its name.
func same(a, b Value) bool {
	if a.Input != nil && b.Input != nil {
		return a.Input.Name == b.Input.Name
	}
	return reflect.DeepEqual(a, b)
}

// label is what a person reads for a step.
func (s *Step) label() string {
	if s.Op == nil {
		return Clip(s.Approval, 100)
	}
	return "“" + Title(s.Op) + "” in " + s.Entry.Name
}

func (v Value) text() string {
	switch {
	case v.Input != nil:
		return fromAnswer
	case v.Ref != nil && v.Ref.Item:
		return strings.Join(append([]string{"the item"}, v.Ref.Path...), " ")
	case v.Ref != nil:
		return v.Ref.text()
	}
	return Clip(string(v.Literal), 60)
}

func (r Ref) text() string { return strings.Join(append([]string{r.Step}, r.Path...), "/") }

func (l *Loop) text() string {
	if l == nil {
		return ""
	}
	return l.Over.text()
}

func (g *Guard) text() string {
	if g == nil {
		return ""
	}
	return Clip(g.Text, 100)
}
