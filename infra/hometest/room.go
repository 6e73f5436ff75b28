package hometest

import (
	"net/http"
	"slices"
	"sync"
	"testing"

	"github.com/apiq/apiq/shared/apierr"
)

// asking is a workflow that waits for a person, under a limit.
func asking(concurrency Obj) Obj {
	return Obj{"steps": []any{Obj{"id": "ask", "type": "approval", "message": "?"}}, "concurrency": concurrency}
}

func (p Person) approve(run string) { p.t.Helper(); p.decide(run, "ask", Obj{"decision": "approve"}) }

// approved lets a run go on to its end, which is good.
func (p Person) approved(run string) {
	p.t.Helper()
	p.approve(run)
	if e := p.Wait(run); e.Status != "COMPLETED" {
		p.t.Errorf("%s %+v", e.Status, e.Error)
	}
}

// testQueue: runs for which there is no room wait, tell where they stand, can be
// cancelled, and start in order.
func testQueue(t *testing.T, h *house) {
	p := Register(t, h, "ada")
	flow := p.Save(asking(Obj{"limit": 2, "policy": "queue"}))
	var runs []string
	for range 5 {
		runs = append(runs, p.Start(flow, nil))
	}
	for _, run := range runs[:2] {
		p.Wait(run, "WAITING")
	}
	for i, run := range runs[2:] {
		e := p.Execution(run)
		if e.Status != "PENDING" || len(e.Steps) != 0 || e.Queue == nil || e.Queue.Position != i+1 || e.Queue.Limit != 2 || len(e.Queue.Running) != 2 {
			t.Errorf("number %d in the queue: %s %+v", i+1, e.Status, e.Queue)
		}
	}
	p.cancel(runs[2])
	if e := p.Wait(runs[2]); e.Status != "CANCELLED" || e.Queue != nil {
		t.Errorf("cancelled in the queue: %s", e.Status)
	}
	p.Refused(apierr.Conflict, "POST", "/api/executions/"+runs[2]+"/retry", nil) // there is no room for it either
	p.approve(runs[1])
	p.Wait(runs[3], "WAITING")
	if e := p.Execution(runs[4]); e.Status != "PENDING" || e.Queue.Position != 1 {
		t.Errorf("the last is %s %+v", e.Status, e.Queue)
	}
	for _, run := range []string{runs[0], runs[3], runs[4]} {
		p.Wait(run, "WAITING")
		p.approved(run)
	}
	p.Verified()
}

// testRoom: of many that are started at once no more run than there is room for, and
// each does.
func testRoom(t *testing.T, h *house) {
	p := Register(t, h, "ada")
	shop := NewShop(t)
	con := p.Connect("Shop", shop.URL)
	flow := p.Save(Obj{"steps": []any{OrderStep("buy", con, "{% $input.n %}")}, "concurrency": Obj{"limit": 3, "policy": "queue"}})
	const n = 12
	runs := make([]string, n)
	var starts sync.WaitGroup
	for i := range n {
		starts.Go(func() {
			a := p.Send("POST", "/api/workflows/"+flow+"/execute", Obj{"input": Obj{"n": string(rune('a' + i))}})
			var run struct{ ExecutionID string }
			if a.Status != http.StatusAccepted {
				t.Errorf("%d %s", a.Status, a.Raw)
				return
			}
			a.Into(t, &run)
			runs[i] = run.ExecutionID
		})
	}
	starts.Wait()
	if t.Failed() {
		return
	}
	for i, run := range runs {
		if e := p.Wait(run); e.Status != "COMPLETED" || shop.Seen("POST /orders "+string(rune('a'+i))) != 1 {
			t.Errorf("%s %+v", e.Status, e.Error)
		}
	}
	if shop.most > 3 {
		t.Errorf("%d at once, at most 3", shop.most)
	}
}

