package execution_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/blob"
	"github.com/apiq/apiq/shared/execution"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
	"github.com/apiq/apiq/shared/workflow/asl"
)

// puppet is an engine that does what a test says, and counts.
type puppet struct {
	elsewhere
	hook  map[string]func(name string) error // by method
	did   []string
	doing sync.Mutex
}

func (p *puppet) do(method, name string) error {
	p.doing.Lock()
	p.did = append(p.did, method)
	hook := p.hook[method]
	p.doing.Unlock()
	if hook != nil {
		return hook(name)
	}
	return nil
}

func (p *puppet) count(method string) (n int) {
	p.doing.Lock()
	defer p.doing.Unlock()
	for _, d := range p.did {
		if d == method {
			n++
		}
	}
	return n
}

func (p *puppet) on(method string, hook func(name string) error) {
	p.doing.Lock()
	defer p.doing.Unlock()
	p.hook[method] = hook
}

func (p *puppet) Start(ctx context.Context, in execution.StartInput) error {
	if err := p.do("Start", in.Name); err != nil {
		return err
	}
	return p.elsewhere.Start(ctx, in)
}

func (p *puppet) Stop(_ context.Context, name, _, _ string) error { return p.do("Stop", name) }

func (p *puppet) Redrive(_ context.Context, name string) error { return p.do("Redrive", name) }

func (p *puppet) TaskSucceeded(_ context.Context, token string, _ json.RawMessage) error {
	return p.do("TaskSucceeded", token)
}

func (p *puppet) TaskFailed(_ context.Context, token, name, _ string) error {
	return p.do("TaskFailed", token+" "+name)
}

func (p *puppet) Describe(_ context.Context, name string) (execution.Run, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	run := execution.Run{Name: name, Status: execution.RunRunning, LastEventID: int64(len(p.events[name]))}
	if run.LastEventID == 0 {
		return run, execution.ErrNoRun
	}
	switch p.events[name][run.LastEventID-1].Type {
	case "ExecutionSucceeded":
		run.Status = execution.RunSucceeded
	case "ExecutionFailed":
		run.Status = execution.RunFailed
	case "ExecutionAborted":
		run.Status = execution.RunAborted
	}
	return run, nil
}

// resolved counts decisions that reach the journal of calls.
type resolved struct {
	noCalls
	mu sync.Mutex
	n  int
}

func (r *resolved) Resolve(context.Context, string, string, string, json.RawMessage) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.n++
	return nil
}

// pair are two processes over one table and one engine, with a clock for both.
type pair struct {
	a, b    *execution.Service
	store   *table.Store
	blobs   *blob.Store
	engine  *puppet
	journal *resolved
	ctx     context.Context
	mu      sync.Mutex
	ahead   time.Duration
}

func (p *pair) pass(d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ahead += d
}

func (p *pair) now() time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	return time.Now().Add(p.ahead)
}

func two(t *testing.T) *pair {
	t.Helper()
	db, objects := storage(t)
	store := table.New(db, nil)
	p := &pair{store: store, blobs: objects, journal: &resolved{}, ctx: tenant.With(t.Context(), "wsp_1"),
		engine: &puppet{elsewhere: elsewhere{events: map[string][]execution.HistoryEvent{}}, hook: map[string]func(string) error{}}}
	for _, s := range []**execution.Service{&p.a, &p.b} {
		var err error
		if *s, err = execution.New(store, objects, audit.New(store, nil), &execution.Options{Now: p.now, Follow: true, Log: slog.New(slog.DiscardHandler)}); err != nil {
			t.Fatal(err)
		}
		(*s).Use(p.engine, p.journal)
	}
	return p
}

func (p *pair) sweep(t *testing.T, s *execution.Service) {
	t.Helper()
	if _, err := s.Sweep(t.Context(), "", 100); err != nil {
		t.Fatal(err)
	}
}

// failed is a run that has failed, as the log tells too.
func (p *pair) failed(t *testing.T) string {
	t.Helper()
	run := start(t, p.a, p.ctx)
	p.fail(run)
	if err := p.a.Sync(p.ctx, run); err != nil {
		t.Fatal(err)
	}
	p.status(t, run, execution.Failed)
	return run
}

