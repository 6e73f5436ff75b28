package hometest

import (
	"net/http"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/apiq/apiq/shared/apierr"
)

// undone orders an item, and says how that is taken back.
func undone(id, con, item string, more ...any) Obj {
	return OrderStep(id, con, item, append([]any{"undo", Obj{"operation": "deleteOrder", "parameters": Obj{"id": "{% $response.body.id %}"}}}, more...)...)
}

// refunded is undone by a request that must not be sent twice.
func refunded(id, con, item string) Obj {
	return OrderStep(id, con, item, "undo", Obj{"operation": "refundOrder", "parameters": Obj{"id": "{% $" + id + ".id %}"}, "body": Obj{"item": "{% $" + id + ".item %}"}})
}

// failing fails at the shop.
func failing(id, con string) Obj {
	return CallStep(id, con, "getItem", "parameters", Obj{"id": "nothing"})
}

// outcomes are a run's undos, "path STATUS", in order.
func (e Execution) outcomes() []string {
	out := []string{}
	if e.Undo != nil {
		for _, s := range e.Undo.Steps {
			out = append(out, s.Path+" "+s.Status)
		}
	}
	return out
}

// testUndo: a run that fails takes back what it has done, in reverse, when it was
// asked to, and then cannot be gone on with.
func testUndo(t *testing.T, h *house) {
	p := Register(t, h, "ada")
	each := func(con string, do ...any) Obj {
		return Obj{"id": "each", "type": "loop", "over": "{% $input.items %}", "as": "it", "do": do}
	}
	cases := map[string]struct {
		steps   func(con string) []any
		off     bool // no onFailure
		script  map[string]http.HandlerFunc
		input   Obj
		err     string
		deleted []string
		want    []string
		at      map[string]string
	}{
		"in reverse": {
			steps: func(con string) []any {
				return []any{undone("one", con, "a"), undone("two", con, "b"), failing("no", con)}
			},
			err: "Http.404", deleted: []string{"o-b", "o-a"}, want: []string{"two UNDONE", "one UNDONE"},
			at: map[string]string{"one": "COMPLETED", "no": "FAILED", "one/undo": "COMPLETED", "two/undo": "COMPLETED"}},
		"of items and branches": {
			steps: func(con string) []any {
				return []any{
					each(con, undone("buy", con, "{% $it %}"), OrderStep("kept", con, "k")),
					Obj{"id": "if", "type": "condition", "if": "{% true %}", "then": []any{undone("branch", con, "c")}, "else": []any{}},
					failing("no", con)}
			},
			input: Obj{"items": []string{"x", "y"}}, err: "Http.404", deleted: []string{"o-c", "o-y", "o-x"},
			want: []string{"branch UNDONE", "each[1]/buy UNDONE", "each[0]/buy UNDONE"},
			at:   map[string]string{"each[0]/buy/undo": "COMPLETED", "each[1]/buy/undo": "COMPLETED", "branch/undo": "COMPLETED"}},
		"an undo that fails does not stop the others": {
			steps: func(con string) []any {
				return []any{undone("one", con, "a"), undone("two", con, "b"), failing("no", con)}
			},
			script: map[string]http.HandlerFunc{"DELETE /orders/o-b": Reply(409, Obj{"message": "shipped"})},
			err:    "Http.404", deleted: []string{"o-b", "o-a"}, want: []string{"two FAILED", "one UNDONE"},
			at: map[string]string{"two/undo": "FAILED", "one/undo": "COMPLETED"}},
		"what is gone already is undone": {
			steps:  func(con string) []any { return []any{undone("one", con, "a"), failing("no", con)} },
			script: map[string]http.HandlerFunc{"DELETE /orders/o-a": Reply(404, Obj{})},
			err:    "Http.404", deleted: []string{"o-a"}, want: []string{"one UNDONE"}, at: map[string]string{"one/undo": "COMPLETED"}},
		"what had no effect is not undone": {
			steps:  func(con string) []any { return []any{undone("one", con, "a")} },
			script: map[string]http.HandlerFunc{"POST /orders": Reply(422, Obj{})},
			err:    "Http.422", deleted: []string{}, want: []string{}, at: map[string]string{"one": "FAILED"}},
		"a workflow that says fail": {
			steps: func(con string) []any {
				return []any{undone("one", con, "a"), Obj{"id": "stop", "type": "fail", "error": "My.Error", "cause": "no"}}
			},
			err: "My.Error", deleted: []string{"o-a"}, want: []string{"one UNDONE"}, at: map[string]string{"stop": "FAILED", "one/undo": "COMPLETED"}},
		"an answer that does not say how": {
			steps: func(con string) []any {
				return []any{undone("one", con, "a"), undone("two", con, "b"), failing("no", con)}
			},
			script: map[string]http.HandlerFunc{"POST /orders": Reply(201, Obj{"item": "a"})},
			err:    "Http.404", deleted: []string{"o-b"}, want: []string{"two UNDONE", "one FAILED"}, at: map[string]string{"one/undo": "FAILED"}},
		"not asked for": {
			steps: func(con string) []any { return []any{undone("one", con, "a"), failing("no", con)} },
			off:   true, err: "Http.404", deleted: []string{}, want: []string{}, at: map[string]string{"one": "COMPLETED"}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := p.With(t)
			shop := newOrders(t)
			con := p.Connect("Orders", shop.URL)
			for at, answer := range c.script {
				shop.Script(at, answer)
			}
			doc := Obj{"steps": c.steps(con), "onFailure": "undo"}
			if c.off {
				delete(doc, "onFailure")
			}
			run := p.Run(doc, c.input)
			e := p.Wait(run)
			if e.Status != "FAILED" || e.Error.Name != c.err {
				t.Fatalf("%s %+v", e.Status, e.Error)
			}
			if diff := cmp.Diff(c.deleted, shop.Lines("DELETE /orders/")); diff != "" {
				t.Errorf("deleted (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(c.want, e.outcomes()); diff != "" {
				t.Errorf("undone (-want +got):\n%s", diff)
			}
			for path, status := range c.at {
				if got := e.Step(t, path); got != status {
					t.Errorf("%s is %s, want %s: %+v", path, got, status, e.Steps)
				}
			}
			if !c.off {
				p.Refused(apierr.Conflict, "POST", "/api/executions/"+run+"/retry", nil, "path.id")
			}
		})
	}
	t.Run("a run that succeeds", func(t *testing.T) {
		t.Parallel()
		p := p.With(t)
		shop := newOrders(t)
		con := p.Connect("Orders", shop.URL)
		e := p.Wait(p.Run(Obj{"steps": []any{undone("one", con, "a")}, "output": "{% $one.id %}", "onFailure": "undo"}, nil))
		if e.Status != "COMPLETED" || string(e.Output) != `"o-a"` || e.Undo != nil || shop.Seen("DELETE") != 0 {
			t.Errorf("%s %s %+v", e.Status, e.Output, e.Undo)
		}
	})
	t.Run("refused", func(t *testing.T) {
		t.Parallel()
		p := p.With(t)
		con := p.Connect("Orders", newOrders(t).URL)
		p.Refused(apierr.WorkflowInvalid, "POST", "/api/workflows", Obj{"name": "w", "definition": Obj{"apiq": "1", "name": "w", "onFailure": "undo", "steps": []any{failing("no", con)}}}, "/definition/onFailure")
	})
}

