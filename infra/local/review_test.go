package main

import "testing"

// TestApprove: an admin accepts the review of the document as it is now.
func TestApprove(t *testing.T) {
	t.Parallel()
	s := startServer(t, t.TempDir(), nil)
	admin := s.register(t, "admin")
	user := s.invite(t, admin, "user", "USER")
	museum := admin.connection("Museum")
	user.must(403, "POST", "/api/apis/"+museum+"/approve", nil)
	var got struct {
		SpecHash string
		Version  int64
		Approval *struct{ By, SpecHash string }
	}
	admin.must(200, "GET", "/api/apis/"+museum, nil).into(t, &got)
	if got.Approval != nil {
		t.Fatalf("approved before anyone did: %+v", got.Approval)
	}
	before := got.Version
	admin.must(200, "POST", "/api/apis/"+museum+"/approve", nil).into(t, &got)
	if got.Approval == nil || got.Approval.By != admin.id || got.Approval.SpecHash != got.SpecHash || got.Version != before+1 {
		t.Errorf("%+v, version %d after %d", got.Approval, got.Version, before)
	}
}

// TestExportImport: what is exported can be imported, as a draft of the same content.
func TestExportImport(t *testing.T) {
	t.Parallel()
	s := startServer(t, t.TempDir(), nil)
	p := s.register(t, "ada")
	var flow, again struct {
		ID, Status, DefinitionHash string
	}
	p.must(201, "POST", "/api/workflows", map[string]any{"status": "ACTIVE", "definition": map[string]any{
		"apiq": "1", "name": "W", "steps": []any{map[string]any{"id": "a", "type": "transform", "value": 1}}}}).into(t, &flow)
	document := p.must(200, "GET", "/api/workflows/"+flow.ID+"/export?format=apiq", nil).raw
	p.must(201, "POST", "/api/workflows/import", `{"format":"apiq","document":`+string(document)+`}`).into(t, &again)
	if again.ID == flow.ID || again.Status != "DRAFT" || again.DefinitionHash != flow.DefinitionHash {
		t.Errorf("imported %+v from %+v", again, flow)
	}
	p.must(400, "POST", "/api/workflows/import", map[string]any{"format": "arazzo", "document": map[string]any{}})
	if a := p.must(422, "POST", "/api/workflows/import", map[string]any{"document": map[string]any{"apiq": "1"}}); a.Code != "WORKFLOW_INVALID" || len(a.Errors) == 0 {
		t.Errorf("an invalid document: %s", a.raw)
	}
}
