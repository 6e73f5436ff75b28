package twin_test

import (
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/apiq/apiq/shared/spec"
	"github.com/apiq/apiq/shared/twin"
)

const wires = `{"openapi":"3.1.0","info":{"title":"t","version":"1"},
"components":{"securitySchemes":{"key":{"type":"apiKey","in":"query","name":"key"},"app":{"type":"apiKey","in":"header","name":"X-App"},"sid":{"type":"apiKey","in":"cookie","name":"sid"},
 "basic":{"type":"http","scheme":"basic"},"bearer":{"type":"http","scheme":"Bearer"},"oauth":{"type":"oauth2","flows":{}}}},
"paths":{
"/search/{point}":{"get":{"operationId":"search","parameters":[
  {"name":"point","in":"path","required":true,"style":"matrix","explode":true,"schema":{"type":"object","required":["x"],"properties":{"x":{"type":"integer"},"y":{"type":"integer"}}}},
  {"name":"tags","in":"query","style":"pipeDelimited","schema":{"type":"array","items":{"enum":["a","b"]}}},
  {"name":"where","in":"query","required":true,"style":"deepObject","schema":{"type":"object","properties":{"age":{"type":"integer","minimum":1}}}},
  {"name":"X-Ids","in":"header","schema":{"type":"array","maxItems":2,"items":{"type":"integer"}}},
  {"name":"lang","in":"cookie","schema":{"enum":["en","fi"]}}],
  "responses":{"200":{"description":"","content":{"application/json":{"schema":{"type":"object"}},"text/csv":{"schema":{"type":"string"}}}}}}},
"/files":{"post":{"operationId":"upload","requestBody":{"required":true,"content":{
  "multipart/form-data":{"schema":{"type":"object","required":["photo","size"],"properties":{"photo":{"type":"string","format":"binary"},"size":{"type":"integer"},"meta":{"type":"object","required":["a"],"properties":{"a":{"type":"string"}}}}}},
  "application/x-www-form-urlencoded":{"schema":{"type":"object","required":["size"],"properties":{"size":{"type":"integer"},"at":{"type":"object","properties":{"lines":{"type":"array","items":{"type":"integer"}}}}}}},
  "application/*":{"schema":{"type":"object","required":["json"]}}}},
  "responses":{"201":{"description":"","content":{"application/json":{"schema":{"type":"object"}}}}}}},
"/both":{"get":{"operationId":"both","security":[{"key":[],"app":[]},{"basic":[]}],"responses":{"204":{"description":""}}}},
"/token":{"get":{"operationId":"token","security":[{"bearer":[]},{"sid":[]}],"responses":{"204":{"description":""}}}},
"/oauth":{"get":{"operationId":"oauth","security":[{"oauth":["read"]}],"responses":{"204":{"description":""}}}},
"/maybe":{"get":{"operationId":"maybe","security":[{"oauth":[]},{}],"responses":{"204":{"description":""}}}}}}`

