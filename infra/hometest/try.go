package hometest

import (
	"net/http"
	"strings"
	"testing"

	"github.com/apiq/apiq/shared/apierr"
)

// echoed is what an echo says it was asked, in the answer of a try.
type echoed struct {
	Status  int
	Headers map[string]string
	Body    struct{ Method, Path, Query, Trace, Lines, Body string }
	Valid   *bool
}

// testTry: what a person binds arrives as it should, and what the API answers is
// told, its cookies masked.
func testTry(t *testing.T, h *house) {
	p := Register(t, h, "ada")
	at := newEcho(t)
	con := "/api/apis/" + p.Connect("Écho", at) + "/endpoints/"
	for name, c := range map[string]struct {
		operation         string
		parameters        Obj
		body              any
		path, query, sent string
	}{
		"a hard path":       {"files%2Fpart%20one", Obj{"name": "a/b c?#%ü", "part": 7}, nil, "/files/a%2Fb%20c%3F%23%25%C3%BC/parts/7", "", ""},
		"a path of letters": {"GET%20%2Fgr%C3%B6%C3%9Fen%2F%7Bma%C3%9F%7D", Obj{"maß": "½"}, nil, "/gr%C3%B6%C3%9Fen/%C2%BD", "", ""},
		"a list":            {"echo", Obj{"tag": []string{"x y", "ü", "a&b"}}, nil, "/echo", "tag=x%20y&tag=%C3%BC&tag=a%26b", ""},
		"one and a list":    {"echo", Obj{"q": "1+1", "tag": []string{"z"}}, nil, "/echo", "tag=z&q=1%2B1", ""},
		"no list":           {"echo", Obj{"tag": []string{}}, nil, "/echo", "", ""},
		"a body":            {"say", nil, Obj{"grüße": []any{1, nil, "日本"}}, "/echo", "", `{"grüße":[1,null,"日本"]}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			body := Obj{}
			if c.parameters != nil {
				body["parameters"] = c.parameters
			}
			if c.body != nil {
				body["body"] = c.body
			}
			var got echoed
			p.With(t).Must(200, "POST", con+c.operation+"/try", body).Into(t, &got)
			if got.Status != 200 || got.Body.Path != c.path || normalQuery(got.Body.Query) != c.query || got.Body.Body != c.sent {
				t.Errorf("%+v", got)
			}
			if set, ok := got.Headers["set-cookie"]; !ok || strings.Contains(set, "1") || strings.Contains(set, "two=2") {
				t.Errorf("cookies of the API are shown as %q", set)
			}
		})
	}
	var got echoed
	p.Must(200, "POST", con+"echo/try", Obj{"parameters": Obj{"X-Trace": "a, b"}}).Into(t, &got)
	if got.Body.Trace != "a, b" || got.Body.Lines != "1" {
		t.Errorf("%+v", got.Body)
	}
	p.Refused(apierr.ValidationFailed, "POST", con+"files%2Fpart%20one/try", Obj{"parameters": Obj{"name": "n"}}, "/parameters/part")
	p.Refused(apierr.ValidationFailed, "POST", con+"echo/try", Obj{"parameters": Obj{"none": 1}}, "/parameters/none")
}

// normalQuery writes a space in one of its two spellings.
func normalQuery(q string) string { return strings.ReplaceAll(q, "+", "%20") }

// testTryRefused: any answer is a result; none at all is an error with its code.
func testTryRefused(t *testing.T, h *house) {
	p := Register(t, h, "ada")
	shop := NewShop(t)
	con := "/api/apis/" + p.Connect("Shop", shop.URL) + "/endpoints/"
	var got struct {
		Status int
		Valid  *bool
		Body   any
	}
	p.Must(200, "POST", con+"getItem/try", Obj{"parameters": Obj{"id": "none"}}).Into(t, &got)
	if got.Status != 404 {
		t.Errorf("%+v", got)
	}
	shop.Script("GET /items/a", Reply(503, Obj{"message": "later"}, "Retry-After", "7"), Reply(200, Obj{"id": 1}), text("text/plain", "grün"))
	p.Must(200, "POST", con+"getItem/try", Obj{"parameters": Obj{"id": "a"}}).Into(t, &got)
	if got.Status != 503 || shop.Seen("GET /items/a") != 1 {
		t.Errorf("%+v after %d requests", got, shop.Seen("GET /items/a"))
	}
	p.Must(200, "POST", con+"getItem/try", Obj{"parameters": Obj{"id": "a"}}).Into(t, &got)
	if got.Valid == nil || *got.Valid {
		t.Errorf("an item that is none: %+v", got)
	}
	p.Must(200, "POST", con+"getItem/try", Obj{"parameters": Obj{"id": "a"}}).Into(t, &got)
	if got.Body != "grün" {
		t.Errorf("text: %+v", got)
	}
	p.Must(200, "POST", con+"deleteItem/try", Obj{"parameters": Obj{"id": "a"}}).Into(t, &got)
	if got.Status != 204 {
		t.Errorf("no content: %+v", got)
	}
	// One that changes something is never repeated.
	shop.Script("POST /orders", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	p.Refused(apierr.UpstreamError, "POST", con+"createOrder/try", Obj{"body": Obj{"item": "once"}})
	if n := shop.Seen("POST /orders once"); n != 1 {
		t.Errorf("%d requests", n)
	}
	p.Refused(apierr.ValidationFailed, "POST", con+"createOrder/try", Obj{}, "/body")
	p.Refused(apierr.ValidationFailed, "POST", con+"createOrder/try", Obj{"body": Obj{"item": "a"}, "zzz": 1}, "/zzz")
}
