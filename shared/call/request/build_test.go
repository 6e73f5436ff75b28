package request_test

import (
	"encoding/json"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/call/request"
	"github.com/apiq/apiq/shared/spec"
)

func operation(method, path string, params ...spec.Parameter) *spec.Operation {
	return &spec.Operation{Summary: spec.Summary{ID: "op", Method: method, Path: path}, Parameters: params}
}

func values(t testing.TB, raw string) map[string]json.RawMessage {
	t.Helper()
	var m map[string]json.RawMessage
	if raw != "" {
		if err := json.Unmarshal([]byte(raw), &m); err != nil {
			t.Fatal(err)
		}
	}
	return m
}

func build(t testing.TB, in request.Input) (*http.Request, error) {
	t.Helper()
	if in.BaseURL == "" {
		in.BaseURL = "https://api.example.com/v1/"
	}
	return request.Build(t.Context(), in)
}

const (
	array  = `["a b","c,d","é"]`
	object = `{"role":"admin","first name":"A/B"}`
)

// TestStyles holds the rows of OpenAPI 3.1's "Style Examples", with values that
// need encoding.
func TestStyles(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		in, style string
		explode   bool
		value     string
		want      string
	}{
		{"path", "simple", false, `"a b/c"`, "/a%20b%2Fc"},
		{"path", "simple", false, `5`, "/5"},
		{"path", "simple", false, `1e3`, "/1000"},
		{"path", "simple", false, `true`, "/true"},
		{"path", "simple", false, array, "/a%20b,c%2Cd,%C3%A9"},
		{"path", "simple", false, object, "/role,admin,first%20name,A%2FB"},
		{"path", "simple", true, object, "/role=admin,first%20name=A%2FB"},
		{"path", "label", false, `"x"`, "/.x"},
		{"path", "label", false, `["a","b"]`, "/.a,b"},
		{"path", "label", true, `["a","b"]`, "/.a.b"},
		{"path", "label", true, object, "/.role=admin.first%20name=A%2FB"},
		{"path", "matrix", false, `"x"`, "/;p=x"},
		{"path", "matrix", false, `["a","b"]`, "/;p=a,b"},
		{"path", "matrix", true, `["a","b"]`, "/;p=a;p=b"},
		{"path", "matrix", true, object, "/;role=admin;first%20name=A%2FB"},
		{"path", "matrix", false, object, "/;p=role,admin,first%20name,A%2FB"},
		{"query", "form", true, `"a&b=c+d e#"`, "?p=a%26b%3Dc%2Bd%20e%23"},
		{"query", "form", true, `""`, "?p="},
		{"query", "form", true, `null`, ""},
		{"query", "form", true, `[]`, ""},
		{"query", "form", true, array, "?p=a%20b&p=c%2Cd&p=%C3%A9"},
		{"query", "form", false, array, "?p=a%20b,c%2Cd,%C3%A9"},
		{"query", "form", true, object, "?role=admin&first%20name=A%2FB"},
		{"query", "form", false, object, "?p=role,admin,first%20name,A%2FB"},
		{"query", "form", true, `{"a":{"b":1}}`, "?a=%7B%22b%22%3A1%7D"},
		{"query", "spaceDelimited", false, `["a","b"]`, "?p=a%20b"},
		{"query", "pipeDelimited", false, `["a","b"]`, "?p=a%7Cb"},
		{"query", "tabDelimited", false, `["a","b"]`, "?p=a%09b"},
		{"query", "deepObject", true, object, "?p%5Brole%5D=admin&p%5Bfirst%20name%5D=A%2FB"},
		{"query", "deepObject", true, `{"a":{"b":[1,{"c":2}]}}`, "?p%5Ba%5D%5Bb%5D%5B0%5D=1&p%5Ba%5D%5Bb%5D%5B1%5D%5Bc%5D=2"},
		{"query", "deepObject", true, `["data.customer"]`, "?p%5B0%5D=data.customer"},
		{"header", "simple", false, array, "a b,c,d,é"},
		{"header", "simple", true, object, "role=admin,first name=A/B"},
		{"cookie", "form", true, `"a;b c"`, "p=a%3Bb%20c"},
	} {
		path := "/"
		if c.in == "path" {
			path = "/{p}"
		}
		op := operation("GET", path, spec.Parameter{Name: "p", In: c.in, Style: c.style, Explode: c.explode})
		req, err := build(t, request.Input{Operation: op, Parameters: map[string]json.RawMessage{"p": json.RawMessage(c.value)}})
		if err != nil {
			t.Errorf("%+v: %v", c, err)
			continue
		}
		got := strings.TrimPrefix(req.URL.RequestURI(), "/v1")
		switch c.in {
		case "query":
			got = strings.TrimPrefix(got, "/")
		case "header":
			got = req.Header.Get("p")
		case "cookie":
			got = req.Header.Get("Cookie")
		}
		if got != c.want {
			t.Errorf("%s %s explode=%v %s: %s, want %s", c.in, c.style, c.explode, c.value, got, c.want)
		}
	}
}

