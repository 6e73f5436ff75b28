package hometest

import (
	"testing"
	"time"

	"github.com/apiq/apiq/shared/apierr"
)

// testCancel: it stops before the next request, and cuts none in flight.
func testCancel(t *testing.T, h *house) {
	p := Register(t, h, "ada")
	shop := NewShop(t)
	con := p.Connect("Shop", shop.URL)
	t.Run("in flight", func(t *testing.T) {
		t.Parallel()
		p := p.With(t)
		g := NewGate()
		shop.Script("POST /orders", g.Then(shop.Serve))
		run := p.Run(Obj{"steps": []any{OrderStep("one", con, "c1"), OrderStep("two", con, "c2")}}, nil)
		Await(t, g.Reached, "the request")
		p.cancel(run)
		p.Refused(apierr.Conflict, "POST", "/api/executions/"+run+"/cancel", nil)
		if e := p.Wait(run); e.Status != "CANCELLED" || e.Step(t, "one") != "UNKNOWN" || e.Steps[0].Effect != "maybe" || e.Steps[0].EndedAt.IsZero() {
			t.Fatalf("%s %+v", e.Status, e.Steps)
		}
		p.Refused(apierr.Conflict, "POST", DecisionPath(run, "one"), Obj{"decision": "done"}) // nobody is asked
		close(g.Open)                                                                         // the request is answered: the journal knows, the run stays cancelled
		// It is answered after the run's end: no event tells.
		p.poll("the answer of a request in flight", func() bool {
			a := p.Execution(run).Steps[0].Attempts
			return len(a) == 1 && a[0].Status == "succeeded"
		})
		if e := p.Execution(run); e.Status != "CANCELLED" || e.Step(t, "one") != "COMPLETED" || e.Steps[0].Effect != "done" || len(e.Steps) != 1 {
			t.Errorf("answered: %s %+v", e.Status, e.Steps)
		}
		// Retried, it takes the answer that there is and goes on.
		p.retry(run)
		if e := p.Wait(run); e.Status != "COMPLETED" || shop.Seen("POST /orders c1") != 1 || shop.Seen("POST /orders c2") != 1 {
			t.Errorf("%s %+v, orders %d and %d", e.Status, e.Error, shop.Seen("POST /orders c1"), shop.Seen("POST /orders c2"))
		}
	})
	t.Run("a timer", func(t *testing.T) {
		t.Parallel()
		p := p.With(t)
		run := p.Run(Obj{"steps": []any{Obj{"id": "w", "type": "wait", "seconds": 3600}, OrderStep("never", con, "c9")}}, nil)
		e := p.Until(run, func(e Execution) bool { return len(e.Steps) > 0 })
		if e.Status != "RUNNING" || e.Step(t, "w") != "WAITING" || time.Until(e.Steps[0].ResumesAt) < 50*time.Minute {
			t.Errorf("%s %+v", e.Status, e.Steps)
		}
		p.cancel(run)
		if e := p.Wait(run); e.Status != "CANCELLED" || e.Step(t, "w") != "CANCELLED" || e.CompletedAt.IsZero() {
			t.Errorf("%s %+v", e.Status, e.Steps)
		}
		p.retry(run)
		if e := p.Execution(run); e.Status != "RUNNING" || e.Step(t, "w") != "WAITING" || !e.CompletedAt.IsZero() {
			t.Errorf("retried: %s %+v", e.Status, e.Steps)
		}
		p.cancel(run)
	})
	t.Run("a nested run", func(t *testing.T) {
		t.Parallel()
		p := p.With(t)
		inner := p.Save(Obj{"name": "Inner", "steps": []any{Obj{"id": "ask", "type": "approval", "message": "?"}, OrderStep("buy", con, "c5")}})
		run := p.Run(Obj{"steps": []any{Obj{"id": "sub", "type": "workflow", "workflow": inner}}}, nil)
		e := p.Until(run, func(e Execution) bool { return len(e.Steps) > 0 && e.Steps[0].ExecutionID != "" })
		child := e.Steps[0].ExecutionID
		if e := p.Wait(child, "WAITING"); e.Status != "WAITING" {
			t.Fatalf("nested run is %s", e.Status)
		}
		p.cancel(run)
		if e := p.Wait(child); e.Status != "CANCELLED" {
			t.Errorf("the nested run is %s", e.Status)
		}
		p.Refused(apierr.Conflict, "POST", DecisionPath(child, "ask"), Obj{"decision": "approve"})
		if e := p.Wait(run); e.Status != "CANCELLED" || e.Step(t, "sub") != "CANCELLED" {
			t.Errorf("%s %+v", e.Status, e.Steps)
		}
	})
	t.Run("a nested run that is cancelled fails its step", func(t *testing.T) {
		t.Parallel()
		p := p.With(t)
		inner := p.Save(Obj{"name": "Inner", "steps": []any{Obj{"id": "ask", "type": "approval", "message": "?"}}})
		run := p.Run(Obj{"steps": []any{Obj{"id": "sub", "type": "workflow", "workflow": inner}}}, nil)
		e := p.Until(run, func(e Execution) bool { return len(e.Steps) > 0 && e.Steps[0].ExecutionID != "" })
		p.Wait(e.Steps[0].ExecutionID, "WAITING")
		p.cancel(e.Steps[0].ExecutionID)
		if e := p.Wait(run); e.Status != "FAILED" || e.Error.Name != "Run.Cancelled" {
			t.Errorf("%s %+v", e.Status, e.Error)
		}
	})
	t.Run("a run that has ended", func(t *testing.T) {
		t.Parallel()
		p := p.With(t)
		run := p.Run(Obj{"steps": []any{ValueStep("v", 1)}}, nil)
		p.Wait(run)
		p.Refused(apierr.Conflict, "POST", "/api/executions/"+run+"/cancel", nil)
		p.Refused(apierr.Conflict, "POST", "/api/executions/"+run+"/retry", nil)
	})
}

