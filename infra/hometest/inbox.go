package hometest

import (
	"bytes"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/apierr"
)

// waiting is an entry of the inbox.
type waiting struct {
	ExecutionID, WorkflowID, WorkflowName, StepID, Path, Kind, Message string
	Since, ExpiresAt                                                   time.Time
	OnBehalfOf                                                         []string
}

// inbox is all that waits for a person, read page by page.
func (p Person) inbox() []waiting {
	p.t.Helper()
	var all []waiting
	for cursor := ""; ; {
		a := p.Must(200, "GET", "/api/approvals?limit=2&cursor="+cursor, nil)
		var page []waiting
		a.Into(p.t, &page)
		all = append(all, page...)
		if a.Meta.NextCursor == nil {
			return all
		}
		cursor = *a.Meta.NextCursor
	}
}

// waitsFor says whether a step of a run is in the inbox.
func (p Person) waitsFor(run, path string) bool {
	p.t.Helper()
	return slices.ContainsFunc(p.inbox(), func(w waiting) bool { return w.ExecutionID == run && w.Path == path })
}

// testInbox: what waits for somebody, and nothing else.
func testInbox(t *testing.T, h *house) {
	ada := Register(t, h, "ada")
	bob, eve, mallory := ada.Invite("bob", "USER"), ada.Invite("eve", "AUDITOR"), Register(t, h, "mallory")
	shop := NewShop(t)
	con := ada.Connect("Shop", shop.URL)
	ask := func(id string, more ...any) Obj {
		a := Obj{"id": id, "type": "approval", "message": "{% 'Order ' & $input.item & '?' %}"}
		for i := 0; i+1 < len(more); i += 2 {
			a[more[i].(string)] = more[i+1]
		}
		return a
	}
	begin := func(step Obj) string {
		run := ada.Run(Obj{"name": "Buying", "steps": []any{step}}, Obj{"item": "i"})
		ada.Wait(run, "WAITING")
		return run
	}
	anybody := begin(ask("any", "timeoutSeconds", 3600))
	his := begin(ask("his", "approvers", []string{bob.Email}))
	shop.Script("POST /orders", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	lost := begin(OrderStep("buy", con, "i"))

	all := bob.inbox()
	if len(all) != 3 || all[0].ExecutionID != anybody || all[1].ExecutionID != his || all[2].ExecutionID != lost {
		t.Fatalf("%+v", all)
	}
	if w := all[0]; w.WorkflowName != "Buying" || w.WorkflowID == "" || w.StepID != "any" || w.Path != "any" || w.Kind != "approval" || w.Message != "Order i?" ||
		time.Since(w.Since) > time.Hour || w.ExpiresAt.Sub(w.Since) != time.Hour || w.OnBehalfOf != nil {
		t.Errorf("%+v", w)
	}
	if w := all[2]; w.Kind != "unknown" || w.StepID != "buy" || w.Message == "" || !w.ExpiresAt.IsZero() {
		t.Errorf("%+v", w)
	}
	if mine := ada.inbox(); len(mine) != 2 || mine[0].ExecutionID != anybody || mine[1].ExecutionID != lost {
		t.Errorf("%+v", mine)
	}
	if n := len(eve.inbox()) + len(mallory.inbox()); n != 0 {
		t.Errorf("an auditor or another workspace sees %d", n)
	}
	if e := ada.Execution(anybody); time.Until(e.Steps[0].ExpiresAt) < 50*time.Minute {
		t.Errorf("%+v", e.Steps)
	}

	bob.decide(his, "his", Obj{"decision": "approve"})
	ada.decide(lost, "buy", Obj{"decision": "done"})
	ada.cancel(anybody)
	bob.poll("an empty inbox", func() bool { return len(bob.inbox()) == 0 })
	bob.Refused(apierr.Conflict, "POST", DecisionPath(his, "his"), Obj{"decision": "approve"})
}

// testExpiry: an approval whose time runs out says so, and waits for nobody any more,
// though its run goes on. Retried, it asks anew.
func testExpiry(t *testing.T, h *house) {
	p := Register(t, h, "ada")
	t.Run("continued", func(t *testing.T) {
		t.Parallel()
		p := p.With(t)
		run := p.Run(Obj{"steps": []any{
			Obj{"id": "soon", "type": "approval", "message": "?", "timeoutSeconds": 1, "onError": "continue"},
			Obj{"id": "later", "type": "approval", "message": "?"}}}, nil)
		e := p.Until(run, func(e Execution) bool { return len(e.Steps) == 2 && e.Step(t, "later") == "WAITING" })
		if e.Step(t, "soon") != "CONTINUED" || !e.Steps[0].ExpiresAt.IsZero() || p.waitsFor(run, "soon") || !p.waitsFor(run, "later") {
			t.Errorf("%+v", e.Steps)
		}
	})
	t.Run("failed, and retried", func(t *testing.T) {
		t.Parallel()
		p := p.With(t)
		run := p.Run(Obj{"steps": []any{Obj{"id": "ok", "type": "approval", "message": "Go on?", "timeoutSeconds": 1, "approvers": []string{"ADMIN", p.Email}}}}, nil)
		for n := 1; n <= 2; n++ {
			e := p.Wait(run)
			if e.Status != "FAILED" || e.Error.Name != "States.Timeout" || e.Steps[0].Error.Cause != e.Error.Cause {
				t.Fatalf("%d: %s %+v %+v", n, e.Status, e.Error, e.Steps)
			}
			var log struct {
				Items []struct {
					Type, Status, Message string
					ExpiresAt             time.Time
				}
			}
			p.Must(200, "GET", "/api/executions/"+run+"/events?limit=100", nil).Into(t, &log)
			asked := 0
			for _, e := range log.Items {
				if e.Type == "step" && e.Status == "WAITING" && e.Message == "Go on?" && !e.ExpiresAt.IsZero() {
					asked++
				}
			}
			if want := "Asked were ADMIN, " + p.Email + "."; asked != n || !bytes.Contains([]byte(e.Error.Cause), []byte(want)) {
				t.Errorf("asked %d times, not %d; %q without %q", asked, n, e.Error.Cause, want)
			}
			if n == 1 {
				p.retry(run)
			}
		}
	})
}

// testDelegates: approvers first, then who may decide for them; the trail tells.
func testDelegates(t *testing.T, h *house) {
	ada := Register(t, h, "ada")
	bob := ada.Invite("bob", "USER")
	begin := func(t *testing.T, more Obj) string {
		t.Helper()
		ada := ada.With(t)
		step := Obj{"id": "ok", "type": "approval", "message": "?", "approvers": []string{ada.Email}, "delegates": []string{bob.ID}}
		for name, v := range more {
			step[name] = v
		}
		run := ada.Run(Obj{"steps": []any{step}, "output": "{% $ok %}"}, nil)
		ada.Wait(run, "WAITING")
		return run
	}
	t.Run("before it escalates", func(t *testing.T) {
		t.Parallel()
		ada, bob := ada.With(t), bob.With(t)
		run := begin(t, Obj{"escalateAfterSeconds": 3600})
		bob.Refused(apierr.Forbidden, "POST", DecisionPath(run, "ok"), Obj{"decision": "approve"})
		if bob.waitsFor(run, "ok") || !ada.waitsFor(run, "ok") {
			t.Error("it waits for the delegate, or not for the approver")
		}
		ada.decide(run, "ok", Obj{"decision": "approve"})
		if e := ada.Wait(run); e.Status != "COMPLETED" || bytes.Contains(e.Output, []byte("onBehalfOf")) {
			t.Errorf("%s %s", e.Status, e.Output)
		}
	})
	for name, more := range map[string]Obj{"at once": nil, "escalated": {"escalateAfterSeconds": 1}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ada, bob := ada.With(t), bob.With(t)
			run := begin(t, more)
			bob.poll("the question at the delegate", func() bool { return bob.waitsFor(run, "ok") })
			for _, w := range bob.inbox() {
				if w.ExecutionID == run && !slices.Equal(w.OnBehalfOf, []string{ada.Email}) {
					t.Errorf("%+v", w)
				}
			}
			bob.decide(run, "ok", Obj{"decision": "approve"})
			want := []byte(`"onBehalfOf":["` + ada.Email + `"]`)
			if e := ada.Wait(run); e.Status != "COMPLETED" || !bytes.Contains(e.Output, want) {
				t.Errorf("%s %s", e.Status, e.Output)
			}
			if a := ada.Must(200, "GET", "/api/logs?action=execution.resolve&resource="+run, nil); !bytes.Contains(a.Raw, want) {
				t.Errorf("the trail does not say for whom: %s", a.Raw)
			}
		})
	}
	ada.Refused(apierr.WorkflowInvalid, "POST", "/api/workflows", Obj{"definition": document(Obj{"steps": []any{
		Obj{"id": "ok", "type": "approval", "message": "?", "delegates": []string{bob.ID}}}})}, "/definition/steps/0/approvers")
}
