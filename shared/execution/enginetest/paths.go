package enginetest

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/apiq/apiq/shared/execution"
	"github.com/apiq/apiq/shared/tenant"
)

func testRefusals(t *testing.T, h Harness) {
	f := open(t, h, nil)
	const gone = "exe_nobody"
	if _, err := f.Describe(f.ctx, gone); !errors.Is(err, execution.ErrNoRun) {
		t.Errorf("Describe: %v", err)
	}
	if _, err := f.History(f.ctx, gone, 0, 10); !errors.Is(err, execution.ErrNoRun) {
		t.Errorf("History: %v", err)
	}
	if err := f.Stop(f.ctx, gone, "E", "c"); !errors.Is(err, execution.ErrNoRun) {
		t.Errorf("Stop: %v", err)
	}
	if err := f.Redrive(f.ctx, gone); !errors.Is(err, execution.ErrNoRun) {
		t.Errorf("Redrive: %v", err)
	}
	for _, token := range []string{"", "x", "ZXhlX25vYm9keQ.abc", "..", strings.Repeat("A", 5000)} {
		if err := f.TaskSucceeded(f.ctx, token, json.RawMessage("1")); !errors.Is(err, execution.ErrTokenGone) {
			t.Errorf("TaskSucceeded of token %.20q: %v", token, err)
		}
		if err := f.TaskFailed(f.ctx, token, "E", "c"); !errors.Is(err, execution.ErrTokenGone) {
			t.Errorf("TaskFailed of token %.20q: %v", token, err)
		}
	}
	for what, in := range map[string]execution.StartInput{
		"no name":       {Definition: states("A", `{"Type":"Pass"}`), Input: json.RawMessage("{}")},
		"no definition": {Name: "exe_a", Input: json.RawMessage("{}")},
		"no state":      {Name: "exe_a", Definition: json.RawMessage(`{"StartAt":"A","States":{}}`), Input: json.RawMessage("{}")},
		"bad input":     {Name: "exe_a", Definition: states("A", `{"Type":"Pass"}`), Input: json.RawMessage("{")},
		"large input":   {Name: "exe_a", Definition: states("A", `{"Type":"Pass"}`), Input: json.RawMessage(`"` + strings.Repeat("a", 256<<10) + `"`)},
	} {
		if err := f.Start(f.ctx, in); err == nil {
			t.Errorf("Start with %s was accepted", what)
		}
	}
	if err := f.Start(t.Context(), execution.StartInput{Name: "exe_a", Definition: states("A", `{"Type":"Pass"}`), Input: json.RawMessage("{}")}); !errors.Is(err, tenant.ErrNone) {
		t.Errorf("Start without a workspace: %v", err)
	}
}

func testTenants(t *testing.T, h Harness) {
	f := open(t, h, nil)
	name := f.start(states("Call", task("echo", "1", "")), "{}")
	f.ended(name)
	other := tenant.With(t.Context(), "wsp_other")
	if _, err := f.Describe(other, name); !errors.Is(err, execution.ErrNoRun) {
		t.Errorf("Describe: %v", err)
	}
	if _, err := f.History(other, name, 0, 10); !errors.Is(err, execution.ErrNoRun) {
		t.Errorf("History: %v", err)
	}
	if err := f.Stop(other, name, "E", ""); !errors.Is(err, execution.ErrNoRun) {
		t.Errorf("Stop: %v", err)
	}
	if err := f.Redrive(other, name); !errors.Is(err, execution.ErrNoRun) {
		t.Errorf("Redrive: %v", err)
	}
}

// testTokenTenants: a token answers in its workspace only.
func testTokenTenants(t *testing.T, h Harness) {
	f := open(t, h, nil)
	name := f.start(states("Ask", tokenTask("")), "{}")
	f.until("the token is out", func() bool { return len(f.tokens()) == 1 })
	other := tenant.With(t.Context(), "wsp_other")
	if err := f.TaskFailed(other, f.tokens()[0], "E", ""); !errors.Is(err, execution.ErrTokenGone) {
		t.Errorf("TaskFailed: %v", err)
	}
	if run, err := f.Describe(f.ctx, name); err != nil || run.Status != execution.RunRunning {
		t.Errorf("the run is %s: %v", run.Status, err)
	}
	if err := f.TaskSucceeded(other, f.tokens()[0], json.RawMessage("1")); !errors.Is(err, execution.ErrTokenGone) {
		t.Errorf("TaskSucceeded: %v", err)
	}
}

