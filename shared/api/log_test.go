package api_test

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/apiq/apiq/shared/api/auth"
	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/tenant"
)

func TestTrailRefused(t *testing.T) {
	t.Parallel()
	h := newHome(t, auth.Cookies{})
	ada := h.register(t, "ada@example.com", "")
	user := h.join(t, ada, "user@example.com", "USER")
	for path, want := range map[string]string{
		"/api/logs?cursor=x": "query.cursor cursor", "/api/logs?limit=0": "query.limit range", "/api/logs?outcome=x": "query.outcome enum", "/api/logs?level=Info": "query.level enum",
		"/api/logs?from=today": "query.from format", "/api/logs?x=1": "query.x unknown_field", "/api/logs/export?format=xml": "query.format enum", "/api/logs/export?limit=1": "query.limit unknown_field",
	} {
		a := h.send(t, "GET", path, ada.Token, "")
		if have := told(a); have != "400 VALIDATION_FAILED "+want || a.header.Get("Content-Disposition") != "" {
			t.Errorf("%s: %s", path, have)
		}
	}
	for _, path := range []string{"/api/logs", "/api/logs/export", "/api/logs/verify"} {
		if have := told(h.send(t, "GET", path, user.Token, "")); have != "403 FORBIDDEN" {
			t.Errorf("%s: %s", path, have)
		}
		if have := told(h.send(t, "GET", path, "", "")); have != "401 UNAUTHENTICATED" {
			t.Errorf("%s: %s", path, have)
		}
	}
}

// TestTrailTells: what a person did is there, one record a request, in their own
// workspace only.
func TestTrailTells(t *testing.T) {
	t.Parallel()
	h := newHome(t, auth.Cookies{})
	ada := h.register(t, "ada@example.com", "")
	auditor := h.join(t, ada, "auditor@example.com", "AUDITOR")
	h.register(t, "eve@example.com", "")
	h.send(t, "POST", "/api/auth/login", "", `{"email":"ada@example.com","password":"another password"}`)
	h.send(t, "POST", "/api/users/invite", auditor.Token, `{"email":"x@example.com","role":"USER"}`)
	h.send(t, "PATCH", "/api/users/usr_none", ada.Token, `{"active":false}`)
	h.send(t, "PATCH", "/api/users/"+auditor.User.ID, ada.Token, `{"active":1}`)
	h.send(t, "POST", "/api/auth/logout", ada.Token, "")

	records := data[[]audit.Record](t, h.send(t, "GET", "/api/logs?limit=100", auditor.Token, ""), http.StatusOK)
	var have []string
	for _, r := range slices.Backward(records) {
		have = append(have, strings.TrimSpace(fmt.Sprintf("%s %s %s", r.Action, r.Outcome, r.Code)))
		if r.RequestID == "" || r.IP != "127.0.0.1" {
			t.Errorf("%+v", r)
		}
	}
	want := []string{"user.register done", "user.invite done", "user.register done", "user.login refused UNAUTHENTICATED", "request.users-invite refused FORBIDDEN",
		"request.users-update refused NOT_FOUND", "request.users-update refused VALIDATION_FAILED", "user.logout done"}
	if !slices.Equal(have, want) {
		t.Errorf("%q, want %q", have, want)
	}
	v := data[audit.Verification](t, h.send(t, "GET", "/api/logs/verify", auditor.Token, ""), http.StatusOK)
	if !v.OK || v.Records != int64(len(want)) {
		t.Errorf("%+v", v)
	}
	if some := data[[]audit.Record](t, h.send(t, "GET", "/api/logs?outcome=refused&action=request.&q=FORBIDDEN", auditor.Token, ""), http.StatusOK); len(some) != 1 {
		t.Errorf("%+v", some)
	}
	if page := h.send(t, "GET", "/api/logs?action=none", auditor.Token, ""); page.raw != `{"success":true,"data":[],"meta":{"nextCursor":null}}`+"\n" {
		t.Error(page.raw)
	}
}

func TestExport(t *testing.T) {
	t.Parallel()
	h := newHome(t, auth.Cookies{})
	ada := h.register(t, "ada@example.com", "")
	ctx := tenant.With(t.Context(), ada.Workspace.ID)
	for i := range 700 { // more than a page
		e := audit.Entry{Action: "thing.do", Message: `=cmd|' /C calc'!A0`, Resource: fmt.Sprint("r", i), Details: map[string]string{"a": "\"b\",\nc"}}
		if err := h.trail.Commit(ctx, nil, e); err != nil {
			t.Fatal(err)
		}
	}
	const head = "seq,at,actor,actorName,action,resource,outcome,level,code,message,requestId,ip,details,prevHash,hash,shard\n"

	none := h.send(t, "GET", "/api/logs/export?format=csv&action=none", ada.Token, "")
	if none.raw != head || none.header.Get("Content-Type") != "text/csv; charset=utf-8" || none.header.Get("Content-Disposition") != `attachment; filename="apiq-audit.csv"` {
		t.Errorf("%q %v", none.raw, none.header)
	}
	if empty := h.send(t, "GET", "/api/logs/export?action=none", ada.Token, ""); empty.raw != "" || empty.header.Get("Content-Type") != "application/x-ndjson" {
		t.Errorf("%q %v", empty.raw, empty.header)
	}

	rows, err := csv.NewReader(strings.NewReader(h.send(t, "GET", "/api/logs/export?format=csv", ada.Token, "").raw)).ReadAll()
	if err != nil || len(rows) != 702 {
		t.Fatal(len(rows), err)
	}
	if r := rows[1]; r[5] != "r699" || r[9] != `'=cmd|' /C calc'!A0` || r[12] != `{"a":"\"b\",\nc"}` {
		t.Errorf("%q", r)
	}
	lines := strings.Split(strings.TrimSpace(h.send(t, "GET", "/api/logs/export?format=ndjson", ada.Token, "").raw), "\n")
	if len(lines) != 701 {
		t.Fatal(len(lines))
	}
	for i, line := range lines {
		var r audit.Record
		if err := json.Unmarshal([]byte(line), &r); err != nil || i < 700 && r.Resource != fmt.Sprint("r", 699-i) {
			t.Fatalf("line %d: %v %s", i, err, line)
		}
	}
}
