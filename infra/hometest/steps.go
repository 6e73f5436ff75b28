package hometest

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// testSteps runs each step type over HTTP against a real peer.
func testSteps(t *testing.T, h *house) {
	p := Register(t, h, "ada")
	shop := NewShop(t)
	con := p.Connect("Shop", shop.URL)
	inner := p.Save(Obj{"name": "Inner", "input": Obj{"type": "object", "required": []string{"n"}, "properties": Obj{"n": Obj{"type": "integer"}}},
		"steps": []any{ValueStep("twice", "{% $input.n * 2 %}")}, "output": Obj{"twice": "{% $twice %}"}})
	failing := p.Save(Obj{"name": "Failing", "steps": []any{Obj{"id": "no", "type": "fail", "error": "Inner.No", "cause": "because"}}})
	cases := map[string]struct {
		steps  []any
		output any
		input  any
		status string // COMPLETED where empty
		want   any    // the run's output
		err    string // the run's error
		at     map[string]string
	}{
		"api_call": {
			steps: []any{CallStep("item", con, "getItem", "parameters", Obj{"id": "{% $input.id %}"}, "output", "{% { 'n': $response.body.name, 's': $response.status } %}")},
			input: Obj{"id": "b"}, output: "{% $item %}", want: Obj{"n": "Book", "s": 200.0}, at: map[string]string{"item": "COMPLETED"}},
		"api_call by method and path": {
			steps:  []any{CallStep("item", con, "GET /items/{id}", "parameters", Obj{"id": "a"})},
			output: "{% $item.name %}", want: "Apple", at: map[string]string{"item": "COMPLETED"}},
		"api_call that is refused": {
			steps:  []any{CallStep("item", con, "getItem", "parameters", Obj{"id": "zzz"}), ValueStep("never", 1)},
			status: "FAILED", err: "Http.404", at: map[string]string{"item": "FAILED"}},
		"api_call, success": {
			steps:  []any{CallStep("item", con, "getItem", "parameters", Obj{"id": "yyy"}, "success", "{% $response.status = 404 %}", "output", "{% $response.status %}")},
			output: "{% $item %}", want: 404.0, at: map[string]string{"item": "COMPLETED"}},
		"condition, then": {
			steps: []any{Obj{"id": "big", "type": "condition", "if": "{% $input.n > 10 %}", "then": []any{ValueStep("yes", "big")}, "else": []any{ValueStep("no", "small")}}},
			input: Obj{"n": 11}, output: "{% $big %}", want: "big", at: map[string]string{"big": "COMPLETED", "yes": "COMPLETED"}},
		"condition, else": {
			steps: []any{Obj{"id": "big", "type": "condition", "if": "{% $input.n > 10 %}", "then": []any{ValueStep("yes", "big")}, "else": []any{ValueStep("no", "small")}}},
			input: Obj{"n": 1}, output: "{% $big %}", want: "small", at: map[string]string{"big": "COMPLETED", "no": "COMPLETED"}},
		"condition, skipped": {
			steps: []any{Obj{"id": "big", "type": "condition", "if": "{% $input.n > 10 %}", "then": []any{ValueStep("yes", "big")}, "else": []any{}}, ValueStep("after", "went on")},
			input: Obj{"n": 1}, output: "{% [$big, $after] %}", want: []any{nil, "went on"}, at: map[string]string{"big": "COMPLETED", "after": "COMPLETED"}},
		"condition, cases": {
			steps: []any{Obj{"id": "size", "type": "condition", "cases": []any{
				Obj{"if": "{% $input.n < 10 %}", "steps": []any{ValueStep("s", "small")}},
				Obj{"if": "{% $input.n < 100 %}", "steps": []any{ValueStep("m", "middle"), ValueStep("m2", "{% $m & '!' %}")}}},
				"else": []any{ValueStep("l", "large")}}},
			input: Obj{"n": 50}, output: "{% $size %}", want: "middle!", at: map[string]string{"size": "COMPLETED", "m": "COMPLETED", "m2": "COMPLETED"}},
		"loop": {
			steps: []any{CallStep("all", con, "listItems"), Obj{"id": "each", "type": "loop", "over": "{% $all[price < 100] %}", "as": "item",
				"do": []any{CallStep("one", con, "getItem", "parameters", Obj{"id": "{% $item.id %}"})}, "collect": "{% $index & ':' & $one.name %}"}},
			output: "{% $each %}", want: []any{"0:Apple", "1:Cup"},
			at: map[string]string{"all": "COMPLETED", "each": "COMPLETED", "each[0]/one": "COMPLETED", "each[1]/one": "COMPLETED"}},
		"loop over nothing": {
			steps: []any{Obj{"id": "each", "type": "loop", "over": "{% $input.none %}", "as": "x", "do": []any{ValueStep("v", "{% $x %}")}}},
			input: Obj{"none": []any{}}, output: "{% $each %}", want: []any{}, at: map[string]string{"each": "COMPLETED"}},
		"loop that tolerates": {
			steps: []any{Obj{"id": "each", "type": "loop", "over": "{% $input.ids %}", "as": "x", "tolerate": 1, "maxConcurrency": 3,
				"do": []any{CallStep("one", con, "getItem", "parameters", Obj{"id": "{% $x %}"}, "output", "{% $response.body.name %}")}}},
			input: Obj{"ids": []string{"a", "gone", "c"}}, output: "{% $each %}", want: []any{"Apple", nil, "Cup"},
			at: map[string]string{"each": "COMPLETED", "each[0]/one": "COMPLETED", "each[1]/one": "FAILED", "each[2]/one": "COMPLETED"}},
		"loop that tolerates less": {
			steps: []any{Obj{"id": "each", "type": "loop", "over": "{% $input.ids %}", "as": "x", "tolerate": 1,
				"do": []any{CallStep("one", con, "getItem", "parameters", Obj{"id": "{% $x %}"})}}},
			input: Obj{"ids": []string{"gone", "lost", "c"}}, status: "FAILED", err: "Loop.TooManyFailed",
			at: map[string]string{"each": "FAILED", "each[0]/one": "FAILED", "each[1]/one": "FAILED", "each[2]/one": "COMPLETED"}},
		"loop in a loop": {
			steps: []any{Obj{"id": "rows", "type": "loop", "over": "{% $input.rows %}", "as": "row", "do": []any{
				Obj{"id": "cells", "type": "loop", "over": "{% $row %}", "as": "cell", "do": []any{ValueStep("v", "{% $cell * 10 %}")}}}}},
			input: Obj{"rows": []any{[]int{1, 2}, []int{3, 4}}}, output: "{% $rows %}", want: []any{[]any{10.0, 20.0}, []any{30.0, 40.0}},
			at: map[string]string{"rows": "COMPLETED", "rows[0]/cells": "COMPLETED", "rows[1]/cells": "COMPLETED", "rows[0]/cells[0]/v": "COMPLETED",
				"rows[0]/cells[1]/v": "COMPLETED", "rows[1]/cells[0]/v": "COMPLETED", "rows[1]/cells[1]/v": "COMPLETED"}},
		"parallel": {
			steps: []any{Obj{"id": "both", "type": "parallel", "branches": Obj{
				"left": []any{CallStep("l", con, "getItem", "parameters", Obj{"id": "a"})}, "right": []any{ValueStep("r", 2)}}}},
			output: "{% { 'l': $both.left.name, 'r': $both.right } %}", want: Obj{"l": "Apple", "r": 2.0},
			at: map[string]string{"both": "COMPLETED", "l": "COMPLETED", "r": "COMPLETED"}},
		"parallel that fails": {
			steps: []any{Obj{"id": "both", "type": "parallel", "branches": Obj{
				"left": []any{Obj{"id": "l", "type": "fail", "error": "Left.Out", "cause": "x"}}}}},
			status: "FAILED", err: "Left.Out", at: map[string]string{"both": "FAILED", "l": "FAILED"}},
		"transform": {
			steps: []any{ValueStep("v", Obj{"sum": "{% $sum($input.n) %}", "plain": "x"})},
			input: Obj{"n": []int{1, 2, 3}}, output: "{% $v %}", want: Obj{"sum": 6.0, "plain": "x"}, at: map[string]string{"v": "COMPLETED"}},
		"transform that varies": {
			steps:  []any{ValueStep("v", "{% $uuid() %}"), ValueStep("same", "{% $length($v) %}")},
			output: "{% $same %}", want: 36.0, at: map[string]string{"v": "COMPLETED", "same": "COMPLETED"}},
		"transform that cannot be": {
			steps: []any{ValueStep("v", "{% $number('x') %}")}, status: "FAILED", err: "States.QueryEvaluationError", at: map[string]string{"v": "FAILED"}},
		"wait": {
			steps:  []any{Obj{"id": "w", "type": "wait", "seconds": 1}, ValueStep("after", 1)},
			output: "{% $after %}", want: 1.0, at: map[string]string{"w": "COMPLETED", "after": "COMPLETED"}},
		"wait until the past": {
			steps:  []any{Obj{"id": "w", "type": "wait", "until": "2020-01-01T00:00:00Z"}},
			output: "{% $w %}", want: nil, at: map[string]string{"w": "COMPLETED"}},
		"workflow": {
			steps:  []any{Obj{"id": "sub", "type": "workflow", "workflow": inner, "input": Obj{"n": 21}}},
			output: "{% $sub.twice %}", want: 42.0, at: map[string]string{"sub": "COMPLETED"}},
		"workflow whose input does not fit": {
			steps: []any{Obj{"id": "sub", "type": "workflow", "workflow": inner, "input": Obj{"n": "{% $lookup($input, 'n') %}"}}},
			input: Obj{"n": "text"}, status: "FAILED", err: "Workflow.Refused", at: map[string]string{"sub": "FAILED"}},
		"workflow that fails": {
			steps:  []any{Obj{"id": "sub", "type": "workflow", "workflow": failing}},
			status: "FAILED", err: "Inner.No", at: map[string]string{"sub": "FAILED"}},
		"fail": {
			steps:  []any{ValueStep("v", 1), Obj{"id": "stop", "type": "fail", "error": "My.Error", "cause": "{% 'it is ' & $string($v) %}"}},
			status: "FAILED", err: "My.Error", at: map[string]string{"v": "COMPLETED", "stop": "FAILED"}},
		"onError continue": {
			steps:  []any{CallStep("item", con, "getItem", "parameters", Obj{"id": "zz"}, "onError", "continue"), ValueStep("after", "{% $item = null %}")},
			output: "{% $after %}", want: true, at: map[string]string{"item": "CONTINUED", "after": "COMPLETED"}},
		"onError steps": {
			steps:  []any{CallStep("item", con, "getItem", "parameters", Obj{"id": "zz"}, "onError", []any{ValueStep("instead", "second best")}), ValueStep("after", "{% $item %}")},
			output: "{% $after %}", want: "second best", at: map[string]string{"item": "CONTINUED", "instead": "COMPLETED", "after": "COMPLETED"}},
		"onError of a transform": {
			steps:  []any{Obj{"id": "v", "type": "transform", "value": "{% $number('x') %}", "onError": "continue"}, ValueStep("after", "{% $v = null %}")},
			output: "{% $after %}", want: true, at: map[string]string{"v": "CONTINUED", "after": "COMPLETED"}},
		"onError of a loop": {
			steps: []any{Obj{"id": "each", "type": "loop", "over": "{% [1,2] %}", "as": "x", "onError": "continue", "do": []any{
				Obj{"id": "no", "type": "fail", "error": "E", "cause": "c"}}}, ValueStep("after", "{% $each = null %}")},
			output: "{% $after %}", want: true, at: map[string]string{"each": "CONTINUED", "each[0]/no": "FAILED", "after": "COMPLETED"}},
		"onError of a parallel": {
			steps: []any{Obj{"id": "both", "type": "parallel", "onError": []any{ValueStep("instead", 7)}, "branches": Obj{
				"left": []any{Obj{"id": "l", "type": "fail", "error": "E", "cause": "c"}}}}},
			output: "{% $both %}", want: 7.0, at: map[string]string{"both": "CONTINUED", "instead": "COMPLETED", "l": "FAILED"}},
		"onError of a workflow": {
			steps:  []any{Obj{"id": "sub", "type": "workflow", "workflow": failing, "onError": "continue"}},
			output: "{% $sub %}", want: nil, at: map[string]string{"sub": "CONTINUED"}},
		"onError of a tolerant loop": {
			steps: []any{Obj{"id": "each", "type": "loop", "over": "{% [1,2] %}", "as": "x", "tolerate": 1, "onError": "continue", "do": []any{
				Obj{"id": "no", "type": "fail", "error": "E", "cause": "c"}}}, ValueStep("after", 1)},
			output: "{% $after %}", want: 1.0, at: map[string]string{"each": "CONTINUED", "each[0]/no": "FAILED", "each[1]/no": "FAILED", "after": "COMPLETED"}},
		"no output": {steps: []any{ValueStep("v", 1)}, want: nil, at: map[string]string{"v": "COMPLETED"}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := p.With(t)
			def := Obj{"name": name, "steps": c.steps}
			if c.output != nil {
				def["output"] = c.output
			}
			e := p.Wait(p.Run(def, c.input))
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