func testStartTwice(t *testing.T, h Harness) {
	f := open(t, h, nil)
	def := states("Call", task("echo", `"{% $states.input.n %}"`, ""))
	in := execution.StartInput{Name: "exe_twice", Definition: def, Input: json.RawMessage(`{"n":1}`)}
	for range 3 {
		if err := f.Start(f.ctx, in); err != nil {
			t.Fatal(err)
		}
	}
	f.succeeded(in.Name, "1")
	if err := f.Start(f.ctx, in); err != nil {
		t.Errorf("after the end: %v", err)
	}
	in.Input = json.RawMessage(`{"n":2}`)
	if err := f.Start(f.ctx, in); err == nil {
		t.Error("another input was accepted under the same name")
	}
	if n := f.count("echo"); n != 1 {
		t.Errorf("called %d times", n)
	}
}

func testTaskPath(t *testing.T, h Harness) {
	f := open(t, h, nil)
	name := f.start(states(
		"First", task("echo", `{"a":"{% $states.input.n + 1 %}"}`, `"Assign":{"first":"{% $states.result.Payload.a %}"}`),
		"Second", `{"Type":"Pass","Output":{"sum":"{% $first + $states.input.a %}"}}`,
		"Done", `{"Type":"Succeed"}`,
	), `{"n":1}`)
	f.succeeded(name, `{"sum":4}`)
	want := []string{
		"ExecutionStarted",
		"TaskStateEntered First", "TaskScheduled", "TaskStarted", "TaskSucceeded", "TaskStateExited First",
		"PassStateEntered Second", "PassStateExited Second",
		"SucceedStateEntered Done", "SucceedStateExited Done",
		"ExecutionSucceeded",
	}
	if d := cmp.Diff(want, f.path(name)); d != "" {
		t.Error(d)
	}
	run := f.ended(name)
	if run.LastEventID != int64(len(want)) || run.StartedAt.IsZero() || run.EndedAt.Before(run.StartedAt) {
		t.Errorf("described as %+v", run)
	}
	for i, e := range f.history(name) {
		if e.ID != int64(i+1) || e.PreviousID >= e.ID || e.Timestamp.IsZero() {
			t.Errorf("event %d is %+v", i, e)
		}
	}
}

func testHistoryPages(t *testing.T, h Harness) {
	f := open(t, h, nil)
	name := f.start(states("Each", `{"Type":"Map","Items":"{% [1..20] %}","MaxConcurrency":3,"ItemProcessor":{"StartAt":"Call","States":{"Call":`+
		strings.TrimSuffix(task("echo", `"{% $states.input %}"`, ""), "}")+`,"End":true}}}}`), "{}")
	f.ended(name)
	all := f.history(name)
	for _, limit := range []int{1, 2, 7, 100, 1000} {
		var got []execution.HistoryEvent
		for after := int64(0); ; {
			page, err := f.History(f.ctx, name, after, limit)
			if err != nil {
				t.Fatal(err)
			}
			if len(page) > limit {
				t.Fatalf("a page of %d, at most %d", len(page), limit)
			}
			if len(page) == 0 {
				break
			}
			got = append(got, page...)
			after = page[len(page)-1].ID
		}
		if d := cmp.Diff(all, got); d != "" {
			t.Fatalf("limit %d: %s", limit, d)
		}
	}
}

