package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/apiq/apiq/shared/apierr"
)

// source serves one document, or what stands for one.
func source(t *testing.T, h http.HandlerFunc) string {
	t.Helper()
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	t.Cleanup(srv.CloseClientConnections)
	return srv.URL
}

func text(media, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", media)
		_, _ = io.WriteString(w, body)
	}
}

// large is a document of operations without number and at least size bytes.
func large(size int) []byte {
	var b bytes.Buffer
	b.WriteString(`{"openapi":"3.1.0","info":{"title":"Large","version":"7"},"servers":[{"url":"/"}],"paths":{`)
	for i := 0; b.Len() < size; i++ {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `"/thing%d/{id}":{"get":{"operationId":"getThing%d","summary":"Read thing number %d","description":%q,"parameters":[{"name":"id","in":"path","required":true,"schema":{"type":"string"}}],"responses":{"200":{"description":"it","content":{"application/json":{"schema":{"type":"object","properties":{"id":{"type":"string"}}}}}}}}}`,
			i, i, i, strings.Repeat("long ", 300))
	}
	b.WriteString("}}")
	return b.Bytes()
}

// TestSpecs: each way in which a document cannot be had, or is none, and that
// nothing is stored of it.
func TestSpecs(t *testing.T) {
	t.Parallel()
	s := startServer(t, t.TempDir(), map[string]string{"SPEC_FETCH_TIMEOUT_SECONDS": "1", "SPEC_MAX_BYTES": "4000000"})
	p := s.register(t, "ada")
	cases := map[string]struct {
		source http.HandlerFunc
		code   apierr.Code
	}{
		"not found":  {http.NotFound, apierr.SpecUnreachable},
		"failing":    {func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "their internals", 500) }, apierr.SpecUnreachable},
		"hanging up": {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, apierr.SpecUnreachable},
		"slow":       {func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, apierr.SpecTimeout},
		"HTML":       {text("text/html", "<!doctype html><html><body>Sign in</body></html>"), apierr.SpecInvalid},
		"bad JSON":   {text("application/json", `{"openapi":"3.0.0",`), apierr.SpecInvalid},
		"bad YAML":   {text("application/yaml", "openapi: 3.0.0\ninfo: [a: b: c\n\t- x"), apierr.SpecInvalid},
		"no fields":  {text("application/json", `{"openapi":"3.0.0"}`), apierr.SpecInvalid},
		"no spec":    {text("application/json", `{"hello":"world"}`), apierr.SpecInvalid},
		"a list":     {text("application/json", `[]`), apierr.SpecInvalid},
		"empty":      {text("application/json", ""), apierr.SpecInvalid},
		"endless": {func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, `{"openapi":"3.0.0","x":"`)
			_, _ = io.Copy(w, zero{})
		}, apierr.SpecTooLarge},
		"redirect inside": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://169.254.169.254/latest/meta-data/", http.StatusFound)
		}, apierr.EgressBlocked},
	}
	before := len(items(t, p.must(200, "GET", "/api/apis", nil)))
	defer func() {
		if n := len(items(t, p.must(200, "GET", "/api/apis", nil))); n != before {
			t.Errorf("%d connections of documents that are none", n-before)
		}
	}()
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			p := p
			p.t = t
			a := p.refused(c.code, "POST", "/api/apis", obj{"name": "X", "specUrl": source(t, c.source) + "/openapi.json", "authType": "NONE"})
			if c.code == apierr.SpecUnreachable && a.Detail != "Spec unreachable, see logs" {
				t.Errorf("detail %q", a.Detail)
			}
			if strings.Contains(string(a.raw), "their internals") {
				t.Errorf("the source's words are told: %s", a.raw)
			}
		})
	}
}