// testUndoNested: what the runs of a failed run's steps have done is undone with it.
func testUndoNested(t *testing.T, h *house) {
	p := Register(t, h, "ada")
	shop, g := newOrders(t), NewGate()
	con := p.Connect("Orders", shop.URL)
	// Two nested runs fail first; the run itself when the third of them asks.
	shop.Script("GET /items/nothing", shop.Serve, shop.Serve, g.Then(shop.Serve))
	inner := p.Save(Obj{"name": "Inner", "input": Obj{"type": "object"}, "steps": []any{undone("buy", con, "{% $input.item %}"), Obj{"id": "end", "type": "condition",
		"if": "{% $input.fail %}", "then": []any{failing("no", con)}, "else": []any{}}}})
	own := p.Save(Obj{"name": "Own", "onFailure": "undo", "steps": []any{undone("buy", con, "own"), failing("no", con)}})
	asks := p.Save(Obj{"name": "Asks", "steps": []any{undone("buy", con, "asks"), Obj{"id": "ask", "type": "approval", "message": "?"}}})
	sub := func(id, workflow string, more ...any) Obj {
		s := Obj{"id": id, "type": "workflow", "workflow": workflow}
		for i := 0; i+1 < len(more); i += 2 {
			s[more[i].(string)] = more[i+1]
		}
		return s
	}
	run := p.Run(Obj{"onFailure": "undo", "steps": []any{
		sub("done", inner, "input", Obj{"item": "done"}),
		sub("failed", inner, "input", Obj{"item": "failed", "fail": true}, "onError", "continue"),
		sub("itself", own, "onError", "continue"),
		Obj{"id": "both", "type": "parallel", "branches": Obj{"left": []any{sub("open", asks)}, "right": []any{failing("no", con)}}}}}, nil)
	var open string
	p.Until(run, func(e Execution) bool {
		for _, s := range e.Steps {
			if s.Path == "open" {
				open = s.ExecutionID
			}
		}
		return open != ""
	})
	p.Wait(open, "WAITING")
	close(g.Open)
	e := p.Wait(run)
	want := []string{"open/buy UNDONE", "itself/buy UNDONE", "failed/buy UNDONE", "done/buy UNDONE"}
	if e.Status != "FAILED" || e.Error.Name != "Http.404" || !slices.Equal(e.outcomes(), want) {
		t.Errorf("%s %+v %v", e.Status, e.Error, e.outcomes())
	}
	// The one that has undone itself did so when it failed.
	if got := shop.Lines("DELETE /orders/"); !slices.Equal(got, []string{"o-own", "o-asks", "o-failed", "o-done"}) {
		t.Errorf("deleted %v", got)
	}
	child := p.Execution(open)
	if child.Status != "CANCELLED" || !slices.Equal(child.outcomes(), []string{"buy UNDONE"}) {
		t.Errorf("the nested run: %s %v", child.Status, child.outcomes())
	}
	p.Refused(apierr.Conflict, "POST", "/api/executions/"+open+"/retry", nil, "path.id")
}

