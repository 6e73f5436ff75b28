package hometest

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/apiq/apiq/shared/apierr"
)

// connection as clients see it.
type connection struct {
	ID, Name, Status, StatusDetail, BaseURL, AuthType, SpecHash, SpecVersion, SpecFormat, SpecURL string
	Version                                                                                       int64
	EndpointCount                                                                                 int
	SpecStale                                                                                     bool
	Auth                                                                                          struct {
		In, Name, Username string
		Set                []string
	}
	Import *struct {
		Stage   string
		Percent int
	}
}

func (p Person) connectionOf(id string) connection {
	p.t.Helper()
	var c connection
	p.Must(200, "GET", "/api/apis/"+id, nil).Into(p.t, &c)
	return c
}

// testConnectionLife: made, shown, changed, removed.
func testConnectionLife(t *testing.T, h *house) {
	p := Register(t, h, "ada")
	shop := NewShop(t)
	made := p.Must(201, "POST", "/api/apis", Obj{"name": "Läden", "specUrl": shop.URL + "/openapi.json", "authType": "NONE"})
	var c connection
	made.Into(t, &c)
	if c.Name != "Läden" || c.Status != "ACTIVE" || c.EndpointCount != 5 || c.BaseURL != shop.URL || !strings.HasPrefix(c.SpecFormat, "OpenAPI 3.0.3") || made.Header.Get("ETag") != `"1"` {
		t.Fatalf("%+v, ETag %s", c, made.Header.Get("ETag"))
	}
	at := "/api/apis/" + c.ID
	if got := items(t, p.Must(200, "GET", at+"/endpoints?limit=100", nil)); len(got) != 5 || !strings.Contains(got[0], `"listItems"`) {
		t.Errorf("endpoints %s", got)
	}
	var op struct {
		ID, Method, Path, Risk, Effect string
		Parameters                     []struct {
			Name, In string
			Required bool
		}
		Responses []struct{ Status string }
	}
	p.Must(200, "GET", at+"/endpoints/getItem", nil).Into(t, &op)
	if op.Method != "GET" || op.Path != "/items/{id}" || op.Risk != "read" || op.Effect != "safe" || len(op.Parameters) != 1 || !op.Parameters[0].Required || len(op.Responses) != 1 {
		t.Errorf("%+v", op)
	}
	p.Must(200, "PUT", at, Obj{"name": "Läden und mehr", "baseUrl": shop.URL + "/elsewhere"})
	if c = p.connectionOf(c.ID); c.Name != "Läden und mehr" || c.BaseURL != shop.URL+"/elsewhere" || c.Version < 2 {
		t.Errorf("%+v", c)
	}
	p.Must(200, "DELETE", at, nil)
	for _, path := range []string{at, at + "/endpoints", at + "/endpoints/getItem"} {
		p.Refused(apierr.NotFound, "GET", path, nil)
	}
	p.Refused(apierr.NotFound, "DELETE", at, nil)
	p.Refused(apierr.NotFound, "POST", at+"/endpoints/listItems/try", Obj{})
}

