// Package enginetest is the one conformance suite of the engine port: every
// adapter of execution.Engine runs it. It owns no engine.
package enginetest

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/apiq/apiq/shared/execution"
	"github.com/apiq/apiq/shared/tenant"
)

// Handlers are the functions of a test, by the name in FunctionName.
type Handlers map[string]execution.Handler

// System is one engine under test.
type System struct {
	execution.Engine
	// Reopen makes an end of the process as abrupt as the adapter can and returns
	// the engine of the next one, over the same data and functions.
	Reopen func() execution.Engine
}

// Harness says how to reach one engine.
type Harness struct {
	// Open returns a running engine that ends with the test.
	Open func(t *testing.T, handlers Handlers) *System
	// CannotReopen says why tests of crashes are skipped; "" runs them.
	CannotReopen string
	// Lacks says, by the name of a test, why the engine cannot pass it; the test is
	// skipped with that reason. Defaults to nothing lacking.
	Lacks map[string]string
	// Patience is how long a run may take to get somewhere. Defaults to 20 seconds.
	Patience time.Duration
}

// Run runs the whole suite.
func Run(t *testing.T, h Harness) {
	if h.Patience == 0 {
		h.Patience = 20 * time.Second
	}
	tests := map[string]func(*testing.T, Harness){
		"Refusals":            testRefusals,
		"Tenants":             testTenants,
		"TokenTenants":        testTokenTenants,
		"StartTwice":          testStartTwice,
		"TaskPath":            testTaskPath,
		"HistoryPages":        testHistoryPages,
		"RetryAndCatch":       testRetryAndCatch,
		"QueryError":          testQueryError,
		"Choice":              testChoice,
		"ParallelPath":        testParallelPath,
		"MapPath":             testMapPath,
		"MapTolerates":        testMapTolerates,
		"Wait":                testWait,
		"TaskTimeout":         testTaskTimeout,
		"TokenSucceeds":       testTokenSucceeds,
		"TokenFails":          testTokenFails,
		"StopWhileWaiting":    testStopWhileWaiting,
		"StopDuringTask":      testStopDuringTask,
		"Redrive":             testRedrive,
		"RedriveMap":          testRedriveMap,
		"RetryDelays":         testRetryDelays,
		"Scopes":              testScopes,
		"ChoiceUndefined":     testChoiceUndefined,
		"Definitions":         testDefinitions,
		"InputQuota":          testInputQuota,
		"PayloadQuotas":       testPayloadQuotas,
		"VariableQuota":       testVariableQuota,
		"Heartbeat":           testHeartbeat,
		"HeartbeatMissed":     testHeartbeatMissed,
		"CrashDuringTask":     testCrashDuringTask,
		"CrashWhileWaiting":   testCrashWhileWaiting,
		"CrashKeepsDueTimes":  testCrashKeepsDueTimes,
		"CrashKeepsEvaluated": testCrashKeepsEvaluated,
	}
	for name := range h.Lacks {
		if tests[name] == nil {
			t.Errorf("the engine lacks %s, which is no test", name)
		}
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if why := h.Lacks[name]; why != "" {
				t.Skip(why)
			}
			test(t, h)
		})
	}
}

// fixture is one test's engine and workspace.
type fixture struct {
	*System
	t   *testing.T
	h   Harness
	ctx context.Context

	mu    sync.Mutex
	calls map[string]int
	seen  []string
}

// open starts an engine whose functions count their calls: "echo" answers its
// payload, "token" remembers its token, and those given.
func open(t *testing.T, h Harness, more Handlers) *fixture {
	t.Helper()
	f := &fixture{t: t, h: h, ctx: tenant.With(t.Context(), "wsp_"+uuid.NewString()), calls: map[string]int{}}
	counted := Handlers{}
	add := func(name string, fn execution.Handler) {
		counted[name] = func(ctx context.Context, task execution.Task) (json.RawMessage, error) {
			f.mu.Lock()
			f.calls[name]++
			f.mu.Unlock()
			return fn(ctx, task)
		}
	}
	add("echo", func(_ context.Context, task execution.Task) (json.RawMessage, error) { return task.Payload, nil })
	add("fail", func(context.Context, execution.Task) (json.RawMessage, error) {
		return nil, &execution.TaskError{Name: "Http.500", Cause: "the peer failed"}
	})
	add("token", func(_ context.Context, task execution.Task) (json.RawMessage, error) {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.seen = append(f.seen, task.Token)
		return nil, nil
	})
	for name, fn := range more {
		add(name, fn)
	}
	f.System = h.Open(t, counted)
	return f
}

func (f *fixture) count(function string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.calls[function]
}

