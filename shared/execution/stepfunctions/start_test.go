package stepfunctions_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"

	"github.com/apiq/apiq/infra/awstest/states"
	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/execution"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
)

const (
	workspace = "wsp_0197f0a2-5b3c-7d4e-8f90-a1b2c3d4e5f6"
	runName   = "exe_0197f0a2-5b3c-7d4e-8f90-a1b2c3d4e5f7"
)

// callState is a Task that calls a function as compiled definitions do.
func callState(function, more string) string {
	return `{"Type":"Task","Resource":"arn:aws:states:::lambda:invoke","Arguments":{"FunctionName":"${` + function + `}","Payload":{"workspace":"` +
		workspace + `","execution":"{% $states.context.Execution.Name %}","n":"{% $states.input.n %}"}},"Output":"{% $states.result.Payload %}",` + more + `}`
}

func definition(states ...string) json.RawMessage {
	var b strings.Builder
	for i := 0; i < len(states); i += 2 {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, "%q:%s", states[i], states[i+1])
	}
	return json.RawMessage(`{"Comment":"a test","QueryLanguage":"JSONata","StartAt":"` + states[0] + `","States":{` + b.String() + `}}`)
}

func one() json.RawMessage { return definition("Call", callState("echo", `"End":true`)) }

// functions count their calls: "echo" answers its payload's n, once more a JSON
// object with n.
type functions struct {
	mu    sync.Mutex
	calls map[string]int
	all   map[string]execution.Handler
}

func newFunctions(more map[string]execution.Handler) *functions {
	f := &functions{calls: map[string]int{}, all: map[string]execution.Handler{}}
	add := func(name string, fn execution.Handler) {
		f.all[name] = func(ctx context.Context, task execution.Task) (json.RawMessage, error) {
			f.mu.Lock()
			f.calls[name]++
			f.mu.Unlock()
			return fn(ctx, task)
		}
	}
	add("echo", func(_ context.Context, task execution.Task) (json.RawMessage, error) {
		var in struct{ N json.RawMessage }
		err := json.Unmarshal(task.Payload, &in)
		return json.RawMessage(`{"n":` + string(in.N) + `}`), err
	})
	for name, fn := range more {
		add(name, fn)
	}
	return f
}

func (f *functions) count(name string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.calls[name]
}

// tamper counts calls and refuses some.
type tamper struct {
	mu     sync.Mutex
	counts map[string]int
	refuse func(action string, done bool) *states.Error
}

func (x *tamper) hook(action string, done bool) *states.Error {
	x.mu.Lock()
	defer x.mu.Unlock()
	if !done {
		if x.counts == nil {
			x.counts = map[string]int{}
		}
		x.counts[action]++
	}
	if x.refuse != nil {
		return x.refuse(action, done)
	}
	return nil
}

func (x *tamper) set(refuse func(action string, done bool) *states.Error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.refuse = refuse
}

func (x *tamper) count(action string) int {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.counts[action]
}

func input(brief bool) execution.StartInput {
	return execution.StartInput{Name: runName, Definition: one(), Input: json.RawMessage(`{"n":1}`), Brief: brief}
}

// until polls: neither AWS nor its stand-in tells when it is done.
func until(t *testing.T, what string, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !done(); time.Sleep(3 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain until %s", what)
		}
	}
}

func (h *home) ended(t *testing.T, ctx context.Context) execution.Run {
	t.Helper()
	var run execution.Run
	until(t, "the run ends", func() bool {
		var err error
		if run, err = h.engine().Describe(ctx, runName); err != nil {
			t.Fatal(err)
		}
		return run.Status != execution.RunRunning
	})
	return run
}

func (h *home) path(t *testing.T, ctx context.Context) string {
	t.Helper()
	events, err := h.engine().History(ctx, runName, 0, 10_000)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	last := int64(0)
	for _, e := range events {
		if e.ID <= last || e.PreviousID >= e.ID {
			t.Errorf("event %d, after %d, follows event %d", e.ID, e.PreviousID, last)
		}
		last = e.ID
		var d struct{ Name string }
		_ = json.Unmarshal(e.Details, &d)
		out = append(out, strings.TrimSpace(e.Type+" "+d.Name))
	}
	return strings.Join(out, ";")
}