// testSkip: a start for which there is no room makes no run. A person learns which one
// is under way; a delivery is skipped.
func testSkip(t *testing.T, h *house) {
	p, other := Register(t, h, "ada"), Register(t, h, "bob")
	var flow, made struct{ ID string }
	definition := document(asking(Obj{"policy": "skip", "key": "{% $input.customer %}"}))
	p.Must(201, "POST", "/api/workflows", Obj{"status": "ACTIVE", "definition": definition}).Into(t, &flow)
	p.Must(201, "POST", "/api/workflows/"+flow.ID+"/triggers", Obj{"type": "event", "event": "customer.changed"}).Into(t, &made)
	first := p.Start(flow.ID, Obj{"customer": "c1"})
	at := "/api/workflows/" + flow.ID + "/execute"
	a := p.Refused(apierr.Conflict, "POST", at, Obj{"input": Obj{"customer": "c1"}}, "path.id")
	if fault, _ := a.faultAt("path.id"); fault.Code != "running" || fault.Message != first {
		t.Errorf("%+v, want %s", fault, first)
	}
	p.Refused(apierr.ValidationFailed, "POST", at, Obj{"input": Obj{"customer": []int{1}}}, "/input")
	second := p.Start(flow.ID, Obj{"customer": 2})
	p.Must(202, "POST", "/api/events", Obj{"name": "customer.changed", "id": "e1", "data": Obj{"customer": "c1"}})
	var all []struct{ Status, Detail string }
	p.poll("a delivery", func() bool {
		p.Must(200, "GET", "/api/workflows/"+flow.ID+"/triggers/"+made.ID+"/deliveries", nil).Into(t, &all)
		return len(all) > 0
	})
	if all[0].Status != "skipped" || all[0].Detail == "" {
		t.Errorf("%+v", all)
	}
	if n := len(items(t, p.Must(200, "GET", "/api/executions?workflowId="+flow.ID, nil))); n != 2 {
		t.Errorf("%d runs, want %s and %s", n, first, second)
	}
	theirs := other.Save(definition)
	other.Wait(other.Start(theirs, Obj{"customer": "c1"}), "WAITING")
	p.Wait(first, "WAITING")
	p.approve(first)
	p.Wait(first)
	p.poll("room for the next", func() bool {
		return p.Send("POST", at, Obj{"input": Obj{"customer": "c1"}}).Status == http.StatusAccepted
	})
}

// testCancelPrevious: the run before makes way, and the trail says for which.
func testCancelPrevious(t *testing.T, h *house) {
	p := Register(t, h, "ada")
	flow := p.Save(asking(Obj{"policy": "cancel"}))
	first := p.Start(flow, nil)
	p.Wait(first, "WAITING")
	second := p.Start(flow, nil)
	if e := p.Wait(first); e.Status != "CANCELLED" || e.Step(t, "ask") != "CANCELLED" {
		t.Errorf("%s %+v", e.Status, e.Steps)
	}
	p.Wait(second, "WAITING")
	if !slices.ContainsFunc(p.records(), func(r trailRecord) bool { return r.Action == "execution.cancel" && r.Resource == first }) {
		t.Error("nothing in the trail")
	}
	p.approved(second)
	p.Verified()
}

// testConcurrencyRefused: what a document may not say of it, and where.
func testConcurrencyRefused(t *testing.T, h *house) {
	p := Register(t, h, "ada")
	for path, c := range map[string]Obj{
		"/definition/concurrency/policy": {"limit": 2},
		"/definition/concurrency/limit":  {"limit": 0, "policy": "queue"},
		"/definition/concurrency/key":    {"policy": "queue", "key": "{% $ask %}"},
	} {
		p.Refused(apierr.WorkflowInvalid, "POST", "/api/workflows", Obj{"definition": document(asking(c))}, path)
	}
}

// testKillQueued: the queue outlives the home, in its order, and so does what runs.
func testKillQueued(t *testing.T, h *house) {
	p := Register(t, h, "ada")
	flow := p.Save(asking(Obj{"policy": "queue"}))
	runs := []string{p.Start(flow, nil), p.Start(flow, nil), p.Start(flow, nil)}
	p.Wait(runs[0], "WAITING")
	h.restart(t)
	for i, run := range runs {
		if e := p.Wait(run, "WAITING"); e.Status != "WAITING" {
			t.Fatalf("run %d is %s %+v", i, e.Status, e.Error)
		}
		for _, later := range runs[i+1:] {
			if e := p.Execution(later); e.Status != "PENDING" {
				t.Errorf("too early: %s", e.Status)
			}
		}
		p.approved(run)
		h.restart(t)
	}
	p.Verified()
}
