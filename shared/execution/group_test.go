package execution_test

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/blob"
	"github.com/apiq/apiq/shared/execution"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
	"github.com/apiq/apiq/shared/workflow"
	"github.com/apiq/apiq/shared/workflow/asl"
)

// floor is an engine whose runs end when a test says so. It knows how many it ran at
// once, and in which order it was given them.
type floor struct {
	elsewhere
	floor   sync.Mutex
	open    map[string]bool
	most    int
	order   []string
	started chan string
	stuck   error // what Stop answers
}

func newFloor() *floor {
	return &floor{elsewhere: elsewhere{events: map[string][]execution.HistoryEvent{}}, open: map[string]bool{}, started: make(chan string, 1000)}
}

func (f *floor) Start(_ context.Context, in execution.StartInput) error {
	f.floor.Lock()
	defer f.floor.Unlock()
	if slices.Contains(f.order, in.Name) {
		return nil
	}
	f.add(in.Name, "ExecutionStarted", "{}")
	f.open[in.Name] = true
	f.most = max(f.most, len(f.open))
	f.order = append(f.order, in.Name)
	f.started <- in.Name
	return nil
}

func (f *floor) Stop(_ context.Context, name, _, _ string) error {
	f.floor.Lock()
	defer f.floor.Unlock()
	switch {
	case f.stuck != nil:
		return f.stuck
	case !slices.Contains(f.order, name):
		return execution.ErrNoRun
	case f.open[name]:
		delete(f.open, name)
		f.add(name, "ExecutionAborted", `{}`)
	}
	return nil
}

// end ends a run, well or not.
func (f *floor) end(name, kind string) {
	f.floor.Lock()
	defer f.floor.Unlock()
	if f.open[name] {
		delete(f.open, name)
		f.add(name, kind, `{"output":"1"}`)
	}
}

func (f *floor) Describe(_ context.Context, name string) (execution.Run, error) {
	f.floor.Lock()
	defer f.floor.Unlock()
	if !slices.Contains(f.order, name) {
		return execution.Run{}, execution.ErrNoRun
	}
	return execution.Run{Name: name, Status: execution.RunRunning, Output: json.RawMessage("1")}, nil
}

func (f *floor) Redrive(_ context.Context, name string) error {
	f.floor.Lock()
	defer f.floor.Unlock()
	f.add(name, "ExecutionRedriven", `{}`)
	f.open[name] = true
	f.most = max(f.most, len(f.open))
	return nil
}

func (f *floor) TaskFailed(context.Context, string, string, string) error { return nil }

func (f *floor) running() (open []string) {
	f.floor.Lock()
	defer f.floor.Unlock()
	for _, name := range f.order {
		if f.open[name] {
			open = append(open, name)
		}
	}
	return open
}

func (f *floor) given() []string {
	f.floor.Lock()
	defer f.floor.Unlock()
	return slices.Clone(f.order)
}

var errDead = errors.New("the process is dead")

// mortal is a driver of a process that dies at its nth write, before or after it.
type mortal struct {
	table.Driver
	mu    sync.Mutex
	left  int // writes until then; negative for ever
	after bool
	dead  bool
}

func (m *mortal) write(do func() error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.dead {
		return errDead
	}
	if m.left != 0 {
		m.left--
		return do()
	}
	if m.dead = true; m.after {
		_ = do() // nobody is there any more to hear of it
	}
	return errDead
}

func (m *mortal) Write(ctx context.Context, op table.Op, now time.Time) (version int64, err error) {
	err = m.write(func() error { version, err = m.Driver.Write(ctx, op, now); return err })
	return version, err
}

func (m *mortal) Transact(ctx context.Context, ops []table.Op, now time.Time) error {
	return m.write(func() error { return m.Driver.Transact(ctx, ops, now) })
}

// hall is a table and an engine, and processes over them.
type hall struct {
	t      *testing.T
	driver table.Driver
	blobs  *blob.Store
	engine *floor
	ctx    context.Context
	mu     sync.Mutex
	ahead  time.Duration
}

func newHall(t *testing.T) *hall {
	t.Helper()
	db, objects := storage(t)
	return &hall{t: t, driver: db, blobs: objects, engine: newFloor(), ctx: tenant.With(t.Context(), "wsp_1")}
}

func (h *hall) now() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return time.Now().Add(h.ahead)
}

func (h *hall) pass(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.ahead += d
}

// process makes one more process, over a driver of its own or the hall's.
func (h *hall) process(d table.Driver, most int) *execution.Service {
	h.t.Helper()
	if d == nil {
		d = h.driver
	}
	store := table.New(d, nil)
	s, err := execution.New(store, h.blobs, audit.New(store, nil), &execution.Options{Now: h.now, MaxQueued: most, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		h.t.Fatal(err)
	}
	s.Use(h.engine, noCalls{})
	return s
}

// request is a start under a limit.
func request(policy string, limit int, key string) execution.StartRequest {
	return execution.StartRequest{WorkflowID: "wfl_1", Concurrency: &execution.Concurrency{Limit: limit, Policy: policy, Key: key},
		Program: execution.Program{Definition: json.RawMessage(`{"StartAt":"a","States":{"a":{"Type":"Pass","End":true}}}`),
			States: map[string]asl.StateInfo{"a": {StepID: "a", StepType: "transform", Role: asl.RoleMain, Type: "Pass"}}}}
}

func queued(limit int) execution.StartRequest { return request(workflow.PolicyQueue, limit, "") }

func (h *hall) start(s *execution.Service, in execution.StartRequest) string {
	h.t.Helper()
	r, err := s.Start(h.ctx, in)
	if err != nil {
		h.t.Fatal(err)
	}
	return r.ID
}

// end ends a run, and tells a process.
func (h *hall) end(s *execution.Service, run string) {
	h.t.Helper()
	h.engine.end(run, "ExecutionSucceeded")
	if err := s.Sync(h.ctx, run); err != nil {
		h.t.Error(err)
	}
}

func (h *hall) status(s *execution.Service, run string, want execution.Status) {
	h.t.Helper()
	if d, err := s.Get(h.ctx, run); err != nil || d.Status != want {
		h.t.Errorf("%s is %s, not %s: %v", run, d.Status, want, err)
	}
}

func (h *hall) runs(want ...string) {
	h.t.Helper()
	if have := h.engine.running(); !slices.Equal(have, want) {
		h.t.Errorf("under way are %v, not %v", have, want)
	}
}

func (h *hall) sweep(s *execution.Service) {
	h.t.Helper()
	if _, err := s.Sweep(h.t.Context(), "", 1000); err != nil {
		h.t.Error(err)
	}
}

// restart does what the start of a process that is the only one does.
func (h *hall) restart(s *execution.Service) {
	h.t.Helper()
	if err := s.Resume(h.t.Context()); err != nil {
		h.t.Error(err)
	}
}

// all are the runs that there are, newest first.
func (h *hall) all(s *execution.Service) []execution.Execution {
	h.t.Helper()
	all, _, err := s.List(h.ctx, execution.Filter{}, 1000, "")
	if err != nil {
		h.t.Fatal(err)
	}
	return all
}
