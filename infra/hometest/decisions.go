package hometest

import (
	"testing"

	"github.com/apiq/apiq/shared/apierr"
)

// testApproval: approve, reject, approvers, time-out, twice, in a loop.
func testApproval(t *testing.T, h *house) {
	p := Register(t, h, "ada")
	bob := p.Invite("bob", "USER")
	shop := NewShop(t)
	con := p.Connect("Shop", shop.URL)
	ask := func(more ...any) Obj {
		a := Obj{"id": "ok", "type": "approval", "message": "{% 'Order ' & $input.item & '?' %}"}
		for i := 0; i+1 < len(more); i += 2 {
			a[more[i].(string)] = more[i+1]
		}
		return a
	}
	def := func(a Obj) Obj {
		return Obj{"steps": []any{a, CallStep("buy", con, "createOrder", "body", Obj{"item": "{% $input.item %}"})}, "output": "{% $ok.comment %}"}
	}
	waiting := func(t *testing.T, run string) Execution {
		t.Helper()
		e := p.With(t).Wait(run, "WAITING")
		if e.Status != "WAITING" {
			t.Fatalf("%s %+v", e.Status, e.Error)
		}
		return e
	}
	t.Run("approve", func(t *testing.T) {
		t.Parallel()
		p := p.With(t)
		run := p.Run(def(ask()), Obj{"item": "p1"})
		e := waiting(t, run)
		if e.Step(t, "ok") != "WAITING" || e.Steps[0].Message != "Order p1?" {
			t.Errorf("%+v", e.Steps)
		}
		p.Refused(apierr.ValidationFailed, "POST", DecisionPath(run, "ok"), Obj{"decision": "done"}, "/decision")
		p.Refused(apierr.ValidationFailed, "POST", DecisionPath(run, "ok"), Obj{"decision": "maybe"}, "/decision")
		p.Refused(apierr.Conflict, "POST", DecisionPath(run, "buy"), Obj{"decision": "approve"})
		if shop.Seen("POST /orders p1") != 0 {
			t.Error("ordered before the approval")
		}
		p.decide(run, "ok", Obj{"decision": "approve", "comment": "fine"})
		if e = p.Wait(run); e.Status != "COMPLETED" || string(e.Output) != `"fine"` || shop.Seen("POST /orders p1") != 1 {
			t.Errorf("%s %s %+v", e.Status, e.Output, e.Error)
		}
		p.Refused(apierr.Conflict, "POST", DecisionPath(run, "ok"), Obj{"decision": "approve"})
	})
	t.Run("reject", func(t *testing.T) {
		t.Parallel()
		p := p.With(t)
		run := p.Run(def(ask()), Obj{"item": "p2"})
		waiting(t, run)
		p.decide(run, "ok", Obj{"decision": "reject", "comment": "no"})
		if e := p.Wait(run); e.Status != "FAILED" || e.Error.Name != "Approval.Rejected" || e.Step(t, "ok") != "FAILED" || shop.Seen("POST /orders p2") != 0 {
			t.Errorf("%s %+v", e.Status, e.Error)
		}
	})
	t.Run("time-out", func(t *testing.T) {
		t.Parallel()
		p := p.With(t)
		run := p.Run(def(ask("timeoutSeconds", 1)), Obj{"item": "p3"})
		e := p.Wait(run)
		if e.Status != "FAILED" || e.Error.Name != "States.Timeout" || e.Step(t, "ok") != "FAILED" {
			t.Errorf("%s %+v %+v", e.Status, e.Error, e.Steps)
		}
		p.Refused(apierr.Conflict, "POST", DecisionPath(run, "ok"), Obj{"decision": "approve"})
	})
	t.Run("approvers", func(t *testing.T) {
		t.Parallel()
		p, bob := p.With(t), bob.With(t)
		run := p.Run(def(ask("approvers", []string{bob.Email})), Obj{"item": "p4"})
		waiting(t, run)
		p.Refused(apierr.Forbidden, "POST", DecisionPath(run, "ok"), Obj{"decision": "approve"})
		bob.decide(run, "ok", Obj{"decision": "approve"})
		if e := p.Wait(run); e.Status != "COMPLETED" {
			t.Errorf("%s %+v", e.Status, e.Error)
		}
	})
	t.Run("a role approves", func(t *testing.T) {
		t.Parallel()
		p, bob := p.With(t), bob.With(t)
		run := p.Run(def(ask("approvers", []string{"ADMIN"})), Obj{"item": "p5"})
		waiting(t, run)
		bob.Refused(apierr.Forbidden, "POST", DecisionPath(run, "ok"), Obj{"decision": "approve"})
		p.decide(run, "ok", Obj{"decision": "approve"})
		p.Wait(run)
	})
	t.Run("in a loop", func(t *testing.T) {
		t.Parallel()
		p := p.With(t)
		run := p.Run(Obj{"steps": []any{Obj{"id": "each", "type": "loop", "over": "{% $input.items %}", "as": "it", "maxConcurrency": 2, "do": []any{
			Obj{"id": "sure", "type": "approval", "message": "{% $it %}"}}, "collect": "{% $sure.decision & ' ' & $it %}"}}, "output": "{% $each %}"},
			Obj{"items": []string{"x", "y"}})
		waiting(t, run)
		p.Until(run, func(e Execution) bool { // both items wait
			return len(e.Steps) == 3 && e.Step(t, "each[0]/sure") == "WAITING" && e.Step(t, "each[1]/sure") == "WAITING"
		})
		p.decide(run, "each[1]/sure", Obj{"decision": "approve"})
		if e := p.Execution(run); e.Status != "WAITING" {
			t.Errorf("%s while one item still waits", e.Status)
		}
		p.decide(run, "each[0]/sure", Obj{"decision": "approve"})
		if e := p.Wait(run); e.Status != "COMPLETED" || string(e.Output) != `["approve x","approve y"]` {
			t.Errorf("%s %s %+v", e.Status, e.Output, e.Error)
		}
	})
	t.Run("two at once", func(t *testing.T) {
		t.Parallel()
		p := p.With(t)
		run := p.Run(def(ask()), Obj{"item": "p6"})
		waiting(t, run)
		got := make(chan int, 8)
		for range 8 {
			go func() { got <- p.Send("POST", DecisionPath(run, "ok"), Obj{"decision": "approve"}).Status }()
		}
		counts := map[int]int{}
		for range 8 {
			counts[Await(t, got, "an answer")]++
		}
		if counts[200] != 1 || counts[409] != 7 {
			t.Errorf("eight approvals: %v", counts)
		}
		p.Wait(run)
		if shop.Seen("POST /orders p6") != 1 {
			t.Error("ordered more than once")
		}
	})
	t.Run("cancelled while waiting", func(t *testing.T) {
		t.Parallel()
		p := p.With(t)
		run := p.Run(def(ask()), Obj{"item": "p7"})
		waiting(t, run)
		p.cancel(run)
		e := p.Wait(run)
		if e.Status != "CANCELLED" || e.Step(t, "ok") != "CANCELLED" {
			t.Errorf("%s %+v", e.Status, e.Steps)
		}
		p.Refused(apierr.Conflict, "POST", DecisionPath(run, "ok"), Obj{"decision": "approve"})
		// Retried, it asks anew.
		p.retry(run)
		waiting(t, run)
		p.decide(run, "ok", Obj{"decision": "approve"})
		if e = p.Wait(run); e.Status != "COMPLETED" || shop.Seen("POST /orders p7") != 1 {
			t.Errorf("%s %+v", e.Status, e.Error)
		}
	})
}
