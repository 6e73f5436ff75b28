package stepfunctions_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/apiq/apiq/infra/awstest/states"
	"github.com/apiq/apiq/shared/execution"
	"github.com/apiq/apiq/shared/execution/stepfunctions"
	"github.com/apiq/apiq/shared/table"
)

// TestLogDeliveries: however the log comes, the history is the same.
func TestLogDeliveries(t *testing.T) {
	t.Parallel()
	want := []string{
		"ExecutionStarted", "TaskStateEntered Call", "TaskScheduled", "TaskStarted", "TaskSucceeded", "TaskStateExited Call",
		"TaskStateEntered Again", "TaskScheduled", "TaskStarted", "TaskSucceeded", "TaskStateExited Again", "ExecutionSucceeded",
	}
	for name, logs := range map[string]states.Logs{
		"in order": {}, "twice": {Duplicate: true}, "backwards": {Reverse: true}, "backwards and twice": {Reverse: true, Duplicate: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFunctions(nil)
			h := open(t, f.all, setting{server: states.Options{Logs: logs}})
			ctx := within(t.Context(), workspace)
			in := input(true)
			in.Definition = definition("Call", callState("echo", `"Next":"Again"`), "Again", callState("echo", `"End":true`))
			if err := h.Start(ctx, in); err != nil {
				t.Fatal(err)
			}
			run := h.ended(t, ctx)
			if run.Status != execution.RunSucceeded || string(run.Output) != `{"n":1}` || run.LastEventID != int64(len(want)) {
				t.Errorf("%+v", run)
			}
			if d := cmp.Diff(strings.Join(want, ";"), h.path(t, ctx)); d != "" {
				t.Error(d)
			}
			if run := h.ended(t, ctx); run.EndedAt.Before(run.StartedAt) {
				t.Errorf("from %v to %v", run.StartedAt, run.EndedAt)
			}
		})
	}
}

// TestLogGap: only what is without a gap is told, and the rest as soon as it is.
func TestLogGap(t *testing.T) {
	t.Parallel()
	f := newFunctions(nil)
	var mu sync.Mutex
	var all []stepfunctions.LogEvent
	h := open(t, f.all, setting{server: states.Options{OnLog: func(_ context.Context, payload json.RawMessage) error {
		events, _, err := stepfunctions.ParseLogs(payload)
		mu.Lock()
		defer mu.Unlock()
		all = append(all, events...)
		return err
	}}})
	ctx := within(t.Context(), workspace)
	if err := h.Start(ctx, input(true)); err != nil {
		t.Fatal(err)
	}
	until(t, "all is logged", func() bool {
		mu.Lock()
		defer mu.Unlock()
		return len(all) == 7
	})
	told := func() int {
		events, err := h.History(ctx, runName, 0, 100)
		if err != nil {
			t.Fatal(err)
		}
		return len(events)
	}
	take := func(events ...stepfunctions.LogEvent) {
		refs, err := h.TakeIn(t.Context(), events)
		if d := cmp.Diff([]stepfunctions.Ref{{Workspace: workspace, Run: runName}}, refs); err != nil || d != "" {
			t.Errorf("%v %s", err, d)
		}
	}
	if n := told(); n != 0 {
		t.Errorf("%d events before any came", n)
	}
	take(all[6], all[2])
	take(all[0])
	if n := told(); n != 1 {
		t.Errorf("%d events told, of which the second is missing", n)
	}
	if run, err := h.Describe(ctx, runName); err != nil || run.Status != execution.RunRunning {
		t.Errorf("%s: %v", run.Status, err)
	}
	take(all[1], all[3])
	if n := told(); n != 4 {
		t.Errorf("%d events told, want 4", n)
	}
	take(all[4], all[5], all[0])
	if n := told(); n != 7 {
		t.Errorf("%d events told, want all", n)
	}
	// AWS may run an express execution twice: the other's events change nothing.
	twice := append([]stepfunctions.LogEvent{}, all...)
	twice[3].Type, twice[4].Type, twice[5].Type = "TaskFailed", "ExecutionFailed", "ExecutionFailed"
	path := h.path(t, ctx)
	take(twice...)
	if again := h.path(t, ctx); again != path {
		t.Errorf("%s, then %s", path, again)
	}
	if run, err := h.Describe(ctx, runName); err != nil || run.Status != execution.RunSucceeded {
		t.Errorf("%s: %v", run.Status, err)
	}
	strangers := []stepfunctions.LogEvent{
		{ID: 1, Type: "ExecutionStarted", Execution: strings.Replace(all[0].Execution, "apiq-test", "other", 1)},
		{ID: 1, Type: "ExecutionStarted", Execution: strings.Replace(all[0].Execution, runName, "exe_nobody", 1)},
		{ID: 1, Type: "ExecutionFailed", Execution: all[0].Execution[:len(all[0].Execution)-1] + "x"},
		{ID: 1, Type: "ExecutionFailed", Execution: "arn"},
	}
	if refs, err := h.TakeIn(t.Context(), strangers); err != nil || len(refs) != 0 {
		t.Errorf("strangers: %v %v", refs, err)
	}
	if n := told(); n != 7 {
		t.Errorf("%d events told after strangers'", n)
	}
}