func TestReservedAndContentParameters(t *testing.T) {
	t.Parallel()
	op := operation("GET", "/files/{path}?fixed=1&a b#frag",
		spec.Parameter{Name: "path", In: "path", Style: "simple", AllowReserved: true},
		spec.Parameter{Name: "q", In: "query", Style: "form", AllowReserved: true},
		spec.Parameter{Name: "f", In: "query", ContentType: "application/json"},
		spec.Parameter{Name: "id", In: "query", Style: "form"}, spec.Parameter{Name: "id", In: "header", Style: "simple"})
	req, err := build(t, request.Input{Operation: op, BaseURL: "https://h.example/b%20c?k=v",
		Parameters: values(t, `{"path":"a/b c","q":"x:/?&#+","f":{"a": [1]},"query.id":"1","header.id":"2"}`)})
	if err != nil {
		t.Fatal(err)
	}
	if got := req.URL.RequestURI(); got != "/b%20c/files/a/b%20c?k=v&fixed=1&a%20b&q=x:/?%26%23%2B&f=%7B%22a%22%3A%5B1%5D%7D&id=1" || req.Header.Get("id") != "2" {
		t.Error(got)
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	form := &spec.Body{Required: true, Content: []spec.MediaType{{Type: "application/x-www-form-urlencoded"}}}
	withBody := operation("POST", "/")
	withBody.Body = form
	path := operation("GET", "/a/{p}/b", spec.Parameter{Name: "p", In: "path", Required: true, Style: "simple"},
		spec.Parameter{Name: "r", In: "query", Required: true, Style: "form"}, spec.Parameter{Name: "h", In: "header", Style: "simple"})
	for _, c := range []struct {
		op                    *spec.Operation
		params, body, headers string
		want                  string // path:code, in order
	}{
		{path, `{}`, "", "", "/parameters/p:required /parameters/r:required"},
		{path, `{"p":null,"r":null}`, "", "", "/parameters/p:required /parameters/r:required"},
		{path, `{"p":"x","r":1,"z":1,"a/b":2}`, "", "", "/parameters/a~1b:unknown_parameter /parameters/z:unknown_parameter"},
		{path, `{"p":"","r":1}`, "", "", "/parameters/p:empty"},
		{path, `{"p":"..","r":1}`, "", "", "/parameters/p:path"},
		{path, `{"p":".","r":1}`, "", "", "/parameters/p:path"},
		{path, `{"p":"../admin","r":1}`, "", "", "/parameters/p:path"},
		{path, `{"p":"a\\..\\b","r":1}`, "", "", "/parameters/p:path"},
		{path, `{"p":"x","r":1,"h":"a\r\nX-B: c"}`, "", "", "/parameters/h:header"},
		{path, `{"p":"x","r":1}`, `{}`, "", "/body:unknown_body"},
		{path, `{"p":"x","r":1}`, "", `{"host":"x","X-A":{},"b c":"d","transfer-encoding":"x","X-Ok":1}`,
			"/headers/X-A:type /headers/b c:header /headers/host:forbidden_header /headers/transfer-encoding:forbidden_header"},
		{withBody, ``, ``, "", "/body:required"},
		{withBody, ``, `[1]`, "", "/body:type"},
		{withBody, ``, `{}`, `{"Content-Type":"application/xml"}`, "/headers/Content-Type:content_type"},
		{withBody, ``, strings.Repeat("[", 100) + strings.Repeat("]", 100), "", "/body:json"},
	} {
		_, err := build(t, request.Input{Operation: c.op, Parameters: values(t, c.params), Body: json.RawMessage(c.body), Headers: values(t, c.headers)})
		var got []string
		for _, p := range apierr.From(err).Problems {
			got = append(got, p.Path+":"+p.Code)
		}
		if apierr.CodeOf(err) != apierr.ValidationFailed || strings.Join(got, " ") != c.want {
			t.Errorf("%s %s %s: %v, want %s", c.params, c.body, c.headers, got, c.want)
		}
	}
	for _, base := range []string{"", "example.com", "/v1", "ftp://x", "https://{region}.example.com", "https://u:p@example.com", "https:example"} {
		if _, err := request.Build(t.Context(), request.Input{Operation: path, BaseURL: base, Parameters: values(t, `{"p":"x","r":1}`)}); apierr.CodeOf(err) != apierr.ValidationFailed {
			t.Errorf("base %q: %v", base, err)
		}
	}
}

// TestHeadersOfEveryRequest: what every request has need not be given though it is
// required, and of these only User-Agent may be.
func TestHeadersOfEveryRequest(t *testing.T) {
	t.Parallel()
	var params []spec.Parameter
	for _, name := range []string{"Accept", "content-type", "Authorization", "user-agent", "host", "Content-Length"} {
		params = append(params, spec.Parameter{Name: name, In: "header", Required: true, Style: "simple"})
	}
	for given, want := range map[string]string{
		`{}`:                    request.UserAgent,
		`{"user-agent":"mine"}`: "mine",
		`{"header.user-agent":"mine","Accept":"text/x","Authorization":"x"}`: "mine",
		`{"host":"x","Content-Length":4}`:                                    "/parameters/host /parameters/Content-Length",
	} {
		req, err := build(t, request.Input{Operation: operation("GET", "/", params...), Parameters: values(t, given)})
		got := ""
		if err != nil {
			for _, p := range apierr.From(err).Problems {
				got = strings.TrimSpace(got + " " + p.Path)
			}
		} else if got = req.Header.Get("User-Agent"); req.Host != "" && req.Host != "api.example.com" || req.Header.Get("Accept") == "text/x" || req.Header.Get("Authorization") != "" {
			t.Errorf("%s: host %s, headers %v", given, req.Host, req.Header)
		}
		if got != want {
			t.Errorf("%s: %s, want %s", given, got, want)
		}
	}
}

func TestProvidedByTheCredential(t *testing.T) {
	t.Parallel()
	op := operation("GET", "/", spec.Parameter{Name: "key", In: "query", Required: true, Style: "form"}, spec.Parameter{Name: "Authorization", In: "header", Required: true})
	in := request.Input{Operation: op, Provided: []request.Place{{In: "query", Name: "key"}}}
	if _, err := build(t, in); err != nil {
		t.Error(err)
	}
	in.Parameters = values(t, `{"key":"mine"}`)
	if _, err := build(t, in); apierr.CodeOf(err) != apierr.ValidationFailed {
		t.Error("a person's value took the credential's place")
	}
}

// TestNameWithSlashes: RFC 6570's {+name} keeps what is reserved in a path, and never climbs.
func TestNameWithSlashes(t *testing.T) {
	t.Parallel()
	op := operation("GET", "/{+name}:cancel", spec.Parameter{Name: "name", In: "path", Required: true, Style: "simple", AllowReserved: true})
	req, err := build(t, request.Input{Operation: op, Parameters: values(t, `{"name":"projects/p 1/x?y#z%2F"}`)})
	if err != nil || req.URL.RequestURI() != "/v1/projects/p%201/x%3Fy%23z%252F:cancel" {
		t.Errorf("got %v, %v", req, err)
	}
	if _, err := build(t, request.Input{Operation: op, Parameters: values(t, `{"name":"projects/../secret"}`)}); apierr.CodeOf(err) != apierr.ValidationFailed {
		t.Errorf("a name that climbs: %v", err)
	}
}

func TestUndeclaredPlaceholder(t *testing.T) {
	t.Parallel()
	req, err := build(t, request.Input{Operation: operation("GET", "/a/{b}"), Parameters: values(t, `{"b":"x y"}`)})
	if err != nil || req.URL.RequestURI() != "/v1/a/x%20y" {
		t.Error(err)
	}
	if _, err := build(t, request.Input{Operation: operation("GET", "/a/{b}")}); apierr.CodeOf(err) != apierr.ValidationFailed {
		t.Error(err)
	}
}

func TestBodies(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		media    string
		encoding string
		body     string
		want     string
		wantType string
	}{
		"json":           {media: "application/json", body: `{"b": 1.50, "a": "<é>"}`, want: `{"b":1.50,"a":"<é>"}`, wantType: "application/json"},
		"json suffix":    {media: "application/vnd.api+json", body: `[1]`, want: `[1]`, wantType: "application/vnd.api+json"},
		"anything":       {media: "*/*", body: `{"a":1}`, want: `{"a":1}`, wantType: "application/json"},
		"text":           {media: "text/plain", body: `"a b"`, want: `a b`, wantType: "text/plain"},
		"xml":            {media: "application/xml", body: `"<a/>"`, want: `<a/>`, wantType: "application/xml"},
		"file":           {media: "application/octet-stream", body: `{"$file":{"base64":"AAE=","type":"image/png"}}`, want: "\x00\x01", wantType: "image/png"},
		"form":           {media: "application/x-www-form-urlencoded", body: `{"a":"x y&z","n":5,"skip":null,"l":[1,2]}`, want: `a=x%20y%26z&n=5&l=1&l=2`},
		"nested form":    {media: "application/x-www-form-urlencoded", body: `{"card":{"number":"4","exp":{"m":1}},"items":[{"price":"p","q":2}]}`, want: `card%5Bnumber%5D=4&card%5Bexp%5D%5Bm%5D=1&items%5B0%5D%5Bprice%5D=p&items%5B0%5D%5Bq%5D=2`},
		"stripe":         {media: "application/x-www-form-urlencoded", encoding: `{"expand":{"style":"deepObject","explode":true},"metadata":{"style":"deepObject","explode":true}}`, body: `{"expand":["a","b"],"metadata":{"k":"v"}}`, want: `expand%5B0%5D=a&expand%5B1%5D=b&metadata%5Bk%5D=v`},
		"comma form":     {media: "application/x-www-form-urlencoded", encoding: `{"l":{"style":"form","explode":false}}`, body: `{"l":[1,2]}`, want: `l=1,2`},
		"json in a form": {media: "application/x-www-form-urlencoded", encoding: `{"o":{"contentType":"application/json"}}`, body: `{"o":{"a":[1]}}`, want: `o=%7B%22a%22%3A%5B1%5D%7D`},
	} {
		op := operation("POST", "/")
		m := spec.MediaType{Type: c.media, Encoding: values(t, c.encoding)}
		op.Body = &spec.Body{Content: []spec.MediaType{m}}
		req, err := build(t, request.Input{Operation: op, Body: json.RawMessage(c.body)})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		got, _ := io.ReadAll(req.Body)
		if c.wantType == "" {
			c.wantType = c.media
		}
		if string(got) != c.want || req.Header.Get("Content-Type") != c.wantType || req.ContentLength != int64(len(got)) {
			t.Errorf("%s: %s (%s), want %s", name, got, req.Header.Get("Content-Type"), c.want)
		}
	}
}