func testRetryAndCatch(t *testing.T, h Harness) {
	left := 2
	f := open(t, h, Handlers{"flaky": func(context.Context, execution.Task) (json.RawMessage, error) {
		if left--; left >= 0 {
			return nil, &execution.TaskError{Name: "Http.503", Cause: "busy"}
		}
		return json.RawMessage(`"up"`), nil
	}})
	name := f.start(states(
		"Flaky", task("flaky", "{}", `"Retry":[{"ErrorEquals":["Http.503"],"IntervalSeconds":1,"BackoffRate":1,"MaxAttempts":2}]`),
		"Fails", task("fail", "{}", `"Catch":[{"ErrorEquals":["Http.404"],"Next":"Never"},{"ErrorEquals":["States.ALL"],"Assign":{"why":"{% $states.errorOutput.Error %}"},"Output":"{% $states.errorOutput %}","Next":"Caught"}],"Next":"Never"`),
		"Never", `{"Type":"Fail","Error":"Never"}`,
		"Caught", `{"Type":"Pass","Output":{"why":"{% $why %}","error":"{% $states.input.Error %}"}}`,
	), "{}")
	f.succeeded(name, `{"why":"Http.500","error":"Http.500"}`)
	want := []string{
		"ExecutionStarted", "TaskStateEntered Flaky",
		"TaskScheduled", "TaskStarted", "TaskFailed", "TaskScheduled", "TaskStarted", "TaskFailed", "TaskScheduled", "TaskStarted", "TaskSucceeded",
		"TaskStateExited Flaky", "TaskStateEntered Fails", "TaskScheduled", "TaskStarted", "TaskFailed", "TaskStateExited Fails",
		"PassStateEntered Caught", "PassStateExited Caught", "ExecutionSucceeded",
	}
	if d := cmp.Diff(want, f.path(name)); d != "" {
		t.Error(d)
	}
	// Within the machine a cause may be in the engine's own words; the history has the
	// function's.
	var failed struct{ Error, Cause string }
	for _, e := range f.history(name) {
		if e.Type == "TaskFailed" {
			if err := json.Unmarshal(e.Details, &failed); err != nil {
				t.Fatal(err)
			}
		}
	}
	if failed.Error != "Http.500" || failed.Cause != "the peer failed" {
		t.Errorf("failed as %+v", failed)
	}
}

func testQueryError(t *testing.T, h Harness) {
	f := open(t, h, nil)
	name := f.start(states("Bad", task("echo", `{"x":"{% $states.input.missing.x %}"}`, "")), "{}")
	run := f.failed(name, "States.QueryEvaluationError")
	if want := "An error occurred while executing the state 'Bad' (entered at the event id #2). The JSONata expression '$states.input.missing.x' specified for the field 'Arguments/Payload/x' returned nothing (undefined)."; run.Cause != want {
		t.Errorf("cause %q, want %q", run.Cause, want)
	}
	if d := cmp.Diff([]string{"ExecutionStarted", "TaskStateEntered Bad", "EvaluationFailed", "ExecutionFailed"}, f.path(name)); d != "" {
		t.Error(d)
	}
	if f.count("echo") != 0 {
		t.Error("the function was called")
	}
}

func testChoice(t *testing.T, h Harness) {
	f := open(t, h, nil)
	def := states(
		"Pick", `{"Type":"Choice","Choices":[{"Condition":"{% $states.input.n > 10 %}","Assign":{"size":"big"},"Next":"Say"}],"Assign":{"size":"small"},"Default":"Say"}`,
		"Say", `{"Type":"Pass","Output":"{% $size %}"}`,
	)
	f.succeeded(f.start(def, `{"n":11}`), `"big"`)
	f.succeeded(f.start(def, `{"n":1}`), `"small"`)
	outputs := states("Pick", `{"Type":"Choice","Choices":[{"Condition":"{% $states.input > 20 %}","Output":"rule","Next":"End"},{"Condition":"{% $states.input > 10 %}","Next":"End"}],"Output":"default","Default":"End"}`,
		"End", `{"Type":"Succeed"}`)
	f.succeeded(f.start(outputs, "21"), `"rule"`)
	f.succeeded(f.start(outputs, "11"), "11")
	f.succeeded(f.start(outputs, "1"), `"default"`)
	f.failed(f.start(states("Pick", `{"Type":"Choice","Choices":[{"Condition":false,"Next":"Pick"}]}`), "{}"), "States.NoChoiceMatched")
	f.failed(f.start(states("Pick", `{"Type":"Choice","Choices":[{"Condition":"{% 'x' %}","Next":"Pick"}]}`), "{}"), "States.QueryEvaluationError")
}

