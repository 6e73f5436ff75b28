package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/route"
)

// contract is what the published document says of each operation.
func contract(t *testing.T, p person) map[string]struct {
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
	if err := json.Unmarshal(p.must(200, "GET", "/api/openapi.json", nil).raw, &doc); err != nil {
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

// filled puts a person's own resources into a route's path.
func filled(row route.Route, ids map[string]string) string {
	area := strings.Split(strings.TrimPrefix(row.Path, "/api/"), "/")[0]
	path := strings.ReplaceAll(row.Path, "{id}", ids[area])
	path = strings.ReplaceAll(path, "{operationId}", "getMuseumHours")
	return strings.ReplaceAll(path, "{stepId}", "a")
}

// TestLists: limit, cursor and the walk over pages, of every list there is.
func TestLists(t *testing.T) {
	t.Parallel()
	s := startServer(t, t.TempDir(), nil)
	p := s.register(t, "ada")
	ids := foreign(t, p)
	for range 3 { // so that no list has one page only
		p.start(ids["workflows"], nil)
		p.save(map[string]any{"steps": []any{map[string]any{"id": "a", "type": "transform", "value": 1}}})
		p.must(200, "PUT", "/api/workflows/"+ids["workflows"], map[string]any{"definition": map[string]any{
			"apiq": "1", "name": "W", "steps": []any{map[string]any{"id": "a", "type": "transform", "value": 2}}}})
	}
	for i := range 2 {
		p.must(201, "POST", "/api/users/invite", map[string]any{"email": fmt.Sprintf("x%d@example.com", i), "role": "USER"})
	}
	published, lists := contract(t, p), 0
	var cursors []string
	for _, row := range route.Table() {
		if row.ID == "executions-events" || !slices.ContainsFunc(published[row.ID].Parameters, func(p struct{ Name, In string }) bool { return p.Name == "cursor" }) {
			continue
		}
		lists++
		path := filled(row, ids)
		for _, limit := range []string{"0", "101", "abc", "-1", "1.5", "99999999999999999999", "%20"} {
			p.refused(apierr.ValidationFailed, "GET", path+"?limit="+limit, nil, "query.limit")
		}
		p.refused(apierr.ValidationFailed, "GET", path+"?limit=1&limit=2", nil, "query.limit")
		p.refused(apierr.ValidationFailed, "GET", path+"?nonsense=1", nil, "query.nonsense")
		whole := items(t, p.must(200, "GET", path+"?limit=100", nil))
		var walked []string
		next := "first"
		for n := 0; next != ""; n++ {
			at := path + "?limit=1"
			if next != "first" {
				at += "&cursor=" + url.QueryEscape(next)
				cursors = append(cursors, next)
			}
			a := p.must(200, "GET", at, nil)
			if !bytes.Contains(a.raw, []byte(`"nextCursor":`)) {
				t.Fatalf("%s has no meta.nextCursor: %s", row.ID, a.raw)
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
			p.refused(apierr.ValidationFailed, "GET", filled(row, ids)+"?cursor="+url.QueryEscape(g), nil, "query.cursor")
		}
		// Another list's cursor is refused, or at least shows nothing that is not this list's.
		for _, c := range cursors {
			if a := p.send("GET", filled(row, ids)+"?cursor="+url.QueryEscape(c), nil); a.status != 200 && a.status != 400 {
				t.Errorf("%s with a cursor of another list: %d %s", row.ID, a.status, a.raw)
			}
		}
	}
}

func items(t *testing.T, a answer) []string {
	t.Helper()
	var all []json.RawMessage
	a.into(t, &all)
	out := make([]string, len(all))
	for i, v := range all {
		out[i] = string(v)
	}
	return out
}

// TestNames: whatever stands for an id, the answer is NOT_FOUND.
func TestNames(t *testing.T) {
	t.Parallel()
	s := startServer(t, t.TempDir(), nil)
	p := s.register(t, "ada")
	ids := foreign(t, p)
	bodies := requests(ids["apis"])
	bad := []string{"x", "con_", "wfl_", "exe_", "0", "con_0190aaaa-0000-7000-8000-000000000000", "wfl_0190aaaa-0000-7000-8000-000000000000",
		"exe_0190aaaa-0000-7000-8000-000000000000", "%00", "%ff", "..%2F..%2Fetc", "a%20b", "%F0%9F%92%A9", strings.Repeat("x", 2000), "con_'%20OR%201=1", "%23", "exe_x%23DEF"}
	for _, row := range route.Table() {
		if !strings.Contains(row.Path, "{id}") {
			continue
		}
		for _, id := range bad {
			path := strings.ReplaceAll(strings.ReplaceAll(strings.ReplaceAll(row.Path, "{id}", id), "{operationId}", "getMuseumHours"), "{stepId}", "a")
			p.refused(apierr.NotFound, row.Method, path, bodies[row.ID])
		}
	}
	for _, op := range []string{"x", "%00", "GET%20%2Fnothing", strings.Repeat("y", 2000)} {
		p.refused(apierr.NotFound, "GET", "/api/apis/"+ids["apis"]+"/endpoints/"+op, nil)
		p.refused(apierr.NotFound, "POST", "/api/apis/"+ids["apis"]+"/endpoints/"+op+"/try", map[string]any{})
	}
	// An operation without an id goes by its method and path.
	var hits []struct{ ID, Method, Path string }
	p.must(200, "GET", "/api/apis/"+ids["apis"]+"/endpoints?limit=1", nil).into(t, &hits)
	p.must(200, "GET", "/api/apis/"+ids["apis"]+"/endpoints/"+url.PathEscape(hits[0].Method+" "+hits[0].Path), nil)
	for _, path := range []string{"/api/", "/api/nothing", "/api/apis/" + ids["apis"] + "/nothing"} {
		p.refused(apierr.NotFound, "GET", path, nil)
	}
	if a := p.refused(apierr.NotFound, "PATCH", "/api/apis", map[string]any{}); !strings.Contains(a.header.Get("Allow"), "POST") {
		t.Errorf("Allow of /api/apis: %q", a.header.Get("Allow"))
	}
}

// TestBodies: every route that takes a body refuses what is not one, by its path.
func TestBodies(t *testing.T) {
	t.Parallel()
	s := startServer(t, t.TempDir(), nil)
	p := s.register(t, "ada")
	ids := foreign(t, p)
	valid := requests(ids["apis"])
	for _, row := range route.Table() {
		if row.Body == 0 || row.ID == "auth-register" || row.ID == "auth-login" { // these two have a rate of their own: below
			continue
		}
		body, ok := valid[row.ID].(map[string]any)
		if !ok {
			continue // takes none
		}
		t.Run(row.ID, func(t *testing.T) {
			p := p
			p.t = t
			checkBody(t, p, row, filled(row, ids), body)
		})
	}
	for _, id := range []string{"auth-register", "auth-login"} {
		row, _ := route.ByID(id)
		p.refused(apierr.ValidationFailed, "POST", row.Path, `{"email":`)
		p.refused(apierr.ValidationFailed, "POST", row.Path, `{"email":"x@example.com","email":"y@example.com","password":"correct horse battery"}`, "/email")
		p.refused(apierr.ValidationFailed, "POST", row.Path, `{"Email":"x@example.com","password":"correct horse battery"}`, "/Email")
	}
}

func checkBody(t *testing.T, p person, row route.Route, path string, body map[string]any) {
	t.Helper()
	send := func(raw string, paths ...string) {
		t.Helper()
		p.refused(apierr.ValidationFailed, row.Method, path, raw, paths...)
	}
	for _, raw := range []string{`{"`, `{]`, `nonsense`, "\x00", "{\"a\":\"\xff\"}", `{} {}`, `[]`, `null`, `"text"`, `1`, "{\"a\":NaN}", strings.Repeat(`{"a":`, 5000)} {
		send(raw)
	}
	encoded, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	with := func(more string) string {
		inner := strings.TrimSuffix(strings.TrimPrefix(string(encoded), "{"), "}")
		if inner == "" {
			return "{" + more + "}"
		}
		return "{" + inner + "," + more + "}"
	}
	send(with(`"zzz":1`), "/zzz")
	for name := range body {
		value, err := json.Marshal(body[name])
		if err != nil {
			t.Fatal(err)
		}
		send(with(fmt.Sprintf("%q:%s", name, value)), "/"+name)
		send(with(fmt.Sprintf("%q:%s", strings.ToUpper(name), value)), "/"+strings.ToUpper(name))
	}
	for _, media := range []string{"text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "nonsense;;", "application/yaml"} {
		a := p.send(row.Method, path, body, "Content-Type", media)
		p.expect(a, apierr.ValidationFailed, row.ID+" as "+media, "header.Content-Type")
	}
	p.must(413, row.Method, path, hugeBody(row.Body), "Expect", "100-continue")
	if row.Body <= 64<<10 {
		p.expect(p.stream(row.Method, path, row.Body+1), apierr.PayloadTooLarge, row.ID+" streamed")
	}
}

// hugeBody is one byte too long. It is never sent: Expect asks first.
func hugeBody(limit int64) io.Reader { return io.LimitReader(zero{}, limit+1) }

type zero struct{}

func (zero) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	return len(p), nil
}

// stream sends a body without saying how long it is.
func (p person) stream(method, path string, n int64) answer {
	p.t.Helper()
	req, err := http.NewRequestWithContext(p.t.Context(), method, p.url+path, io.MultiReader(strings.NewReader("{"), io.LimitReader(zero{}, n)))
	if err != nil {
		p.t.Fatal(err)
	}
	req.ContentLength = -1
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+p.token)
	return p.do(req, method, path)
}

// TestVersions: ETag, If-Match, 412.
func TestVersions(t *testing.T) {
	t.Parallel()
	s := startServer(t, t.TempDir(), nil)
	p := s.register(t, "ada")
	ids := foreign(t, p)
	for _, path := range []string{"/api/apis/" + ids["apis"], "/api/workflows/" + ids["workflows"]} {
		a := p.must(200, "GET", path, nil)
		var got struct {
			Version              int64
			CreatedAt, UpdatedAt string
		}
		a.into(t, &got)
		tag := fmt.Sprintf("%q", fmt.Sprint(got.Version))
		if a.header.Get("ETag") != tag || !strings.HasSuffix(got.CreatedAt, "Z") || !strings.HasSuffix(got.UpdatedAt, "Z") {
			t.Fatalf("%s: ETag %s, %+v", path, a.header.Get("ETag"), got)
		}
		for _, bad := range []string{"abc", `"`, "-1", "0", `W/"1"`, `"1", "2"`, "1.5"} {
			p.expect(p.send("PUT", path, map[string]any{"name": "x"}, "If-Match", bad), apierr.ValidationFailed, path+" If-Match "+bad, "header.If-Match")
		}
		b := p.must(200, "PUT", path, map[string]any{"name": "second"}, "If-Match", tag)
		if want := fmt.Sprintf("%q", fmt.Sprint(got.Version+1)); b.header.Get("ETag") != want {
			t.Errorf("%s: ETag %s after a change of %s", path, b.header.Get("ETag"), tag)
		}
		for _, stale := range []string{tag, fmt.Sprint(got.Version), "999"} {
			p.expect(p.send("PUT", path, map[string]any{"name": "third"}, "If-Match", stale), apierr.VersionStale, path+" If-Match "+stale)
		}
		p.must(200, "PUT", path, map[string]any{"name": "fourth"}, "If-Match", b.header.Get("ETag"))
		p.must(200, "PUT", path, map[string]any{"name": "fifth"}, "If-Match", "*")
		p.must(200, "PUT", path, map[string]any{"name": "sixth"})
	}
	flow := "/api/workflows/" + ids["workflows"]
	p.expect(p.send("POST", flow+"/rollback", map[string]any{"version": 1}, "If-Match", "1"), apierr.VersionStale, "rollback")
	p.expect(p.send("DELETE", flow, nil, "If-Match", "1"), apierr.VersionStale, "delete")
	p.refused(apierr.NotFound, "POST", flow+"/rollback", map[string]any{"version": 999})
	p.must(200, "GET", flow, nil)

	// Of many who change the same version, one does.
	tag := p.must(200, "GET", flow, nil).header.Get("ETag")
	var mu sync.Mutex
	statuses := map[int]int{}
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			a := p.send("PUT", flow, map[string]any{"name": fmt.Sprintf("racer %d", i)}, "If-Match", tag)
			mu.Lock()
			defer mu.Unlock()
			statuses[a.status]++
		})
	}
	wg.Wait()
	if statuses[200] != 1 || statuses[412] != 7 {
		t.Errorf("eight changes of one version: %v", statuses)
	}
}

