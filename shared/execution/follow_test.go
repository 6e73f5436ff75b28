package execution_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/blob"
	"github.com/apiq/apiq/shared/blob/dir"
	"github.com/apiq/apiq/shared/execution"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/table/sqlite"
	"github.com/apiq/apiq/shared/tenant"
	"github.com/apiq/apiq/shared/workflow/asl"
)

// elsewhere is an engine of another process: its histories grow without a word.
type elsewhere struct {
	execution.Engine
	mu     sync.Mutex
	events map[string][]execution.HistoryEvent
	failed error
	reads  int
	starts int
}

func (e *elsewhere) Start(_ context.Context, in execution.StartInput) error {
	e.add(in.Name, "ExecutionStarted", "{}")
	e.mu.Lock()
	defer e.mu.Unlock()
	e.starts++
	return e.failed
}

func (e *elsewhere) History(_ context.Context, name string, after int64, _ int) ([]execution.HistoryEvent, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.reads++
	return e.events[name][min(after, int64(len(e.events[name]))):], e.failed
}

func (e *elsewhere) add(name, kind, details string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	id := int64(len(e.events[name]) + 1)
	e.events[name] = append(e.events[name], execution.HistoryEvent{ID: id, PreviousID: id - 1, Type: kind, Timestamp: time.Now(), Details: json.RawMessage(details)})
}

func (e *elsewhere) set(err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.failed = err
}

func (e *elsewhere) read() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.reads
}

type noCalls struct{}

func (noCalls) Calls(context.Context, string) (map[string]execution.Calls, error) {
	return nil, nil
}

func (noCalls) Undo(context.Context, string) (*execution.Undo, error) { return nil, nil }

func (noCalls) Resolve(context.Context, string, string, string, json.RawMessage) error { return nil }

// storage is an empty table, and an empty store of objects.
func storage(t *testing.T) (table.Driver, *blob.Store) {
	t.Helper()
	db, err := sqlite.Open(context.Background(), filepath.Join(t.TempDir(), "apiq.db"), &sqlite.Options{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	objects, err := dir.Open(t.TempDir(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return db, blob.New(objects)
}

func follow(t *testing.T, follows bool) (*execution.Service, *elsewhere, context.Context) {
	t.Helper()
	db, objects := storage(t)
	store := table.New(db, nil)
	s, err := execution.New(store, objects, audit.New(store, nil), &execution.Options{Follow: follows, MaxWait: 2 * time.Second, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	e := &elsewhere{events: map[string][]execution.HistoryEvent{}}
	s.Use(e, noCalls{})
	return s, e, tenant.With(t.Context(), "wsp_1")
}

func start(t *testing.T, s *execution.Service, ctx context.Context) string {
	t.Helper()
	r, err := s.Start(ctx, execution.StartRequest{WorkflowID: "wfl_1", Program: execution.Program{
		Definition: json.RawMessage(`{"StartAt":"a","States":{"a":{"Type":"Pass","End":true}}}`),
		States:     map[string]asl.StateInfo{"a": {StepID: "a", StepType: "transform", Role: asl.RoleMain, Type: "Pass"}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	return r.ID
}

// TestFollow: readers see what an engine in no process of theirs has done, while
// they wait too.
func TestFollow(t *testing.T) {
	t.Parallel()
	s, e, ctx := follow(t, true)
	run := start(t, s, ctx)
	e.add(run, "PassStateEntered", `{"name":"a"}`)
	d, err := s.Get(ctx, run)
	if err != nil || d.Status != execution.Running || len(d.Steps) != 1 {
		t.Fatalf("%+v: %v", d, err)
	}
	first, err := s.Events(ctx, run, 0, 100, 0)
	if err != nil || len(first.Items) != 2 || first.Done {
		t.Fatalf("%+v: %v", first, err)
	}
	later := time.AfterFunc(100*time.Millisecond, func() {
		e.add(run, "PassStateExited", `{"name":"a","output":"1"}`)
		e.add(run, "ExecutionSucceeded", `{"output":"1"}`)
	})
	defer later.Stop()
	began := time.Now()
	rest, err := s.Events(ctx, run, first.Next, 100, time.Minute)
	if err != nil || len(rest.Items) != 2 || rest.Items[1].Status != string(execution.Completed) {
		t.Fatalf("%+v: %v", rest, err)
	}
	if d := time.Since(began); d > 1900*time.Millisecond {
		t.Errorf("told after %v", d)
	}
	if end, err := s.Events(ctx, run, rest.Next, 100, 0); err != nil || !end.Done {
		t.Errorf("%+v: %v", end, err)
	}
	reads := e.read()
	if _, err := s.Get(ctx, run); err != nil || e.read() != reads {
		t.Errorf("the engine is asked about a run that has ended: %v", err)
	}
}

// TestFollowBusy: a busy engine or table makes the answer older, any other error is told.
func TestFollowBusy(t *testing.T) {
	t.Parallel()
	s, e, ctx := follow(t, true)
	run := start(t, s, ctx)
	for _, passing := range []error{table.ErrThrottled, table.ErrInDoubt} {
		e.set(fmt.Errorf("too fast: %w", passing))
		if d, err := s.Get(ctx, run); err != nil || d.Status != execution.Running {
			t.Errorf("%s: %v", d.Status, err)
		}
	}
	broken := errors.New("no access")
	e.set(broken)
	if _, err := s.Events(ctx, run, 0, 10, 0); !errors.Is(err, broken) {
		t.Errorf("Events: %v", err)
	}
}

// TestNoFollow: where an observer tells of runs, reading asks no engine.
func TestNoFollow(t *testing.T) {
	t.Parallel()
	s, e, ctx := follow(t, false)
	run := start(t, s, ctx)
	e.add(run, "PassStateEntered", `{"name":"a"}`)
	reads := e.read()
	for range 3 {
		if _, err := s.Get(ctx, run); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Events(ctx, run, 1, 10, 10*time.Millisecond); err != nil {
			t.Fatal(err)
		}
	}
	if e.read() != reads {
		t.Errorf("the engine was asked %d times", e.read()-reads)
	}
}

// TestSweep: page by page, every run that has not ended is taken up, whatever
// becomes of others.
func TestSweep(t *testing.T) {
	t.Parallel()
	s, e, ctx := follow(t, true)
	e.set(table.ErrThrottled) // none reaches the engine
	for range 5 {
		start(t, s, ctx)
	}
	pages := 0
	sweep := func() (fault error) {
		for cursor := ""; ; {
			next, err := s.Sweep(t.Context(), cursor, 2)
			fault = errors.Join(fault, err)
			pages++
			if cursor = next; cursor == "" {
				return fault
			}
		}
	}
	if err := sweep(); !errors.Is(err, table.ErrThrottled) || pages != 3 {
		t.Errorf("%d pages: %v", pages, err)
	}
	e.set(nil)
	if err := sweep(); err != nil || e.starts != 15 {
		t.Errorf("%d starts: %v", e.starts, err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Sweep(ended, "", 2); !errors.Is(err, context.Canceled) {
		t.Errorf("after its time: %v", err)
	}
}