func TestMultipart(t *testing.T) {
	t.Parallel()
	op := operation("POST", "/")
	op.Body = &spec.Body{Content: []spec.MediaType{{Type: "multipart/form-data", Encoding: values(t, `{"meta":{"contentType":"application/json"}}`)}}}
	req, err := build(t, request.Input{Operation: op, Body: json.RawMessage(
		`{"title":"a\r\nb","tags":["x","y"],"meta":{"k":[1]},"doc":{"$file":{"name":"a\"\r\n.txt","type":"text/plain","text":"hello"}},"raw":{"$file":{"base64":"AAE="}},"none":null}`)})
	if err != nil {
		t.Fatal(err)
	}
	_, params, err := mime.ParseMediaType(req.Header.Get("Content-Type"))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for r := multipart.NewReader(req.Body, params["boundary"]); ; {
		p, err := r.NextPart()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		text, _ := io.ReadAll(p)
		got = append(got, strings.Join([]string{p.FormName(), p.FileName(), p.Header.Get("Content-Type"), string(text)}, "|"))
	}
	want := []string{"title|||a\r\nb", "tags|||x", "tags|||y", `meta||application/json|{"k":[1]}`, "doc|a%22%0D%0A.txt|text/plain|hello", "raw|raw|application/octet-stream|\x00\x01"}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("%q", got)
	}
	for _, bad := range []string{`{"f":{"$file":{"base64":"!"}}}`, `{"f":{"$file":{"type":"a\r\nb"}}}`, `{"f":{"$file":{"path":"/etc/passwd"}}}`, `{"f":{"$file":{"text":1}}}`} {
		if _, err := build(t, request.Input{Operation: op, Body: json.RawMessage(bad)}); apierr.CodeOf(err) != apierr.ValidationFailed {
			t.Errorf("%s: %v", bad, err)
		}
	}
}

