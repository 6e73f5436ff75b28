package call_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/apiq/apiq/shared/call"
	"github.com/apiq/apiq/shared/execution"
)

// reconcile asks, by an operation, what became of the step's request.
func (k *kit) reconcile(operation, found string) (call.Reconciled, string) {
	k.t.Helper()
	task := k.task(operation)
	task.Reconcile = &call.Reconcile{Of: "create", Found: found}
	task.Output = json.RawMessage(`"$response.body.id"`)
	payload, err := json.Marshal(task)
	if err != nil {
		k.t.Fatal(err)
	}
	raw, err := k.svc.Handle(k.ctx, execution.Task{Function: execution.FunctionCall, Payload: payload, Run: run})
	var failed *execution.TaskError
	if errors.As(err, &failed) {
		return call.Reconciled{}, failed.Name
	}
	if err != nil {
		k.t.Fatalf("reconcile: %v", err)
	}
	var r call.Reconciled
	if err := json.Unmarshal(raw, &r); err != nil {
		k.t.Fatal(err)
	}
	return r, ""
}

// lost is a step whose request was cut off, at an API that answers reads.
func lost(t *testing.T, read http.HandlerFunc) (*kit, *api) {
	t.Helper()
	var sent atomic.Int32
	a := newAPI(t, func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Method == "GET":
			read(w, r)
		case sent.Add(1) == 1:
			cut(w, r)
		default:
			reply(201, `{"id":2}`)(w, r)
		}
	})
	k := newKit(t, a.URL, nil)
	if _, name := k.handle(k.task("create")); name != call.ErrOutcomeUnknown {
		t.Fatal(name)
	}
	return k, a
}

func TestReconcile(t *testing.T) {
	t.Parallel()
	const there, not, neither = "$response.body.id = 7", "$exists($response.body.id)", "$response.body.state"
	for name, c := range map[string]struct {
		read        http.HandlerFunc
		found, want string
		output      string
		status      call.Status
		cause       string
	}{
		"done":               {reply(200, `{"id":7}`), there, "done", "7", call.StatusSucceeded, ""},
		"not done":           {reply(200, `{}`), not, "retry", "", call.StatusFailed, ""},
		"not found":          {reply(404, `{}`), not, "retry", "", call.StatusFailed, ""},
		"does not tell":      {reply(200, `{"id":7}`), neither, "ask", "", call.StatusUnknown, "asked by list: The API answered 200 OK. That does not tell."},
		"text is no truth":   {reply(200, `{"state":"true"}`), neither, "ask", "", call.StatusUnknown, "does not tell"},
		"may not look":       {reply(403, `{}`), not, "ask", "", call.StatusUnknown, "403"},
		"is down":            {reply(503, `{}`), not, "ask", "", call.StatusUnknown, "503"},
		"lost too":           {cut, not, "ask", "", call.StatusUnknown, "it cut the connection"},
		"expression fails":   {reply(200, `{}`), "$number('x') = 1", "ask", "", call.StatusUnknown, "failed (D3030)"},
		"output is too much": {reply(200, `{"id":"`+strings.Repeat("x", 201<<10)+`"}`), "true", "ask", "", call.StatusUnknown, "larger than 200 KiB"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k, a := lost(t, c.read)
			got, failed := k.reconcile("list", c.found)
			if failed != "" || got.Decision != c.want || string(got.Output) != c.output || !strings.Contains(got.Cause, c.cause) {
				t.Fatalf("%s %+v", failed, got)
			}
			if got.Decision == "ask" && (got.Error != call.ErrOutcomeUnknown || !strings.HasPrefix(got.Cause, "POST (attempt 1) left at ") || !strings.Contains(got.Cause, "Nothing came back.")) {
				t.Errorf("%+v", got)
			}
			s := k.steps()[0]
			last := s.Attempts[len(s.Attempts)-1]
			if s.Status != c.status || s.Class != "unsafe" || !last.Reconcile || last.Request.Method != "GET" || last.EndedAt.IsZero() || s.Attempts[0].Reconcile {
				t.Errorf("%+v", s)
			}
			before := a.count()
			if c.status == call.StatusUnknown {
				return
			}
			// Asked again after a crash, it gives what was settled.
			k.restart()
			if again, _ := k.reconcile("list", c.found); again.Decision != got.Decision || string(again.Output) != string(got.Output) || a.count() != before {
				t.Errorf("%+v after %d requests", again, a.count()-before)
			}
			r, failed := k.handle(k.task("create"))
			if want := map[string]string{"done": "7", "retry": `{"id":2}`}[c.want]; failed != "" || string(r.Value) != want || a.count()-before != map[string]int{"done": 0, "retry": 1}[c.want] {
				t.Errorf("%s %+v after %d requests", failed, r, a.count()-before)
			}
		})
	}
}

