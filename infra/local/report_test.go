package main

import (
	"strings"
	"testing"
	"time"

	"github.com/apiq/apiq/infra/hometest"
)

type reportedAPI struct {
	ID     string
	Status string
	Report *struct {
		State, Reason    string
		Warnings, Errors int
		At               time.Time
	}
}

// reported is an API once its report is no longer being made.
func reported(t *testing.T, p hometest.Person, id string) (con reportedAPI) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		p.Must(200, "GET", "/api/apis/"+id, nil).Into(t, &con)
		if con.Report == nil || con.Report.State != "pending" {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("still pending")
		}
	}
	return con
}

// TestReport: a document's validation report is made behind its import, by a
// process of its own, and can be read page by page.
func TestReport(t *testing.T) {
	t.Parallel()
	const doc = `{"openapi":"3.0.3","info":{"title":"T","version":"1"},"paths":{"/a":{"get":{"operationId":"a","responses":{"200":{"description":"ok","content":{"application/json":{"schema":{"$ref":"#/components/schemas/Lost"}}}}}}}}}`
	p := hometest.Register(t, startBare(t, t.TempDir(), nil), "ada")
	var con reportedAPI
	p.Must(201, "POST", "/api/apis", hometest.Obj{"name": "T", "specDocument": doc, "baseUrl": "https://t.example", "authType": "NONE"}).Into(t, &con)
	if con.Status != "ACTIVE" {
		t.Fatalf("the import waited for its report: %+v", con)
	}
	con = reported(t, p, con.ID)
	if con.Report == nil || con.Report.State != "done" || con.Report.Warnings != 1 || con.Report.Errors == 0 || con.Report.At.IsZero() {
		t.Fatalf("%+v", con.Report)
	}
	// A document that the library is not given says so, and what was mended is there.
	const cycle = `{"openapi":"3.0.3","info":{"title":"C","version":"1"},"paths":{"/a":{"get":{"operationId":"a","responses":{}}}},"components":{"schemas":{"S":{"$ref":"#/components/schemas/S"}}},}`
	var looped reportedAPI
	p.Must(201, "POST", "/api/apis", hometest.Obj{"name": "C", "specDocument": cycle, "baseUrl": "https://t.example", "authType": "NONE"}).Into(t, &looped)
	looped = reported(t, p, looped.ID)
	if looped.Report == nil || looped.Report.State != "unavailable" || !strings.Contains(looped.Report.Reason, "lead back to themselves") || looped.Report.Warnings != 2 {
		t.Errorf("%+v", looped.Report)
	}
	type finding struct{ Code, Message string }
	var first, second []finding
	a := p.Must(200, "GET", "/api/apis/"+con.ID+"/report?limit=1", nil)
	a.Into(t, &first)
	if len(first) != 1 || first[0].Code != "missing_ref" || a.Meta.NextCursor == nil {
		t.Fatalf("%s", a.Raw)
	}
	p.Must(200, "GET", "/api/apis/"+con.ID+"/report?limit=1&cursor="+*a.Meta.NextCursor, nil).Into(t, &second)
	if len(second) != 1 || second[0].Code != "libopenapi" || second[0].Message == "" {
		t.Errorf("%+v", second)
	}
	var listed []struct{ Report any }
	p.Must(200, "GET", "/api/apis", nil).Into(t, &listed)
	if len(listed) == 0 || listed[0].Report != nil {
		t.Errorf("a list reads no reports: %+v", listed)
	}
}
