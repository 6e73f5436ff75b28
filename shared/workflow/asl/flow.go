package asl

import (
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/apiq/apiq/shared/expr"
	"github.com/apiq/apiq/shared/workflow"
)

// condition: what is undefined or not true in JSONata's sense is false, because a
// Choice fails on anything but a boolean.
func (f *frame) condition(s *workflow.Step, name string, o owner, to target) {
	choose := &state{Type: "Choice"}
	f.put(name, o, choose)
	skipped := false
	way := func(steps []workflow.Step) string {
		if len(steps) == 0 {
			skipped = true
			return s.ID + ".skipped"
		}
		return steps[0].ID
	}
	cases := s.Cases
	if len(cases) == 0 {
		cases = []workflow.Case{{If: s.If, Steps: s.Then}}
	}
	for _, c := range cases {
		src, _ := expr.Unwrap(c.If) // Parse lets nothing else through
		choose.Choices = append(choose.Choices, choice{Condition: expr.Wrap(f.bound(src) + " ? true : false"), Next: way(c.Steps)})
	}
	choose.Default = way(s.Else)
	for _, c := range cases {
		f.sequence(c.Steps, to.next, to.names)
	}
	f.sequence(s.Else, to.next, to.names)
	if skipped {
		f.put(s.ID+".skipped", owner{s, RoleInternal}, f.finish(to, &state{Type: "Pass"}, null))
	}
}

// parallel: branches in the order of their names; the value is an object.
func (f *frame) parallel(s *workflow.Step, name string, o owner, to target) {
	st := &state{Type: "Parallel", Catch: catch(s)}
	var value strings.Builder
	for i, branch := range slices.Sorted(maps.Keys(s.Branches)) {
		in := f.inner()
		in.sequence(s.Branches[branch], "", nil)
		st.Branches = append(st.Branches, machine{StartAt: s.Branches[branch][0].ID, States: in.states})
		if i > 0 {
			value.WriteString(", ")
		}
		value.WriteString(quote(branch) + ": $states.result[" + strconv.Itoa(i) + "]")
	}
	f.put(name, o, f.finish(to, st, expr.Wrap("{"+value.String()+"}")))
}

// varying finds functions that give another value each time they are called.
var varying = regexp.MustCompile(`\$(uuid|random|shuffle|now|millis)\b`)

// transform: Assign and Output are evaluated each for itself, so that a value
// that varies is made in one state and assigned in the next.
func (f *frame) transform(s *workflow.Step, name string, o owner, to target) {
	value := f.value(s.Value)
	if !varying.Match(s.Value) {
		f.put(name, o, f.finish(to, &state{Type: "Pass"}, value))
		return
	}
	f.put(name, o, &state{Type: "Pass", Output: value, Next: s.ID + ".value"})
	f.put(s.ID+".value", owner{s, RoleEnd}, f.finish(to, &state{Type: "Pass"}, "{% $states.input %}"))
}

// wait: the value is null.
func (f *frame) wait(s *workflow.Step, name string, o owner, to target) {
	st := &state{Type: "Wait"}
	if s.Until != "" {
		st.Timestamp = s.Until
		if src, ok := expr.Unwrap(s.Until); ok {
			st.Timestamp = expr.Wrap(f.bound(src))
		}
	} else {
		st.Seconds = s.Seconds
		if src, ok := whole(s.Seconds); ok {
			st.Seconds = expr.Wrap(f.bound(src))
		}
	}
	f.put(name, o, f.finish(to, st, null))
}

// loop is a Map. An item begins with a state that gives it its names.
func (f *frame) loop(s *workflow.Step, name string, o owner, to target) {
	l := loop{id: s.ID, index: f.fresh(s.ID + "_index")}
	item := f.inner(l)
	item.put(s.ID+".item", owner{s, RoleInternal}, &state{
		Type:   "Pass",
		Assign: map[string]any{item.variable(s.As): "{% $states.input.item %}", l.index: "{% $states.input.index %}"},
		Next:   s.Do[0].ID,
	})
	if len(s.Collect) == 0 {
		item.sequence(s.Do, "", nil)
	} else {
		item.sequence(s.Do, s.ID+".collect", nil)
		item.put(s.ID+".collect", owner{s, RoleInternal}, &state{Type: "Pass", Output: output(item.value(s.Collect)), End: true})
	}
	body, start := item.states, s.ID+".item"
	if s.Tolerate > 0 {
		body, start = f.tolerant(s, l, item.states), s.ID+".try"
	}
	src, _ := expr.Unwrap(s.Over)
	st := &state{
		Type: "Map",
		// One value that is no array counts as an array of one: JSONata gives a path's
		// only match without its array.
		Items:          expr.Wrap("($v := " + f.bound(src) + "; $v = null ? [] : [$v])"),
		ItemSelector:   map[string]any{"item": "{% $states.context.Map.Item.Value %}", "index": "{% $states.context.Map.Item.Index %}"},
		MaxConcurrency: max(1, s.MaxConcurrency),
		ItemProcessor:  &processor{ProcessorConfig: processorConfig{Mode: "INLINE"}, machine: machine{StartAt: start, States: body}},
	}
	if s.Tolerate == 0 {
		st.Catch = catch(s)
		f.put(name, o, f.finish(to, st, "{% $states.result %}"))
		return
	}
	f.put(name, o, st)
	f.count(s, st, to)
}

// tolerant runs an item's states where their failure can be caught.
func (f *frame) tolerant(s *workflow.Step, l loop, item *states) *states {
	outer := f.inner(l)
	outer.put(s.ID+".try", owner{s, RoleInternal}, &state{
		Type:     "Parallel",
		Branches: []machine{{StartAt: s.ID + ".item", States: item}},
		Output:   `{% {"ok": true, "value": $states.result[0]} %}`,
		Catch: []catcher{{
			ErrorEquals: []string{"States.ALL"}, Next: s.ID + ".lost",
			Output: `{% {"ok": false, "error": $states.errorOutput.Error} %}`,
		}},
		End: true,
	})
	outer.put(s.ID+".lost", owner{s, RoleInternal}, &state{Type: "Pass", End: true})
	return outer.states
}

// values takes the items' values out of what tolerant gives: null for a lost one.
// $map gives a single result without its array, hence the case of one item.
const values = `($r := $states.result; $n := $count($r); ` +
	`{"lost": $count($r[ok = false]), "value": $n = 0 ? [] : $n = 1 ? ` +
	`($v := $r[0].value; $type($v) = "array" ? [[$v]] : $exists($v) ? [$v] : [null]) : ` +
	`$map($r, function($x) { $x.ok ? $x.value : null })})`

// count decides whether a tolerant loop succeeded.
func (f *frame) count(s *workflow.Step, st *state, to target) {
	st.Output = expr.Wrap(values)
	st.Next = s.ID + ".count"
	f.put(s.ID+".count", owner{s, RoleInternal}, &state{
		Type:    "Choice",
		Choices: []choice{{Condition: expr.Wrap("$states.input.lost > " + strconv.Itoa(s.Tolerate)), Next: s.ID + ".exceeded"}},
		Default: s.ID + ".value",
	})
	f.put(s.ID+".exceeded", owner{s, RoleInternal}, &state{
		Type: "Fail", Error: ErrorTooManyFailed,
		Cause: "More items failed than the " + strconv.Itoa(s.Tolerate) + " that the loop tolerates.",
	})
	f.put(s.ID+".value", owner{s, RoleEnd}, f.finish(to, &state{Type: "Pass"}, "{% $states.input.value %}"))
}
