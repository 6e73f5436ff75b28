package hometest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/route"
)

// contract is what the published document says of each operation.
func contract(t *testing.T, p Person) map[string]struct {
	Parameters []struct{ Name, In string }
} {
	t.Helper()
	var doc struct {
		OpenAPI string
		Paths   map[string]map[string]struct {
			OperationID string
			Parameters  []struct{ Name, In string }
		}
	}
	if err := json.Unmarshal(p.Must(200, "GET", "/api/openapi.json", nil).Raw, &doc); err != nil {
		t.Fatal(err)
	}
	out := map[string]struct {
		Parameters []struct{ Name, In string }
	}{}
	for _, methods := range doc.Paths {
		for _, op := range methods {
			out[op.OperationID] = struct {
				Parameters []struct{ Name, In string }
			}{op.Parameters}
		}
	}
	if !strings.HasPrefix(doc.OpenAPI, "3.1") || len(out) != len(route.Table()) {
		t.Fatalf("OpenAPI %s with %d operations, the table has %d", doc.OpenAPI, len(out), len(route.Table()))
	}
	return out
}

// testLists: limit, cursor and the walk over pages, of every list there is.
func testLists(t *testing.T, h *house) {
	p := Register(t, h, "ada")
	ids := foreign(t, p)
	for range 3 { // so that no list has one page only
		p.Start(ids["workflows"], nil)
		p.Save(Obj{"steps": []any{Obj{"id": "a", "type": "transform", "value": 1}}})
		p.Must(200, "PUT", "/api/workflows/"+ids["workflows"], Obj{"definition": Obj{
			"apiq": "1", "name": "W", "steps": []any{Obj{"id": "a", "type": "transform", "value": 2}}}})
	}
	for i := range 2 {
		p.Must(201, "POST", "/api/users/invite", Obj{"email": fmt.Sprintf("x%d@example.com", i), "role": "USER"})
	}
	published, lists := contract(t, p), 0
	ticking := regexp.MustCompile(`"ttlRemaining":\d+`)
	var cursors []string
	for _, row := range route.Table() {
		if row.ID == "executions-events" || !slices.ContainsFunc(published[row.ID].Parameters, func(p struct{ Name, In string }) bool { return p.Name == "cursor" }) {
			continue
		}
		lists++
		path := filled(row, ids)
		for _, limit := range []string{"0", "101", "abc", "-1", "1.5", "99999999999999999999", "%20"} {
			p.Refused(apierr.ValidationFailed, "GET", path+"?limit="+limit, nil, "query.limit")
		}
		p.Refused(apierr.ValidationFailed, "GET", path+"?limit=1&limit=2", nil, "query.limit")
		p.Refused(apierr.ValidationFailed, "GET", path+"?nonsense=1", nil, "query.nonsense")
		whole := items(t, p.Must(200, "GET", path+"?limit=100", nil))
		var walked []string
		next := "first"
		for n := 0; next != ""; n++ {
			at := path + "?limit=1"
			if next != "first" {
				at += "&cursor=" + url.QueryEscape(next)
				cursors = append(cursors, next)
			}
			a := p.Must(200, "GET", at, nil)
			if !bytes.Contains(a.Raw, []byte(`"nextCursor":`)) {
				t.Fatalf("%s has no meta.nextCursor: %s", row.ID, a.Raw)
			}
			got := items(t, a)
			if len(got) > 1 || n > 1000 {
				t.Fatalf("%s: %d items on page %d of one", row.ID, len(got), n)
			}
			walked = append(walked, got...)
			next = ""
			if a.Meta.NextCursor != nil {
				next = *a.Meta.NextCursor
			}
			if n == 4 && row.ID == "logs-list" {
				break // this very walk is not audited, but others write on
			}
		}
		// What is left of an entry's time may be a second less on the later look.
		for _, list := range [][]string{whole, walked} {
			for i := range list {
				list[i] = ticking.ReplaceAllString(list[i], `"ttlRemaining":0`)
			}
		}
		if row.ID != "logs-list" && strings.Join(walked, "\n") != strings.Join(whole[:min(len(whole), len(walked))], "\n") || len(walked) < min(2, len(whole)) {
			t.Errorf("%s: page by page\n%s\nin one\n%s", row.ID, walked, whole)
		}
	}
	if lists < 7 {
		t.Errorf("%d lists found in the contract", lists)
	}
	if len(cursors) == 0 {
		t.Fatal("no list has a second page")
	}
	garbage := []string{"x", "!!!", "eyJhIjoxfQ", "AAAA", strings.Repeat("A", 3000), "\u0000", "../../etc", "null", cursors[0] + "x", cursors[0][:len(cursors[0])-2], "\xff\xfe"}
	for _, row := range route.Table() {
		if row.ID == "executions-events" || !slices.ContainsFunc(published[row.ID].Parameters, func(p struct{ Name, In string }) bool { return p.Name == "cursor" }) {
			continue
		}
		for _, g := range garbage {
			p.Refused(apierr.ValidationFailed, "GET", filled(row, ids)+"?cursor="+url.QueryEscape(g), nil, "query.cursor")
		}
		// Another list's cursor is refused, or at least shows nothing that is not this list's.
		for _, c := range cursors {
			if a := p.Send("GET", filled(row, ids)+"?cursor="+url.QueryEscape(c), nil); a.Status != 200 && a.Status != 400 {
				t.Errorf("%s with a cursor of another list: %d %s", row.ID, a.Status, a.Raw)
			}
		}
	}
}