// TestStartAfterCrash: wherever a start dies, the next one does the rest, and a
// third changes nothing.
func TestStartAfterCrash(t *testing.T) {
	t.Parallel()
	crash := &states.Error{Code: "AccessDeniedException", Message: "the process dies here"}
	for name, c := range map[string]struct {
		brief  bool
		action string
		done   bool
		calls  int // of the function
	}{
		"standard, before the machine":        {false, "CreateStateMachine", false, 1},
		"standard, the machine being made":    {false, "CreateStateMachine", true, 1},
		"standard, before the execution":      {false, "StartExecution", false, 1},
		"standard, the execution being begun": {false, "StartExecution", true, 1},
		"express, before the machine":         {true, "CreateStateMachine", false, 1},
		"express, before the execution":       {true, "StartExecution", false, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f, x := newFunctions(nil), &tamper{}
			h := open(t, f.all, setting{server: states.Options{Tamper: x.hook}})
			ctx := within(t.Context(), workspace)
			x.set(func(action string, done bool) *states.Error {
				if action == c.action && done == c.done {
					return crash
				}
				return nil
			})
			if err := h.Start(ctx, input(c.brief)); err == nil {
				t.Fatal("the crash was not noticed")
			}
			x.set(nil)
			h.reopen(t)
			for range 3 {
				if err := h.Start(ctx, input(c.brief)); err != nil {
					t.Fatal(err)
				}
			}
			if run := h.ended(t, ctx); run.Status != execution.RunSucceeded {
				t.Errorf("%+v", run)
			}
			if n := f.count("echo"); n != c.calls {
				t.Errorf("the function was called %d times", n)
			}
			if n := len(h.server.Machines()); n != 1 {
				t.Errorf("%d state machines", n)
			}
			other := input(c.brief)
			other.Input = json.RawMessage(`{"n":2}`)
			if err := h.Start(ctx, other); apierr.CodeOf(err) != apierr.Conflict {
				t.Errorf("another input: %v", err)
			}
			other = input(c.brief)
			other.Definition = definition("Call", callState("echo", `"Comment":"another","End":true`))
			if err := h.Start(ctx, other); apierr.CodeOf(err) != apierr.Conflict {
				t.Errorf("another definition: %v", err)
			}
		})
	}
}

// TestExpressStartedUnknown: the start's answer is lost. Where the log is faster than
// the next start, there is one execution; where not, two, of which one counts.
func TestExpressStartedUnknown(t *testing.T) {
	t.Parallel()
	for _, heard := range []bool{true, false} {
		t.Run(fmt.Sprintf("heard of %v", heard), func(t *testing.T) {
			t.Parallel()
			f, x := newFunctions(nil), &tamper{}
			var h *home
			deaf := make(chan struct{})
			h = open(t, f.all, setting{server: states.Options{Tamper: x.hook, OnLog: func(ctx context.Context, payload json.RawMessage) error {
				if !heard {
					select {
					case <-deaf:
					case <-ctx.Done():
					}
				}
				return h.takeIn(ctx, payload)
			}}})
			ctx := within(t.Context(), workspace)
			x.set(func(action string, done bool) *states.Error {
				if action == "StartExecution" && done {
					return &states.Error{Code: "AccessDeniedException"}
				}
				return nil
			})
			if err := h.Start(ctx, input(true)); err == nil {
				t.Fatal("the crash was not noticed")
			}
			x.set(nil)
			if heard {
				h.ended(t, ctx)
			}
			if err := h.Start(ctx, input(true)); err != nil {
				t.Fatal(err)
			}
			close(deaf)
			if run := h.ended(t, ctx); run.Status != execution.RunSucceeded {
				t.Errorf("%+v", run)
			}
			want := 2
			if heard {
				want = 1
			}
			until(t, "the calls are made", func() bool { return f.count("echo") >= want })
			if n := x.count("StartExecution"); n != want {
				t.Errorf("started %d times, want %d", n, want)
			}
			if path := h.path(t, ctx); strings.Count(path, "ExecutionStarted") != 1 || strings.Count(path, "ExecutionSucceeded") != 1 {
				t.Errorf("path %s", path)
			}
		})
	}
}