// TestSpecInput: what is refused before any fetch, and by which path.
func TestSpecInput(t *testing.T) {
	t.Parallel()
	s := startServer(t, t.TempDir(), nil)
	p := s.register(t, "ada")
	shop := newShop(t)
	doc := json.RawMessage(shopSpec)
	cases := []struct {
		name  string
		body  obj
		paths []string
	}{
		{"neither", obj{"name": "X", "authType": "NONE"}, []string{"/specUrl"}},
		{"both", obj{"name": "X", "authType": "NONE", "specUrl": shop.url, "specDocument": doc}, []string{"/specDocument"}},
		{"no name", obj{"authType": "NONE", "specDocument": doc}, []string{"/name"}},
		{"name too long", obj{"name": strings.Repeat("x", 101), "authType": "NONE", "specDocument": doc}, []string{"/name"}},
		{"no type", obj{"name": "X", "specDocument": doc}, []string{"/authType"}},
		{"no such type", obj{"name": "X", "specDocument": doc, "authType": "MAGIC"}, []string{"/authType"}},
		{"type not here yet", obj{"name": "X", "specDocument": doc, "authType": "OAUTH"}, []string{"/authType"}},
		{"a list for a document", obj{"name": "X", "specDocument": []int{1}, "authType": "NONE"}, []string{"/specDocument"}},
		{"another scheme", obj{"name": "X", "specUrl": "file:///etc/passwd", "authType": "NONE"}, []string{"/specUrl"}},
		{"no address", obj{"name": "X", "specUrl": "nonsense", "authType": "NONE"}, []string{"/specUrl"}},
		{"base URL of another scheme", obj{"name": "X", "specDocument": doc, "baseUrl": "ftp://x", "authType": "NONE"}, []string{"/baseUrl"}},
		{"relative document, no base URL", obj{"name": "X", "specDocument": doc, "authType": "NONE"}, []string{"/baseUrl"}},
		{"unknown field of the credential", obj{"name": "X", "specDocument": doc, "baseUrl": shop.url, "authType": "BEARER", "authConfig": obj{"token": "t", "zzz": 1}}, []string{"/authConfig/zzz"}},
		{"field of another type", obj{"name": "X", "specDocument": doc, "baseUrl": shop.url, "authType": "BEARER", "authConfig": obj{"token": "t", "password": "p"}}, []string{"/authConfig/password"}},
		{"nothing of the credential", obj{"name": "X", "specDocument": doc, "baseUrl": shop.url, "authType": "BASIC"}, []string{"/authConfig/username", "/authConfig/password"}},
		{"header of the transport", obj{"name": "X", "specDocument": doc, "baseUrl": shop.url, "authType": "CUSTOM", "authConfig": obj{"headers": obj{"Host": "x"}}}, []string{"/authConfig/headers/Host"}},
		{"header with a line break", obj{"name": "X", "specDocument": doc, "baseUrl": shop.url, "authType": "CUSTOM", "authConfig": obj{"headers": obj{"X-A": "a\r\nb"}}}, []string{"/authConfig/headers/X-A"}},
		{"key in a wrong place", obj{"name": "X", "specDocument": doc, "baseUrl": shop.url, "authType": "API_KEY", "authConfig": obj{"in": "body", "name": "k", "value": "v"}}, []string{"/authConfig/in"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			p := p
			p.t = t
			p.refused(apierr.ValidationFailed, "POST", "/api/apis", c.body, c.paths...)
		})
	}
	// As text, as JSON, in YAML.
	yaml := "openapi: 3.0.3\ninfo: {title: T, version: '1'}\npaths: {/a: {get: {operationId: a, responses: {'200': {description: ok}}}}}\n"
	for i, d := range []any{doc, shopSpec, yaml, json.RawMessage(`{"swagger":"2.0","info":{"title":"T","version":"1"},"paths":{"/a":{"get":{"operationId":"a","responses":{"200":{"description":"ok"}}}}}}`)} {
		var con struct {
			ID, Status, SpecHash, SpecVersion, SpecFormat, SpecURL string
			EndpointCount                                          int
		}
		p.must(201, "POST", "/api/apis", obj{"name": fmt.Sprintf("U%d", i), "specDocument": d, "baseUrl": shop.url, "authType": "NONE"}).into(t, &con)
		if con.Status != "ACTIVE" || con.EndpointCount == 0 || con.SpecHash == "" || con.SpecVersion != "1" || con.SpecURL != "" {
			t.Errorf("%d: %+v", i, con)
		}
		p.refused(apierr.ValidationFailed, "POST", "/api/apis/"+con.ID+"/refresh", nil, "/specUrl")
	}
	if n := len(items(t, p.must(200, "GET", "/api/apis?q=u2", nil))); n != 1 {
		t.Errorf("%d connections with U2 in their name", n)
	}
	if n := len(items(t, p.must(200, "GET", "/api/apis?q=nothing", nil))); n != 0 {
		t.Errorf("%d connections with nothing in their name", n)
	}
}