// TestReconcileRefuses: only a read, only of the step's own request.
func TestReconcileRefuses(t *testing.T) {
	t.Parallel()
	k, a := lost(t, reply(200, `{}`))
	before := a.count()
	if _, failed := k.reconcile("create", "true"); failed != "States.TaskFailed" {
		t.Errorf("by a POST: %q", failed)
	}
	task := k.task("list")
	task.Reconcile = &call.Reconcile{Of: "keyed", Found: "true"}
	if _, failed := k.handle(task); failed != "States.TaskFailed" || a.count() != before {
		t.Errorf("of another request: %q", failed)
	}
}

// TestReconcileEnds: an API that loses every answer, and says each time that it has
// nothing, is not sent to for ever.
func TestReconcileEnds(t *testing.T) {
	t.Parallel()
	a := newAPI(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method == "GET" {
			reply(404, `{}`)(w, r)
			return
		}
		cut(w, r)
	})
	k := newKit(t, a.URL, nil)
	rounds := 0
	for ; rounds < 10; rounds++ {
		if _, name := k.handle(k.task("create")); name != call.ErrOutcomeUnknown {
			t.Fatal(name)
		}
		got, _ := k.reconcile("list", "false")
		if got.Decision == "ask" {
			if !strings.Contains(got.Cause, "3 times") {
				t.Errorf("%+v", got)
			}
			break
		}
	}
	if rounds != 3 {
		t.Errorf("asked after %d rounds", rounds)
	}
}

// TestEvidence: the error says what is certain of the request.
func TestEvidence(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		h    http.HandlerFunc
		want string
	}{
		"cut":    {cut, "Nothing came back. The API could not be reached: it cut the connection."},
		"failed": {reply(500, `{}`), "The API answered 500 Internal Server Error. Whether"},
		"half": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "10")
			w.WriteHeader(201)
			_, _ = w.Write([]byte("{"))
		}, "The head of an answer came back, 201 Created, and not all of the rest."},
	} {
		a := newAPI(t, c.h)
		k := newKit(t, a.URL, nil)
		_, _ = k.handle(k.task("create"))
		s := k.steps()[0]
		if s.Error == nil || s.Error.Name != call.ErrOutcomeUnknown || !strings.HasPrefix(s.Error.Cause, "POST (attempt 1) left at 20") || !strings.Contains(s.Error.Cause, c.want) {
			t.Errorf("%s: %+v", name, s.Error)
		}
	}
}

// TestReconcileCanBeUndone: what a read found is undone like what an answer told of.
func TestReconcileCanBeUndone(t *testing.T) {
	t.Parallel()
	k, _ := lost(t, reply(200, `{"id":"7"}`))
	task := k.task("list")
	task.Reconcile, task.Output = &call.Reconcile{Of: "create", Found: "true"}, json.RawMessage(`"$response.body"`)
	task.Undo = &call.TaskUndo{Connection: "con_1", Operation: "replace", SpecHash: k.conn.SpecHash, Parameters: `{"id": $s.id}`}
	if _, failed := k.handle(task); failed != "" {
		t.Fatal(failed)
	}
	list, failed := k.list("")
	if failed != "" || len(list.Steps) != 1 || list.Steps[0].Path != "s" {
		t.Errorf("%s %+v", failed, list)
	}
}
