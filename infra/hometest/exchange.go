package hometest

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/apiq/apiq/shared/apierr"
)

// described is an Arazzo description over a Shop.
const described = `
arazzo: 1.0.1
info: {title: Orders, version: "1"}
sourceDescriptions: [{name: theShop, url: %s/openapi.json, type: openapi}]
workflows:
  - workflowId: order-one
    summary: Look, then order
    inputs: {type: object, properties: {item: {type: string}}, required: [item]}
    steps:
      - stepId: look
        operationId: getItem
        parameters: [{name: id, in: path, value: $inputs.item}]
        successCriteria: [{condition: $statusCode == 200 && $response.body#/price > 5}]
        outputs: {name: $response.body#/name}
      - stepId: order
        operationId: createOrder
        requestBody: {payload: {item: $inputs.item, note: "one {$steps.look.outputs.name}"}}
        outputs: {id: $response.body#/id}
    outputs: {order: $steps.order.outputs.id, name: $steps.look.outputs.name}
`

// testArazzo: a description is imported and runs, comes out as it went in, and what
// Arazzo cannot say is refused.
func testArazzo(t *testing.T, h *house) {
	p := Register(t, h, "ada")
	shop := NewShop(t)
	text := fmt.Sprintf(described, shop.URL)
	p.Refused(apierr.WorkflowInvalid, "POST", "/api/workflows/import", Obj{"document": text}, "/document/sourceDescriptions/0")
	con := p.Connect("Any name", shop.URL)
	var flow, again struct {
		ID, Name, Status, DefinitionHash string
		Notes                            []apierr.Problem
	}
	p.Must(201, "POST", "/api/workflows/import", Obj{"document": text}).Into(t, &flow)
	if flow.Status != "DRAFT" || flow.Name != "Look, then order" || len(flow.Notes) != 0 {
		t.Errorf("imported %+v", flow)
	}
	run := p.Wait(p.Start(flow.ID, Obj{"item": "b"}), "COMPLETED")
	if got := string(run.Output); !strings.Contains(got, `"o-b"`) || !strings.Contains(got, `"Book"`) {
		t.Errorf("output %s", got)
	}
	out := p.Must(200, "GET", "/api/workflows/"+flow.ID+"/export?format=arazzo", nil)
	var description Obj
	if err := json.Unmarshal(out.Raw, &description); err != nil || description["arazzo"] != "1.0.1" || !strings.Contains(out.Header.Get("Content-Disposition"), flow.ID+".arazzo.json") {
		t.Errorf("%s %v (%v)", out.Raw, out.Header, err)
	}
	p.Must(201, "POST", "/api/workflows/import", Obj{"format": "arazzo", "document": description, "name": "Again", "workflowId": "look-then-order"}).Into(t, &again)
	if again.Name != "Again" || again.DefinitionHash != flow.DefinitionHash {
		t.Errorf("%+v came back as %+v", flow, again)
	}
	description["sourceDescriptions"] = []Obj{{"name": "unknown", "url": "./x.json"}}
	p.Must(201, "POST", "/api/workflows/import", Obj{"document": description, "connections": Obj{"unknown": con}})
	p.Refused(apierr.WorkflowInvalid, "POST", "/api/workflows/import", Obj{"document": description, "connections": Obj{"unknown": "con_none"}}, "/document/sourceDescriptions/0")
	p.Refused(apierr.WorkflowInvalid, "POST", "/api/workflows/import", Obj{"format": "arazzo", "document": Obj{}}, "/document/arazzo")
	wait := p.Save(Obj{"steps": []any{Obj{"id": "w", "type": "wait", "seconds": 1}}})
	p.Refused(apierr.WorkflowInvalid, "GET", "/api/workflows/"+wait+"/export?format=arazzo", nil, "/steps/0")
}

// testMachine: the state machine is handed out with placeholders, or for functions
// that are named.
func testMachine(t *testing.T, h *house) {
	p := Register(t, h, "ada")
	flow := p.Save(Obj{"name": "M", "steps": []any{Obj{"id": "ask", "type": "approval", "message": "?"}}})
	at := "/api/workflows/" + flow + "/export?format=asl"
	var machine struct{ Comment string }
	open := p.Must(200, "GET", at, nil)
	if err := json.Unmarshal(open.Raw, &machine); err != nil || !strings.Contains(string(open.Raw), `"${approval}"`) || !strings.Contains(string(open.Raw), `"${workspace}"`) ||
		strings.Contains(string(open.Raw), p.Workspace) || !strings.HasSuffix(machine.Comment, "DefinitionSubstitutions: approval, workspace") {
		t.Errorf("%s (%v)", open.Raw, err)
	}
	arn := "arn:aws:lambda:eu-central-1:123456789012:function:apiq-task-approval:live"
	filled := string(p.Must(200, "GET", at+"&approvalFunction="+arn, nil).Raw)
	if strings.Contains(filled, "${") || !strings.Contains(filled, `"FunctionName":"`+arn+`"`) || !strings.Contains(filled, `"workspace":"`+p.Workspace+`"`) {
		t.Error(filled)
	}
	p.Refused(apierr.ValidationFailed, "GET", at+"&callFunction=https://example.com", nil, "query.callFunction")
	p.Refused(apierr.ValidationFailed, "GET", at+"&workspace=%24%7Bx%7D", nil, "query.workspace")
}