// testUndoUnknown: what may have had its effect is not undone blindly, and an undo of
// which that is not known is a person's to decide.
func testUndoUnknown(t *testing.T, h *house) {
	p := Register(t, h, "ada")
	cut := func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }
	t.Run("a step", func(t *testing.T) {
		t.Parallel()
		p := p.With(t)
		shop := newOrders(t)
		con := p.Connect("Orders", shop.URL)
		shop.Script("POST /orders", shop.Serve, cut)
		run := p.Run(Obj{"steps": []any{undone("one", con, "a"), undone("two", con, "b")}, "onFailure": "undo"}, nil)
		p.Wait(run, "WAITING")
		p.decide(run, "two", Obj{"decision": "fail"})
		e := p.Wait(run)
		if e.Status != "FAILED" || e.Error.Name != "Outcome.Unknown" || !slices.Equal(e.outcomes(), []string{"two SKIPPED", "one UNDONE"}) || e.Undo.Steps[0].Reason == "" {
			t.Errorf("%s %+v %+v", e.Status, e.Error, e.Undo)
		}
		if got := shop.Lines("DELETE /orders/"); !slices.Equal(got, []string{"o-a"}) {
			t.Errorf("deleted %v", got)
		}
	})
	for decision, want := range map[string]struct {
		outcome string
		refunds int
	}{"done": {"two UNDONE", 2}, "fail": {"two FAILED", 2}, "retry": {"two UNDONE", 3}} {
		t.Run("an undo, "+decision, func(t *testing.T) {
			t.Parallel()
			p := p.With(t)
			shop := newOrders(t)
			con := p.Connect("Orders", shop.URL)
			shop.Script("POST /orders/o-b/refunds", cut)
			run := p.Run(Obj{"steps": []any{refunded("one", con, "a"), refunded("two", con, "b"), failing("no", con)}, "onFailure": "undo"}, nil)
			e := p.Wait(run, "WAITING")
			if e.Step(t, "two/undo") != "UNKNOWN" || !slices.Equal(e.outcomes(), []string{"two UNKNOWN", "one PENDING"}) {
				t.Fatalf("%+v %+v", e.Steps, e.Undo)
			}
			p.decide(run, "two/undo", Obj{"decision": decision})
			e = p.Wait(run)
			if e.Status != "FAILED" || e.Error.Name != "Http.404" || !slices.Equal(e.outcomes(), []string{want.outcome, "one UNDONE"}) {
				t.Errorf("%s %+v %+v", e.Status, e.Error, e.Undo)
			}
			if n := len(shop.Lines("POST /orders/")); n != want.refunds {
				t.Errorf("%d refunds", n)
			}
		})
	}
}

