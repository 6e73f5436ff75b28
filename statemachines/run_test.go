package statemachines_test

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/execution/local/asl"
	"github.com/apiq/apiq/shared/expr"
	"github.com/apiq/apiq/statemachines"
)

// failed is how a function fails: the name that a definition matches.
type failed string

func (f failed) Error() string { return string(f) }

// function stands in for one of the functions: it gets the decoded payload.
type function func(payload map[string]any) (any, error)

// end is how a run ended.
type end struct {
	status asl.Status
	output string
	error  string
	cause  string
	path   []string // states entered, in order
	events int64
	calls  int
	took   time.Duration
}

// play runs a machine with one function, by hand: a task's outcome is there at
// once, and time passes only where nothing else can.
func play(t *testing.T, name, input string, fn function) end {
	t.Helper()
	return playAt(t, time.Date(2026, 3, 2, 3, 0, 0, 0, time.UTC), name, input, fn)
}

// playAt is play from a certain moment on.
func playAt(t *testing.T, now time.Time, name, input string, fn function) end {
	t.Helper()
	m := machine(t, name)
	parsed, err := asl.Parse(json.RawMessage(m.Definition), nil)
	if err != nil {
		t.Fatal(err)
	}
	run := asl.NewRun(parsed, asl.Execution{Name: "test", StateMachine: name}, &asl.RunOptions{Random: func() float64 { return 0.999 }})
	if err := run.Start(json.RawMessage(input), now); err != nil {
		t.Fatal(err)
	}
	p := &player{t: t, run: run, functions: m.Functions, fn: fn}
	for more := true; run.Status() == asl.Running || more; {
		if more, err = run.Advance(t.Context(), now); err != nil {
			t.Fatal(err)
		}
		p.take()
		if more || p.work(now) {
			continue
		}
		if run.Status() != asl.Running {
			break
		}
		due := run.NextDue()
		if !due.After(now) {
			t.Fatalf("stands still after %v", p.path)
		}
		now = due
	}
	p.take()
	out := end{status: run.Status(), output: string(run.Output()), path: p.path, events: run.LastEventID(), calls: p.calls, took: run.EndedAt().Sub(run.StartedAt())}
	if f := run.Failure(); f != nil {
		out.error, out.cause = f.Error, f.Cause
	}
	return out
}

func machine(t *testing.T, name string) statemachines.Machine {
	t.Helper()
	all, err := statemachines.All()
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range all {
		if m.Name == name {
			return m
		}
	}
	t.Fatalf("there is no machine %s", name)
	return statemachines.Machine{}
}

type player struct {
	t         *testing.T
	run       *asl.Run
	functions map[string]string
	fn        function
	path      []string
	calls     int
}

// take notes the states that were entered.
func (p *player) take() {
	for _, e := range p.run.Take() {
		if !strings.HasSuffix(e.Type, "StateEntered") {
			continue
		}
		var d struct{ Name string }
		if err := json.Unmarshal(e.Details, &d); err != nil {
			p.t.Fatal(err)
		}
		p.path = append(p.path, d.Name)
	}
}

// work does the tasks that are out, in the order that they were put out.
func (p *player) work(now time.Time) bool {
	tasks := p.run.Tasks()
	slices.SortFunc(tasks, func(a, b asl.Work) int { return cmp.Compare(a.Scheduled, b.Scheduled) })
	for _, w := range tasks {
		if err := p.run.TaskStarted(w, now); err != nil {
			p.t.Fatal(err)
		}
		out, err := p.call(w)
		var failure failed
		switch {
		case errors.As(err, &failure):
			err = p.run.TaskFailed(w, "Failed", &asl.Failure{Error: string(failure), Cause: "a cause of " + string(failure)}, now)
		case err == nil:
			answer, encodeErr := json.Marshal(map[string]any{"ExecutedVersion": "$LATEST", "Payload": out, "StatusCode": 200})
			err = errors.Join(encodeErr, p.run.TaskSucceeded(w, answer, now))
		}
		if err != nil {
			p.t.Fatal(err)
		}
	}
	return len(tasks) > 0
}

// call checks what a task invokes, and invokes it.
func (p *player) call(w asl.Work) (any, error) {
	p.calls++
	if w.Resource != "arn:aws:states:::lambda:invoke" || w.Due.IsZero() {
		p.t.Errorf("a task of %s, due %v", w.Resource, w.Due)
	}
	name, _ := expr.Field(w.Arguments, "FunctionName")
	placeholder, _ := name.(string)
	if p.functions[strings.Trim(placeholder, "${}")] == "" {
		p.t.Errorf("%v is none of the machine's functions", name)
	}
	payload, _ := expr.Field(w.Arguments, "Payload")
	raw, err := expr.Encode(payload, 0)
	if err != nil {
		return nil, err
	}
	var decoded map[string]any
	if err := json.Unmarshal(raw, &decoded); err != nil {
		return nil, err
	}
	return p.fn(decoded)
}

// strict decodes a payload into its type, and takes nothing besides.
func strict[T any](t *testing.T, payload map[string]any) T {
	t.Helper()
	var v T
	raw, err := json.Marshal(payload)
	if err != nil {
		t.Fatal(err)
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(&v); err != nil {
		t.Fatalf("payload %s: %v", raw, err)
	}
	return v
}

func (e end) want(t *testing.T, status asl.Status, errorName string, path ...string) {
	t.Helper()
	if e.status != status || e.error != errorName {
		t.Errorf("ended %s %s (%s)", e.status, e.error, e.cause)
	}
	if !reflect.DeepEqual(e.path, path) {
		t.Errorf("went\n %v\nwant\n %v", e.path, path)
	}
}

func (e end) wantOutput(t *testing.T, want string) {
	t.Helper()
	var a, b any
	if err := errors.Join(json.Unmarshal([]byte(e.output), &a), json.Unmarshal([]byte(want), &b)); err != nil || !reflect.DeepEqual(a, b) {
		t.Errorf("output %s, want %s (%v)", e.output, want, err)
	}
}

// fails lets a function fail so often, then lets it work.
func fails(times int, name string, then function) function {
	return func(payload map[string]any) (any, error) {
		if times--; times >= 0 {
			return nil, failed(name)
		}
		return then(payload)
	}
}

func repeat(n int, states ...string) []string {
	var out []string
	for range n {
		out = append(out, states...)
	}
	return out
}

func join(parts ...[]string) []string { return slices.Concat(parts...) }

func key(format string, args ...any) string { return fmt.Sprintf(format, args...) }
