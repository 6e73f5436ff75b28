package enginetest

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/apiq/apiq/shared/execution"
)

func testWait(t *testing.T, h Harness) {
	f := open(t, h, nil)
	name := f.start(states("Sleep", `{"Type":"Wait","Seconds":1}`), `{"a":1}`)
	f.succeeded(name, `{"a":1}`)
	run := f.ended(name)
	if d := run.EndedAt.Sub(run.StartedAt); d < time.Second {
		t.Errorf("a second took %v", d)
	}
	f.succeeded(f.start(states("Sleep", `{"Type":"Wait","Timestamp":"{% $states.input %}"}`), `"2016-03-14T01:59:00Z"`), `"2016-03-14T01:59:00Z"`)
	f.failed(f.start(states("Sleep", `{"Type":"Wait","Timestamp":"{% $states.input %}"}`), `"tomorrow"`), "States.QueryEvaluationError")
}

func testTaskTimeout(t *testing.T, h Harness) {
	f := open(t, h, nil)
	name := f.start(states("Ask", tokenTask(`"TimeoutSeconds":1,"Catch":[{"ErrorEquals":["States.Timeout"],"Next":"Late"}],"Next":"Never"`),
		"Never", `{"Type":"Fail"}`, "Late", `{"Type":"Pass","Output":"late"}`), "{}")
	f.succeeded(name, `"late"`)
	f.gone(f.tokens()[0])
}

func testTokenSucceeds(t *testing.T, h Harness) {
	f := open(t, h, nil)
	name := f.start(states("Ask", tokenTask(`"Output":"{% $states.result.answer %}"`)), "{}")
	f.until("the token is out", func() bool { return len(f.tokens()) == 1 })
	token := f.tokens()[0]
	if err := f.TaskSucceeded(f.ctx, token+"x", json.RawMessage("1")); !errors.Is(err, execution.ErrTokenGone) {
		t.Errorf("another token: %v", err)
	}
	if err := f.TaskSucceeded(f.ctx, token, json.RawMessage("{")); err == nil || errors.Is(err, execution.ErrTokenGone) {
		t.Errorf("bad output: %v", err)
	}
	if err := f.TaskSucceeded(f.ctx, token, json.RawMessage(`{"answer":42}`)); err != nil {
		t.Fatal(err)
	}
	f.succeeded(name, "42")
	if err := f.TaskSucceeded(f.ctx, token, json.RawMessage("1")); !errors.Is(err, execution.ErrTokenGone) {
		t.Errorf("used again: %v", err)
	}
	if n := f.count("token"); n != 1 {
		t.Errorf("asked %d times", n)
	}
}

func testTokenFails(t *testing.T, h Harness) {
	f := open(t, h, nil)
	name := f.start(states("Ask", tokenTask("")), "{}")
	f.until("the token is out", func() bool { return len(f.tokens()) == 1 })
	if err := f.TaskFailed(f.ctx, f.tokens()[0], "Approval.Rejected", "not today"); err != nil {
		t.Fatal(err)
	}
	if run := f.failed(name, "Approval.Rejected"); run.Cause != "not today" {
		t.Errorf("cause %q", run.Cause)
	}
}

func testStopWhileWaiting(t *testing.T, h Harness) {
	f := open(t, h, nil)
	name := f.start(states("Ask", tokenTask(""), "Then", task("echo", "{}", "")), "{}")
	f.until("the token is out", func() bool { return len(f.tokens()) == 1 })
	if err := f.Redrive(f.ctx, name); !errors.Is(err, execution.ErrNotRedrivable) {
		t.Errorf("Redrive of a run that goes on: %v", err)
	}
	if err := f.Stop(f.ctx, name, "Run.Cancelled", "enough"); err != nil {
		t.Fatal(err)
	}
	run := f.ended(name)
	if run.Status != execution.RunAborted || run.Error != "Run.Cancelled" || run.Cause != "enough" {
		t.Errorf("got %+v", run)
	}
	if err := f.TaskSucceeded(f.ctx, f.tokens()[0], json.RawMessage("1")); !errors.Is(err, execution.ErrTokenGone) {
		t.Errorf("token after Stop: %v", err)
	}
	if err := f.Stop(f.ctx, name, "Again", ""); err != nil {
		t.Errorf("Stop of an ended run: %v", err)
	}
	if f.ended(name).Error != "Run.Cancelled" {
		t.Error("the second Stop changed the first's reason")
	}
}