// TestMachines: a machine is made once for each content, known without a call, and
// made again where somebody deleted it.
func TestMachines(t *testing.T) {
	t.Parallel()
	f, x := newFunctions(nil), &tamper{}
	h := open(t, f.all, setting{server: states.Options{Tamper: x.hook}})
	ctx := within(t.Context(), workspace)
	start := func(name string, ctx context.Context, brief bool) {
		t.Helper()
		in := input(brief)
		in.Name = name
		if err := h.Start(ctx, in); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 4 {
		start(fmt.Sprintf("exe_%d", i), ctx, false)
	}
	h.reopen(t)
	start("exe_another_process", ctx, false)
	if n := x.count("CreateStateMachine"); n != 1 {
		t.Errorf("%d calls to create", n)
	}
	start("exe_brief", ctx, true)
	start("exe_other_workspace", within(t.Context(), "wsp_other"), false)
	names := h.server.Machines()
	slices.Sort(names)
	if len(names) != 3 {
		t.Fatalf("machines %v", names)
	}
	for _, name := range names {
		if len(name) > 80 || !strings.HasPrefix(name, "apiq-test-wsp_") {
			t.Errorf("name %q", name)
		}
	}
	for _, name := range names {
		h.server.Forget("arn:aws:states:eu-central-1:123456789012:stateMachine:" + name)
	}
	start("exe_after_deletion", ctx, false)
	if n := len(h.server.Machines()); n != 1 {
		t.Errorf("%d machines", n)
	}
}

// TestNameTaken: a machine of the same name counts if it runs the same.
func TestNameTaken(t *testing.T) {
	t.Parallel()
	f := newFunctions(nil)
	h := open(t, f.all, setting{})
	ctx := within(t.Context(), workspace)
	if err := h.Start(ctx, input(false)); err != nil {
		t.Fatal(err)
	}
	name := h.server.Machines()[0]
	arn := "arn:aws:states:eu-central-1:123456789012:stateMachine:" + name
	made, err := h.client.DescribeStateMachine(ctx, &sfn.DescribeStateMachineInput{StateMachineArn: &arn})
	if err != nil {
		t.Fatal(err)
	}
	again := func(definition string, tracing bool) error {
		h.server.Forget(arn)
		in := &sfn.CreateStateMachineInput{Name: &name, Definition: &definition, RoleArn: aws.String(h.server.RoleARN()), Publish: tracing}
		if _, err := h.client.CreateStateMachine(ctx, in); err != nil {
			t.Fatal(err)
		}
		if err := h.store.Delete(ctx, table.Key{PK: "SFNMACHINE", SK: name}, table.Always()); err != nil {
			t.Fatal(err)
		}
		h.reopen(t)
		other := input(false)
		other.Name += "x"
		return h.Start(ctx, other)
	}
	if err := again(`{"QueryLanguage":"JSONata","StartAt":"A","States":{"A":{"Type":"Succeed"}}}`, false); err == nil || !strings.Contains(err.Error(), "taken") {
		t.Errorf("another definition: %v", err)
	}
	if err := again(*made.Definition, false); err != nil { // with other settings
		t.Errorf("the same definition: %v", err)
	}
}

// TestThrottled: each call gives up within the client's attempts, as a throttled
// table does, and nothing is half done.
func TestThrottled(t *testing.T) {
	t.Parallel()
	for name, refusal := range map[string]*states.Error{
		"too fast":  {Code: "ThrottlingException", Message: "Rate exceeded"},
		"a failure": {Code: "InternalServerError", Status: http.StatusInternalServerError},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f, x := newFunctions(nil), &tamper{}
			h := open(t, f.all, setting{server: states.Options{Tamper: x.hook}})
			ctx := within(t.Context(), workspace)
			busy := func(string, bool) *states.Error { return refusal }
			x.set(busy)
			if err := h.Start(ctx, input(false)); !errors.Is(err, table.ErrThrottled) {
				t.Errorf("Start: %v", err)
			}
			if n := x.count("CreateStateMachine"); n > 3 {
				t.Errorf("%d attempts", n)
			}
			x.set(nil)
			if err := h.Start(ctx, input(false)); err != nil {
				t.Fatal(err)
			}
			h.ended(t, ctx)
			x.set(busy)
			if _, err := h.Describe(ctx, runName); !errors.Is(err, table.ErrThrottled) {
				t.Errorf("Describe: %v", err)
			}
			if _, err := h.History(ctx, runName, 0, 10); !errors.Is(err, table.ErrThrottled) {
				t.Errorf("History: %v", err)
			}
			if err := h.Stop(ctx, runName, "E", ""); !errors.Is(err, table.ErrThrottled) {
				t.Errorf("Stop: %v", err)
			}
			if err := h.Redrive(ctx, runName); !errors.Is(err, table.ErrThrottled) {
				t.Errorf("Redrive: %v", err)
			}
			if err := h.TaskSucceeded(ctx, workspace+".token", json.RawMessage("1")); !errors.Is(err, table.ErrThrottled) {
				t.Errorf("TaskSucceeded: %v", err)
			}
		})
	}
}

