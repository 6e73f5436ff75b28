package call_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/apiq/apiq/shared/call"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/workflow/asl"
)

// undoable is a step that is undone by replacing an item.
func (k *kit) undoable(step string) call.Task {
	t := k.task("create")
	t.Step, t.Path = step, step
	t.Undo = &call.TaskUndo{Connection: "con_1", Operation: "replace", SpecHash: k.conn.SpecHash,
		Parameters: `{"id": $response.headers.` + "`x-id`" + `}`, Body: `{"was": $` + step + `.id, "of": $input.of}`}
	t.Vars = map[string]json.RawMessage{"input": json.RawMessage(`{"of":"x"}`)}
	return t
}

func (k *kit) list(after string) (call.ToUndo, string) {
	k.t.Helper()
	r, name := k.handle(call.Task{Workspace: workspace, Execution: run, Step: "workflow.undo", Path: "workflow.undo", ListUndo: &call.ListUndo{After: after}})
	var out call.ToUndo
	if name == "" {
		if err := json.Unmarshal(r.Value, &out); err != nil {
			k.t.Fatal(err)
		}
	}
	return out, name
}

// undone is what the run's view tells, "path STATUS".
func (k *kit) undone() []string {
	k.t.Helper()
	u, err := call.JournalView{Ledger: k.svc.Ledger}.Undo(k.ctx, run)
	if err != nil {
		k.t.Fatal(err)
	}
	out := []string{}
	if u != nil {
		for _, st := range u.Steps {
			out = append(out, st.Path+" "+string(st.Status))
		}
	}
	return out
}

// What undoes a step is made from its answer, kept, and sent by the undo; from the
// list on no step that can be undone begins.
func TestUndo(t *testing.T) {
	t.Parallel()
	a := newAPI(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			reply(201, `{"id":"7"}`, "X-Id", "a/b")(w, r)
			return
		}
		reply(200, `{}`)(w, r)
	})
	k := newKit(t, a.URL, nil)
	for _, step := range []string{"one", "two"} {
		if _, name := k.handle(k.undoable(step)); name != "" {
			t.Fatal(name)
		}
	}
	if got := k.undone(); len(got) != 0 {
		t.Errorf("before it began: %v", got)
	}
	k.restart()
	list, name := k.list("")
	want := call.ToUndo{Steps: []call.StepToUndo{
		{Path: "two", Step: "two", Of: call.Place{Path: "two"}, Connection: "con_1", Operation: "replace"},
		{Path: "one", Step: "one", Of: call.Place{Path: "one"}, Connection: "con_1", Operation: "replace"}}}
	if diff := cmp.Diff(want, list); name != "" || diff != "" {
		t.Fatalf("%s %s", name, diff)
	}
	if _, name := k.handle(k.undoable("three")); name != call.ErrUndoing || a.count() != 2 {
		t.Errorf("a step began: %q, %d requests", name, a.count())
	}
	undo := call.Task{Workspace: workspace, Execution: run, Step: "two", Path: "two/undo", Connection: "con_1", Operation: "replace", Undoes: &call.Place{Path: "two"}}
	for range 2 { // an engine may ask twice
		if r, name := k.handle(undo); name != "" || string(r.Value) != "null" {
			t.Fatalf("%s %s", name, r.Value)
		}
	}
	if r := a.hit(2); a.count() != 3 || r.Method != http.MethodPut || r.URL.EscapedPath() != "/items/a%2Fb" || strings.TrimSpace(a.body[2]) != `{"was":"7","of":"x"}` {
		t.Errorf("%s %s %s", r.Method, r.URL.EscapedPath(), a.body[2])
	}
	if diff := cmp.Diff([]string{"one PENDING", "two UNDONE"}, k.undone()); diff != "" {
		t.Error(diff)
	}
	if list, _ := k.list(""); len(list.Steps) != 1 || list.Steps[0].Path != "one" {
		t.Errorf("left: %+v", list)
	}
	undo.Path, undo.Undoes = "nine/undo", &call.Place{Path: "nine"}
	if _, name := k.handle(undo); name != "States.TaskFailed" {
		t.Errorf("undoing nothing: %q", name)
	}
}

// What is under way is waited for, as long as it may take; what is not known is not
// undone, and what had no effect is not told of.
func TestUndoOfWhatIsNotDone(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		output string
		want   []string
	}{
		"refused":              {reply(422, `{}`), "", []string{}},
		"lost":                 {cut, "", []string{"s SKIPPED"}},
		"cannot be made":       {reply(201, `{"id":"7"}`, "X-Id", "none"), "", []string{"s SKIPPED"}},
		"too large":            {reply(201, `{"id":"`+strings.Repeat("x", 70<<10)+`"}`, "X-Id", "1"), "", []string{"s SKIPPED"}},
		"failed after its end": {reply(201, `{"id":"7"}`, "X-Id", "1"), `$number("x")`, []string{"s PENDING"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var k *kit
			a := newAPI(t, func(w http.ResponseWriter, r *http.Request) {
				if list, name := k.list(""); name != asl.ErrorUndoBusy {
					t.Errorf("while a request is under way: %q %+v", name, list)
				}
				c.answer(w, r)
			})
			k = newKit(t, a.URL, nil)
			task := k.undoable("s")
			task.Undo.Parameters = "{\"id\": $string($number($response.headers.`x-id`))}"
			if c.output != "" {
				raw, err := json.Marshal(c.output)
				if err != nil {
					t.Fatal(err)
				}
				task.Output = raw
			}
			k.handle(task)
			if got := k.undone(); !cmp.Equal(got, c.want) {
				t.Errorf("%v, want %v", got, c.want)
			}
			if list, name := k.list(""); name != "" || len(list.Steps) != strings.Count(strings.Join(c.want, ""), "PENDING") {
				t.Errorf("%q %+v", name, list)
			}
		})
	}
}

// A process that dies while it sends leaves an outcome that nobody learns: it is waited
// for as long as the request may take.
func TestUndoAfterACrash(t *testing.T) {
	t.Parallel()
	a := newAPI(t, reply(201, `{"id":"7"}`, "X-Id", "1"))
	k := newKit(t, a.URL, nil)
	k.handle(k.undoable("s"))
	key := table.Key{PK: "EXE#" + run, SK: "CALL#s"}
	item, err := k.store.Get(k.ctx, key)
	if err != nil {
		t.Fatal(err)
	}
	item.Data = []byte(strings.Replace(strings.Replace(string(item.Data), `"status":"SUCCEEDED"`, `"status":"SENDING"`, 1), `"ready":true`, `"ready":false`, 1))
	if _, err := k.store.Put(k.ctx, item, table.Always()); err != nil {
		t.Fatal(err)
	}
	if list, name := k.list(""); name != asl.ErrorUndoBusy {
		t.Errorf("%q %+v", name, list)
	}
	k.ahead += time.Hour
	if list, name := k.list(""); name != "" || len(list.Steps) != 0 || !cmp.Equal(k.undone(), []string{"s SKIPPED"}) {
		t.Errorf("%q %+v %v", name, list, k.undone())
	}
}
