package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/apiq/apiq/shared/apierr"
)

type obj = map[string]any

func callStep(id, con, operation string, more ...any) obj {
	s := obj{"id": id, "type": "api_call", "connection": con, "operation": operation}
	for i := 0; i+1 < len(more); i += 2 {
		s[more[i].(string)] = more[i+1]
	}
	return s
}

func order(id, con, item string, more ...any) obj {
	return callStep(id, con, "createOrder", append([]any{"body", obj{"item": item}}, more...)...)
}

func value(id string, v any) obj { return obj{"id": id, "type": "transform", "value": v} }

// TestSteps runs each step type over HTTP against a real peer.
func TestSteps(t *testing.T) {
	t.Parallel()
	s := startServer(t, t.TempDir(), nil)
	p := s.register(t, "ada")
	shop := newShop(t)
	con := p.connect("Shop", shop.url)
	inner := p.save(obj{"name": "Inner", "input": obj{"type": "object", "required": []string{"n"}, "properties": obj{"n": obj{"type": "integer"}}},
		"steps": []any{value("twice", "{% $input.n * 2 %}")}, "output": obj{"twice": "{% $twice %}"}})
	failing := p.save(obj{"name": "Failing", "steps": []any{obj{"id": "no", "type": "fail", "error": "Inner.No", "cause": "because"}}})
	cases := map[string]struct {
		steps  []any
		output any
		input  any
		status string // COMPLETED where empty
		want   any    // the run's output
		err    string // the run's error
		at     map[string]string
		seen   map[string]int
	}{
		"api_call": {
			steps: []any{callStep("item", con, "getItem", "parameters", obj{"id": "{% $input.id %}"}, "output", "{% { 'n': $response.body.name, 's': $response.status } %}")},
			input: obj{"id": "b"}, output: "{% $item %}", want: obj{"n": "Book", "s": 200.0}, at: map[string]string{"item": "COMPLETED"}},
		"api_call by method and path": {
			steps:  []any{callStep("item", con, "GET /items/{id}", "parameters", obj{"id": "a"})},
			output: "{% $item.name %}", want: "Apple", at: map[string]string{"item": "COMPLETED"}},
		"api_call that is refused": {
			steps:  []any{callStep("item", con, "getItem", "parameters", obj{"id": "zzz"}), value("never", 1)},
			status: "FAILED", err: "Http.404", at: map[string]string{"item": "FAILED"}},
		"api_call, success": {
			steps:  []any{callStep("item", con, "getItem", "parameters", obj{"id": "yyy"}, "success", "{% $response.status = 404 %}", "output", "{% $response.status %}")},
			output: "{% $item %}", want: 404.0, at: map[string]string{"item": "COMPLETED"}},
		"condition, then": {
			steps: []any{obj{"id": "big", "type": "condition", "if": "{% $input.n > 10 %}", "then": []any{value("yes", "big")}, "else": []any{value("no", "small")}}},
			input: obj{"n": 11}, output: "{% $big %}", want: "big", at: map[string]string{"big": "COMPLETED", "yes": "COMPLETED"}},
		"condition, else": {
			steps: []any{obj{"id": "big", "type": "condition", "if": "{% $input.n > 10 %}", "then": []any{value("yes", "big")}, "else": []any{value("no", "small")}}},
			input: obj{"n": 1}, output: "{% $big %}", want: "small", at: map[string]string{"big": "COMPLETED", "no": "COMPLETED"}},
		"condition, skipped": {
			steps: []any{obj{"id": "big", "type": "condition", "if": "{% $input.n > 10 %}", "then": []any{value("yes", "big")}, "else": []any{}}, value("after", "went on")},
			input: obj{"n": 1}, output: "{% [$big, $after] %}", want: []any{nil, "went on"}, at: map[string]string{"big": "COMPLETED", "after": "COMPLETED"}},
		"condition, cases": {
			steps: []any{obj{"id": "size", "type": "condition", "cases": []any{
				obj{"if": "{% $input.n < 10 %}", "steps": []any{value("s", "small")}},
				obj{"if": "{% $input.n < 100 %}", "steps": []any{value("m", "middle"), value("m2", "{% $m & '!' %}")}}},
				"else": []any{value("l", "large")}}},
			input: obj{"n": 50}, output: "{% $size %}", want: "middle!", at: map[string]string{"size": "COMPLETED", "m": "COMPLETED", "m2": "COMPLETED"}},
		"loop": {
			steps: []any{callStep("all", con, "listItems"), obj{"id": "each", "type": "loop", "over": "{% $all[price < 100] %}", "as": "item",
				"do": []any{callStep("one", con, "getItem", "parameters", obj{"id": "{% $item.id %}"})}, "collect": "{% $index & ':' & $one.name %}"}},
			output: "{% $each %}", want: []any{"0:Apple", "1:Cup"},
			at: map[string]string{"all": "COMPLETED", "each": "COMPLETED", "each[0]/one": "COMPLETED", "each[1]/one": "COMPLETED"}},
		"loop over nothing": {
			steps: []any{obj{"id": "each", "type": "loop", "over": "{% $input.none %}", "as": "x", "do": []any{value("v", "{% $x %}")}}},
			input: obj{"none": []any{}}, output: "{% $each %}", want: []any{}, at: map[string]string{"each": "COMPLETED"}},
		"loop that tolerates": {
			steps: []any{obj{"id": "each", "type": "loop", "over": "{% $input.ids %}", "as": "x", "tolerate": 1, "maxConcurrency": 3,
				"do": []any{callStep("one", con, "getItem", "parameters", obj{"id": "{% $x %}"}, "output", "{% $response.body.name %}")}}},
			input: obj{"ids": []string{"a", "gone", "c"}}, output: "{% $each %}", want: []any{"Apple", nil, "Cup"},
			at: map[string]string{"each": "COMPLETED", "each[0]/one": "COMPLETED", "each[1]/one": "FAILED", "each[2]/one": "COMPLETED"}},
		"loop that tolerates less": {
			steps: []any{obj{"id": "each", "type": "loop", "over": "{% $input.ids %}", "as": "x", "tolerate": 1,
				"do": []any{callStep("one", con, "getItem", "parameters", obj{"id": "{% $x %}"})}}},
			input: obj{"ids": []string{"gone", "lost", "c"}}, status: "FAILED", err: "Loop.TooManyFailed",
			at: map[string]string{"each": "FAILED", "each[0]/one": "FAILED", "each[1]/one": "FAILED", "each[2]/one": "COMPLETED"}},
		"loop in a loop": {
			steps: []any{obj{"id": "rows", "type": "loop", "over": "{% $input.rows %}", "as": "row", "do": []any{
				obj{"id": "cells", "type": "loop", "over": "{% $row %}", "as": "cell", "do": []any{value("v", "{% $cell * 10 %}")}}}}},
			input: obj{"rows": []any{[]int{1, 2}, []int{3, 4}}}, output: "{% $rows %}", want: []any{[]any{10.0, 20.0}, []any{30.0, 40.0}},
			at: map[string]string{"rows": "COMPLETED", "rows[0]/cells": "COMPLETED", "rows[1]/cells": "COMPLETED", "rows[0]/cells[0]/v": "COMPLETED",
				"rows[0]/cells[1]/v": "COMPLETED", "rows[1]/cells[0]/v": "COMPLETED", "rows[1]/cells[1]/v": "COMPLETED"}},
		"parallel": {
			steps: []any{obj{"id": "both", "type": "parallel", "branches": obj{
				"left": []any{callStep("l", con, "getItem", "parameters", obj{"id": "a"})}, "right": []any{value("r", 2)}}}},
			output: "{% { 'l': $both.left.name, 'r': $both.right } %}", want: obj{"l": "Apple", "r": 2.0},
			at: map[string]string{"both": "COMPLETED", "l": "COMPLETED", "r": "COMPLETED"}},
		"parallel that fails": {
			steps: []any{obj{"id": "both", "type": "parallel", "branches": obj{
				"left": []any{obj{"id": "l", "type": "fail", "error": "Left.Out", "cause": "x"}}}}},
			status: "FAILED", err: "Left.Out", at: map[string]string{"both": "FAILED", "l": "FAILED"}},
		"transform": {
			steps: []any{value("v", obj{"sum": "{% $sum($input.n) %}", "plain": "x"})},
			input: obj{"n": []int{1, 2, 3}}, output: "{% $v %}", want: obj{"sum": 6.0, "plain": "x"}, at: map[string]string{"v": "COMPLETED"}},
		"transform that varies": {
			steps:  []any{value("v", "{% $uuid() %}"), value("same", "{% $length($v) %}")},
			output: "{% $same %}", want: 36.0, at: map[string]string{"v": "COMPLETED", "same": "COMPLETED"}},
		"transform that cannot be": {
			steps: []any{value("v", "{% $number('x') %}")}, status: "FAILED", err: "States.QueryEvaluationError", at: map[string]string{"v": "FAILED"}},
		"wait": {
			steps:  []any{obj{"id": "w", "type": "wait", "seconds": 1}, value("after", 1)},
			output: "{% $after %}", want: 1.0, at: map[string]string{"w": "COMPLETED", "after": "COMPLETED"}},
		"wait until the past": {
			steps:  []any{obj{"id": "w", "type": "wait", "until": "2020-01-01T00:00:00Z"}},
			output: "{% $w %}", want: nil, at: map[string]string{"w": "COMPLETED"}},
		"workflow": {
			steps:  []any{obj{"id": "sub", "type": "workflow", "workflow": inner, "input": obj{"n": 21}}},
			output: "{% $sub.twice %}", want: 42.0, at: map[string]string{"sub": "COMPLETED"}},
		"workflow whose input does not fit": {
			steps: []any{obj{"id": "sub", "type": "workflow", "workflow": inner, "input": obj{"n": "{% $lookup($input, 'n') %}"}}},
			input: obj{"n": "text"}, status: "FAILED", err: "Workflow.Refused", at: map[string]string{"sub": "FAILED"}},
		"workflow that fails": {
			steps:  []any{obj{"id": "sub", "type": "workflow", "workflow": failing}},
			status: "FAILED", err: "Inner.No", at: map[string]string{"sub": "FAILED"}},
		"fail": {
			steps:  []any{value("v", 1), obj{"id": "stop", "type": "fail", "error": "My.Error", "cause": "{% 'it is ' & $string($v) %}"}},
			status: "FAILED", err: "My.Error", at: map[string]string{"v": "COMPLETED", "stop": "FAILED"}},
		"onError continue": {
			steps:  []any{callStep("item", con, "getItem", "parameters", obj{"id": "zz"}, "onError", "continue"), value("after", "{% $item = null %}")},
			output: "{% $after %}", want: true, at: map[string]string{"item": "CONTINUED", "after": "COMPLETED"}},
		"onError steps": {
			steps:  []any{callStep("item", con, "getItem", "parameters", obj{"id": "zz"}, "onError", []any{value("instead", "second best")}), value("after", "{% $item %}")},
			output: "{% $after %}", want: "second best", at: map[string]string{"item": "CONTINUED", "instead": "COMPLETED", "after": "COMPLETED"}},
		"onError of a transform": {
			steps:  []any{obj{"id": "v", "type": "transform", "value": "{% $number('x') %}", "onError": "continue"}, value("after", "{% $v = null %}")},
			output: "{% $after %}", want: true, at: map[string]string{"v": "CONTINUED", "after": "COMPLETED"}},
		"onError of a loop": {
			steps: []any{obj{"id": "each", "type": "loop", "over": "{% [1,2] %}", "as": "x", "onError": "continue", "do": []any{
				obj{"id": "no", "type": "fail", "error": "E", "cause": "c"}}}, value("after", "{% $each = null %}")},
			output: "{% $after %}", want: true, at: map[string]string{"each": "CONTINUED", "each[0]/no": "FAILED", "after": "COMPLETED"}},
		"onError of a parallel": {
			steps: []any{obj{"id": "both", "type": "parallel", "onError": []any{value("instead", 7)}, "branches": obj{
				"left": []any{obj{"id": "l", "type": "fail", "error": "E", "cause": "c"}}}}},
			output: "{% $both %}", want: 7.0, at: map[string]string{"both": "CONTINUED", "instead": "COMPLETED", "l": "FAILED"}},
		"onError of a workflow": {
			steps:  []any{obj{"id": "sub", "type": "workflow", "workflow": failing, "onError": "continue"}},
			output: "{% $sub %}", want: nil, at: map[string]string{"sub": "CONTINUED"}},
		"onError of a tolerant loop": {
			steps: []any{obj{"id": "each", "type": "loop", "over": "{% [1,2] %}", "as": "x", "tolerate": 1, "onError": "continue", "do": []any{
				obj{"id": "no", "type": "fail", "error": "E", "cause": "c"}}}, value("after", 1)},
			output: "{% $after %}", want: 1.0, at: map[string]string{"each": "CONTINUED", "each[0]/no": "FAILED", "each[1]/no": "FAILED", "after": "COMPLETED"}},
		"no output": {steps: []any{value("v", 1)}, want: nil, at: map[string]string{"v": "COMPLETED"}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := p
			p.t = t
			def := obj{"name": name, "steps": c.steps}
			if c.output != nil {
				def["output"] = c.output
			}
			e := p.wait(p.run(def, c.input))
			status := c.status
			if status == "" {
				status = "COMPLETED"
			}
			failed := ""
			if e.Error != nil {
				failed = e.Error.Name
			}
			if e.Status != status || failed != c.err {
				t.Fatalf("%s %+v, want %s %s\n%+v", e.Status, e.Error, status, c.err, e.Steps)
			}
			if c.output != nil && status == "COMPLETED" {
				var got any
				if err := json.Unmarshal(e.Output, &got); err != nil {
					t.Fatalf("output %s: %v", e.Output, err)
				}
				if diff := cmp.Diff(c.want, got); diff != "" {
					t.Errorf("output (-want +got):\n%s", diff)
				}
			}
			at := map[string]string{}
			for _, st := range e.Steps {
				at[st.Path] = st.Status
				if st.StartedAt.IsZero() || st.EndedAt.IsZero() || st.EndedAt.Before(st.StartedAt) {
					t.Errorf("step %s from %s to %s", st.Path, st.StartedAt, st.EndedAt)
				}
				if st.Status == "FAILED" && (st.Error == nil || st.Error.Name == "") {
					t.Errorf("step %s failed and does not say why", st.Path)
				}
				if st.Status == "CONTINUED" && (st.Error == nil || st.Error.Name == "") {
					t.Errorf("step %s was continued and lost its error", st.Path)
				}
				if st.Status == "COMPLETED" && st.Error != nil {
					t.Errorf("step %s completed with an error %+v", st.Path, st.Error)
				}
			}
			if diff := cmp.Diff(c.at, at); diff != "" {
				t.Errorf("steps (-want +got):\n%s", diff)
			}
		})
	}
}