// testCredentialKinds: a credential of each kind reaches the API as it should,
// nothing of it is shown, and a new one takes its place.
func testCredentialKinds(t *testing.T, h *house) {
	p := Register(t, h, "ada")
	var last atomic.Pointer[http.Request]
	at := source(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/openapi.json" {
			text("application/json", ShopDocument())(w, r)
			return
		}
		last.Store(r)
		Reply(200, []any{})(w, r)
	})
	cases := []struct {
		name, kind string
		config     Obj
		sent       func(r *http.Request) string
		want       string
		set        []string
	}{
		{"key in a header", "API_KEY", Obj{"in": "header", "name": "X-Key", "value": "k+1/="}, func(r *http.Request) string { return r.Header.Get("X-Key") }, "k+1/=", []string{"in", "name", "value"}},
		{"key in the query", "API_KEY", Obj{"in": "query", "name": "api_key", "value": "k+1/=&ü"}, func(r *http.Request) string { return r.URL.Query().Get("api_key") }, "k+1/=&ü", []string{"in", "name", "value"}},
		{"key in a cookie", "API_KEY", Obj{"in": "cookie", "name": "sid", "value": "k1"}, func(r *http.Request) string { return r.Header.Get("Cookie") }, "sid=k1", []string{"in", "name", "value"}},
		{"bearer", "BEARER", Obj{"token": "t.o.k"}, func(r *http.Request) string { return r.Header.Get("Authorization") }, "Bearer t.o.k", []string{"token"}},
		{"basic", "BASIC", Obj{"username": "ada", "password": "pä:ss"}, func(r *http.Request) string { u, w, _ := r.BasicAuth(); return u + "|" + w }, "ada|pä:ss", []string{"password", "username"}},
		{"custom", "CUSTOM", Obj{"headers": Obj{"X-One": "1", "X-Two": "2"}, "query": Obj{"three": "3"}},
			func(r *http.Request) string {
				return r.Header.Get("X-One") + r.Header.Get("X-Two") + r.URL.Query().Get("three")
			}, "123", []string{"headers.X-One", "headers.X-Two", "query.three"}},
		{"AWS's signature", "AWS_SIGV4", Obj{"accessKeyId": "AKIDEXAMPLE", "secretAccessKey": "s", "region": "eu-central-1", "service": "execute-api"}, func(r *http.Request) string {
			scheme, rest, _ := strings.Cut(r.Header.Get("Authorization"), " ")
			return scheme + strconv.FormatBool(strings.Contains(rest, "SignedHeaders=accept;host;x-amz-date, Signature="))
		}, "AWS4-HMAC-SHA256true", []string{"accessKeyId", "region", "secretAccessKey", "service"}},
		{"HMAC", "HMAC", Obj{"secret": "s", "headers": Obj{"X-Id": "me"}, "scheme": Obj{"template": "{header:X-Id} {method} {target}", "in": "query", "name": "sig"}}, func(r *http.Request) string {
			h := hmac.New(sha256.New, []byte("s"))
			h.Write([]byte("me GET " + r.URL.Path))
			return strconv.FormatBool(r.URL.RawQuery == "sig="+hex.EncodeToString(h.Sum(nil)))
		}, "true", []string{"headers.X-Id", "scheme", "secret"}},
	}
	for _, c := range cases {
		id := p.Connect(c.name, at, "authType", c.kind, "authConfig", c.config)
		p.Must(200, "POST", "/api/apis/"+id+"/endpoints/listItems/try", Obj{})
		if r := last.Load(); r == nil || c.sent(r) != c.want {
			t.Errorf("%s: the API got %q, want %q", c.name, c.sent(r), c.want)
		}
		got := p.connectionOf(id)
		slices.Sort(got.Auth.Set)
		if !slices.Equal(got.Auth.Set, c.set) || got.AuthType != c.kind {
			t.Errorf("%s: shown as %+v", c.name, got.Auth)
		}
		p.Must(200, "PUT", "/api/apis/"+id, Obj{"authType": "BEARER", "authConfig": Obj{"token": "second"}})
		p.Must(200, "POST", "/api/apis/"+id+"/endpoints/listItems/try", Obj{})
		if r := last.Load(); r.Header.Get("Authorization") != "Bearer second" || c.kind != "BEARER" && c.sent(r) == c.want {
			t.Errorf("%s: after the change the API got %v", c.name, r.Header)
		}
	}
}

// testConnectionTest: what the API does is a result, and the connection shows it.
func testConnectionTest(t *testing.T, h *house) {
	p := Register(t, h, "ada")
	var now atomic.Value
	at := source(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/openapi.json" {
			text("application/json", ShopDocument())(w, r)
			return
		}
		now.Load().(http.HandlerFunc)(w, r)
	})
	con := p.Connect("Shop", at, "authType", "BEARER", "authConfig", Obj{"token": "t"})
	well := Reply(200, []any{})
	cut := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	for _, c := range []struct {
		name    string
		answer  http.HandlerFunc
		ok      bool
		status  int
		code    apierr.Code
		becomes string
	}{
		{"refused", Reply(401, Obj{}), false, 401, apierr.CredentialsInvalid, "CREDENTIALS_INVALID"},
		{"well", well, true, 200, "", "ACTIVE"},
		{"forbidden", Reply(403, Obj{}), false, 403, apierr.CredentialsInvalid, "ACTIVE"},
		{"cut", cut, false, 0, apierr.UpstreamError, "UNREACHABLE"},
		{"well again", well, true, 200, "", "ACTIVE"},
	} {
		now.Store(c.answer)
		var got struct {
			OK     bool
			Status int
			Code   apierr.Code
		}
		a := p.Must(200, "POST", "/api/apis/"+con+"/test", nil)
		a.Into(t, &got)
		if becomes := p.connectionOf(con).Status; got.OK != c.ok || got.Status != c.status || got.Code != c.code || becomes != c.becomes {
			t.Errorf("%s: %s, the connection is %s", c.name, a.Data, becomes)
		}
	}
}