// TestExpressTimesOut: a run that is not done in time goes on as standard, without
// anybody's doing and without having failed.
func TestExpressTimesOut(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	var f *functions
	f = newFunctions(map[string]execution.Handler{"slow": func(ctx context.Context, _ execution.Task) (json.RawMessage, error) {
		if f.count("slow") == 1 {
			select {
			case <-release:
			case <-ctx.Done():
			}
		}
		return json.RawMessage(`"done"`), nil
	}})
	h := open(t, f.all, setting{server: states.Options{ExpressLimit: time.Second}})
	defer close(release)
	ctx := within(t.Context(), workspace)
	in := input(true)
	in.Definition = definition("Call", callState("echo", `"Next":"Slow"`), "Slow", callState("slow", `"End":true`))
	if err := h.Start(ctx, in); err != nil {
		t.Fatal(err)
	}
	run := h.ended(t, ctx)
	if run.Status != execution.RunSucceeded || string(run.Output) != `"done"` {
		t.Errorf("%+v", run)
	}
	want := "ExecutionStarted;TaskStateEntered Call;TaskScheduled;TaskStarted;TaskSucceeded;TaskStateExited Call;TaskStateEntered Slow;TaskScheduled;TaskStarted;" +
		"ExecutionRedriven;TaskStateEntered Call;TaskScheduled;TaskStarted;TaskSucceeded;TaskStateExited Call;TaskStateEntered Slow;TaskScheduled;TaskStarted;TaskSucceeded;TaskStateExited Slow;ExecutionSucceeded"
	if d := cmp.Diff(want, h.path(t, ctx)); d != "" {
		t.Error(d)
	}
	// By pages of any size it is the same.
	var ids []int64
	for after := int64(0); ; {
		page, err := h.History(ctx, runName, after, 4)
		if err != nil {
			t.Fatal(err)
		}
		if len(page) == 0 {
			break
		}
		for _, e := range page {
			ids = append(ids, e.ID)
		}
		after = ids[len(ids)-1]
	}
	if len(ids) != strings.Count(want, ";")+1 {
		t.Errorf("%d events by pages", len(ids))
	}
	if err := h.Redrive(ctx, runName); !errors.Is(err, execution.ErrNotRedrivable) {
		t.Errorf("Redrive: %v", err)
	}
	if err := h.Start(ctx, in); err != nil {
		t.Errorf("started again: %v", err)
	}
}

// TestExpressLogLost: a run whose log never comes goes on as standard when it is
// over for certain.
func TestExpressLogLost(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	now := time.Now()
	f := newFunctions(nil)
	var late []json.RawMessage
	h := open(t, f.all, setting{server: states.Options{OnLog: func(_ context.Context, payload json.RawMessage) error {
		mu.Lock()
		defer mu.Unlock()
		late = append(late, payload)
		return nil
	}}, options: stepfunctions.Options{Now: func() time.Time {
		mu.Lock()
		defer mu.Unlock()
		return now
	}}})
	ctx := within(t.Context(), workspace)
	if err := h.Start(ctx, input(true)); err != nil {
		t.Fatal(err)
	}
	until(t, "the call is made", func() bool { return f.count("echo") == 1 })
	if run, err := h.Describe(ctx, runName); err != nil || run.Status != execution.RunRunning {
		t.Errorf("%+v: %v", run, err)
	}
	mu.Lock()
	now = now.Add(11 * time.Minute)
	mu.Unlock()
	if run := h.ended(t, ctx); run.Status != execution.RunSucceeded {
		t.Errorf("%+v", run)
	}
	before := h.path(t, ctx)
	if !strings.HasPrefix(before, "ExecutionRedriven;") || !strings.HasSuffix(before, ";ExecutionSucceeded") {
		t.Errorf("path %s", before)
	}
	// It comes after all, when it is written: no event that somebody has read changes,
	// and its end is none.
	want := "ExecutionStarted;TaskStateEntered Call;TaskScheduled;TaskStarted;TaskSucceeded;TaskStateExited Call;" + before
	taken, after := 0, ""
	until(t, "the whole log is taken in", func() bool {
		mu.Lock()
		payloads := late[taken:]
		mu.Unlock()
		for _, payload := range payloads {
			if err := h.takeIn(t.Context(), payload); err != nil {
				t.Fatal(err)
			}
			taken++
		}
		after = h.path(t, ctx)
		return strings.Count(after, ";") >= strings.Count(want, ";")
	})
	if after != want {
		t.Errorf("path %s", after)
	}
	if run := h.ended(t, ctx); run.Status != execution.RunSucceeded {
		t.Errorf("%+v", run)
	}
}