// TestStepView: what a step shows of its attempts, its value, its kin.
func TestStepView(t *testing.T) {
	t.Parallel()
	s := startServer(t, t.TempDir(), nil)
	p := s.register(t, "ada")
	shop := newShop(t)
	con := p.connect("Shop", shop.url)
	shop.script("GET /items/a", reply(500, obj{"message": "one"}), reply(503, obj{"message": "two"}, "Retry-After", "0"))
	inner := p.save(obj{"name": "Inner", "steps": []any{value("v", 5)}, "output": "{% $v %}"})
	run := p.run(obj{"steps": []any{
		callStep("item", con, "getItem", "name", "The item", "parameters", obj{"id": "a"}, "output", "{% $response.body.name %}"),
		obj{"id": "sub", "type": "workflow", "workflow": inner}}, "output": "{% [$item, $sub] %}"}, nil)
	e := p.wait(run)
	if e.Status != "COMPLETED" || string(e.Output) != `["Apple",5]` {
		t.Fatalf("%s %s %+v", e.Status, e.Output, e.Error)
	}
	item := e.Steps[0]
	if item.Attempt != 3 || len(item.Attempts) != 3 || item.Name != "The item" || string(item.Output) != `"Apple"` {
		t.Errorf("item: attempt %d of %d, %q, %s", item.Attempt, len(item.Attempts), item.Name, item.Output)
	}
	for i, a := range item.Attempts {
		want := []string{"failed", "failed", "succeeded"}[i]
		if a.Number != i+1 || a.Status != want || a.EndedAt.IsZero() || len(a.Response) == 0 || (a.Error == nil) != (i == 2) {
			t.Errorf("attempt %d: %+v", i, a)
		}
	}
	var req struct{ Method, URL string }
	var res struct {
		Status int
		Body   struct{ Name string }
	}
	if json.Unmarshal(item.Request, &req) != nil || json.Unmarshal(item.Response, &res) != nil || req.Method != "GET" || req.URL != shop.url+"/items/a" || res.Status != 200 || res.Body.Name != "Apple" {
		t.Errorf("request %s, response %s", item.Request, item.Response)
	}
	sub := p.wait(e.Steps[1].ExecutionID)
	if sub.Status != "COMPLETED" || sub.WorkflowID != inner || string(sub.Output) != "5" || string(e.Steps[1].Output) != "5" {
		t.Errorf("nested run %+v of step %+v", sub, e.Steps[1])
	}
	// The live log has each attempt's beginning and end.
	var ev struct {
		Items []struct {
			Type, Status, Path string
			Attempt, HTTP      int
		}
	}
	p.must(200, "GET", "/api/executions/"+run+"/events?limit=100", nil).into(t, &ev)
	var told []string
	for _, i := range ev.Items {
		if i.Path == "sub" && i.Status == "WAITING" {
			continue // the nested run may end before its step is seen to wait
		}
		told = append(told, strings.TrimSpace(fmt.Sprintf("%s %s %s %d %d", i.Type, i.Path, i.Status, i.Attempt, i.HTTP)))
	}
	want := []string{"run  RUNNING 0 0", "step item RUNNING 0 0", "attempt item started 1 0", "attempt item failed 1 500", "attempt item started 2 0", "attempt item failed 2 503",
		"attempt item started 3 0", "attempt item succeeded 3 200", "step item COMPLETED 0 0", "step sub RUNNING 0 0", "step sub COMPLETED 0 0", "run  COMPLETED 0 0"}
	if diff := cmp.Diff(want, told); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}