// TestIdempotency: one key makes one resource, whoever asks how often.
func TestIdempotency(t *testing.T) {
	t.Parallel()
	s := startServer(t, t.TempDir(), nil)
	p := s.register(t, "ada")
	shop := newShop(t)
	cases := map[string]struct {
		body, other map[string]any
		status      int
	}{
		"/api/workflows": {map[string]any{"definition": map[string]any{"apiq": "1", "name": "Once", "steps": []any{map[string]any{"id": "a", "type": "transform", "value": 1}}}},
			map[string]any{"definition": map[string]any{"apiq": "1", "name": "Other", "steps": []any{map[string]any{"id": "a", "type": "transform", "value": 1}}}}, 201},
		"/api/apis": {map[string]any{"name": "Once", "specUrl": shop.url + "/openapi.json", "authType": "NONE"},
			map[string]any{"name": "Other", "specUrl": shop.url + "/openapi.json", "authType": "NONE"}, 201},
	}
	for path, c := range cases {
		count := func() int { return len(items(t, p.must(200, "GET", path+"?limit=100", nil))) }
		before := count()
		first := p.must(c.status, "POST", path, c.body, "Idempotency-Key", "key one")
		again := p.must(c.status, "POST", path, c.body, "Idempotency-Key", "key one")
		if !bytes.Equal(first.raw, again.raw) || again.header.Get("Idempotency-Replayed") != "true" || again.header.Get("ETag") != first.header.Get("ETag") {
			t.Errorf("%s: replay differs:\n%s\n%s", path, first.raw, again.raw)
		}
		p.expect(p.send("POST", path, c.other, "Idempotency-Key", "key one"), apierr.IdempotencyMismatch, path)
		p.expect(p.send("POST", path, c.body, "Idempotency-Key", strings.Repeat("k", 256)), apierr.ValidationFailed, path, "header.Idempotency-Key")
		if n := count(); n != before+1 {
			t.Errorf("%s: %d resources of one key", path, n-before)
		}
		var wg sync.WaitGroup
		bodies := make([]string, 8)
		for i := range bodies {
			wg.Go(func() {
				for {
					a := p.send("POST", path, c.body, "Idempotency-Key", "key two")
					if a.status == c.status {
						bodies[i] = string(a.raw)
						return
					}
					if a.Code != "CONFLICT" {
						t.Errorf("%s at once: %d %s", path, a.status, a.raw)
						return
					}
				}
			})
		}
		wg.Wait()
		for _, b := range bodies[1:] {
			if b != bodies[0] {
				t.Errorf("%s at once: two answers:\n%s\n%s", path, b, bodies[0])
			}
		}
		if n := count(); n != before+2 {
			t.Errorf("%s: %d resources of two keys", path, n-before)
		}
		// A refusal is an answer too; the key of one person means nothing to another.
		refusal := p.send("POST", path, map[string]any{"name": ""}, "Idempotency-Key", "key three")
		if b := p.send("POST", path, map[string]any{"name": ""}, "Idempotency-Key", "key three"); refusal.status != 400 || !bytes.Equal(b.raw, refusal.raw) {
			t.Errorf("%s: refusals differ: %s %s", path, refusal.raw, b.raw)
		}
	}
	other := s.register(t, "bob")
	a := other.must(201, "POST", "/api/workflows", cases["/api/workflows"].body, "Idempotency-Key", "key one")
	if a.header.Get("Idempotency-Replayed") != "" {
		t.Error("another person got the first one's answer")
	}
	flow := p.save(map[string]any{"steps": []any{map[string]any{"id": "a", "type": "transform", "value": 1}}})
	one := p.must(202, "POST", "/api/workflows/"+flow+"/execute", map[string]any{}, "Idempotency-Key", "run")
	two := p.must(202, "POST", "/api/workflows/"+flow+"/execute", map[string]any{}, "Idempotency-Key", "run")
	if !bytes.Equal(one.raw, two.raw) || len(items(t, p.must(200, "GET", "/api/executions?workflowId="+flow, nil))) != 1 {
		t.Errorf("two runs of one key: %s %s", one.raw, two.raw)
	}
}
