package hometest

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/apiq/apiq/shared/apierr"
)

// drafted is a plan as clients see it.
type drafted struct {
	ConversationID, PlanID, Planner, Message string
	Workflow                                 json.RawMessage
	Confidence                               float64
	Questions                                []struct{ ID, Text, Field string }
	Alternatives                             []struct {
		ID, Title  string
		Likelihood float64
		Operations []struct{ Operation, ConnectionName, Method, Path string }
	}
	Steps []struct {
		ID, Type, Connection, Operation, Risk string
		Checks                                []check
	}
}

type check struct {
	Name string
	OK   *bool
}

func (d drafted) operations() []string {
	var all []string
	for _, s := range d.Steps {
		if s.Operation != "" {
			all = append(all, s.Operation)
		}
	}
	return all
}

// draft plans a goal over one connection.
func (p Person) draft(goal, con string) (d drafted) {
	p.t.Helper()
	p.Must(200, "POST", "/api/chat", Obj{"message": goal, "connections": []string{con}}).Into(p.t, &d)
	return d
}

// confirm runs a plan and follows it.
func (p Person) confirm(d drafted, more Obj) Execution {
	p.t.Helper()
	body := Obj{"planId": d.PlanID, "confirm": true}
	maps.Copy(body, more)
	var started struct{ WorkflowID, ExecutionID string }
	p.Must(202, "POST", "/api/chat/execute", body).Into(p.t, &started)
	if started.WorkflowID == "" {
		p.t.Errorf("a run of no workflow: %+v", started)
	}
	return p.Wait(started.ExecutionID)
}

// testChat: a sentence becomes a plan over the connected documents, and nothing
// runs before it is confirmed; then all of it does.
func testChat(t *testing.T, h *house) {
	p := Register(t, h, "ada")
	shop := NewShop(t)
	con := p.Connect("Shop", shop.URL)
	d := p.draft("List all items of the shop, then place an order for the first one", con)
	if !slices.Equal(d.operations(), []string{"listItems", "createOrder"}) || len(d.Questions) != 0 || d.Planner == "" || d.Message == "" || d.Confidence <= 0 || d.Confidence > 1 {
		t.Fatalf("%+v", d)
	}
	for _, s := range d.Steps {
		if s.Connection != con || len(s.Checks) == 0 || slices.ContainsFunc(s.Checks, func(c check) bool { return c.OK != nil && !*c.OK }) {
			t.Errorf("%+v", s)
		}
	}
	if n := len(items(t, p.Must(200, "GET", "/api/executions", nil))) + shop.Seen("GET /items") + shop.Seen("POST"); n != 0 {
		t.Errorf("%d runs and requests before the confirmation", n)
	}
	const at = "/api/chat/execute"
	p.Refused(apierr.ValidationFailed, "POST", at, Obj{"planId": d.PlanID, "confirm": false}, "/confirm")
	p.Refused(apierr.ValidationFailed, "POST", at, Obj{"planId": d.PlanID}, "/confirm")
	p.Refused(apierr.ValidationFailed, "POST", at, Obj{"planId": d.PlanID, "confirm": true}, "/confirmIrreversible")
	Register(t, h, "eve").Refused(apierr.NotFound, "POST", at, Obj{"planId": d.PlanID, "confirm": true, "confirmIrreversible": []string{d.Steps[1].ID}})
	if n := shop.Seen("POST"); n != 0 {
		t.Errorf("%d orders without a confirmation", n)
	}
	e := p.confirm(d, Obj{"confirmIrreversible": []string{d.Steps[1].ID}})
	if e.Status != "COMPLETED" || shop.Seen("GET /items") != 1 || shop.Seen("POST /orders a") != 1 || !strings.Contains(string(e.Output), `"o-a"`) {
		t.Errorf("%s %+v, output %s", e.Status, e.Error, e.Output)
	}
}

