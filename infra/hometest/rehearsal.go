package hometest

import (
	"slices"
	"strings"
	"testing"

	"github.com/apiq/apiq/shared/apierr"
)

// testRehearsal: a rehearsal tells what a run would do, and does nothing of it.
func testRehearsal(t *testing.T, h *house) {
	p := Register(t, h, "ada")
	shop := NewShop(t)
	con := p.Connect("Shop", shop.URL, "authType", "API_KEY", "authConfig", Obj{"in": "header", "name": "X-Key", "value": "rehearsal-canary-81f2"})
	read := CallStep("item", con, "getItem")
	read["parameters"] = Obj{"id": "{% $input.item %}"}
	order := CallStep("order", con, "createOrder")
	order["body"] = Obj{"item": "{% $item.id %}"}
	flow := p.Save(Obj{"steps": []any{read, order}, "input": Obj{"type": "object", "required": []string{"item"}, "properties": Obj{"item": Obj{"type": "string"}}}})
	before := len(p.actions(t))
	answer := p.Must(200, "POST", "/api/workflows/"+flow+"/rehearse", Obj{"input": Obj{"item": "a"}})
	var r struct {
		Run struct {
			Status string
			Calls  int
		}
		Steps []struct {
			ID, Host, Method, Path, Effect string
			Calls                          int
		}
		Egress []struct {
			Host, Credential string
			Data             []struct {
				Kind, Ref string
				Fields    []string
			}
		}
		Scenarios []struct{ Step, Fault, Status string }
		Problems  []struct{ Step, Message string }
	}
	answer.Into(t, &r)
	if r.Run.Status != "COMPLETED" || r.Run.Calls != 2 || len(r.Steps) != 2 || r.Steps[1].Effect != "irreversible" || len(r.Problems) != 0 {
		t.Errorf("%+v", r)
	}
	if len(r.Scenarios) != 10 {
		t.Errorf("%d scenarios for two calls and five faults", len(r.Scenarios))
	}
	if i := slices.IndexFunc(r.Scenarios, func(s struct{ Step, Fault, Status string }) bool { return s.Step == "order" && s.Fault == "timeout" }); i < 0 || r.Scenarios[i].Status != "WAITING" {
		t.Errorf("an order that times out: %+v", r.Scenarios)
	}
	if len(r.Egress) != 1 || !strings.Contains(shop.URL, r.Egress[0].Host) || r.Egress[0].Credential != "an API key, in the header X-Key" {
		t.Errorf("%+v", r.Egress)
	}
	if strings.Contains(string(answer.Raw), "canary") {
		t.Error("the credential is in the report")
	}
	if n := shop.Seen(""); n != 0 {
		t.Errorf("the shop was asked %d times", n)
	}
	if now := p.actions(t); len(now) != before+1 || now[0] != "workflow.rehearse" {
		t.Errorf("the trail has %v", now)
	}
	// What is missing of the input is made up; what does not fit is refused.
	p.Must(200, "POST", "/api/workflows/"+flow+"/rehearse", Obj{"faults": []string{}})
	p.Refused(apierr.ValidationFailed, "POST", "/api/workflows/"+flow+"/rehearse", Obj{"input": Obj{"item": 5}})
	p.Refused(apierr.ValidationFailed, "POST", "/api/workflows/"+flow+"/rehearse", Obj{"faults": []string{"flood"}})
	if n := shop.Seen(""); n != 0 {
		t.Errorf("the shop was asked %d times", n)
	}
}

// actions are the newest records of the trail.
func (p Person) actions(t *testing.T) []string {
	t.Helper()
	var page []struct{ Action string }
	p.Must(200, "GET", "/api/logs?limit=100", nil).Into(t, &page)
	var all []string
	for _, r := range page {
		all = append(all, r.Action)
	}
	return all
}
