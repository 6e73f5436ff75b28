package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"testing"
	"time"

	"github.com/apiq/apiq/infra/hometest"
	"github.com/apiq/apiq/shared/boot"
	"github.com/apiq/apiq/shared/execution"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
)

// halfway is an engine that dies at the moment it is told something: what was
// promised is committed, and nobody carries it out.
type halfway struct {
	execution.Engine
	before, after string // the call that is lost, or whose answer is
}

var errDied = errors.New("the process died here")

func (h halfway) do(call string, do func() error) error {
	if h.before == call {
		return errDied
	}
	err := do()
	if h.after == call {
		return errDied
	}
	return err
}

func (h halfway) Start(ctx context.Context, in execution.StartInput) error {
	return h.do("start", func() error { return h.Engine.Start(ctx, in) })
}

func (h halfway) Stop(ctx context.Context, name, e, cause string) error {
	return h.do("stop", func() error { return h.Engine.Stop(ctx, name, e, cause) })
}

func (h halfway) Redrive(ctx context.Context, name string) error {
	return h.do("redrive", func() error { return h.Engine.Redrive(ctx, name) })
}

func (h halfway) TaskSucceeded(ctx context.Context, token string, out json.RawMessage) error {
	return h.do("succeed", func() error { return h.Engine.TaskSucceeded(ctx, token, out) })
}

func (h halfway) TaskFailed(ctx context.Context, token, e, cause string) error {
	return h.do("fail", func() error { return h.Engine.TaskFailed(ctx, token, e, cause) })
}

// openData opens a data folder without a server.
func openData(t *testing.T, data string) *home {
	t.Helper()
	c, err := boot.Load(map[string]string{"APIQ_DATA": data})
	if err != nil {
		t.Fatal(err)
	}
	h, err := openHome(t.Context(), c, slog.New(slog.NewTextHandler(io.Discard, nil)), func(context.Context, *home) {})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// in is a person's context in the home itself.
func in(t *testing.T, p hometest.Person) context.Context {
	return tenant.WithActor(tenant.With(t.Context(), p.Workspace), tenant.Actor{ID: p.ID, Email: p.Email, Role: "ADMIN"})
}

// TestCrash: between each promise and its carrying out the process dies, before
// the engine heard of it and after. The next start does what was promised, once.
func TestCrash(t *testing.T) {
	t.Parallel()
	start := func(ctx context.Context, h *home, flow, _ string) error {
		_, err := h.launcher.Run(ctx, flow, 0, nil)
		return err
	}
	decide := func(decision string) func(ctx context.Context, h *home, _, run string) error {
		return func(ctx context.Context, h *home, _, run string) error {
			_, err := h.runs.Resolve(ctx, run, "ask", execution.Decision{Decision: decision})
			return err
		}
	}
	cases := []struct {
		name, call string
		// bring takes a run, before the crash, to where the promise is made.
		bring   func(t *testing.T, p hometest.Person, run string)
		promise func(ctx context.Context, h *home, flow, run string) error
		want    string
	}{
		{"start", "start", nil, start, "WAITING"},
		{"stop", "stop", func(_ *testing.T, p hometest.Person, run string) { p.Wait(run, "WAITING") },
			func(ctx context.Context, h *home, _, run string) error { _, err := h.runs.Cancel(ctx, run); return err }, "CANCELLED"},
		{"redrive", "redrive", func(_ *testing.T, p hometest.Person, run string) {
			p.Wait(run, "WAITING")
			p.Must(200, "POST", "/api/executions/"+run+"/cancel", nil)
		}, func(ctx context.Context, h *home, _, run string) error { _, err := h.runs.Retry(ctx, run); return err }, "WAITING"},
		{"approve", "succeed", func(_ *testing.T, p hometest.Person, run string) { p.Wait(run, "WAITING") }, decide("approve"), "COMPLETED"},
		{"reject", "fail", func(_ *testing.T, p hometest.Person, run string) { p.Wait(run, "WAITING") }, decide("reject"), "FAILED"},
	}
	for _, c := range cases {
		for _, after := range []bool{false, true} {
			name := c.name + ", before the engine has it"
			if after {
				name = c.name + ", after"
			}
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				data := t.TempDir()
				s := startServer(t, data, nil)
				p := hometest.Register(t, s, "ada")
				shop := hometest.NewShop(t)
				con := p.Connect("Shop", shop.URL)
				// What JSON can write in two ways: a start that is repeated is the same start.
				say := hometest.ValueStep("say", "{% '<' & 'é' & '>' %}")
				flow := p.Save(hometest.Obj{"steps": []any{say, hometest.OrderStep("buy", con, "k"), hometest.Obj{"id": "ask", "type": "approval", "message": "?"}}})
				run := ""
				if c.bring != nil {
					run = p.Start(flow, nil)
					c.bring(t, p, run)
				}
				s.stop()

				h := openData(t, data)
				broken := halfway{Engine: h.engine, before: c.call}
				if after {
					broken = halfway{Engine: h.engine, after: c.call}
				}
				h.runs.Use(broken, noJournal{})
				if err := c.promise(in(t, p), h, flow, run); err != nil {
					t.Fatalf("what was accepted was refused: %v", err)
				}
				if err := h.Close(); err != nil {
					t.Fatal(err)
				}

				p = p.At(startServer(t, data, nil))
				if run == "" {
					var runs []struct{ ID string }
					p.Must(200, "GET", "/api/executions", nil).Into(t, &runs)
					if len(runs) != 1 {
						t.Fatalf("%d runs", len(runs))
					}
					run = runs[0].ID
				}
				e := p.Until(run, func(e hometest.Execution) bool { return e.Status == c.want })
				if n := shop.Seen("POST /orders"); n != 1 {
					t.Errorf("ordered %d times", n)
				}
				if e.Step(t, "buy") != "COMPLETED" {
					t.Errorf("%+v", e.Steps)
				}
				// It can be brought to its end like any other.
				if c.want == "WAITING" {
					p.Must(200, "POST", hometest.DecisionPath(run, "ask"), hometest.Obj{"decision": "approve"})
					if e = p.Wait(run); e.Status != "COMPLETED" {
						t.Errorf("%s %+v", e.Status, e.Error)
					}
				}
				p.Verified()
			})
		}
	}
}