// TestStopExpress: stopped at once, nothing more sent, and redriven only when what
// was going on is over.
func TestStopExpress(t *testing.T) {
	t.Parallel()
	begun, finish := make(chan struct{}), make(chan struct{})
	var f *functions
	f = newFunctions(map[string]execution.Handler{"slow": func(context.Context, execution.Task) (json.RawMessage, error) {
		if f.count("slow") == 1 {
			close(begun)
			<-finish
		}
		return json.RawMessage(`{"n":1}`), nil
	}})
	h := open(t, f.all, setting{refuse: true})
	ctx := within(t.Context(), workspace)
	in := input(true)
	in.Definition = definition("Slow", callState("slow", `"Next":"Then"`), "Then", callState("echo", `"End":true`))
	if err := h.Start(ctx, in); err != nil {
		t.Fatal(err)
	}
	<-begun
	stopped := func(want bool) {
		t.Helper()
		if _, got, err := h.Express(ctx, runName); err != nil || got != want {
			t.Errorf("Stopped: %v %v", got, err)
		}
	}
	stopped(false)
	if err := h.Redrive(ctx, runName); !errors.Is(err, execution.ErrNotRedrivable) {
		t.Errorf("Redrive of a run that goes on: %v", err)
	}
	for _, name := range []string{"Run.Cancelled", "Again"} {
		if err := h.Stop(ctx, runName, name, "enough"); err != nil {
			t.Fatal(err)
		}
	}
	stopped(true)
	run, err := h.Describe(ctx, runName)
	if err != nil || run.Status != execution.RunAborted || run.Error != "Run.Cancelled" || run.Cause != "enough" || run.EndedAt.IsZero() {
		t.Errorf("%+v: %v", run, err)
	}
	if path := h.path(t, ctx); !strings.HasSuffix(path, "ExecutionAborted") {
		t.Errorf("path %s", path)
	}
	if err := h.Redrive(ctx, runName); !errors.Is(err, table.ErrThrottled) {
		t.Errorf("Redrive while it is going on: %v", err)
	}
	close(finish)
	until(t, "it may be redriven", func() bool {
		err := h.Redrive(ctx, runName)
		if err != nil && !errors.Is(err, table.ErrThrottled) {
			t.Fatal(err)
		}
		return err == nil
	})
	stopped(false)
	if run := h.ended(t, ctx); run.Status != execution.RunSucceeded {
		t.Errorf("%+v", run)
	}
	if n := f.count("echo"); n != 1 { // by the standard execution alone
		t.Errorf("the next task ran %d times", n)
	}
	path := h.path(t, ctx)
	if !strings.Contains(path, ";ExecutionAborted;ExecutionRedriven;TaskStateEntered Slow;") || strings.Contains(path, "ExecutionFailed") {
		t.Errorf("path %s", path)
	}
	// What ended well stays ended.
	if err := h.Stop(ctx, runName, "Late", ""); err != nil || h.ended(t, ctx).Status != execution.RunSucceeded {
		t.Errorf("Stop of an ended run: %v", err)
	}
}

