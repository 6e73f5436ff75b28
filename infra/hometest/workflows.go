package hometest

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/apiq/apiq/shared/apierr"
)

// testWorkflowLife: each change is a version, and none is lost.
func testWorkflowLife(t *testing.T, h *house) {
	p := Register(t, h, "ada")
	type flow struct {
		ID, Name, Description, Status, DefinitionHash string
		Version                                       int64
		Definition                                    struct{ Steps []struct{ Value any } }
	}
	var f flow
	p.Must(201, "POST", "/api/workflows", Obj{"definition": document(Obj{"name": "Grüße", "description": "日本語", "steps": []any{ValueStep("v", 1)}})}).Into(t, &f)
	if f.Name != "Grüße" || f.Description != "日本語" || f.Status != "DRAFT" || f.Version != 1 || !strings.HasPrefix(f.DefinitionHash, "sha256:") {
		t.Fatalf("%+v", f)
	}
	at := "/api/workflows/" + f.ID
	first := f.DefinitionHash
	p.Must(200, "PUT", at, Obj{"definition": document(Obj{"name": "Grüße", "steps": []any{ValueStep("v", 2)}}), "status": "ACTIVE"}).Into(t, &f)
	if f.Version != 2 || f.Status != "ACTIVE" || f.DefinitionHash == first || f.Definition.Steps[0].Value != 2.0 {
		t.Errorf("%+v", f)
	}
	var versions []struct {
		Version        int64
		DefinitionHash string
		Definition     *struct{ Steps []struct{ Value any } }
	}
	p.Must(200, "GET", at+"/versions", nil).Into(t, &versions)
	if len(versions) != 2 || versions[0].Version != 2 || versions[1].DefinitionHash != first || versions[1].Definition != nil {
		t.Errorf("%+v", versions)
	}
	p.Must(200, "GET", at+"/versions?version=1", nil).Into(t, &versions)
	if len(versions) != 1 || versions[0].Definition == nil || versions[0].Definition.Steps[0].Value != 1.0 {
		t.Errorf("%+v", versions)
	}
	p.Refused(apierr.NotFound, "GET", at+"/versions?version=9", nil)
	p.Must(200, "POST", at+"/rollback", Obj{"version": 1}).Into(t, &f)
	if f.Version != 3 || f.DefinitionHash != first || f.Definition.Steps[0].Value != 1.0 {
		t.Errorf("rolled back to %+v", f)
	}
	// The list is narrowed by status.
	other := p.Save(Obj{"steps": []any{ValueStep("v", 1)}})
	for status, want := range map[string]string{"ACTIVE": f.ID, "DRAFT": other, "INACTIVE": ""} {
		var list []flow
		p.Must(200, "GET", "/api/workflows?status="+status, nil).Into(t, &list)
		if len(list) > 1 || (len(list) == 1) != (want != "") || want != "" && list[0].ID != want {
			t.Errorf("%s: %+v", status, list)
		}
	}
	p.Refused(apierr.ValidationFailed, "GET", "/api/workflows?status=active", nil, "query.status")
	// Each version runs as it was.
	for version, want := range map[int64]string{1: "1", 2: "2", 0: "1"} {
		body := Obj{}
		if version > 0 {
			body["version"] = version
		}
		var run struct{ ExecutionID string }
		p.Must(202, "POST", at+"/execute", body).Into(t, &run)
		e := p.Wait(run.ExecutionID)
		if got := string(e.Steps[0].Output); e.Status != "COMPLETED" || got != want || version > 0 && e.Version != version {
			t.Errorf("version %d: %s, %s of version %d", version, e.Status, got, e.Version)
		}
	}
	runs := items(t, p.Must(200, "GET", "/api/executions?workflowId="+f.ID, nil))
	p.Must(200, "DELETE", at, nil)
	for _, path := range []string{at, at + "/versions", at + "/export"} {
		p.Refused(apierr.NotFound, "GET", path, nil)
	}
	p.Refused(apierr.NotFound, "POST", at+"/execute", Obj{})
	if left := items(t, p.Must(200, "GET", "/api/executions?workflowId="+f.ID, nil)); len(left) != len(runs) || len(runs) != 3 {
		t.Errorf("%d runs were left of %d", len(left), len(runs))
	}
}

// testExports: the document as it is kept, and the state machine it compiles to.
func testExports(t *testing.T, h *house) {
	p := Register(t, h, "ada")
	flow := p.Save(Obj{"name": "Größe", "steps": []any{ValueStep("v", "日本")}})
	at := "/api/workflows/" + flow + "/export"
	for _, query := range []string{"", "?format=apiq"} {
		a := p.Must(200, "GET", at+query, nil)
		var doc struct{ APIQ, Name string }
		if err := json.Unmarshal(a.Raw, &doc); err != nil || doc.APIQ != "1" || doc.Name != "Größe" || a.Header.Get("Content-Disposition") != fmt.Sprintf("attachment; filename=%q", flow+".json") {
			t.Errorf("%s: %s %v (%v)", query, a.Raw, a.Header, err)
		}
	}
	var machine struct {
		StartAt, QueryLanguage string
		States                 map[string]json.RawMessage
	}
	if err := json.Unmarshal(p.Must(200, "GET", at+"?format=asl", nil).Raw, &machine); err != nil || machine.QueryLanguage != "JSONata" || machine.States[machine.StartAt] == nil {
		t.Errorf("%+v (%v)", machine, err)
	}
	p.Refused(apierr.ValidationFailed, "GET", at+"?format=bpmn", nil, "query.format")
}
