package main

import (
	"fmt"

	"github.com/apiq/apiq/shared/effect"
	"github.com/apiq/apiq/shared/execution"
)

type obj = map[string]any

// call is a request that a run makes, once.
type call struct {
	class effect.Class
	// name is how the peer hears of it, after the run's tag and a dot; path is its step's.
	name, path string
	// after are the calls that must be over, by name.
	after []string
}

// kind is a sort of run: its workflow, and what must come of it.
type kind struct {
	name        string
	steps       []any
	output      string
	concurrency obj

	calls []call
	// shown is how many steps the run must show, ask what a person answers to approvals.
	shown int
	ask   string
	// status and failure are how it must end; names what its output must be.
	status  execution.Status
	failure string
	names   []string
	// told: an event starts it. cancel: a person stops it at some moment, so that what
	// comes late may not come at all.
	told, cancel bool
	// nested is the kind of the run that its step "sub" starts, under the tag with ".in".
	nested string
}

// Kinds that are treated by name: inner is started by runs only, the runs of queued
// follow each other, and caught goes on after a failure.
const inner, queued, caught = "inner", "queue", "caught"

// kinds is the mix. A definition finds the connection, and other kinds' workflows, by
// the functions.
func kinds(con string, flow func(kind string) string) []kind {
	b := builder{con}
	look, set, order, note := effect.Safe, effect.Idempotent, effect.Keyed, effect.Unsafe
	ask := obj{"id": "ask", "type": "approval", "message": "Go on?"}
	in := func(name string) string { return "{% $input.tag & '." + name + "' %}" }
	item := func(name string) string { return "{% $input.tag & '." + name + "' & $string($i) %}" }
	step := func(id string, c effect.Class) obj { return b.step(id, c, in(id)) }
	row := func(classes ...effect.Class) (steps []any, calls []call) {
		for i, c := range classes {
			id := fmt.Sprintf("s%d", i)
			steps = append(steps, step(id, c))
			one := call{class: c, name: id, path: id}
			if i > 0 {
				one.after = []string{fmt.Sprintf("s%d", i-1)}
			}
			calls = append(calls, one)
		}
		return steps, calls
	}
	long, longCalls := row(look, set, order, note, look, note, order, set)
	short, shortCalls := row(set, order, note)
	refusing, handled := b.step("no", note, in("no"+refusedName)), b.step("no", note, in("no"+refusedName))
	handled["onError"] = "continue"
	refused := call{class: note, name: "no" + refusedName, path: "no", after: []string{"a"}}
	var each []call
	var last []string
	for i := range 5 {
		first, second := fmt.Sprintf("a%d", i), fmt.Sprintf("b%d", i)
		each = append(each, call{order, first, fmt.Sprintf("each[%d]/a", i), nil}, call{note, second, fmt.Sprintf("each[%d]/b", i), []string{first}})
		last = append(last, second)
	}
	return []kind{
		{name: inner, steps: short, output: "{% [$s0.name, $s1.name, $s2.name] %}", calls: shortCalls, shown: 3, names: []string{"s0", "s1", "s2"}},
		{name: "sequence", steps: long, output: "{% [$s0.name, $s1.name, $s2.name, $s3.name, $s4.name, $s5.name, $s6.name, $s7.name] %}",
			calls: longCalls, shown: 8, names: []string{"s0", "s1", "s2", "s3", "s4", "s5", "s6", "s7"}},
		{name: "loop", steps: []any{
			obj{"id": "each", "type": "loop", "over": "{% [0..4] %}", "as": "i", "maxConcurrency": 3, "do": []any{b.step("a", order, item("a")), b.step("b", note, item("b"))}},
			step("end", set)}, output: "{% $append($each.name, $end.name) %}",
			calls: append(each, call{set, "end", "end", last}), shown: 12, names: append(last, "end")},
		{name: "parallel", steps: []any{
			obj{"id": "both", "type": "parallel", "branches": obj{"left": []any{step("l0", set), step("l1", note)}, "right": []any{step("r0", order), step("r1", look)}}},
			step("end", order)}, output: "{% [$both.left.name, $both.right.name, $end.name] %}",
			calls: []call{{set, "l0", "l0", nil}, {note, "l1", "l1", []string{"l0"}}, {order, "r0", "r0", nil}, {look, "r1", "r1", []string{"r0"}}, {order, "end", "end", []string{"l1", "r1"}}},
			shown: 6, names: []string{"l1", "r1", "end"}},
		{name: "approved", steps: []any{step("a", order), ask, step("b", note)}, output: "{% [$a.name, $b.name] %}", ask: execution.Approve,
			calls: []call{{order, "a", "a", nil}, {note, "b", "b", []string{"a"}}}, shown: 3, names: []string{"a", "b"}},
		{name: "rejected", steps: []any{step("a", note), ask, step("b", order)}, ask: execution.Reject, status: execution.Failed, failure: "Approval.Rejected",
			calls: []call{{note, "a", "a", nil}}, shown: 2},
		{name: "wait", steps: []any{step("a", set), obj{"id": "w", "type": "wait", "seconds": 1}, obj{"id": "v", "type": "transform", "value": obj{"seen": "{% $a.name %}"}},
			obj{"id": "c", "type": "condition", "if": "{% $v.seen = $input.tag & '.a' %}", "then": []any{step("b", order)}, "else": []any{step("x", note)}}}, output: "{% [$v.seen, $c.name] %}",
			calls: []call{{set, "a", "a", nil}, {order, "b", "b", []string{"a"}}}, shown: 5, names: []string{"a", "b"}},
		{name: "nested", steps: []any{step("a", order), obj{"id": "sub", "type": "workflow", "workflow": flow(inner), "input": obj{"tag": "{% $input.tag & '.in' %}"}}, step("b", note)},
			output: "{% $append($append($a.name, $sub), $b.name) %}", calls: []call{{order, "a", "a", nil}, {note, "b", "b", []string{"in.s2"}}},
			shown: 3, names: []string{"a", "in.s0", "in.s1", "in.s2", "b"}, nested: inner},
		{name: queued, steps: short, output: "{% [$s0.name, $s1.name, $s2.name] %}", calls: shortCalls, shown: 3, names: []string{"s0", "s1", "s2"},
			concurrency: obj{"policy": "queue"}},
		{name: "refused", steps: []any{step("a", order), refusing, step("b", set)}, status: execution.Failed, failure: "Http.422",
			calls: []call{{order, "a", "a", nil}, refused}, shown: 2},
		{name: caught, steps: []any{step("a", note), handled, step("b", order)}, output: "{% [$a.name, $b.name] %}",
			calls: []call{{note, "a", "a", nil}, refused, {order, "b", "b", []string{refused.name}}}, shown: 3, names: []string{"a", "b"}},
		{name: "told", steps: short, output: "{% [$s0.name, $s1.name, $s2.name] %}", calls: shortCalls, shown: 3, names: []string{"s0", "s1", "s2"}, told: true},
		{name: "cancelled", steps: append(long[:len(long):len(long)], obj{"id": "w", "type": "wait", "seconds": 2}, step("end", note)), calls: append(longCalls[:len(longCalls):len(longCalls)],
			call{note, "end", "end", []string{"s7"}}), cancel: true},
		{name: "failing", steps: []any{step("a", note), obj{"id": "no", "type": "fail", "error": "Chaos.Meant", "cause": "it was to fail"}}, status: execution.Failed, failure: "Chaos.Meant",
			calls: []call{{note, "a", "a", nil}}, shown: 2},
	}
}

// builder makes steps that call the peer.
type builder struct{ con string }

func (b builder) step(id string, c effect.Class, name string) obj {
	s := obj{"id": id, "type": "api_call", "connection": b.con}
	switch c {
	case effect.Safe:
		s["operation"], s["parameters"] = "look", obj{"name": name}
	case effect.Idempotent:
		s["operation"], s["parameters"], s["body"] = "set", obj{"name": name}, obj{"name": name}
	case effect.Keyed:
		s["operation"], s["body"] = "order", obj{"name": name}
	case effect.Unsafe:
		s["operation"], s["body"] = "note", obj{"name": name}
	}
	return s
}

// document is the kind's workflow.
func (k kind) document() obj {
	d := obj{"apiq": "1", "name": k.name, "steps": k.steps}
	if k.output != "" {
		d["output"] = k.output
	}
	if k.concurrency != nil {
		d["concurrency"] = k.concurrency
	}
	return d
}

// end is how the run must end.
func (k kind) end() execution.Status {
	if k.status == "" {
		return execution.Completed
	}
	return k.status
}
