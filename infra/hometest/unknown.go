package hometest

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/apiq/apiq/shared/apierr"
)

// testUnknown: an unsafe request without an answer is a person's to decide.
func testUnknown(t *testing.T, h *house) {
	p := Register(t, h, "ada")
	shop := NewShop(t)
	con := p.Connect("Shop", shop.URL)
	cut := func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }
	cases := []struct {
		name, decision string
		output         any
		onError        any
		status, step   string
		orders         int // of the item, all told
		want           string
	}{
		{"retry", "retry", nil, nil, "COMPLETED", "COMPLETED", 2, `"o-%s"`},
		{"done", "done", Obj{"id": "by hand"}, nil, "COMPLETED", "COMPLETED", 1, `"by hand"`},
		{"done without output", "done", nil, nil, "COMPLETED", "COMPLETED", 1, ""},
		{"fail", "fail", nil, nil, "FAILED", "FAILED", 1, ""},
		{"fail, continue", "fail", nil, "continue", "COMPLETED", "CONTINUED", 1, ""},
		{"fail, steps", "fail", nil, []any{ValueStep("instead", Obj{"id": "second best"})}, "COMPLETED", "CONTINUED", 1, `"second best"`},
	}
	var scripted sync.Mutex // one cut at a time: the shop scripts by path
	for i, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			p := p.With(t)
			item := fmt.Sprintf("u%d", i)
			step := CallStep("buy", con, "createOrder", "body", Obj{"item": "{% $it %}"})
			if c.onError != nil {
				step["onError"] = c.onError
			}
			scripted.Lock()
			shop.Script("POST /orders", cut)
			run := p.Run(Obj{"steps": []any{Obj{"id": "each", "type": "loop", "over": "{% [$input.item] %}", "as": "it", "do": []any{step}}}, "output": "{% $each[0].id %}"}, Obj{"item": item})
			e := p.Wait(run, "WAITING")
			scripted.Unlock()
			const path = "each[0]/buy"
			if e.Status != "WAITING" || e.Step(t, path) != "UNKNOWN" || e.Steps[1].Attempts[0].Status != "unknown" || e.Steps[1].Message == "" {
				t.Fatalf("%s %+v", e.Status, e.Steps)
			}
			p.Refused(apierr.ValidationFailed, "POST", DecisionPath(run, path), Obj{"decision": "approve"}, "/decision")
			p.Refused(apierr.ValidationFailed, "POST", DecisionPath(run, path), Obj{"decision": "retry", "output": 1}, "/output")
			p.Refused(apierr.PayloadTooLarge, "POST", DecisionPath(run, path), Obj{"decision": "done", "output": strings.Repeat("x", 201<<10)})
			p.Refused(apierr.Conflict, "POST", DecisionPath(run, "buy"), Obj{"decision": "done"})
			p.Refused(apierr.Conflict, "POST", DecisionPath(run, "each[9]/buy"), Obj{"decision": "done"})
			body := Obj{"decision": c.decision}
			if c.output != nil {
				body["output"] = c.output
			}
			p.decide(run, path, body)
			e = p.Wait(run)
			if want := c.want; want != "" {
				if strings.Contains(want, "%s") {
					want = fmt.Sprintf(want, item)
				}
				if string(e.Output) != want {
					t.Errorf("output %s, want %s", e.Output, want)
				}
			}
			if e.Status != c.status || e.Step(t, path) != c.step || shop.Seen("POST /orders "+item) != c.orders {
				t.Errorf("%s %+v, step %s, %d requests", e.Status, e.Error, e.Step(t, path), shop.Seen("POST /orders "+item))
			}
		})
	}
}

// testUnknownAgain: who has given a request up as failed may continue the run, is
// asked again what became of it, and may find otherwise.
func testUnknownAgain(t *testing.T, h *house) {
	p := Register(t, h, "ada")
	cut := func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }
	for _, c := range []struct {
		decision string
		orders   int
	}{{"done", 1}, {"retry", 2}} {
		t.Run(c.decision, func(t *testing.T) {
			t.Parallel()
			p, shop := p.With(t), NewShop(t)
			shop.Script("POST /orders", cut)
			run := p.Run(Obj{"steps": []any{OrderStep("buy", p.Connect("Shop", shop.URL), "u")}}, nil)
			p.Wait(run, "WAITING")
			for range 2 {
				p.decide(run, "buy", Obj{"decision": "fail"})
				if e := p.Wait(run); e.Status != "FAILED" || e.Error.Name != "Outcome.Unknown" {
					t.Fatalf("%s %+v", e.Status, e.Error)
				}
				p.retry(run)
				if e := p.Until(run, func(e Execution) bool { return e.Status == "WAITING" }); e.Step(t, "buy") != "UNKNOWN" {
					t.Fatalf("%s %+v", e.Status, e.Steps)
				}
			}
			p.decide(run, "buy", Obj{"decision": c.decision})
			if e := p.Wait(run); e.Status != "COMPLETED" || shop.Seen("POST /orders u") != c.orders {
				t.Errorf("%s %+v, %d orders", e.Status, e.Error, shop.Seen("POST /orders u"))
			}
			p.Verified()
		})
	}
}