// TestGuard: with no exception from the guard, nothing inside is dialled.
func TestGuard(t *testing.T) {
	t.Parallel()
	s := startServer(t, t.TempDir(), map[string]string{"APIQ_EGRESS_ALLOW": ""})
	p := s.register(t, "ada")
	reached := make(chan struct{}, 10)
	url := source(t, func(http.ResponseWriter, *http.Request) { reached <- struct{}{} })
	for _, at := range []string{"http://169.254.169.254/latest/meta-data/", "http://[fd00:ec2::254]/", "http://127.0.0.1/spec.json", "http://2130706433/", "http://0.0.0.0/", "http://10.0.0.1/", "http://[::1]/", "http://localhost/", url} {
		p.refused(apierr.EgressBlocked, "POST", "/api/apis", obj{"name": "X", "specUrl": at, "authType": "NONE"}, "/specUrl")
	}
	// A document that is fine, for an API that is not.
	for _, base := range []string{"http://169.254.169.254", url} {
		a := p.send("POST", "/api/apis", obj{"name": "X", "specDocument": json.RawMessage(shopSpec), "baseUrl": base, "authType": "NONE"})
		if a.status == 201 {
			var con struct{ ID string }
			a.into(t, &con)
			var res struct{ OK bool }
			b := p.send("POST", "/api/apis/"+con.ID+"/test", nil)
			b.into(t, &res)
			if res.OK {
				t.Errorf("%s: %s", base, b.raw)
			}
			p.refused(apierr.EgressBlocked, "POST", "/api/apis/"+con.ID+"/endpoints/listItems/try", obj{})
		} else {
			p.expect(a, apierr.EgressBlocked, base, "/baseUrl")
		}
	}
	select {
	case <-reached:
		t.Error("a server inside was reached")
	default:
	}
}

// TestImport: a large document is imported behind the person's back, and says how
// far it is.
func TestImport(t *testing.T) {
	t.Parallel()
	s := startServer(t, t.TempDir(), nil)
	p := s.register(t, "ada")
	doc := large(6 << 20)
	half, rest := newGate(), doc[5<<20+100<<10:]
	at := source(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = w.Write(doc[:len(doc)-len(rest)])
		w.(http.Flusher).Flush()
		half.then(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(rest) })(w, r)
	})
	type connection struct {
		ID, Status, StatusDetail string
		EndpointCount            int
		Import                   *struct {
			Stage   string
			Percent int
		}
	}
	var con connection
	p.must(201, "POST", "/api/apis", obj{"name": "Large", "specUrl": at + "/openapi.json", "baseUrl": at, "authType": "NONE"}).into(t, &con)
	if con.Status != "IMPORTING" || con.Import == nil || con.Import.Stage != "fetching" {
		t.Fatalf("%+v", con)
	}
	path := "/api/apis/" + con.ID
	for _, r := range []string{"/refresh", "/endpoints/getThing1/try", "/test"} {
		p.refused(apierr.Conflict, "POST", path+r, obj{})
	}
	p.refused(apierr.Conflict, "GET", path+"/endpoints", nil)
	p.refused(apierr.Conflict, "PUT", path, obj{"name": "Other"})
	close(half.open)
	for n := 0; con.Status == "IMPORTING"; n++ {
		p.must(200, "GET", path, nil).into(t, &con)
		if con.Import != nil && (con.Import.Percent < 0 || con.Import.Percent > 100 || !slices.Contains([]string{"fetching", "parsing", "storing"}, con.Import.Stage)) {
			t.Fatalf("%+v", con.Import)
		}
		if n > 5000 {
			t.Fatal("it is being imported still")
		}
	}
	if con.Status != "ACTIVE" || con.EndpointCount < 1000 {
		t.Fatalf("%+v", con)
	}
	if got := items(t, p.must(200, "GET", path+"/endpoints?q=thing+number+777&limit=3", nil)); len(got) != 3 || !strings.Contains(got[0], `"getThing777"`) {
		t.Errorf("search: %s", got)
	}
	// An upload goes the same way; one that is no document fails and says so.
	p.must(201, "POST", "/api/apis", obj{"name": "Upload", "specDocument": string(doc), "baseUrl": at, "authType": "NONE"}).into(t, &con)
	p.must(201, "POST", "/api/apis", obj{"name": "Bad", "specDocument": `{"openapi":"3.0.0","x":"` + strings.Repeat("x", 6<<20) + `"}`, "baseUrl": at, "authType": "NONE"})
	for n := 0; ; n++ {
		var all []struct{ Name, Status, StatusDetail string }
		p.must(200, "GET", "/api/apis", nil).into(t, &all)
		status := map[string]string{}
		for _, c := range all {
			status[c.Name] = c.Status
			if c.Status == "FAILED" && c.StatusDetail == "" {
				t.Errorf("%+v does not say why", c)
			}
		}
		if status["Upload"] == "ACTIVE" && status["Bad"] == "FAILED" {
			break
		}
		if n > 5000 || status["Upload"] == "FAILED" || status["Bad"] == "ACTIVE" {
			t.Fatalf("%v", status)
		}
	}
}