// TestConcurrency: a loop runs as many items at once as it says, and no more.
func TestConcurrency(t *testing.T) {
	t.Parallel()
	s := startServer(t, t.TempDir(), nil)
	p := s.register(t, "ada")
	shop := newShop(t)
	con := p.connect("Shop", shop.url)
	g := newGate()
	for range 9 {
		shop.script("GET /items/a", g.then(shop.serve))
	}
	run := p.run(obj{"steps": []any{obj{"id": "each", "type": "loop", "over": "{% $input.ids %}", "as": "x", "maxConcurrency": 3,
		"do": []any{callStep("one", con, "getItem", "parameters", obj{"id": "{% $x %}"})}, "collect": "{% $index %}"}}, "output": "{% $each %}"},
		obj{"ids": slices.Repeat([]string{"a"}, 9)})
	for range 3 {
		await(t, g.reached, "a request of the loop")
	}
	close(g.open)
	if e := p.wait(run); e.Status != "COMPLETED" || string(e.Output) != "[0,1,2,3,4,5,6,7,8]" {
		t.Fatalf("%s %s %+v", e.Status, e.Output, e.Error)
	}
	if shop.most != 3 {
		t.Errorf("%d requests at once, want 3", shop.most)
	}
}

// TestInput: a run's input is held to the workflow's schema.
func TestInput(t *testing.T) {
	t.Parallel()
	s := startServer(t, t.TempDir(), nil)
	p := s.register(t, "ada")
	flow := p.save(obj{"input": obj{"type": "object", "required": []string{"n", "who"}, "additionalProperties": false, "properties": obj{
		"n": obj{"type": "integer", "minimum": 1}, "who": obj{"type": "object", "properties": obj{"mail": obj{"type": "string"}}}}},
		"steps": []any{value("v", "{% $input.n %}")}})
	at := "/api/workflows/" + flow + "/execute"
	p.refused(apierr.ValidationFailed, "POST", at, obj{}, "/input/n", "/input/who")
	p.refused(apierr.ValidationFailed, "POST", at, obj{"input": obj{"n": "x", "who": obj{}}}, "/input/n")
	p.refused(apierr.ValidationFailed, "POST", at, obj{"input": obj{"n": 0, "who": obj{"mail": 1}}}, "/input/n", "/input/who/mail")
	p.refused(apierr.ValidationFailed, "POST", at, obj{"input": []int{1}}, "/input")
	p.refused(apierr.ValidationFailed, "POST", at, obj{"input": "text"}, "/input")
	p.refused(apierr.NotFound, "POST", at, obj{"version": 9, "input": obj{"n": 1, "who": obj{}}})
	p.refused(apierr.ValidationFailed, "POST", at, obj{"version": 0}, "/version")
	big := obj{"n": 1, "who": obj{"mail": strings.Repeat("x", 260<<10)}}
	if a := p.send("POST", at, obj{"input": big}); a.status != 400 && a.status != 413 {
		t.Errorf("an input of 260 KiB: %d %s", a.status, a.Code)
	}
	if n := len(items(t, p.must(200, "GET", "/api/executions", nil))); n != 0 {
		t.Errorf("%d runs of refused inputs", n)
	}
	// Documents that cannot be are refused with their paths, by whichever door.
	bad := map[string]obj{
		"/definition/steps/0/type":  {"apiq": "1", "name": "W", "steps": []any{obj{"id": "a", "type": "magic"}}},
		"/definition/steps/1/value": {"apiq": "1", "name": "W", "steps": []any{value("a", 1), value("b", "{% $later %}"), value("later", 1)}},
		"/definition/steps/0/value": {"apiq": "1", "name": "W", "steps": []any{value("a", "{% $eval('1') %}")}},
		"/definition/apiq":          {"apiq": "2", "name": "W", "steps": []any{value("a", 1)}},
		"/definition/steps":         {"apiq": "1", "name": "W", "steps": []any{}},
		"/definition/steps/0/zzz":   {"apiq": "1", "name": "W", "steps": []any{obj{"id": "a", "type": "transform", "value": 1, "zzz": 1}}},
	}
	for _, path := range slices.Sorted(maps.Keys(bad)) {
		a := p.send("POST", "/api/workflows", obj{"definition": bad[path]})
		if a.status != 422 && a.status != 400 || !slices.ContainsFunc(a.Errors, func(e struct{ Path, Code, Message string }) bool {
			return e.Path == path || e.Path == strings.TrimPrefix(path, "/definition")
		}) {
			t.Errorf("%s: %d %s", path, a.status, a.raw)
		}
	}
	// What names a connection that is not there runs never.
	ghost := p.save(obj{"steps": []any{callStep("x", "con_0190aaaa-0000-7000-8000-000000000000", "listItems")}})
	p.refused(apierr.WorkflowInvalid, "POST", "/api/workflows/"+ghost+"/execute", obj{})
}

