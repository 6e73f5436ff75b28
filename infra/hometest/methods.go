package hometest

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/route"
)

// testMethods: what no route has is NOT_FOUND, whether the path is unknown or only
// the method; Allow lists what a known path has. No origin is let in by CORS.
func testMethods(t *testing.T, h *house) {
	p := Register(t, h, "ada")
	ids := foreign(t, p)
	for _, row := range route.Table() {
		path := filled(row, ids)
		want := methodsOf(path)
		for _, method := range []string{"OPTIONS", "PATCH", "PUT", "POST", "DELETE", "GET", "PROPFIND"} {
			if slices.Contains(want, method) {
				continue
			}
			a := p.Send(method, path, nil, "Origin", "https://elsewhere.example", "Access-Control-Request-Method", "POST")
			p.Expect(a, apierr.NotFound, method+" "+path)
			if got := strings.Split(a.Header.Get("Allow"), ", "); !slices.Equal(got, want) {
				t.Errorf("%s %s: Allow %q, want %q", method, path, got, want)
			}
			noCORS(t, a, method+" "+path)
		}
	}
	for _, path := range []string{"/api/", "/api/nothing", "/api/apis/", "/api/apis/" + ids["apis"] + "/", "/api/workflows/" + ids["workflows"] + "/nothing",
		"/api/health/x", "/api/API", "/api/apis%2F" + ids["apis"], "/api/schemas/other.json", "/api//apis", "/api/./apis", "/api/nothing/../apis", "/api/apis//"} {
		for _, method := range []string{"GET", "POST", "HEAD", "OPTIONS"} {
			a := p.Send(method, path, nil)
			if a.Status != http.StatusNotFound || a.Header.Get("Allow") != "" {
				t.Errorf("%s %s: %d, Allow %q", method, path, a.Status, a.Header.Get("Allow"))
			}
		}
	}
}

// methodsOf lists the methods that a path has by the table, in order. HEAD comes
// with GET (RFC 9110, 9.3.2).
func methodsOf(path string) []string {
	var all []string
	given := strings.Split(path, "/")
	for _, row := range route.Table() {
		pattern := strings.Split(row.Path, "/")
		fits := len(pattern) == len(given)
		for i := 0; fits && i < len(given); i++ {
			fits = pattern[i] == given[i] || strings.HasPrefix(pattern[i], "{")
		}
		if fits {
			all = append(all, row.Method)
		}
		if fits && row.Method == http.MethodGet {
			all = append(all, http.MethodHead)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func noCORS(t *testing.T, a Answer, what string) {
	t.Helper()
	for name := range a.Header {
		if strings.HasPrefix(name, "Access-Control-") {
			t.Errorf("%s: %s: %s", what, name, a.Header.Get(name))
		}
	}
}

// testHead: HEAD is GET without the body: the same status, the same headers.
func testHead(t *testing.T, h *house) {
	p := Register(t, h, "ada")
	ids := foreign(t, p)
	for _, path := range []string{"/api/health", "/api/auth/me", "/api/workflows", "/api/workflows/" + ids["workflows"], "/api/executions/" + ids["executions"],
		"/api/workflows/" + ids["workflows"] + "/export", "/api/schemas/workflow.json", "/api/workflows/wfl_nothing", "/api/workflows?limit=0"} {
		sameHead(t, p, path)
	}
	sameHead(t, Nobody(t, h), "/api/auth/me")
}

func sameHead(t *testing.T, p Person, path string) {
	t.Helper()
	get, head := p.Send("GET", path, nil), p.Send("HEAD", path, nil)
	if head.Status != get.Status || len(head.Raw) != 0 {
		t.Errorf("HEAD %s: %d with %d bytes, GET %d", path, head.Status, len(head.Raw), get.Status)
	}
	for _, name := range []string{"Content-Type", "ETag", "Content-Disposition", "WWW-Authenticate"} {
		if head.Header.Get(name) != get.Header.Get(name) {
			t.Errorf("HEAD %s: %s %q, GET %q", path, name, head.Header.Get(name), get.Header.Get(name))
		}
	}
}

// testRequestIDs: each request has an id of the home's making; what a client
// calls its request is not taken for it.
func testRequestIDs(t *testing.T, h *house) {
	p := Nobody(t, h)
	seen := map[string]bool{}
	for range 20 {
		a := p.Send("GET", "/api/health", nil, "X-Request-Id", "req_mine")
		id := a.Header.Get("X-Request-Id")
		if seen[id] || id == "req_mine" {
			t.Errorf("X-Request-Id %q again", id)
		}
		seen[id] = true
	}
}