func (p *pair) fail(run string) { p.engine.add(run, "ExecutionFailed", `{"error":"Http.500"}`) }

func (p *pair) status(t *testing.T, run string, want execution.Status) {
	t.Helper()
	if d, err := p.a.Get(p.ctx, run); err != nil || d.Status != want {
		t.Errorf("%s is %s, not %s: %v", run, d.Status, want, err)
	}
}

// TestRedriveOnce: while one process continues a run, no other does so too, and who
// comes later sees that it was done, whatever has become of it since.
func TestRedriveOnce(t *testing.T) {
	t.Parallel()
	p := two(t)
	run := p.failed(t)
	p.engine.on("Redrive", func(string) error {
		if p.engine.count("Redrive") == 1 {
			p.sweep(t, p.b) // in the middle of it
		}
		p.engine.add(run, "ExecutionRedriven", `{}`)
		p.fail(run)
		return fmt.Errorf("no answer: %w", table.ErrThrottled)
	})
	if _, err := p.a.Retry(p.ctx, run); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		p.pass(10 * time.Minute)
		p.sweep(t, p.b)
	}
	if n := p.engine.count("Redrive"); n != 1 {
		t.Errorf("redriven %d times", n)
	}
	p.status(t, run, execution.Failed)
	if _, err := p.a.Cancel(p.ctx, run); apierr.CodeOf(err) != apierr.Conflict {
		t.Errorf("the intent is left: %v", err)
	}
}

// TestRedriveLost: what one process could not do, another does, at once or after
// the first one's death.
func TestRedriveLost(t *testing.T) {
	t.Parallel()
	p := two(t)
	run := p.failed(t)
	p.engine.on("Redrive", func(string) error { return table.ErrThrottled })
	if _, err := p.a.Retry(p.ctx, run); err != nil {
		t.Fatal(err)
	}
	p.engine.on("Redrive", func(string) error {
		p.engine.add(run, "ExecutionRedriven", `{}`)
		return nil
	})
	p.sweep(t, p.b)
	p.status(t, run, execution.Running)
}

// TestRedriveNever: a run that its engine continues no more is told of as such.
func TestRedriveNever(t *testing.T) {
	t.Parallel()
	for _, refusal := range []error{execution.ErrNotRedrivable, execution.ErrNoRun} {
		p := two(t)
		run := p.failed(t)
		p.engine.on("Redrive", func(string) error { return refusal })
		for range 2 { // no intent is left
			if _, err := p.a.Retry(p.ctx, run); apierr.CodeOf(err) != apierr.Conflict || p.engine.count("Redrive") == 0 {
				t.Errorf("%v: %v", refusal, err)
			}
		}
		if n := p.engine.count("Redrive"); n != 2 {
			t.Errorf("asked %d times", n)
		}
	}
}

// TestStopOnce: a stop that another process has begun is not begun again, where it
// could meet the run after it was continued.
func TestStopOnce(t *testing.T) {
	t.Parallel()
	p := two(t)
	run := start(t, p.a, p.ctx)
	p.engine.on("Stop", func(string) error {
		if p.engine.count("Stop") == 1 {
			p.sweep(t, p.b)
		}
		p.engine.add(run, "ExecutionAborted", `{}`)
		return nil
	})
	if r, err := p.a.Cancel(p.ctx, run); err != nil || r.Status != execution.Cancelled {
		t.Fatalf("%s: %v", r.Status, err)
	}
	if n := p.engine.count("Stop"); n != 1 {
		t.Errorf("stopped %d times", n)
	}
}

// TestStopUnseen: a stop that comes before the engine sees the run stays promised;
// a run that the engine has lost is ended all the same.
func TestStopUnseen(t *testing.T) {
	t.Parallel()
	p := two(t)
	run := start(t, p.a, p.ctx)
	p.engine.on("Stop", func(string) error { return execution.ErrNoRun })
	if r, err := p.a.Cancel(p.ctx, run); err != nil || r.Status == execution.Cancelled {
		t.Fatalf("%s: %v", r.Status, err)
	}
	if _, err := p.b.Sweep(t.Context(), "", 100); err == nil || p.engine.count("Stop") != 2 {
		t.Errorf("%d stops: %v", p.engine.count("Stop"), err)
	}
	p.pass(time.Hour)
	p.sweep(t, p.b)
	p.status(t, run, execution.Cancelled)
	if p.sweep(t, p.b); p.engine.count("Stop") != 3 {
		t.Errorf("%d stops", p.engine.count("Stop"))
	}
}