func testParallelPath(t *testing.T, h Harness) {
	f := open(t, h, nil)
	branches := `"Branches":[
	  {"StartAt":"A","States":{"A":{"Type":"Pass","Assign":{"own":2},"Output":"{% $outer & '-' & $states.input.n %}","End":true}}},
	  {"StartAt":"B","States":{"B":` + strings.TrimSuffix(task("%s", `"{% $states.input.n %}"`, ""), "}") + `,"End":true}}}]`
	def := states("Set", `{"Type":"Pass","Assign":{"outer":"o","seen":1}}`,
		"Both", `{"Type":"Parallel","Arguments":{"n":7},`+strings.Replace(branches, "%s", "echo", 1)+`,"Next":"After"}`,
		"After", `{"Type":"Pass","Output":{"results":"{% $states.input %}","seen":"{% $seen %}","own":"{% $exists($own) %}"},"End":true}`)
	name := f.start(def, "{}")
	f.succeeded(name, `{"results":["o-7",7],"seen":1,"own":false}`)
	path := strings.Join(f.path(name), ";")
	for _, want := range []string{"ParallelStateEntered Both;ParallelStateStarted", "ParallelStateSucceeded;ParallelStateExited Both;PassStateEntered After"} {
		if !strings.Contains(path, want) {
			t.Errorf("no %s in %s", want, path)
		}
	}
	failing := f.start(states("Both", `{"Type":"Parallel","Arguments":{"n":7},`+strings.Replace(strings.Replace(branches, "%s", "fail", 1), "$outer & '-' & ", "", 1)+`,"End":true}`), "{}")
	f.failed(failing, "Http.500")
	if path := f.path(failing); !strings.HasSuffix(strings.Join(path, ";"), "TaskFailed;ParallelStateFailed;ExecutionFailed") {
		t.Errorf("path %v", path)
	}
}

func testMapPath(t *testing.T, h Harness) {
	f := open(t, h, nil)
	name := f.start(states("Each", `{"Type":"Map","Items":"{% $states.input.list %}","ItemSelector":{"i":"{% $states.context.Map.Item.Index %}","v":"{% $states.context.Map.Item.Value %}"},
	  "MaxConcurrency":1,"ItemProcessor":{"ProcessorConfig":{"Mode":"INLINE"},"StartAt":"Say","States":{"Say":{"Type":"Pass","Output":"{% $states.input.v & $states.input.i %}","End":true}}}}`), `{"list":["a","b"]}`)
	f.succeeded(name, `["a0","b1"]`)
	want := []string{
		"ExecutionStarted", "MapStateEntered Each", "MapStateStarted",
		"MapIterationStarted Each", "PassStateEntered Say", "PassStateExited Say", "MapIterationSucceeded Each",
		"MapIterationStarted Each", "PassStateEntered Say", "PassStateExited Say", "MapIterationSucceeded Each",
		"MapStateSucceeded", "MapStateExited Each", "ExecutionSucceeded",
	}
	if d := cmp.Diff(want, f.path(name)); d != "" {
		t.Error(d)
	}
}

func testMapTolerates(t *testing.T, h Harness) {
	f := open(t, h, nil)
	def := func(tolerated string) json.RawMessage {
		return states("Each", `{"Type":"Map","Items":[1,2,3],`+tolerated+`"MaxConcurrency":1,"ItemProcessor":{"StartAt":"Odd","States":{
		  "Odd":{"Type":"Choice","Choices":[{"Condition":"{% $states.input = 2 %}","Next":"No"}],"Default":"Yes"},
		  "No":{"Type":"Fail","Error":"Even"},"Yes":{"Type":"Pass","End":true}}}}`)
	}
	f.failed(f.start(def(""), "{}"), "Even")
	f.succeeded(f.start(def(`"ToleratedFailureCount":1,`), "{}"), `[1,null,3]`)
	f.succeeded(f.start(def(`"ToleratedFailurePercentage":34,`), "{}"), `[1,null,3]`)
	f.failed(f.start(def(`"ToleratedFailureCount":0,`), "{}"), "States.ExceedToleratedFailureThreshold")
}