// noJournal: nothing is resolved in these tests that a call left.
type noJournal struct{}

func (noJournal) Calls(context.Context, string) (map[string]execution.Calls, error) {
	return nil, nil
}

func (noJournal) Undo(context.Context, string) (*execution.Undo, error) { return nil, nil }

func (noJournal) Resolve(context.Context, string, string, string, json.RawMessage) error { return nil }

// TestCrashLogs: a process that dies while it writes the log goes on from where
// the log is, without a gap or a repeat; nothing is left open once a run has ended.
func TestCrashLogs(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	s := startServer(t, data, nil)
	p := hometest.Register(t, s, "ada")
	// More happens at the end of this run than fits into one write.
	run := p.Run(hometest.Obj{"steps": []any{hometest.Obj{"id": "each", "type": "loop", "over": "{% [1..120] %}", "as": "n", "maxConcurrency": 40, "do": []any{
		hometest.Obj{"id": "w", "type": "wait", "seconds": 3600}}}}}, nil)
	p.Until(run, func(e hometest.Execution) bool { return len(e.Steps) == 41 })
	s.stop()
	h := openData(t, data)
	if err := h.engine.Stop(in(t, p), run, "Run.Cancelled", "x"); err != nil {
		t.Fatal(err)
	}
	if err := h.Close(); err != nil { // nobody has logged it
		t.Fatal(err)
	}
	s = startServer(t, data, nil)
	p = p.At(s)
	e := p.Wait(run) // which looks at the numbers of the log
	if e.Status != "CANCELLED" || len(e.Steps) != 41 {
		t.Fatalf("%s with %d steps", e.Status, len(e.Steps))
	}
	for _, st := range e.Steps {
		if st.Status != "CANCELLED" || st.EndedAt.IsZero() {
			t.Errorf("%s is %s", st.Path, st.Status)
		}
	}
	s.stop() // perhaps before it had closed what it logged the end of: the next one does
	h = openData(t, data)
	defer func() { _ = h.Close() }()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- h.work(ctx) }()
	for end := time.Now().Add(30 * time.Second); ; {
		open := 0
		for _, shard := range "0123456789abcdef" {
			page, err := h.store.Query(tenant.WithSystem(t.Context()), table.Query{PK: "EXEOPEN#" + string(shard), Limit: 10})
			if err != nil {
				t.Fatal(err)
			}
			open += len(page.Items)
		}
		if open == 0 {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("%d runs are open still", open)
		}
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// TestTriedAgain: what the engine does not take at once is brought to it a
// moment later, in the same process.
func TestTriedAgain(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	s := startServer(t, data, nil)
	p := hometest.Register(t, s, "ada")
	flow := p.Save(hometest.Obj{"steps": []any{hometest.ValueStep("v", 1)}})
	s.stop()
	h := openData(t, data)
	defer func() { _ = h.Close() }()
	broken := &failOnce{Engine: h.engine}
	h.runs.Use(broken, noJournal{})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- h.work(ctx) }()
	run, err := h.launcher.Run(in(t, p), flow, 0, nil)
	if err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(30 * time.Second); ; {
		got, err := h.runs.Events(in(t, p), run.ID, 0, 100, time.Second)
		if err != nil {
			t.Fatal(err)
		}
		if got.Done {
			break
		}
		if time.Now().After(end) {
			t.Fatal("the run was never started")
		}
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

type failOnce struct {
	execution.Engine
	calls int
}

func (f *failOnce) Start(ctx context.Context, in execution.StartInput) error {
	if f.calls++; f.calls == 1 {
		return table.ErrThrottled
	}
	return f.Engine.Start(ctx, in)
}