func (f *fixture) tokens() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]string{}, f.seen...)
}

func (f *fixture) reopen() {
	f.t.Helper()
	if f.h.CannotReopen != "" {
		f.t.Skip(f.h.CannotReopen)
	}
	f.Engine = f.Reopen()
}

// states is a definition of names and states: the first starts, and each that has
// no way out of its own leads to the next.
func states(pairs ...string) json.RawMessage {
	all := map[string]json.RawMessage{}
	for i := 0; i < len(pairs); i += 2 {
		var fields map[string]any
		if err := json.Unmarshal([]byte(pairs[i+1]), &fields); err != nil {
			panic(fmt.Sprintf("state %s of a test: %v", pairs[i], err))
		}
		kind := fields["Type"]
		if fields["Next"] == nil && fields["End"] == nil && kind != "Fail" && kind != "Choice" && kind != "Succeed" {
			fields["End"] = true
			if i+2 < len(pairs) {
				delete(fields, "End")
				fields["Next"] = pairs[i+2]
			}
		}
		all[pairs[i]], _ = json.Marshal(fields)
	}
	raw, _ := json.Marshal(map[string]any{"QueryLanguage": "JSONata", "StartAt": pairs[0], "States": all})
	return raw
}

// task is a Task state; more are further fields.
func task(function, payload, more string) string {
	if more != "" {
		more = "," + more
	}
	return fmt.Sprintf(`{"Type":"Task","Resource":"arn:aws:states:::lambda:invoke","Arguments":{"FunctionName":"${%s}","Payload":%s},"Output":"{%% $states.result.Payload %%}"%s}`, function, payload, more)
}

func tokenTask(more string) string {
	if more != "" {
		more = "," + more
	}
	return `{"Type":"Task","Resource":"arn:aws:states:::lambda:invoke.waitForTaskToken","Arguments":{"FunctionName":"${token}","Payload":{"token":"{% $states.context.Task.Token %}"}}` + more + `}`
}

func (f *fixture) start(definition json.RawMessage, input string) string {
	f.t.Helper()
	name := "exe_" + uuid.NewString()
	if err := f.Start(f.ctx, execution.StartInput{Name: name, Definition: definition, Input: json.RawMessage(input)}); err != nil {
		f.t.Fatalf("Start: %v", err)
	}
	return name
}

// until polls, since the port has no way to be told.
func (f *fixture) until(what string, done func() bool) {
	f.t.Helper()
	for deadline := time.Now().Add(f.h.Patience); !done(); time.Sleep(3 * time.Millisecond) {
		if time.Now().After(deadline) {
			f.t.Fatalf("waited in vain until %s", what)
		}
	}
}

func (f *fixture) ended(name string) execution.Run {
	f.t.Helper()
	var run execution.Run
	f.until("the run ends", func() bool {
		var err error
		if run, err = f.Describe(f.ctx, name); err != nil {
			f.t.Fatalf("Describe: %v", err)
		}
		return run.Status != execution.RunRunning
	})
	return run
}

// succeeded waits for the end and compares the output, as JSON.
func (f *fixture) succeeded(name, want string) {
	f.t.Helper()
	run := f.ended(name)
	if run.Status != execution.RunSucceeded || !sameJSON(run.Output, want) {
		f.t.Fatalf("got %s %s %s %s, want SUCCEEDED %s\n%s", run.Status, run.Output, run.Error, run.Cause, want, strings.Join(f.path(name), "\n"))
	}
}

func (f *fixture) failed(name, errorName string) execution.Run {
	f.t.Helper()
	run := f.ended(name)
	if run.Status != execution.RunFailed || run.Error != errorName {
		f.t.Fatalf("got %s %s %s %s, want FAILED %s", run.Status, run.Output, run.Error, run.Cause, errorName)
	}
	return run
}

func (f *fixture) history(name string) []execution.HistoryEvent {
	f.t.Helper()
	all, err := f.History(f.ctx, name, 0, 10_000)
	if err != nil {
		f.t.Fatalf("History: %v", err)
	}
	return all
}

// path is the history in short: types, with names of states.
func (f *fixture) path(name string) []string {
	f.t.Helper()
	var out []string
	for _, e := range f.history(name) {
		var d struct{ Name string }
		_ = json.Unmarshal(e.Details, &d)
		out = append(out, strings.TrimSpace(e.Type+" "+d.Name))
	}
	return out
}

func sameJSON(got json.RawMessage, want string) bool {
	var a, b any
	if json.Unmarshal(got, &a) != nil || json.Unmarshal([]byte(want), &b) != nil {
		return false
	}
	x, _ := json.Marshal(a)
	y, _ := json.Marshal(b)
	return string(x) == string(y)
}
