package hometest

import (
	"fmt"
	"testing"

	"github.com/apiq/apiq/shared/apierr"
)

// restart takes the home down and brings it back.
func (h *house) restart(t *testing.T) {
	t.Helper()
	r, ok := h.Home.(Restarter)
	if !ok {
		t.Fatal("this home cannot be restarted, and does not say why (Lacks)")
	}
	r.Restart(t)
}

// testKill takes the home down in the middle of a run of ten steps, three times,
// each while a request is under way: the run completes, and the peer has seen
// each effect once, in order.
func testKill(t *testing.T, h *house) {
	peer := newEffects(t, 3, 6, 9)
	p := Register(t, h, "ada")
	con := p.Connect("Effects", peer.URL)
	run := p.Run(Obj{"name": "Ten effects", "steps": peer.steps("addEffect", con, 10)}, nil)
	for _, n := range []int{3, 6, 9} {
		Await(t, peer.stop[n], "a request that is to be cut")
		h.restart(t)
	}
	e := p.Wait(run)
	if e.Status != "COMPLETED" || len(e.Steps) != 10 {
		t.Fatalf("run ended %s %+v with %d steps", e.Status, e.Error, len(e.Steps))
	}
	peer.mu.Lock()
	defer peer.mu.Unlock()
	if len(peer.byKey) != 10 {
		t.Errorf("%d effects, want 10: %v", len(peer.byKey), peer.byKey)
	}
	for i, name := range peer.order {
		if want := fmt.Sprintf("effect %d", i); name != want {
			t.Errorf("effect %d is %q: out of order", i, name)
		}
	}
	if peer.requests != 13 {
		t.Errorf("%d requests, want 13: ten and one more for each kill", peer.requests)
	}
	p.Verified()
}

// testKillUnsafe: where the operation takes no key, the home does not guess. A
// person says what became of the request, and no effect is repeated.
func testKillUnsafe(t *testing.T, h *house) {
	peer := newEffects(t, 2)
	p := Register(t, h, "ada")
	con := p.Connect("Effects", peer.URL)
	run := p.Run(Obj{"name": "Three effects", "steps": peer.steps("addPlain", con, 3)}, nil)
	Await(t, peer.stop[2], "a request that is to be cut")
	h.restart(t)
	e := p.Wait(run, "WAITING")
	if got := e.Step(t, "s1"); e.Status != "WAITING" || got != "UNKNOWN" {
		t.Fatalf("run is %s, step s1 %s; want WAITING and UNKNOWN", e.Status, got)
	}
	p.decide(run, "s1", Obj{"decision": "done", "output": Obj{"name": "effect 1"}})
	if e = p.Wait(run); e.Status != "COMPLETED" {
		t.Fatalf("run ended %s: %+v", e.Status, e.Error)
	}
	peer.mu.Lock()
	defer peer.mu.Unlock()
	if len(peer.order) != 3 {
		t.Errorf("effects %v, want each once", peer.order)
	}
}

// testKillCancelled: a run is cancelled while an unsafe request is under way, and the
// home goes down before its answer. The step is not said to be cancelled, and a retry
// asks what became of it.
func testKillCancelled(t *testing.T, h *house) {
	peer := newEffects(t, 1)
	p := Register(t, h, "ada")
	con := p.Connect("Effects", peer.URL)
	run := p.Run(Obj{"name": "Two effects", "steps": peer.steps("addPlain", con, 2)}, nil)
	Await(t, peer.stop[1], "a request that is to be cut")
	p.cancel(run)
	p.Wait(run)
	h.restart(t)
	e := p.Execution(run)
	if e.Status != "CANCELLED" || e.Step(t, "s0") != "UNKNOWN" || e.Steps[0].Effect != "maybe" || len(e.Steps) != 1 {
		t.Fatalf("%s %+v", e.Status, e.Steps)
	}
	p.retry(run)
	if e = p.Wait(run, "WAITING"); e.Status != "WAITING" || e.Step(t, "s0") != "UNKNOWN" || e.Steps[0].Attempts[0].Status != "unknown" {
		t.Fatalf("retried: %s %+v", e.Status, e.Steps)
	}
	p.decide(run, "s0", Obj{"decision": "done", "output": Obj{"name": "effect 0"}})
	if e = p.Wait(run); e.Status != "COMPLETED" || e.Steps[0].Effect != "done" {
		t.Fatalf("run ended %s: %+v %+v", e.Status, e.Error, e.Steps)
	}
	peer.mu.Lock()
	defer peer.mu.Unlock()
	if len(peer.order) != 2 {
		t.Errorf("effects %v, want each once", peer.order)
	}
}

// testKillWaiting: what a person was asked, what a person was told and who is
// signed in outlive the home; so does what was promised under a key.
func testKillWaiting(t *testing.T, h *house) {
	shop := NewShop(t)
	p := Register(t, h, "ada")
	con := p.Connect("Shop", shop.URL)
	flow := p.Save(Obj{"steps": []any{Obj{"id": "ask", "type": "approval", "message": "Grüße?"}, OrderStep("buy", con, "k")}, "output": "{% $buy.id %}"})
	const key = "before and after"
	first := p.Must(202, "POST", "/api/workflows/"+flow+"/execute", Obj{}, "Idempotency-Key", key)
	var run struct{ ExecutionID string }
	first.Into(t, &run)
	p.Wait(run.ExecutionID, "WAITING")
	h.restart(t)
	again := p.Must(202, "POST", "/api/workflows/"+flow+"/execute", Obj{}, "Idempotency-Key", key)
	if string(again.Raw) != string(first.Raw) || again.Header.Get("Idempotency-Replayed") != "true" {
		t.Errorf("after the restart the key gives %s, before it %s", again.Raw, first.Raw)
	}
	e := p.Execution(run.ExecutionID)
	if e.Status != "WAITING" || e.Steps[0].Message != "Grüße?" {
		t.Fatalf("%s %+v", e.Status, e.Steps)
	}
	p.decide(run.ExecutionID, "ask", Obj{"decision": "approve"})
	if e = p.Wait(run.ExecutionID); e.Status != "COMPLETED" || string(e.Output) != `"o-k"` || shop.Seen("POST /orders k") != 1 {
		t.Errorf("%s %s %+v", e.Status, e.Output, e.Error)
	}
	p.Refused(apierr.Conflict, "POST", DecisionPath(run.ExecutionID, "ask"), Obj{"decision": "approve"})
	p.Verified()
}
