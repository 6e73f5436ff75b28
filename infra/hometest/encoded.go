package hometest

import (
	"encoding/json"
	"net/url"
	"testing"

	"github.com/apiq/apiq/shared/apierr"
)

// The operations of the echo whose names are hard to carry in a URL.
const hardID, noID = "files/part one", "GET /größen/{maß}"

// testEncodedNames: a name with slashes, spaces and other letters is one segment
// of the path, decoded once.
func testEncodedNames(t *testing.T, h *house) {
	p := Register(t, h, "ada")
	con := "/api/apis/" + p.Connect("Écho", newEcho(t)) + "/endpoints/"
	var op struct{ ID, Method, Path string }
	for _, name := range []string{hardID, "GET /files/{name}/parts/{part}", noID, "GET /echo"} {
		p.Must(200, "GET", con+url.PathEscape(name), nil).Into(t, &op)
		if op.ID != name && op.Method+" "+op.Path != name {
			t.Errorf("%s: got %+v", name, op)
		}
	}
	p.Must(200, "GET", con+"%66%69les%2fpart%20one", nil)
	for _, path := range []string{"files%252Fpart%20one", "files%2Fpart+one", "files/part%20one", "files%2Fpart%20one%20", "files%2Fpart%20one%00", "GET%20/echo"} {
		p.Refused(apierr.NotFound, "GET", con+path, nil)
	}
	p.Must(200, "POST", con+url.PathEscape(hardID)+"/try", Obj{"parameters": Obj{"name": "n", "part": 1}})
	p.Must(200, "POST", con+url.PathEscape(noID)+"/try", Obj{"parameters": Obj{"maß": "1 µm"}})
	p.Refused(apierr.NotFound, "POST", con+"files/part%20one/try", Obj{})
}

// testQueries: parameters are decoded once, may come in any order, and only once.
func testQueries(t *testing.T, h *house) {
	p := Register(t, h, "ada")
	at := newEcho(t)
	names := []string{"a,b", "größer & kleiner", "1+1=2", "100 %", "日本語 #1"}
	for _, name := range names {
		p.Connect(name, at)
	}
	for _, name := range names {
		var found []struct{ Name string }
		p.Must(200, "GET", "/api/apis?limit=100&q="+url.QueryEscape(name), nil).Into(t, &found)
		if len(found) != 1 || found[0].Name != name {
			t.Errorf("looked for %q, found %v", name, found)
		}
	}
	var one []json.RawMessage
	for _, query := range []string{"q=1%2B1&limit=%31", "limit=1&q=1%2b1%3D2", "q=gr%C3%B6%C3%9Fer+%26&limit=1", "limit=1&q=%E6%97%A5"} {
		p.Must(200, "GET", "/api/apis?"+query, nil).Into(t, &one)
		if len(one) != 1 {
			t.Errorf("%s found %d", query, len(one))
		}
	}
	p.Must(200, "GET", "/api/apis?", nil)
	p.Must(200, "GET", "/api/apis?q=", nil)
	for query, path := range map[string]string{
		"limit=1&q=a&limit=1": "query.limit", "q=a&q=a": "query.q", "q=a,b&q=": "query.q", "limit=1,1": "query.limit", "Limit=1": "query.Limit",
		"limit=": "query.limit", "q=%zz": "query", "q=%": "query", "limit=1;q=a": "query", "q=%00": "query.q", "q=%ff": "query.q", "%71%71=1": "query.qq",
	} {
		p.Refused(apierr.ValidationFailed, "GET", "/api/apis?"+query, nil, path)
	}
}

// testRepeatedHeaders: a header that may be given once is refused when it comes
// twice, in two lines as in one.
func testRepeatedHeaders(t *testing.T, h *house) {
	p := Register(t, h, "ada")
	path := "/api/workflows/" + p.Save(Obj{"steps": []any{ValueStep("v", 1)}})
	req := p.request("PUT", path, Obj{"name": "x"})
	req.Header["If-Match"] = []string{`"1"`, `"2"`}
	p.Expect(p.do(req, "PUT "+path), apierr.ValidationFailed, "two versions", "header.If-Match")
}