// testUndoInFlight: what a branch is still doing when another fails is waited for,
// and undone; a run that is cancelled undoes nothing.
func testUndoInFlight(t *testing.T, h *house) {
	p := Register(t, h, "ada")
	t.Run("a branch", func(t *testing.T) {
		t.Parallel()
		p := p.With(t)
		shop, g := newOrders(t), NewGate()
		con := p.Connect("Orders", shop.URL)
		shop.Script("POST /orders", g.Then(shop.Serve))
		shop.Script("GET /items/nothing", func(w http.ResponseWriter, r *http.Request) {
			Await(t, g.Reached, "the order") // the branch fails while the other orders
			shop.Serve(w, r)
		})
		run := p.Run(Obj{"steps": []any{Obj{"id": "both", "type": "parallel", "branches": Obj{
			"left": []any{undone("buy", con, "a"), undone("never", con, "b")}, "right": []any{failing("no", con)}}}}, "onFailure": "undo"}, nil)
		p.Until(run, func(e Execution) bool { return e.Undo != nil })
		close(g.Open)
		e := p.Wait(run)
		if e.Status != "FAILED" || e.Step(t, "buy") != "COMPLETED" || !slices.Equal(e.outcomes(), []string{"buy UNDONE"}) || shop.Seen("POST /orders b") != 0 {
			t.Errorf("%s %+v %+v", e.Status, e.Steps, e.Undo)
		}
	})
	t.Run("cancelled", func(t *testing.T) {
		t.Parallel()
		p := p.With(t)
		shop, g := newOrders(t), NewGate()
		con := p.Connect("Orders", shop.URL)
		shop.Script("GET /items/nothing", g.Then(shop.Serve))
		run := p.Run(Obj{"steps": []any{undone("one", con, "a"), failing("no", con)}, "onFailure": "undo"}, nil)
		Await(t, g.Reached, "the request")
		p.cancel(run)
		close(g.Open)
		if e := p.Wait(run); e.Status != "CANCELLED" || e.Undo != nil || shop.Seen("DELETE") != 0 {
			t.Errorf("%s %+v", e.Status, e.Undo)
		}
		p.retry(run) // it goes on, fails, and is undone
		if e := p.Wait(run); e.Status != "FAILED" || !slices.Equal(e.outcomes(), []string{"one UNDONE"}) {
			t.Errorf("%s %+v", e.Status, e.Undo)
		}
	})
}

// testKillUndoing takes the home down while a run is being undone: it goes on with
// the undo that was under way, and repeats none that was done.
func testKillUndoing(t *testing.T, h *house) {
	p := Register(t, h, "ada")
	shop, g := newOrders(t), NewGate()
	con := p.Connect("Orders", shop.URL)
	shop.Script("DELETE /orders/o-b", g.Then(shop.Serve))
	run := p.Run(Obj{"steps": []any{undone("one", con, "a"), undone("two", con, "b"), undone("three", con, "c"), failing("no", con)}, "onFailure": "undo"}, nil)
	Await(t, g.Reached, "the undo that is to be cut")
	h.restart(t)
	e := p.Wait(run)
	if e.Status != "FAILED" || e.Error.Name != "Http.404" || !slices.Equal(e.outcomes(), []string{"three UNDONE", "two UNDONE", "one UNDONE"}) {
		t.Errorf("%s %+v %+v", e.Status, e.Error, e.Undo)
	}
	if got := shop.Lines("DELETE /orders/"); !slices.Equal(got, []string{"o-c", "o-b", "o-b", "o-a"}) {
		t.Errorf("deleted %v", got)
	}
}
