package hometest

import (
	"testing"
)

// testApprove: an admin accepts the review of the document as it is now.
func testApprove(t *testing.T, h *house) {
	admin := Register(t, h, "admin")
	user := admin.Invite("user", "USER")
	shop := admin.Connect("Shop", NewShop(t).URL)
	user.Must(403, "POST", "/api/apis/"+shop+"/approve", nil)
	var got struct {
		SpecHash string
		Version  int64
		Approval *struct{ By, SpecHash string }
	}
	admin.Must(200, "GET", "/api/apis/"+shop, nil).Into(t, &got)
	if got.Approval != nil {
		t.Fatalf("approved before anyone did: %+v", got.Approval)
	}
	before := got.Version
	admin.Must(200, "POST", "/api/apis/"+shop+"/approve", nil).Into(t, &got)
	if got.Approval == nil || got.Approval.By != admin.ID || got.Approval.SpecHash != got.SpecHash || got.Version != before+1 {
		t.Errorf("%+v, version %d after %d", got.Approval, got.Version, before)
	}
}

// testExportImport: what is exported can be imported, as a draft of the same content.
func testExportImport(t *testing.T, h *house) {
	p := Register(t, h, "ada")
	var flow, again struct {
		ID, Status, DefinitionHash string
	}
	p.Must(201, "POST", "/api/workflows", Obj{"status": "ACTIVE", "definition": Obj{
		"apiq": "1", "name": "W", "steps": []any{Obj{"id": "a", "type": "transform", "value": 1}}}}).Into(t, &flow)
	document := p.Must(200, "GET", "/api/workflows/"+flow.ID+"/export?format=apiq", nil).Raw
	p.Must(201, "POST", "/api/workflows/import", `{"format":"apiq","document":`+string(document)+`}`).Into(t, &again)
	if again.ID == flow.ID || again.Status != "DRAFT" || again.DefinitionHash != flow.DefinitionHash {
		t.Errorf("imported %+v from %+v", again, flow)
	}
	p.Must(400, "POST", "/api/workflows/import", Obj{"format": "bpmn", "document": Obj{}})
	if a := p.Must(422, "POST", "/api/workflows/import", Obj{"document": Obj{"apiq": "1"}}); a.Code != "WORKFLOW_INVALID" || len(a.Errors) == 0 {
		t.Errorf("an invalid document: %s", a.Raw)
	}
}
