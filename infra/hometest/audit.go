package hometest

import (
	"slices"
	"testing"

	"github.com/apiq/apiq/shared/route"
)

// testAuditComplete: each mutating request leaves exactly one record with its
// request id, whether it was done, refused by role, or refused by what it named.
// Notes of the spec cache and of a connection's status are the system's own.
func testAuditComplete(t *testing.T, h *house) {
	other := Register(t, h, "other")
	their := foreign(t, other)
	admin := Register(t, h, "admin")
	auditor := admin.Invite("auditor", "AUDITOR")
	own := foreign(t, admin)
	bodies := requests(own["apis"])
	notes := []string{"spec.fetch", "spec.cache.hit", "spec.cache.revalidate", "connection.status"}
	outcomes := map[string]int{}
	for _, row := range route.Table() {
		if !row.Mutates || row.ID == "auth-logout" || row.ID == "account-erase" || row.ID == "workspaces-create" || row.Access == route.Public {
			continue // a new workspace is recorded in its own trail, see testWorkspaces; sign-ins are recorded where the person belongs; package identity tests them
		}
		for _, c := range []struct {
			name string
			who  Person
			ids  map[string]string
		}{{"foreign id", admin, their}, {"wrong role", auditor, own}, {"own", admin, own}} {
			if c.name == "own" && row.Method == "DELETE" {
				continue // later rows need what is there
			}
			got := c.who.Send(row.Method, filled(row, c.ids), bodies[row.ID])
			id := got.Header.Get("X-Request-Id")
			n := 0
			for _, r := range admin.records() {
				if r.RequestID == id && !slices.Contains(notes, r.Action) && r.Actor != "system" {
					n++
					outcomes[r.Outcome]++
					if (r.Outcome == "done") != (got.Status < 300) {
						t.Errorf("%s, %s: answered %d, recorded as %s", row.ID, c.name, got.Status, r.Outcome)
					}
				}
			}
			if n != 1 {
				t.Errorf("%s, %s (%d): %d records, want one", row.ID, c.name, got.Status, n)
			}
		}
	}
	if outcomes["done"] < 5 || outcomes["refused"] < 20 {
		t.Errorf("the test saw too little: %v", outcomes)
	}
}

// testRefusedReads: a read that a role does not allow leaves one record, and after six
// within a minute no more of the same caller.
func testRefusedReads(t *testing.T, h *house) {
	admin := Register(t, h, "admin")
	auditor := admin.Invite("auditor", "AUDITOR")
	const bound = 6
	sent := 0
	for _, row := range route.Table() {
		if row.Mutates || row.Access != route.Admin || len(row.Parameters()) > 0 || sent > bound {
			continue
		}
		sent++
		got := auditor.Send(row.Method, row.Path, nil)
		id := got.Header.Get("X-Request-Id")
		have := []trailRecord{}
		for _, r := range admin.records() {
			if r.RequestID == id {
				have = append(have, r)
			}
		}
		want := 1
		if sent > bound {
			want = 0
		}
		if got.Status != 403 || len(have) != want {
			t.Errorf("%s: %d, records %v, want %d", row.ID, got.Status, have, want)
		}
		for _, r := range have {
			if r.Action != "request."+row.ID || r.Outcome != "refused" || r.Actor != auditor.ID {
				t.Errorf("%s: %+v", row.ID, r)
			}
		}
	}
	if sent <= bound {
		t.Errorf("only %d reads are an admin's alone", sent)
	}
}

type trailRecord struct{ Action, Outcome, Resource, RequestID, Actor, Token string }

func (p Person) records() []trailRecord {
	p.t.Helper()
	var out []trailRecord
	p.Must(200, "GET", "/api/logs?limit=20", nil).Into(p.t, &out)
	return out
}
