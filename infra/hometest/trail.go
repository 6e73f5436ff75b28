package hometest

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"testing"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/route"
)

// testTrail: the trail as a list, as a file of either form, and as a chain.
func testTrail(t *testing.T, h *house) {
	admin := Register(t, h, "ädmin")
	auditor := admin.Invite("auditor", route.RoleAuditor)
	flow := admin.Save(Obj{"name": "Prüfung", "steps": []any{ValueStep("v", 1)}})
	auditor.Refused(apierr.Forbidden, "DELETE", "/api/workflows/"+flow, nil)
	admin.Must(200, "DELETE", "/api/workflows/"+flow, nil)
	var listed []struct{ Action, Outcome, Resource, Actor string }
	auditor.Must(200, "GET", "/api/logs?resource="+flow+"&limit=100", nil).Into(t, &listed)
	outcomes := map[string]int{}
	for _, r := range listed {
		outcomes[r.Outcome]++
	}
	if outcomes["done"] != 2 || outcomes["refused"] != 1 || listed[0].Outcome != "done" {
		t.Errorf("%+v", listed)
	}
	for query, want := range map[string]int{"outcome=refused": 1, "action=workflow.&outcome=done": 2, "actor=" + auditor.ID: 1, "from=2100-01-01T00:00:00Z": 0, "to=2000-01-01T00:00:00Z": 0, "level=error": 0} {
		if got := items(t, auditor.Must(200, "GET", "/api/logs?resource="+flow+"&"+query, nil)); len(got) != want {
			t.Errorf("%s: %d records, want %d: %s", query, len(got), want, got)
		}
	}
	file := auditor.Must(200, "GET", "/api/logs/export?format=ndjson&resource="+flow, nil)
	lines := bytes.Split(bytes.TrimSpace(file.Raw), []byte("\n"))
	for _, line := range lines {
		if !json.Valid(line) {
			t.Errorf("%s", line)
		}
	}
	table, err := csv.NewReader(bytes.NewReader(auditor.Must(200, "GET", "/api/logs/export?format=csv&resource="+flow, nil).Raw)).ReadAll()
	if err != nil || len(lines) != len(listed) || len(table) != len(listed)+1 {
		t.Errorf("%d records are %d lines and %d rows (%v)", len(listed), len(lines), len(table), err)
	}
	if file.media() != "application/x-ndjson" || file.Header.Get("Content-Disposition") == "" {
		t.Errorf("%v", file.Header)
	}
	auditor.Refused(apierr.ValidationFailed, "GET", "/api/logs/export?format=xml", nil, "query.format")
	auditor.Verified()
}