// testRefresh: an unchanged source costs one conditional request; a changed one
// tells what breaks, and for whom; a source that is down leaves what there is.
func testRefresh(t *testing.T, h *house) {
	p := Register(t, h, "ada")
	shop, src := NewShop(t), newTagged(t, ShopDocument())
	var c connection
	p.Must(201, "POST", "/api/apis", Obj{"name": "Shop", "specUrl": src.URL, "baseUrl": shop.URL, "authType": "NONE"}).Into(t, &c)
	var flow struct{ ID string }
	p.Must(201, "POST", "/api/workflows", Obj{"status": "ACTIVE", "definition": document(Obj{"name": "Orders", "steps": []any{OrderStep("buy", c.ID, "a")}})}).Into(t, &flow)
	type result struct {
		Changed, Stale    bool
		Added             int
		Breaking          []struct{ Operation string }
		AffectedWorkflows []struct{ ID, Name string }
	}
	refresh := func() (got result) {
		t.Helper()
		p.Must(200, "POST", "/api/apis/"+c.ID+"/refresh", nil).Into(t, &got)
		return got
	}
	for n := int32(1); n <= 3; n++ {
		if got := refresh(); got.Changed || got.Stale || got.Breaking == nil || len(got.Breaking) != 0 {
			t.Errorf("unchanged: %+v", got)
		}
		if src.whole.Load() != 1 || src.unmodified.Load() != n {
			t.Errorf("%d refreshes cost %d documents and %d conditional requests", n, src.whole.Load(), src.unmodified.Load())
		}
	}
	var doc Obj
	if err := json.Unmarshal([]byte(ShopDocument()), &doc); err != nil {
		t.Fatal(err)
	}
	paths := doc["paths"].(Obj)
	delete(paths, "/orders")
	paths["/stock"] = paths["/items"]
	delete(paths["/stock"].(Obj)["get"].(Obj), "operationId")
	raw, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	src.set(string(raw), `"v2"`)
	got := refresh()
	broken := slices.ContainsFunc(got.Breaking, func(b struct{ Operation string }) bool { return b.Operation == "createOrder" })
	if !got.Changed || !broken || got.Added == 0 || len(got.AffectedWorkflows) != 1 || got.AffectedWorkflows[0].ID != flow.ID {
		t.Errorf("changed: %+v", got)
	}
	if now := p.connectionOf(c.ID); now.SpecHash == c.SpecHash || now.BaseURL != shop.URL || src.whole.Load() != 2 {
		t.Errorf("%+v after %+v, %d documents", now, c, src.whole.Load())
	}
	p.Refused(apierr.WorkflowInvalid, "POST", "/api/workflows/"+flow.ID+"/execute", Obj{})
	src.down.Store(true)
	if got := refresh(); !got.Stale || got.Changed || !p.connectionOf(c.ID).SpecStale {
		t.Errorf("down: %+v", got)
	}
	src.down.Store(false)
	if got := refresh(); got.Stale || got.Changed || p.connectionOf(c.ID).SpecStale {
		t.Errorf("up again: %+v", got)
	}
}

// testConnectionInUse: what an active workflow calls is not removed.
func testConnectionInUse(t *testing.T, h *house) {
	p := Register(t, h, "ada")
	con := p.Connect("Shop", NewShop(t).URL)
	var flow struct{ ID string }
	p.Must(201, "POST", "/api/workflows", Obj{"status": "ACTIVE", "definition": document(Obj{"steps": []any{OrderStep("buy", con, "a")}})}).Into(t, &flow)
	a := p.Refused(apierr.Conflict, "DELETE", "/api/apis/"+con, nil, "")
	if f, _ := a.faultAt(""); f.Code != "in_use" || !strings.Contains(f.Message, flow.ID) {
		t.Errorf("%s", a.Raw)
	}
	p.Must(200, "DELETE", "/api/workflows/"+flow.ID, nil)
	p.Must(200, "DELETE", "/api/apis/"+con, nil)
}