// TestFull: an account that runs, or keeps, as much as it may is busy, not broken.
func TestFull(t *testing.T) {
	t.Parallel()
	for full, code := range map[string]string{"StartExecution": "ExecutionLimitExceeded", "CreateStateMachine": "StateMachineLimitExceeded"} {
		x := &tamper{refuse: func(action string, _ bool) *states.Error {
			if action == full {
				return &states.Error{Code: code}
			}
			return nil
		}}
		h := open(t, newFunctions(nil).all, setting{server: states.Options{Tamper: x.hook}})
		if err := h.Start(within(t.Context(), workspace), input(false)); !errors.Is(err, table.ErrThrottled) {
			t.Errorf("%s: %v", full, err)
		}
	}
}

// TestFunctionDies: a function that ends without an answer is called again by the
// definition's own Retry.
func TestFunctionDies(t *testing.T) {
	t.Parallel()
	for _, brief := range []bool{false, true} {
		t.Run(fmt.Sprintf("brief %v", brief), func(t *testing.T) {
			t.Parallel()
			var f *functions
			f = newFunctions(map[string]execution.Handler{"frail": func(_ context.Context, task execution.Task) (json.RawMessage, error) {
				switch f.count("frail") {
				case 1:
					return nil, errors.New("killed") // no answer
				case 2:
					return nil, &execution.TaskError{Name: execution.ErrorUnavailable, Cause: "the journal is out of reach"}
				}
				return json.RawMessage(`"alive"`), nil
			}})
			h := open(t, f.all, setting{})
			ctx := within(t.Context(), workspace)
			in := input(brief)
			in.Definition = definition("Call", callState("frail", `"Retry":[{"ErrorEquals":["Lambda.Unknown","Apiq.Unavailable"],"IntervalSeconds":1,"MaxAttempts":6,"BackoffRate":1}],"End":true`))
			if err := h.Start(ctx, in); err != nil {
				t.Fatal(err)
			}
			if run := h.ended(t, ctx); run.Status != execution.RunSucceeded || string(run.Output) != `"alive"` {
				t.Errorf("%+v", run)
			}
		})
	}
}

// TestNoRole: an engine without a role reads, and starts nothing.
func TestNoRole(t *testing.T) {
	t.Parallel()
	f := newFunctions(nil)
	h := open(t, f.all, setting{})
	ctx := within(t.Context(), workspace)
	if err := h.Start(ctx, input(false)); err != nil {
		t.Fatal(err)
	}
	h.opts.RoleARN, h.opts.Functions = "", nil
	h.reopen(t)
	if run := h.ended(t, ctx); run.Status != execution.RunSucceeded {
		t.Errorf("%+v", run)
	}
	other := input(false)
	other.Name += "x"
	if err := h.Start(ctx, other); err == nil {
		t.Error("a run was started")
	}
	if _, err := h.Describe(ctx, other.Name); !errors.Is(err, execution.ErrNoRun) {
		t.Errorf("Describe: %v", err)
	}
	if err := h.Start(t.Context(), input(false)); !errors.Is(err, tenant.ErrNone) {
		t.Errorf("without a workspace: %v", err)
	}
}