// TestGoOnAfterCrash: an express run whose time is up goes on, whenever the process
// dies that lets it.
func TestGoOnAfterCrash(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		action string
		done   bool
		stop   bool // the run is stopped before anybody looks
	}{
		"before the machine":                   {"DescribeStateMachine", false, false},
		"the machine being made":               {"CreateStateMachine", true, false},
		"between record and execution":         {"StartExecution", false, false},
		"the execution being begun":            {"StartExecution", true, false},
		"between record and execution, a stop": {"StartExecution", false, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			release := make(chan struct{})
			var f *functions
			f = newFunctions(map[string]execution.Handler{"slow": func(ctx context.Context, _ execution.Task) (json.RawMessage, error) {
				if f.count("slow") == 1 || c.stop {
					select {
					case <-release:
					case <-ctx.Done():
					}
				}
				return json.RawMessage(`"done"`), nil
			}})
			x := &tamper{}
			tried := make(chan struct{}, 100)
			var h *home
			h = open(t, f.all, setting{server: states.Options{ExpressLimit: time.Second, Tamper: x.hook, OnLog: func(ctx context.Context, payload json.RawMessage) error {
				if err := h.takeIn(ctx, payload); err != nil {
					tried <- struct{}{}
				}
				return nil // Lambda has given up
			}}})
			defer close(release)
			ctx := within(t.Context(), workspace)
			in := input(true)
			in.Definition = definition("Slow", callState("slow", `"End":true`))
			if err := h.Start(ctx, in); err != nil {
				t.Fatal(err)
			}
			x.set(func(action string, done bool) *states.Error {
				if action == c.action && done == c.done {
					return &states.Error{Code: "AccessDeniedException", Message: "the process dies here"}
				}
				return nil
			})
			<-tried
			x.set(nil)
			h.reopen(t)
			want := execution.RunSucceeded
			if c.stop {
				want = execution.RunAborted
				if err := h.Stop(ctx, runName, "Run.Cancelled", ""); err != nil {
					t.Fatal(err)
				}
			}
			if run := h.ended(t, ctx); run.Status != want {
				t.Errorf("%+v", run)
			}
			if n := f.count("slow"); !c.stop && n != 2 {
				t.Errorf("called %d times", n)
			}
		})
	}
}

// TestRedriveExpress: a failed run goes on as standard under its name; its history
// has both.
func TestRedriveExpress(t *testing.T) {
	t.Parallel()
	var f *functions
	f = newFunctions(map[string]execution.Handler{"peer": func(context.Context, execution.Task) (json.RawMessage, error) {
		if n := f.count("peer"); n <= 2 {
			return nil, &execution.TaskError{Name: "Http.500", Cause: "down"}
		}
		return json.RawMessage(`"up"`), nil
	}})
	h := open(t, f.all, setting{})
	ctx := within(t.Context(), workspace)
	in := input(true)
	in.Definition = definition("Call", callState("echo", `"Next":"Peer"`), "Peer", callState("peer", `"End":true`))
	if err := h.Start(ctx, in); err != nil {
		t.Fatal(err)
	}
	if run := h.ended(t, ctx); run.Status != execution.RunFailed || run.Error != "Http.500" || run.Cause != "down" {
		t.Errorf("%+v", run)
	}
	if err := h.Stop(ctx, runName, "Late", ""); err != nil || h.ended(t, ctx).Status != execution.RunFailed {
		t.Errorf("Stop of a failed run: %v", err)
	}
	for range 2 { // the second time is that of a standard execution
		if err := h.Redrive(ctx, runName); err != nil {
			t.Fatal(err)
		}
		h.ended(t, ctx)
	}
	run := h.ended(t, ctx)
	if run.Status != execution.RunSucceeded || string(run.Output) != `"up"` {
		t.Errorf("%+v", run)
	}
	path := h.path(t, ctx)
	if !strings.Contains(path, ";ExecutionFailed;ExecutionRedriven;TaskStateEntered Call;") || strings.Count(path, "ExecutionRedriven") != 2 {
		t.Errorf("path %s", path)
	}
	if events, err := h.History(ctx, runName, run.LastEventID-1, 10); err != nil || len(events) != 1 || events[0].Type != "ExecutionSucceeded" {
		t.Errorf("the last event: %v %v", events, err)
	}
	if err := h.Redrive(ctx, runName); !errors.Is(err, execution.ErrNotRedrivable) {
		t.Errorf("Redrive of a run that ended well: %v", err)
	}
	if n := f.count("echo"); n != 2 { // the journal of calls answers the second
		t.Errorf("the first step's function was called %d times", n)
	}
}