// testStopDuringTask: what is in flight is not cut, and nothing follows from it.
func testStopDuringTask(t *testing.T, h Harness) {
	begun, finish, returned := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	f := open(t, h, Handlers{"slow": func(ctx context.Context, _ execution.Task) (json.RawMessage, error) {
		close(begun)
		<-finish
		returned <- ctx.Err()
		return json.RawMessage("1"), nil
	}})
	name := f.start(states("Slow", task("slow", "{}", ""), "Then", task("echo", "{}", "")), "{}")
	<-begun
	if err := f.Stop(f.ctx, name, "Run.Cancelled", ""); err != nil {
		t.Fatal(err)
	}
	if run := f.ended(name); run.Status != execution.RunAborted {
		t.Errorf("got %s", run.Status)
	}
	close(finish)
	if err := <-returned; err != nil {
		t.Errorf("the function in flight was cut: %v", err)
	}
	if f.count("echo") != 0 {
		t.Error("the next task ran")
	}
}

func testRedrive(t *testing.T, h Harness) {
	var mu sync.Mutex
	broken := true
	f := open(t, h, Handlers{"peer": func(_ context.Context, task execution.Task) (json.RawMessage, error) {
		mu.Lock()
		defer mu.Unlock()
		if broken {
			return nil, &execution.TaskError{Name: "Http.500", Cause: "down"}
		}
		return task.Payload, nil
	}})
	name := f.start(states("First", task("echo", `{"n":1}`, `"Assign":{"first":"{% $states.result.Payload.n %}"}`),
		"Peer", task("peer", `{"m":"{% $first + 1 %}"}`, "")), "{}")
	f.failed(name, "Http.500")
	mu.Lock()
	broken = false
	mu.Unlock()
	if err := f.Redrive(f.ctx, name); err != nil {
		t.Fatal(err)
	}
	f.succeeded(name, `{"m":2}`)
	if n := f.count("echo"); n != 1 {
		t.Errorf("the step that had succeeded ran %d times", n)
	}
	if path := strings.Join(f.path(name), ";"); !strings.Contains(path, "ExecutionFailed;ExecutionRedriven;TaskScheduled;TaskStarted;TaskSucceeded;TaskStateExited Peer;ExecutionSucceeded") {
		t.Errorf("path %s", path)
	}
	if err := f.Redrive(f.ctx, name); !errors.Is(err, execution.ErrNotRedrivable) {
		t.Errorf("Redrive of a run that ended well: %v", err)
	}
}

// testRedriveMap: of a loop's iterations only those that failed run again.
func testRedriveMap(t *testing.T, h Harness) {
	var mu sync.Mutex
	broken, calls := true, map[string]int{}
	f := open(t, h, Handlers{"item": func(_ context.Context, task execution.Task) (json.RawMessage, error) {
		mu.Lock()
		defer mu.Unlock()
		calls[string(task.Payload)]++
		if broken && string(task.Payload) == "2" {
			return nil, &execution.TaskError{Name: "Http.500"}
		}
		return task.Payload, nil
	}})
	name := f.start(states("Each", `{"Type":"Map","Items":[1,2,3],"MaxConcurrency":1,"ItemProcessor":{"StartAt":"Item","States":{"Item":`+
		strings.TrimSuffix(task("item", `"{% $states.input %}"`, ""), "}")+`,"End":true}}}}`), "{}")
	f.failed(name, "Http.500")
	mu.Lock()
	broken = false
	mu.Unlock()
	if err := f.Redrive(f.ctx, name); err != nil {
		t.Fatal(err)
	}
	f.succeeded(name, "[1,2,3]")
	mu.Lock()
	defer mu.Unlock()
	if d := cmp.Diff(map[string]int{"1": 1, "2": 2, "3": 1}, calls); d != "" {
		t.Error(d)
	}
}