// testQuestions: what the sentence leaves open is asked, and answered with the
// confirmation.
func testQuestions(t *testing.T, h *house) {
	p := Register(t, h, "ada")
	shop := NewShop(t)
	con := p.Connect("Shop", shop.URL)
	d := p.draft("Get an item by its id", con)
	if !slices.Equal(d.operations(), []string{"getItem"}) || len(d.Questions) != 1 || d.Questions[0].Text == "" {
		t.Fatalf("%+v", d)
	}
	field := d.Questions[0].Field
	p.Refused(apierr.ValidationFailed, "POST", "/api/chat/execute", Obj{"planId": d.PlanID, "confirm": true}, "/input/"+field)
	if e := p.confirm(d, Obj{"input": Obj{field: "b"}}); e.Status != "COMPLETED" || !strings.Contains(string(e.Output), `"Book"`) {
		t.Errorf("%s %+v, output %s", e.Status, e.Error, e.Output)
	}
	var again drafted
	p.Must(200, "POST", "/api/chat", Obj{"message": "List all items of the shop", "conversationId": d.ConversationID, "connections": []string{con}}).Into(t, &again)
	if again.ConversationID != d.ConversationID || again.PlanID == d.PlanID {
		t.Errorf("%+v continues %+v", again, d)
	}
}

// testAlternatives: of a goal that says too little another reading can be taken, which
// is the next plan of the conversation, until the document changes.
func testAlternatives(t *testing.T, h *house) {
	p := Register(t, h, "ada")
	shop := NewShop(t)
	con := p.Connect("Shop", shop.URL)
	var d drafted
	for _, goal := range []string{"Get the item", "Look up an item", "Order the item", "Rename the item", "Delete the item", "Update the item"} {
		if d = p.draft(goal, con); len(d.Alternatives) > 0 {
			break
		}
	}
	if len(d.Alternatives) == 0 {
		t.Fatal("no goal has another reading")
	}
	a := d.Alternatives[0]
	var want []string
	for _, o := range a.Operations {
		want = append(want, o.Operation)
		if o.ConnectionName != "Shop" || o.Method == "" || o.Path == "" {
			t.Errorf("%+v", o)
		}
	}
	var next drafted
	p.Must(200, "POST", "/api/chat", Obj{"alternative": a.ID, "conversationId": d.ConversationID}).Into(t, &next)
	if !slices.Equal(next.operations(), want) || next.ConversationID != d.ConversationID || next.Confidence != a.Likelihood {
		t.Errorf("%+v of %+v", next, a)
	}
	p.Refused(apierr.ValidationFailed, "POST", "/api/chat", Obj{"alternative": a.ID, "message": "List the items"}, "/message")
	p.Refused(apierr.ValidationFailed, "POST", "/api/chat", Obj{"alternative": d.PlanID + ".9"}, "/alternative")
	Register(t, h, "eve").Refused(apierr.NotFound, "POST", "/api/chat", Obj{"alternative": a.ID})
	p.Must(200, "DELETE", "/api/apis/"+con, nil)
	p.Refused(apierr.Conflict, "POST", "/api/chat", Obj{"alternative": a.ID}, "/alternative")
}

// testNoPlan: a goal that nothing connected can do is refused in plain words, and
// a plan that no longer fits what is connected does not run.
func testNoPlan(t *testing.T, h *house) {
	p := Register(t, h, "ada")
	con := p.Connect("Shop", NewShop(t).URL)
	for _, goal := range []string{"Fly me to the moon", "größe ändern 日本語"} {
		p.Refused(apierr.PlanNotPossible, "POST", "/api/chat", Obj{"message": goal, "connections": []string{con}})
	}
	p.Refused(apierr.ValidationFailed, "POST", "/api/chat", Obj{"message": ""}, "/message")
	p.Refused(apierr.ValidationFailed, "POST", "/api/chat", Obj{"message": strings.Repeat("x", 4001)}, "/message")
	p.Refused(apierr.NotFound, "POST", "/api/chat/execute", Obj{"planId": "pln_nothing", "confirm": true})
	d := p.draft("List all items of the shop", con)
	p.Must(200, "DELETE", "/api/apis/"+con, nil)
	p.Refused(apierr.WorkflowInvalid, "POST", "/api/chat/execute", Obj{"planId": d.PlanID, "confirm": true})
}