func TestRequestsOverTheWire(t *testing.T) {
	t.Parallel()
	doc, err := spec.Parse(t.Context(), []byte(wires), nil)
	if err != nil {
		t.Fatal(err)
	}
	tw, err := twin.New(doc, &twin.Options{RequireAuth: true})
	if err != nil {
		t.Fatal(err)
	}
	const form, at = "application/x-www-form-urlencoded", "/search/;x=1;y=2?where%5Bage%5D=3"
	multipart := func(parts ...string) string {
		return "--b\r\nContent-Disposition: form-data; " + strings.Join(parts, "\r\n--b\r\nContent-Disposition: form-data; ") + "\r\n--b--\r\n"
	}
	const photo, size, typed = "name=photo; filename=a.png\r\n\r\nx", "name=size\r\n\r\n3", "multipart/form-data; boundary=b"
	for name, c := range map[string]struct {
		method, target, media, body string
		header                      []string
		status                      int
		holds                       string
	}{
		"sound":                {"GET", at + "&tags=a%7Cb", "", "", []string{"X-Ids", "1,2", "Cookie", "lang=fi"}, 200, ""},
		"no style":             {"GET", "/search/1?where[age]=3", "", "", nil, 400, `"/parameters/point","code":"style"`},
		"within a matrix":      {"GET", "/search/;x=one?where[age]=3", "", "", nil, 400, `"/parameters/point/x","code":"type"`},
		"missing in a matrix":  {"GET", "/search/;y=1?where[age]=3", "", "", nil, 400, `"/parameters/point/x","code":"required"`},
		"a pipe's part":        {"GET", at + "&tags=a|c", "", "", nil, 400, `"/parameters/tags/1","code":"enum"`},
		"no object":            {"GET", "/search/;x=1", "", "", nil, 400, `"/parameters/where","code":"required"`},
		"within brackets":      {"GET", "/search/;x=1?where[age]=0", "", "", nil, 400, `"/parameters/where/age","code":"minimum"`},
		"a header's part":      {"GET", at, "", "", []string{"X-Ids", "1,x"}, 400, `"/parameters/X-Ids/1","code":"type"`},
		"a header of too many": {"GET", at, "", "", []string{"X-Ids", "1,2,3"}, 400, `"/parameters/X-Ids","code":"maxItems"`},
		"a cookie":             {"GET", at, "", "", []string{"Cookie", "lang=sv"}, 400, `"/parameters/lang","code":"enum"`},
		"another answer":       {"GET", at, "", "", []string{"Accept", "text/csv"}, 200, "twin"},
		"any answer":           {"GET", at, "", "", []string{"Accept", "image/png, */*;q=0.1"}, 200, "{"},
		"a group":              {"GET", at, "", "", []string{"Accept", "text/*"}, 200, "twin"},
		"no such answer":       {"GET", at, "", "", []string{"Accept", "image/png"}, 406, "accepts"},
		"an answer not wanted": {"GET", at, "", "", []string{"Accept", "application/json;q=0, text/csv;q=0"}, 406, "accepts"},
		"form":                 {"POST", "/files", form, "size=3&at[lines][0]=1&at[lines][1]=2", nil, 201, ""},
		"form, missing":        {"POST", "/files", form, "at[lines][0]=1", nil, 400, `"/body/size","code":"required"`},
		"form, empty":          {"POST", "/files", form, "", nil, 400, `"/body/size","code":"required"`},
		"form, deep":           {"POST", "/files", form, "size=3&at[lines][0]=1&at[lines][1]=x", nil, 400, `"/body/at/lines/1","code":"type"`},
		"multipart":            {"POST", "/files", typed, multipart(photo, size), nil, 201, ""},
		"multipart, missing":   {"POST", "/files", typed, multipart(size), nil, 400, `"/body/photo","code":"required"`},
		"multipart, wrong":     {"POST", "/files", typed, multipart(photo, "name=size\r\n\r\nbig"), nil, 400, `"/body/size","code":"type"`},
		"multipart, JSON":      {"POST", "/files", typed, multipart(photo, size, "name=meta\r\nContent-Type: application/json\r\n\r\n{}"), nil, 400, `"/body/meta/a","code":"required"`},
		"multipart, cut":       {"POST", "/files", typed, "--b\r\nContent-Disp", nil, 400, `"/body","code":"multipart"`},
		"by a range":           {"POST", "/files", "application/vnd.x+json", `{}`, nil, 400, `"/body/json","code":"required"`},
		"no body":              {"POST", "/files", "", "", nil, 400, `"/body","code":"required"`},
		"of no type":           {"POST", "/files", "", "x", nil, 415, "content_type"},
		"of another type":      {"POST", "/files", "image/png", "x", nil, 415, "image/png"},
		"no credential":        {"GET", "/both", "", "", nil, 401, ""},
		"half of one":          {"GET", "/both?key=k", "", "", nil, 401, ""},
		"in the wrong place":   {"GET", "/both?key=k&X-App=a", "", "", nil, 401, ""},
		"both":                 {"GET", "/both?key=k", "", "", []string{"X-App", "a"}, 204, ""},
		"the other way":        {"GET", "/both", "", "", []string{"Authorization", "Basic YTpi"}, 204, ""},
		"another scheme":       {"GET", "/both", "", "", []string{"Authorization", "Bearer t"}, 401, ""},
		"bearer":               {"GET", "/token", "", "", []string{"Authorization", "bearer t"}, 204, ""},
		"bearer of nothing":    {"GET", "/token", "", "", []string{"Authorization", "Bearer "}, 401, ""},
		"cookie":               {"GET", "/token", "", "", []string{"Cookie", "sid=1"}, 204, ""},
		"oauth":                {"GET", "/oauth", "", "", []string{"Authorization", "Bearer t"}, 204, ""},
		"no oauth":             {"GET", "/oauth", "", "", nil, 401, ""},
		"none needed":          {"GET", "/maybe", "", "", nil, 204, ""},
	} {
		r := httptest.NewRequestWithContext(t.Context(), c.method, "http://twin.test"+c.target, strings.NewReader(c.body))
		if c.media != "" {
			r.Header.Set("Content-Type", c.media)
		}
		for i := 0; i < len(c.header); i += 2 {
			r.Header.Set(c.header[i], c.header[i+1])
		}
		w := httptest.NewRecorder()
		tw.ServeHTTP(w, r)
		if w.Code != c.status || !strings.Contains(w.Body.String(), c.holds) {
			t.Errorf("%s: %d, want %d with %s: %s", name, w.Code, c.status, c.holds, w.Body)
		}
	}
}
