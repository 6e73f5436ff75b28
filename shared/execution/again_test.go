package execution_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"reflect"
	"testing"

	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/execution"
	"github.com/apiq/apiq/shared/id"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/workflow"
)

// alone is a process that has got the data to itself by now.
func (p *pair) alone(t *testing.T) *execution.Service {
	t.Helper()
	s, err := execution.New(p.store, p.blobs, audit.New(p.store, nil), &execution.Options{Now: p.now, Since: p.now(), Follow: true, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	s.Use(p.engine, p.journal)
	return s
}

// TestTurnOfTheDead: a process that knows the one before it to be gone carries out at
// once what that one was at, and its own turns are its own.
func TestTurnOfTheDead(t *testing.T) {
	t.Parallel()
	p := two(t)
	run := start(t, p.a, p.ctx)
	p.engine.on("Stop", func(string) error {
		switch p.engine.count("Stop") {
		case 1: // and there it dies, as far as the next one knows
			p.sweep(t, p.alone(t))
		case 2:
			p.sweep(t, p.b) // no other process takes the turn
			p.engine.add(run, "ExecutionAborted", `{}`)
		}
		return nil
	})
	if _, err := p.a.Cancel(p.ctx, run); err != nil {
		t.Fatal(err)
	}
	if n := p.engine.count("Stop"); n != 2 {
		t.Errorf("stopped %d times", n)
	}
	p.status(t, run, execution.Cancelled)
}

// TestDecisionOfTheDead is the same for a person's decision.
func TestDecisionOfTheDead(t *testing.T) {
	t.Parallel()
	p := two(t)
	run, ask := p.asking(t)
	ask("first")
	p.engine.on("TaskSucceeded", func(string) error {
		switch p.engine.count("TaskSucceeded") {
		case 1:
			p.sweep(t, p.alone(t))
		case 2:
			p.sweep(t, p.b)
		}
		return nil
	})
	if _, err := p.a.Resolve(p.ctx, run, "a", execution.Decision{Decision: execution.Done}); err != nil {
		t.Fatal(err)
	}
	if n := p.engine.count("TaskSucceeded"); n != 2 {
		t.Errorf("brought %d times", n)
	}
}

// TestSeed: under one seed a start is the same start, whatever its policy says of
// further ones, and under another it is another.
func TestSeed(t *testing.T) {
	t.Parallel()
	for _, policy := range []string{workflow.PolicyQueue, workflow.PolicySkip, workflow.PolicyCancel} {
		h := newHall(t)
		s, ctx, seed := h.process(nil, 0), h.ctx, id.New("")
		start := func(s *execution.Service, seed string) string {
			h.ctx = id.WithSeed(ctx, seed)
			return h.start(s, request(policy, 1, ""))
		}
		first := start(s, seed)
		if again := start(h.process(nil, 0), seed); again != first || !id.Is(first, id.Execution) {
			t.Errorf("%s: %s, and again %s", policy, first, again)
		}
		h.runs(first)
		h.end(s, first)
		if again := start(s, seed); again != first {
			t.Errorf("%s: after its end %s, not %s", policy, again, first)
		}
		h.runs()
		if other := start(s, id.New("")); other == first {
			t.Errorf("%s: two seeds, one run", policy)
		}
	}
}

// given keeps what an engine is given to start, and fails the first time.
type given struct {
	execution.Engine
	all []execution.StartInput
}

func (g *given) Start(ctx context.Context, in execution.StartInput) error {
	if g.all = append(g.all, in); len(g.all) == 1 {
		return table.ErrThrottled
	}
	return g.Engine.Start(ctx, in)
}

// TestSameStart: what a later process reads and starts again is what the first one
// started, to the byte, also where JSON could write it in another way.
func TestSameStart(t *testing.T) {
	t.Parallel()
	p := two(t)
	engine := &given{Engine: p.engine}
	p.a.Use(engine, p.journal)
	_, err := p.a.Start(p.ctx, execution.StartRequest{WorkflowID: "wfl_1", Input: json.RawMessage(`{ "b": "<é & \u003c>", "a": 1.0 }`),
		Program: execution.Program{Definition: json.RawMessage(`{ "StartAt": "a & b", "States": {"a & b": {"Type": "Succeed"}}}`)}})
	if err != nil {
		t.Fatal(err)
	}
	next := p.alone(t)
	next.Use(engine, p.journal)
	p.sweep(t, next)
	if len(engine.all) != 2 || !reflect.DeepEqual(engine.all[0], engine.all[1]) {
		t.Errorf("started with\n%+v", engine.all)
	}
	if want := `{"b":"<é & \u003c>","a":1.0}`; string(engine.all[0].Input) != want {
		t.Errorf("input %s, want %s", engine.all[0].Input, want)
	}
}