// pathOf names a step in the URL of its decision.
func pathOf(run, step string) string {
	return "/api/executions/" + run + "/steps/" + url.PathEscape(step) + "/resolve"
}

// TestApproval: approve, reject, approvers, time-out, twice, in a loop.
func TestApproval(t *testing.T) {
	t.Parallel()
	s := startServer(t, t.TempDir(), nil)
	p := s.register(t, "ada")
	bob := s.invite(t, p, "bob", "USER")
	shop := newShop(t)
	con := p.connect("Shop", shop.url)
	ask := func(more ...any) obj {
		a := obj{"id": "ok", "type": "approval", "message": "{% 'Order ' & $input.item & '?' %}"}
		for i := 0; i+1 < len(more); i += 2 {
			a[more[i].(string)] = more[i+1]
		}
		return a
	}
	def := func(a obj) obj {
		return obj{"steps": []any{a, callStep("buy", con, "createOrder", "body", obj{"item": "{% $input.item %}"})}, "output": "{% $ok.comment %}"}
	}
	waiting := func(t *testing.T, run string) execution1 {
		t.Helper()
		e := p.wait(run, "WAITING")
		if e.Status != "WAITING" {
			t.Fatalf("%s %+v", e.Status, e.Error)
		}
		return e
	}
	t.Run("approve", func(t *testing.T) {
		t.Parallel()
		run := p.run(def(ask()), obj{"item": "p1"})
		e := waiting(t, run)
		if e.step(t, "ok") != "WAITING" || e.Steps[0].Message != "Order p1?" {
			t.Errorf("%+v", e.Steps)
		}
		p.refused(apierr.ValidationFailed, "POST", pathOf(run, "ok"), obj{"decision": "done"}, "/decision")
		p.refused(apierr.ValidationFailed, "POST", pathOf(run, "ok"), obj{"decision": "maybe"}, "/decision")
		p.refused(apierr.Conflict, "POST", pathOf(run, "buy"), obj{"decision": "approve"})
		if shop.seen("POST /orders p1") != 0 {
			t.Error("ordered before the approval")
		}
		p.must(200, "POST", pathOf(run, "ok"), obj{"decision": "approve", "comment": "fine"})
		if e = p.wait(run); e.Status != "COMPLETED" || string(e.Output) != `"fine"` || shop.seen("POST /orders p1") != 1 {
			t.Errorf("%s %s %+v", e.Status, e.Output, e.Error)
		}
		p.refused(apierr.Conflict, "POST", pathOf(run, "ok"), obj{"decision": "approve"})
	})
	t.Run("reject", func(t *testing.T) {
		t.Parallel()
		run := p.run(def(ask()), obj{"item": "p2"})
		waiting(t, run)
		p.must(200, "POST", pathOf(run, "ok"), obj{"decision": "reject", "comment": "no"})
		if e := p.wait(run); e.Status != "FAILED" || e.Error.Name != "Approval.Rejected" || e.step(t, "ok") != "FAILED" || shop.seen("POST /orders p2") != 0 {
			t.Errorf("%s %+v", e.Status, e.Error)
		}
	})
	t.Run("time-out", func(t *testing.T) {
		t.Parallel()
		run := p.run(def(ask("timeoutSeconds", 1)), obj{"item": "p3"})
		e := p.wait(run)
		if e.Status != "FAILED" || e.Error.Name != "States.Timeout" || e.step(t, "ok") != "FAILED" {
			t.Errorf("%s %+v %+v", e.Status, e.Error, e.Steps)
		}
		p.refused(apierr.Conflict, "POST", pathOf(run, "ok"), obj{"decision": "approve"})
	})
	t.Run("approvers", func(t *testing.T) {
		t.Parallel()
		run := p.run(def(ask("approvers", []string{"bob@example.com"})), obj{"item": "p4"})
		waiting(t, run)
		p.refused(apierr.Forbidden, "POST", pathOf(run, "ok"), obj{"decision": "approve"})
		bob.must(200, "POST", pathOf(run, "ok"), obj{"decision": "approve"})
		if e := p.wait(run); e.Status != "COMPLETED" {
			t.Errorf("%s %+v", e.Status, e.Error)
		}
	})
	t.Run("a role approves", func(t *testing.T) {
		t.Parallel()
		run := p.run(def(ask("approvers", []string{"ADMIN"})), obj{"item": "p5"})
		waiting(t, run)
		bob.refused(apierr.Forbidden, "POST", pathOf(run, "ok"), obj{"decision": "approve"})
		p.must(200, "POST", pathOf(run, "ok"), obj{"decision": "approve"})
		p.wait(run)
	})
	t.Run("in a loop", func(t *testing.T) {
		t.Parallel()
		run := p.run(obj{"steps": []any{obj{"id": "each", "type": "loop", "over": "{% $input.items %}", "as": "it", "maxConcurrency": 2, "do": []any{
			obj{"id": "sure", "type": "approval", "message": "{% $it %}"}}, "collect": "{% $sure.decision & ' ' & $it %}"}}, "output": "{% $each %}"},
			obj{"items": []string{"x", "y"}})
		waiting(t, run)
		for len(p.execution(run).Steps) < 3 { // both items wait
			p.must(200, "GET", "/api/executions/"+run+"/events?wait=1&after=2", nil)
		}
		p.must(200, "POST", pathOf(run, "each[1]/sure"), obj{"decision": "approve"})
		if e := p.execution(run); e.Status != "WAITING" {
			t.Errorf("%s while one item still waits", e.Status)
		}
		p.must(200, "POST", pathOf(run, "each[0]/sure"), obj{"decision": "approve"})
		if e := p.wait(run); e.Status != "COMPLETED" || string(e.Output) != `["approve x","approve y"]` {
			t.Errorf("%s %s %+v", e.Status, e.Output, e.Error)
		}
	})
	t.Run("two at once", func(t *testing.T) {
		t.Parallel()
		run := p.run(def(ask()), obj{"item": "p6"})
		waiting(t, run)
		got := make(chan int, 8)
		for range 8 {
			go func() { got <- p.send("POST", pathOf(run, "ok"), obj{"decision": "approve"}).status }()
		}
		counts := map[int]int{}
		for range 8 {
			counts[await(t, got, "an answer")]++
		}
		if counts[200] != 1 || counts[409] != 7 {
			t.Errorf("eight approvals: %v", counts)
		}
		p.wait(run)
		if shop.seen("POST /orders p6") != 1 {
			t.Error("ordered more than once")
		}
	})
	t.Run("cancelled while waiting", func(t *testing.T) {
		t.Parallel()
		run := p.run(def(ask()), obj{"item": "p7"})
		waiting(t, run)
		p.must(200, "POST", "/api/executions/"+run+"/cancel", nil)
		e := p.wait(run)
		if e.Status != "CANCELLED" || e.step(t, "ok") != "CANCELLED" {
			t.Errorf("%s %+v", e.Status, e.Steps)
		}
		p.refused(apierr.Conflict, "POST", pathOf(run, "ok"), obj{"decision": "approve"})
		// Retried, it asks anew.
		p.must(200, "POST", "/api/executions/"+run+"/retry", nil)
		waiting(t, run)
		p.must(200, "POST", pathOf(run, "ok"), obj{"decision": "approve"})
		if e = p.wait(run); e.Status != "COMPLETED" || shop.seen("POST /orders p7") != 1 {
			t.Errorf("%s %+v", e.Status, e.Error)
		}
	})
}