// TestStartRefused: what the engine will never start fails; it does not wait for ever.
func TestStartRefused(t *testing.T) {
	t.Parallel()
	p := two(t)
	p.engine.on("Start", func(string) error { return apierr.New(apierr.WorkflowInvalid, "AWS refuses its definition.") })
	run := start(t, p.a, p.ctx)
	d, err := p.a.Get(p.ctx, run)
	if err != nil || d.Status != execution.Failed || d.Error == nil || d.Error.Cause != "AWS refuses its definition." {
		t.Fatalf("%s %+v: %v", d.Status, d.Error, err)
	}
	if end, err := p.a.Events(p.ctx, run, 0, 10, 0); err != nil || len(end.Items) != 1 {
		t.Errorf("%+v: %v", end, err)
	}
	if p.sweep(t, p.b); p.engine.count("Start") != 1 {
		t.Errorf("started %d times", p.engine.count("Start"))
	}
	p.engine.on("Start", nil)
	if r, err := p.a.Retry(p.ctx, run); err != nil || r.Status != execution.Running {
		t.Errorf("%s: %v", r.Status, err)
	}
}

// asking is a run whose step asks what became of a request, of the given token.
func (p *pair) asking(t *testing.T) (run string, ask func(token string)) {
	t.Helper()
	r, err := p.a.Start(p.ctx, execution.StartRequest{WorkflowID: "wfl_1", Program: execution.Program{
		Definition: json.RawMessage(`{"StartAt":"a","States":{"a":{"Type":"Task","End":true}}}`),
		States: map[string]asl.StateInfo{
			"a":         {StepID: "a", StepType: "api_call", Role: asl.RoleMain, Type: "Task"},
			"a.unknown": {StepID: "a", StepType: "api_call", Role: asl.RoleUnknown, Type: "Task"},
		}}})
	if err != nil {
		t.Fatal(err)
	}
	payload := fmt.Sprintf(`{"workspace":"wsp_1","execution":%q,"step":"a","path":"a"}`, r.ID)
	return r.ID, func(token string) {
		p.engine.add(r.ID, "TaskStateEntered", `{"name":"a.unknown"}`)
		p.engine.add(r.ID, "TaskScheduled", `{}`)
		if _, err := p.a.AskPerson(p.ctx, execution.Task{Function: execution.FunctionUnknown, Token: token, Payload: json.RawMessage(payload)}); err != nil {
			t.Error(err)
		}
		p.engine.add(r.ID, "TaskSubmitted", `{}`)
	}
}

// TestDecisionOnce: a decision is brought to the engine by one process at a time,
// and takes no question along that the step has asked meanwhile.
func TestDecisionOnce(t *testing.T) {
	t.Parallel()
	p := two(t)
	run, ask := p.asking(t)
	ask("first")
	p.engine.on("TaskSucceeded", func(token string) error {
		if p.engine.count("TaskSucceeded") <= 2 {
			p.sweep(t, p.b)
		}
		if token == "first" && p.engine.count("TaskSucceeded") == 1 {
			p.engine.add(run, "TaskSucceeded", `{}`)
			ask("second")
		}
		return nil
	})
	for n, decision := range []string{execution.Retry, execution.Done} {
		if _, err := p.a.Resolve(p.ctx, run, "a", execution.Decision{Decision: decision}); err != nil {
			t.Fatalf("%s: %v", decision, err)
		}
		if p.journal.n != n+1 || p.engine.count("TaskSucceeded") != n+1 {
			t.Errorf("%d decisions in the journal, %d at the engine", p.journal.n, p.engine.count("TaskSucceeded"))
		}
	}
}

