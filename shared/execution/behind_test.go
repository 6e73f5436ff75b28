package execution_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/execution"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/workflow/asl"
)

// gated is an engine whose history can be held back.
type gated struct {
	*elsewhere
	gate sync.RWMutex
}

func (g *gated) History(ctx context.Context, name string, after int64, limit int) ([]execution.HistoryEvent, error) {
	g.gate.RLock()
	defer g.gate.RUnlock()
	return g.elsewhere.History(ctx, name, after, limit)
}

// behind is a service that writes its logs behind, with a run of one call.
type behind struct {
	t   *testing.T
	s   *execution.Service
	e   *gated
	ctx context.Context
	run string
	end func()
}

func writtenBehind(t *testing.T) *behind {
	t.Helper()
	s, inner, ctx := follow(t, false)
	e := &gated{elsewhere: inner}
	s.Use(e, noCalls{})
	r, err := s.Start(ctx, execution.StartRequest{WorkflowID: "wfl_1", Program: execution.Program{
		Definition: json.RawMessage(`{"StartAt":"a","States":{"a":{"Type":"Task","End":true}}}`),
		States:     map[string]asl.StateInfo{"a": {StepID: "a", StepType: "api_call", Role: asl.RoleMain, Type: "Task"}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	running, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.Run(running) }()
	for !s.Running() {
		runtime.Gosched()
	}
	b := &behind{t: t, s: s, e: e, ctx: ctx, run: r.ID}
	b.end = func() {
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	}
	return b
}

// does what a word says: an event of the history, or an attempt.
func (b *behind) does(word string) {
	switch word {
	case "entered":
		b.e.add(b.run, "TaskStateEntered", `{"name":"a"}`)
		b.e.add(b.run, "TaskScheduled", `{}`)
	case "again":
		b.e.add(b.run, "TaskScheduled", `{}`)
	case "failed":
		b.e.add(b.run, "TaskFailed", `{"error":"Http.500"}`)
	case "exited":
		b.e.add(b.run, "TaskSucceeded", `{}`)
		b.e.add(b.run, "TaskStateExited", `{"name":"a","output":"1"}`)
		b.e.add(b.run, "ExecutionSucceeded", `{"output":"1"}`)
	case "aborted":
		b.e.add(b.run, "ExecutionAborted", `{}`)
	case "busy":
		b.e.set(table.ErrThrottled)
	case "free":
		b.e.set(nil)
	case "sent":
		b.s.AttemptStarted(b.ctx, b.run, "a", "a", 1, time.Now())
		return
	case "answered":
		b.s.AttemptEnded(b.ctx, b.run, "a", "a", 1, time.Now(), http.StatusOK, "")
		return
	case "refused":
		b.s.AttemptEnded(b.ctx, b.run, "a", "a", 1, time.Now(), http.StatusInternalServerError, "Http.500")
		return
	default:
		b.t.Fatal(word)
	}
	b.s.Observe(b.ctx, b.run)
}

// story reads n entries of the log, whose numbers have no gap.
func (b *behind) story(n int) string {
	b.t.Helper()
	var out []string
	for deadline := time.Now().Add(30 * time.Second); len(out) < n; {
		got, err := b.s.Events(b.ctx, b.run, int64(len(out)), 100, time.Second)
		if err != nil {
			b.t.Fatal(err)
		}
		for _, e := range got.Items {
			out = append(out, e.Type+" "+e.Status)
			if e.Seq != int64(len(out)) {
				b.t.Fatalf("event %d where %d was due", e.Seq, len(out))
			}
		}
		if time.Now().After(deadline) {
			b.t.Fatalf("only %s", strings.Join(out, "; "))
		}
	}
	return strings.Join(out, "; ")
}

// TestAttemptsBehind: an attempt stands in the log between the begin and the end of
// its step, however much of both is written at once.
func TestAttemptsBehind(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ does, want string }{
		"plain": {"entered sent answered exited", "run RUNNING; step RUNNING; attempt started; attempt succeeded; step COMPLETED; run COMPLETED"},
		"tried again": {"entered sent refused failed again sent answered exited",
			"run RUNNING; step RUNNING; attempt started; attempt failed; step FAILED; step RUNNING; attempt started; attempt succeeded; step COMPLETED; run COMPLETED"},
		"answered after the end": {"entered sent aborted answered", "run RUNNING; step RUNNING; attempt started; step CANCELLED; run CANCELLED; attempt succeeded"},
		"a busy engine":          {"entered busy sent answered free exited", "run RUNNING; step RUNNING; attempt started; attempt succeeded; step COMPLETED; run COMPLETED"},
	} {
		for _, atOnce := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, at once %t", name, atOnce), func(t *testing.T) {
				t.Parallel()
				b := writtenBehind(t)
				defer b.end()
				if atOnce {
					b.e.gate.Lock()
				}
				for _, word := range strings.Fields(c.does) {
					b.does(word)
				}
				if atOnce {
					b.e.gate.Unlock()
				}
				if got := b.story(strings.Count(c.want, ";") + 1); got != c.want {
					t.Errorf("got  %s\nwant %s", got, c.want)
				}
			})
		}
	}
}

// TestLastWords: what was reported before the end of the process is in the log.
func TestLastWords(t *testing.T) {
	t.Parallel()
	b := writtenBehind(t)
	b.does("entered")
	b.does("sent")
	b.end()
	b.does("answered") // of a request that was not cut
	const want = "run RUNNING; step RUNNING; attempt started; attempt succeeded"
	got, err := b.s.Events(b.ctx, b.run, 0, 100, 0)
	if err != nil || len(got.Items) != 4 {
		t.Fatalf("%+v: %v", got, err)
	}
	if got := b.story(4); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// TestResume: what was promised before a crash is carried out, and what happened
// unseen is logged; runs of which there is nothing new are only looked at.
func TestResume(t *testing.T) {
	t.Parallel()
	s, e, ctx := follow(t, false)
	still := start(t, s, ctx)
	moved := start(t, s, ctx)
	e.add(moved, "PassStateEntered", `{"name":"a"}`) // nobody saw it
	e.set(table.ErrThrottled)
	promised := start(t, s, ctx)
	e.set(nil)
	starts, reads := e.starts, e.read()
	if err := s.Resume(t.Context()); err != nil {
		t.Fatal(err)
	}
	if e.starts != starts+1 {
		t.Errorf("%d starts", e.starts-starts)
	}
	for run, want := range map[string]int{still: 0, moved: 1, promised: 0} {
		if d, err := s.Get(ctx, run); err != nil || d.Status != execution.Running || len(d.Steps) != want {
			t.Errorf("%s with %d steps, want %d: %v", d.Status, len(d.Steps), want, err)
		}
	}
	if n := e.read() - reads; n > 6 {
		t.Errorf("the histories were read %d times", n)
	}
}