// testRetry goes on from the failed step; what has finished is not repeated.
func testRetry(t *testing.T, h *house) {
	p := Register(t, h, "ada")
	shop := NewShop(t)
	con := p.Connect("Shop", shop.URL)
	t.Run("in a row", func(t *testing.T) {
		t.Parallel()
		p := p.With(t)
		shop.Script("GET /items/a", Reply(400, Obj{}), Reply(400, Obj{}))
		run := p.Run(Obj{"steps": []any{OrderStep("first", con, "r1"), CallStep("second", con, "getItem", "parameters", Obj{"id": "a"}), OrderStep("third", con, "r3")},
			"output": "{% $first.id & $second.name & $third.id %}"}, nil)
		for n := 1; n <= 2; n++ {
			e := p.Wait(run)
			if e.Status != "FAILED" || e.Error.Name != "Http.400" || e.Step(t, "first") != "COMPLETED" || e.Step(t, "second") != "FAILED" || len(e.Steps) != 2 || e.Steps[1].Attempt != n {
				t.Fatalf("%d: %s %+v %+v", n, e.Status, e.Error, e.Steps)
			}
			p.retry(run)
		}
		e := p.Wait(run)
		if e.Status != "COMPLETED" || string(e.Output) != `"o-r1Appleo-r3"` || e.Error != nil || e.Steps[1].Attempt != 3 || e.Steps[1].Error != nil {
			t.Errorf("%s %s %+v %+v", e.Status, e.Output, e.Error, e.Steps[1])
		}
		if a, c := shop.Seen("POST /orders r1"), shop.Seen("POST /orders r3"); a != 1 || c != 1 {
			t.Errorf("orders: %d and %d", a, c)
		}
	})
	t.Run("in a loop", func(t *testing.T) {
		t.Parallel()
		p := p.With(t)
		shop.Script("GET /items/b", Reply(400, Obj{}))
		run := p.Run(Obj{"steps": []any{Obj{"id": "each", "type": "loop", "over": "{% ['x','y','z'] %}", "as": "it", "do": []any{
			CallStep("buy", con, "createOrder", "body", Obj{"item": "{% 'l' & $it %}"}),
			Obj{"id": "if", "type": "condition", "if": "{% $it = 'y' %}", "then": []any{CallStep("look", con, "getItem", "parameters", Obj{"id": "b"})}, "else": []any{}}},
			"collect": "{% $buy.id %}"}}, "output": "{% $each %}"}, nil)
		e := p.Wait(run)
		want := map[string]string{"each": "FAILED", "each[0]/buy": "COMPLETED", "each[0]/if": "COMPLETED", "each[1]/buy": "COMPLETED", "each[1]/if": "FAILED", "each[1]/look": "FAILED"}
		for path, status := range want {
			if got := e.Step(t, path); got != status {
				t.Errorf("%s is %s, want %s", path, got, status)
			}
		}
		if e.Status != "FAILED" || len(e.Steps) != len(want) {
			t.Fatalf("%s %+v", e.Status, e.Steps)
		}
		p.retry(run)
		e = p.Wait(run)
		if e.Status != "COMPLETED" || string(e.Output) != `["o-lx","o-ly","o-lz"]` {
			t.Fatalf("%s %s %+v", e.Status, e.Output, e.Error)
		}
		for _, st := range e.Steps {
			if st.Status != "COMPLETED" || st.Error != nil {
				t.Errorf("%s is %s %+v", st.Path, st.Status, st.Error)
			}
		}
		for _, it := range []string{"lx", "ly", "lz"} {
			if n := shop.Seen("POST /orders " + it); n != 1 {
				t.Errorf("%s ordered %d times", it, n)
			}
		}
	})
}
