package stepfunctions_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/apiq/apiq/infra/awstest/states"
	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/blob"
	"github.com/apiq/apiq/shared/blob/dir"
	"github.com/apiq/apiq/shared/execution"
	"github.com/apiq/apiq/shared/execution/stepfunctions"
	"github.com/apiq/apiq/shared/workflow/asl"
)

type noCalls struct{}

func (noCalls) Calls(context.Context, string) (map[string]execution.Calls, error) {
	return nil, nil
}

func (noCalls) Resolve(context.Context, string, string, string, json.RawMessage) error { return nil }

func (noCalls) Undo(context.Context, string) (*execution.Undo, error) { return nil, nil }

// serve is the domain over the engine, as a function of the AWS home has it: its
// log's subscriber brings runs up to date.
func serve(t *testing.T, f *functions, server states.Options) (*home, *execution.Service) {
	t.Helper()
	var (
		h       *home
		service *execution.Service
	)
	ready := make(chan struct{})
	server.OnLog = func(ctx context.Context, payload json.RawMessage) error {
		<-ready
		events, _, err := stepfunctions.ParseLogs(payload)
		if err != nil {
			return err
		}
		refs, err := h.TakeIn(ctx, events)
		for _, ref := range refs {
			if err := service.Sync(within(ctx, ref.Workspace), ref.Run); err != nil {
				return err
			}
		}
		return err
	}
	h = open(t, f.all, setting{server: server, refuse: true})
	objects, err := dir.Open(t.TempDir(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if service, err = execution.New(h.store, blob.New(objects), audit.New(h.store, nil), &execution.Options{
		Follow: true, MaxWait: 2 * time.Second, Log: slog.New(slog.DiscardHandler)}); err != nil {
		t.Fatal(err)
	}
	service.Use(h.Engine, noCalls{})
	close(ready)
	return h, service
}

// story reads a run's log by cursor until it is over: statuses, steps with theirs.
func story(t *testing.T, s *execution.Service, ctx context.Context, run string) string {
	t.Helper()
	var out []string
	seq := int64(0)
	for deadline := time.Now().Add(20 * time.Second); ; {
		part, err := s.Events(ctx, run, seq, 100, time.Second)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range part.Items {
			if seq++; e.Seq != seq {
				t.Fatalf("event %d where %d was due", e.Seq, seq)
			}
			out = append(out, strings.TrimPrefix(e.Path+" "+e.Status, " "))
		}
		if part.Done {
			return strings.Join(out, "; ")
		}
		if time.Now().After(deadline) {
			t.Fatalf("no end after %s", strings.Join(out, "; "))
		}
	}
}

func (f *functions) program(brief bool, names ...string) execution.Program {
	p := execution.Program{States: map[string]asl.StateInfo{}, Brief: brief}
	var flat []string
	for i, name := range names {
		next := `"End":true`
		if i+1 < len(names) {
			next = `"Next":"` + names[i+1] + `"`
		}
		flat = append(flat, name, callState(name, next))
		p.States[name] = asl.StateInfo{StepID: name, StepType: "api_call", Role: asl.RoleMain, Type: "Task"}
	}
	p.Definition = definition(flat...)
	return p
}

// TestDomain: what people see of a run is the same for both types, also where the
// express one did not suffice.
func TestDomain(t *testing.T) {
	t.Parallel()
	const whole = "RUNNING; echo RUNNING; echo COMPLETED; last RUNNING; last COMPLETED; COMPLETED"
	for name, c := range map[string]struct {
		brief bool
		slow  bool // the last step outlasts the express execution
		logs  states.Logs
		want  string
	}{
		"standard":         {false, false, states.Logs{}, whole},
		"express":          {true, false, states.Logs{}, whole},
		"express, twisted": {true, false, states.Logs{Duplicate: true, Reverse: true}, whole},
		"express, too long": {true, true, states.Logs{}, "RUNNING; echo RUNNING; echo COMPLETED; last RUNNING; " +
			"RUNNING; echo RUNNING; echo COMPLETED; last RUNNING; last COMPLETED; COMPLETED"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var f *functions
			f = newFunctions(map[string]execution.Handler{"last": func(ctx context.Context, _ execution.Task) (json.RawMessage, error) {
				if c.slow && f.count("last") == 1 {
					<-ctx.Done()
				}
				return json.RawMessage(`{"n":2}`), nil
			}})
			options := states.Options{Logs: c.logs}
			if c.slow {
				options.ExpressLimit = time.Second
			}
			_, s := serve(t, f, options)
			ctx := within(t.Context(), workspace)
			r, err := s.Start(ctx, execution.StartRequest{WorkflowID: "wfl_1", Program: f.program(c.brief, "echo", "last"), Input: json.RawMessage(`{"n":1}`)})
			if err != nil {
				t.Fatal(err)
			}
			if got := story(t, s, ctx, r.ID); got != c.want {
				t.Errorf("%s\nwant %s", got, c.want)
			}
			d, err := s.Get(ctx, r.ID)
			if err != nil || d.Status != execution.Completed || string(d.Output) != `{"n":2}` || len(d.Steps) != 2 {
				t.Errorf("%+v: %v", d, err)
			}
		})
	}
}

// TestDomainRetry: a failed express run goes on when a person retries it.
func TestDomainRetry(t *testing.T) {
	t.Parallel()
	var f *functions
	f = newFunctions(map[string]execution.Handler{"last": func(context.Context, execution.Task) (json.RawMessage, error) {
		if f.count("last") == 1 {
			return nil, &execution.TaskError{Name: "Http.500", Cause: "down"}
		}
		return json.RawMessage(`{"n":2}`), nil
	}})
	_, s := serve(t, f, states.Options{})
	ctx := within(t.Context(), workspace)
	r, err := s.Start(ctx, execution.StartRequest{WorkflowID: "wfl_1", Program: f.program(true, "echo", "last"), Input: json.RawMessage(`{"n":1}`)})
	if err != nil {
		t.Fatal(err)
	}
	const failed = "RUNNING; echo RUNNING; echo COMPLETED; last RUNNING; last FAILED; FAILED"
	if got := story(t, s, ctx, r.ID); got != failed {
		t.Errorf("%s\nwant %s", got, failed)
	}
	if d, err := s.Get(ctx, r.ID); err != nil || d.Error == nil || d.Error.Name != "Http.500" || d.Error.Cause != "down" {
		t.Errorf("%+v: %v", d, err)
	}
	if _, err := s.Retry(ctx, r.ID); err != nil {
		t.Fatal(err)
	}
	want := failed + "; RUNNING; echo RUNNING; echo COMPLETED; last RUNNING; last COMPLETED; COMPLETED"
	if got := story(t, s, ctx, r.ID); got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
}

// TestDomainCancel: a cancelled express run is cancelled at once; retried while its
// execution is still at work, it goes on when that is over and somebody sweeps.
func TestDomainCancel(t *testing.T) {
	t.Parallel()
	begun, finish := make(chan struct{}), make(chan struct{})
	var f *functions
	f = newFunctions(map[string]execution.Handler{"first": func(context.Context, execution.Task) (json.RawMessage, error) {
		if f.count("first") == 1 {
			close(begun)
			<-finish
		}
		return json.RawMessage(`{"n":2}`), nil
	}})
	_, s := serve(t, f, states.Options{})
	ctx := within(t.Context(), workspace)
	r, err := s.Start(ctx, execution.StartRequest{WorkflowID: "wfl_1", Program: f.program(true, "first", "echo"), Input: json.RawMessage(`{"n":1}`)})
	if err != nil {
		t.Fatal(err)
	}
	<-begun
	cancelled, err := s.Cancel(ctx, r.ID)
	if err != nil || cancelled.Status != execution.Cancelled {
		t.Errorf("%s: %v", cancelled.Status, err)
	}
	if _, err := s.Retry(ctx, r.ID); err != nil {
		t.Fatal(err)
	}
	if d, err := s.Get(ctx, r.ID); err != nil || d.Status != execution.Cancelled {
		t.Errorf("retried while its execution is at work: %s: %v", d.Status, err)
	}
	close(finish)
	until(t, "it goes on", func() bool {
		_, err := s.Sweep(t.Context(), "", 100)
		d, getErr := s.Get(ctx, r.ID)
		if getErr != nil {
			t.Fatal(getErr)
		}
		return err == nil && d.Status != execution.Cancelled
	})
	if got := story(t, s, ctx, r.ID); !strings.HasSuffix(got, "; COMPLETED") || strings.Count(got, "CANCELLED") < 1 || strings.Contains(got, "FAILED") {
		t.Error(got)
	}
	if n := f.count("echo"); n != 1 {
		t.Errorf("the second step's function was called %d times", n)
	}
}