func testCrashDuringTask(t *testing.T, h Harness) {
	begun := make(chan struct{}, 2)
	var mu sync.Mutex
	crashed := false
	f := open(t, h, Handlers{"slow": func(ctx context.Context, task execution.Task) (json.RawMessage, error) {
		mu.Lock()
		again := crashed
		mu.Unlock()
		if !again {
			begun <- struct{}{}
			<-ctx.Done()
			return nil, ctx.Err()
		}
		return task.Payload, nil
	}})
	name := f.start(states("First", task("echo", "1", `"Assign":{"id":"{% $uuid() %}"}`), "Slow", task("slow", `"{% $id %}"`, ""),
		"Same", `{"Type":"Pass","Output":"{% $states.input = $id %}"}`), "{}")
	<-begun
	mu.Lock()
	crashed = true
	mu.Unlock()
	f.reopen()
	f.succeeded(name, "true")
	if n := f.count("echo"); n != 1 {
		t.Errorf("the finished step ran %d times", n)
	}
	if n := f.count("slow"); n != 2 {
		t.Errorf("the step under way was called %d times, want twice", n)
	}
}

func testCrashWhileWaiting(t *testing.T, h Harness) {
	f := open(t, h, nil)
	name := f.start(states("Ask", tokenTask(""), "Then", task("echo", `"{% $states.input %}"`, "")), "{}")
	f.until("the question is journalled", func() bool { return strings.HasSuffix(strings.Join(f.path(name), ";"), "TaskSubmitted") })
	f.reopen()
	if n := f.count("token"); n != 1 {
		t.Errorf("asked %d times", n)
	}
	if err := f.TaskSucceeded(f.ctx, f.tokens()[0], json.RawMessage(`"yes"`)); err != nil {
		t.Fatal(err)
	}
	f.succeeded(name, `"yes"`)
}

func testCrashKeepsDueTimes(t *testing.T, h Harness) {
	f := open(t, h, nil)
	name := f.start(states("Sleep", `{"Type":"Wait","Seconds":2}`), "{}")
	f.until("the wait has begun", func() bool { return len(f.path(name)) == 2 })
	f.reopen()
	f.succeeded(name, "{}")
	entered := f.history(name)[1].Timestamp
	left := f.history(name)[2].Timestamp.Sub(entered)
	if left < 2*time.Second || left > 2*time.Second+f.h.Patience/4 {
		t.Errorf("two seconds took %v", left)
	}
}

// testCrashKeepsEvaluated: what chance or the clock gave once, stays.
func testCrashKeepsEvaluated(t *testing.T, h Harness) {
	f := open(t, h, nil)
	name := f.start(states(
		"Draw", `{"Type":"Pass","Assign":{"a":"{% $random() %}","b":"{% $millis() %}"},"Output":{"a":"{% $random() %}"}}`,
		"Each", `{"Type":"Map","Items":"{% [$random(), $random()] %}","MaxConcurrency":2,"ItemProcessor":{"StartAt":"Ask","States":{"Ask":`+
			strings.TrimSuffix(tokenTask(`"Output":"{% [$a, $b, $states.input] %}"`), "}")+`,"End":true}}}}`), "{}")
	f.until("both questions are journalled", func() bool {
		return strings.Count(strings.Join(f.path(name), ";"), "TaskSubmitted") == 2
	})
	before := f.history(name)
	f.reopen()
	if d := cmp.Diff(before, f.history(name)); d != "" {
		t.Fatalf("history changed: %s", d)
	}
	for _, token := range f.tokens() {
		if err := f.TaskSucceeded(f.ctx, token, json.RawMessage("1")); err != nil {
			t.Fatal(err)
		}
	}
	run := f.ended(name)
	var assigned struct{ AssignedVariables map[string]string }
	if err := json.Unmarshal(before[2].Details, &assigned); err != nil {
		t.Fatal(err)
	}
	for _, v := range assigned.AssignedVariables {
		if strings.Count(string(run.Output), v) != 2 {
			t.Errorf("%s is not twice in %s", v, run.Output)
		}
	}
}