// FuzzBuild looks for a panic, a request to another host, and a header that was
// broken into two.
func FuzzBuild(f *testing.F) {
	f.Add("/a/{p}", "p", "path", "simple", true, `"x"`, "X-A", "application/json", `{"a":1}`)
	f.Add("/{p}?a={b}#c", "p", "query", "deepObject", false, `{"a":[{"b":1}]}`, "Content-Type", "multipart/form-data", `{"f":{"$file":{"text":"x"}}}`)
	f.Add("//evil.example/{p}", "p", "header", "form", true, `"a\r\nb"`, "Host", "application/x-www-form-urlencoded", `{"a":{"b":[1,null]}}`)
	f.Add("/{+p*}", "p", "path", "matrix", true, `["..","/"]`, "a\nb", "text/plain", `"x"`)
	f.Fuzz(func(t *testing.T, path, name, in, style string, explode bool, value, header, media, body string) {
		op := operation("POST", path, spec.Parameter{Name: name, In: in, Style: style, Explode: explode})
		op.Body = &spec.Body{Content: []spec.MediaType{{Type: media}}}
		req, err := build(t, request.Input{Operation: op, Parameters: map[string]json.RawMessage{name: json.RawMessage(value)},
			Body: json.RawMessage(body), Headers: map[string]json.RawMessage{header: json.RawMessage(value)}})
		if err != nil {
			if apierr.CodeOf(err) != apierr.ValidationFailed {
				t.Fatal(err)
			}
			return
		}
		if req.URL.Host != "api.example.com" || req.Host != "api.example.com" || !strings.HasPrefix(req.URL.EscapedPath(), "/v1/") {
			t.Fatalf("%s goes to %s", req.Host, req.URL)
		}
		var wire strings.Builder
		if err := req.Write(&wire); err != nil {
			return // the transport would refuse it too
		}
		head, _, _ := strings.Cut(wire.String(), "\r\n\r\n")
		for _, line := range strings.Split(head, "\r\n")[1:] {
			if strings.ContainsAny(line, "\r\n") || !strings.Contains(line, ":") {
				t.Fatalf("header line %q", line)
			}
		}
	})
}