// TestSpecCache: what it lists, that a hit is told, and what a purge forgets.
func TestSpecCache(t *testing.T) {
	t.Parallel()
	s := startServer(t, t.TempDir(), nil)
	p := s.register(t, "ada")
	fetched := 0
	at := source(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", `"v1"`)
		if r.Header.Get("If-None-Match") == `"v1"` {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		fetched++
		text("application/json", shopSpec)(w, r)
	}) + "/openapi.json"
	create := func() {
		p.must(201, "POST", "/api/apis", obj{"name": "C", "specUrl": at, "authType": "NONE"})
	}
	create()
	create()
	if fetched != 1 {
		t.Errorf("fetched %d times", fetched)
	}
	type cached struct {
		URL, FetchedAt, ETag, SpecHash string
		TTLRemaining                   json.RawMessage
		Bytes                          int64
	}
	var got []cached
	p.must(200, "GET", "/api/admin/spec-cache?url="+url.QueryEscape(at), nil).into(t, &got)
	if len(got) != 1 || got[0].URL != at || got[0].ETag != `"v1"` || got[0].Bytes != int64(len(shopSpec)) || !strings.HasPrefix(got[0].SpecHash, "sha256:") || len(got[0].TTLRemaining) == 0 {
		t.Fatalf("%+v", got)
	}
	p.must(200, "GET", "/api/admin/spec-cache?limit=1&url="+url.QueryEscape(at), nil).into(t, &got)
	if len(got) != 1 {
		t.Errorf("narrowed to one URL, the page of one has %d entries", len(got))
	}
	var purged struct{ Purged int }
	p.must(200, "DELETE", "/api/admin/spec-cache?url="+url.QueryEscape(at), nil).into(t, &purged)
	if purged.Purged != 1 {
		t.Errorf("purged %d", purged.Purged)
	}
	p.must(404, "DELETE", "/api/admin/spec-cache?url="+url.QueryEscape(at), nil)
	create()
	if fetched != 2 {
		t.Errorf("fetched %d times after the purge", fetched)
	}
	p.must(200, "DELETE", "/api/admin/spec-cache", nil).into(t, &purged)
	if n := len(items(t, p.must(200, "GET", "/api/admin/spec-cache", nil))); n != 0 || purged.Purged < 4 {
		t.Errorf("%d left of %d", n, purged.Purged)
	}
	// Connections go on without the cache.
	con := p.connection("Museum")
	p.must(200, "GET", "/api/apis/"+con+"/endpoints?q=hours", nil)
	var log []struct{ Action, Level, Outcome string }
	p.must(200, "GET", "/api/logs?action=spec.&limit=100", nil).into(t, &log)
	actions := map[string]int{}
	for _, l := range log {
		actions[l.Action]++
	}
	if actions["spec.purge"] < 2 && actions["spec.cache.purge"] < 2 && actions["spec.purged"] < 2 {
		t.Errorf("actions %v", actions)
	}
}