// TestDecisionLost: a decision whose process failed, or died, is brought there by
// another.
func TestDecisionLost(t *testing.T) {
	t.Parallel()
	p := two(t)
	run, ask := p.asking(t)
	ask("first")
	p.engine.on("TaskSucceeded", func(string) error { return table.ErrThrottled })
	if _, err := p.a.Resolve(p.ctx, run, "a", execution.Decision{Decision: execution.Done}); err != nil {
		t.Fatal(err)
	}
	p.engine.on("TaskSucceeded", nil)
	p.sweep(t, p.b)
	if n := p.engine.count("TaskSucceeded"); n != 2 {
		t.Errorf("brought %d times", n)
	}
}

// nested is a run that waits for others, and what makes it start one.
func (p *pair) nested(t *testing.T) (run string, begin func(token string) string) {
	t.Helper()
	program := execution.Program{
		Definition: json.RawMessage(`{"StartAt":"n","States":{"n":{"Type":"Task","End":true}}}`),
		States:     map[string]asl.StateInfo{"n": {StepID: "n", StepType: "workflow", Role: asl.RoleMain, Type: "Task"}},
	}
	r, err := p.a.Start(p.ctx, execution.StartRequest{WorkflowID: "wfl_1", Program: program})
	if err != nil {
		t.Fatal(err)
	}
	p.engine.add(r.ID, "TaskStateEntered", `{"name":"n"}`)
	return r.ID, func(token string) string {
		p.engine.add(r.ID, "TaskScheduled", `{}`)
		c, err := p.a.Start(p.ctx, execution.StartRequest{WorkflowID: "wfl_2", Program: program, Parent: &execution.Parent{Execution: r.ID, Path: "n", Token: token}})
		if err != nil {
			t.Fatal(err)
		}
		return c.ID
	}
}

// TestOrphans: where a step is tried again, the run of its first try is stopped and
// that of its second is not.
func TestOrphans(t *testing.T) {
	t.Parallel()
	p := two(t)
	run, begin := p.nested(t)
	var stopped []string
	p.engine.on("Stop", func(name string) error {
		stopped = append(stopped, name)
		p.engine.add(name, "ExecutionAborted", `{}`)
		return nil
	})
	first := begin("1")
	p.engine.add(run, "TaskFailed", `{"error":"Lambda.Unknown"}`)
	second := begin("2")
	if err := p.a.Sync(p.ctx, run); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(stopped, []string{first}) {
		t.Errorf("stopped %v; the first is %s, the second %s", stopped, first, second)
	}
	p.fail(run)
	if p.sweep(t, p.b); !slices.Equal(stopped, []string{first, second}) {
		t.Errorf("stopped %v", stopped)
	}
}

// TestSettleLate: who settles the end of a run that is continued meanwhile takes
// nothing from what it does since.
func TestSettleLate(t *testing.T) {
	t.Parallel()
	p := two(t)
	_, begin := p.nested(t)
	child := begin("1")
	stops := 0
	p.engine.on("Stop", func(string) error { stops++; return nil })
	p.engine.on("Redrive", func(string) error {
		p.engine.add(child, "ExecutionRedriven", `{}`)
		return nil
	})
	once := sync.OnceFunc(func() {
		if _, err := p.b.Retry(p.ctx, child); err != nil {
			t.Error(err)
		}
		if _, err := p.b.AskPerson(p.ctx, execution.Task{Function: execution.FunctionApproval, Token: "anew",
			Payload: json.RawMessage(`{"execution":"` + child + `","path":"q","message":"Go?"}`)}); err != nil {
			t.Error(err)
		}
		p.engine.add(child, "TaskStateEntered", `{"name":"n"}`)
		if _, err := p.b.Start(p.ctx, execution.StartRequest{WorkflowID: "wfl_3", Parent: &execution.Parent{Execution: child, Path: "n", Token: "9"},
			Program: execution.Program{Definition: json.RawMessage(`{}`), States: map[string]asl.StateInfo{}}}); err != nil {
			t.Error(err)
		}
	})
	p.engine.on("TaskFailed", func(string) error { once(); return nil })
	p.fail(child)
	if err := p.a.Sync(p.ctx, child); err != nil {
		t.Fatal(err)
	}
	if stops != 0 {
		t.Errorf("%d runs were stopped that are waited for", stops)
	}
	if _, err := p.a.Resolve(p.ctx, child, "q", execution.Decision{Decision: "neither"}); apierr.CodeOf(err) != apierr.ValidationFailed {
		t.Errorf("the question is gone: %v", err)
	}
}
