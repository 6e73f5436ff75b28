package wire_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"strings"
	"testing"

	"github.com/apiq/apiq/shared/call/request"
	"github.com/apiq/apiq/shared/spec"
	"github.com/apiq/apiq/shared/twin/wire"
)

// document describes one operation with one parameter p, and a body.
func document(t testing.TB, parameter, body string) (*spec.Document, *spec.Operation) {
	t.Helper()
	path := "/things"
	if strings.Contains(parameter, `"path"`) {
		path = "/things/{p}"
	}
	if parameter != "" {
		parameter = `"parameters":[` + parameter + `],`
	}
	if body != "" {
		body = `"requestBody":{"content":{` + body + `}},`
	}
	doc, err := spec.Parse(t.Context(), []byte(`{"openapi":"3.1.0","info":{"title":"t","version":"1"},"paths":{"`+path+`":{"post":{"operationId":"op",`+parameter+body+`"responses":{"200":{"description":""}}}}}}`), nil)
	if err != nil {
		t.Fatal(err)
	}
	op, err := doc.Operation("op")
	if err != nil {
		t.Fatal(err)
	}
	return doc, op
}

// overTheWire writes a request, and reads it back from its bytes.
func overTheWire(t testing.TB, doc *spec.Document, op *spec.Operation, in request.Input) spec.Request {
	t.Helper()
	in.Operation, in.BaseURL = op, "http://api.test"
	made, err := request.Build(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := made.Write(&out); err != nil {
		t.Fatal(err)
	}
	r, err := http.ReadRequest(bufio.NewReader(&out))
	if err != nil {
		t.Fatal(err)
	}
	read := wire.Input{Query: r.URL.RawQuery, Header: r.Header, ContentType: r.Header.Get("Content-Type")}
	if at, ok := strings.CutPrefix(r.URL.EscapedPath(), "/things/"); ok {
		read.Path = map[string]string{"p": at}
	}
	if op.Body != nil {
		if read.Body, err = io.ReadAll(r.Body); err != nil {
			t.Fatal(err)
		}
		read.Media, _ = op.Body.For(read.ContentType)
	}
	got, problems := wire.Read(doc, op, read)
	if len(problems) > 0 {
		t.Fatalf("%s: %v", r.URL, problems)
	}
	return got
}

// TestStyles: in each style that tells a value, the value comes back.
func TestStyles(t *testing.T) {
	t.Parallel()
	const (
		integer = `{"type":"integer"}`
		text    = `{"type":"string"}`
		list    = `{"type":"array","items":{"type":"string"}}`
		numbers = `{"type":"array","items":{"type":"number"}}`
		object  = `{"type":"object","properties":{"role":{"type":"string"},"age":{"type":"integer"}},"additionalProperties":false}`
		open    = `{"type":"object","additionalProperties":{"type":"boolean"}}`
		deep    = `{"type":"object","properties":{"a":{"type":"object","properties":{"b":{"type":"array","items":{"type":"object","properties":{"c":{"type":"integer"}}}}}},"x":{"type":"array","items":{"type":"string"}}}}`
		either  = `{"anyOf":[{"type":"integer"},{"type":"object","properties":{"gt":{"type":"integer"}}}]}`
		many    = `{"anyOf":[{"type":"array","items":{"type":"integer"}},{"type":"integer"}]}`
		any     = `{}`
	)
	plain := map[string][]string{
		integer: {"17", "-3"}, text: {`"a b/c,d;e=f&g.h|i"`, `"é\u0000"`, `"17"`, `"a%2Cb+c"`}, list: {`["a","b,c"]`, `["x y","é=1"]`},
		numbers: {"[1.5,-2]"}, object: {`{"role":"a,b","age":3}`, `{"age":1}`}, open: {`{"x":true,"y":false}`},
	}
	for _, c := range []struct {
		in, style string
		explode   bool
		values    map[string][]string
	}{
		{"path", "simple", false, plain}, {"path", "simple", true, plain}, {"path", "label", false, plain}, {"path", "matrix", false, plain}, {"path", "matrix", true, plain},
		{"path", "label", true, map[string][]string{integer: {"5"}, list: {`["a","b,c"]`}, object: {`{"role":"x","age":3}`}, text: {`"a.b"`}}},
		{"query", "form", true, plain}, {"query", "form", false, plain},
		{"query", "form", true, map[string][]string{either: {"1"}, many: {"[1,2]", "7"}, any: {`"x"`}}},
		{"query", "spaceDelimited", false, map[string][]string{list: {`["a","b,c","d%20e","f+g"]`}, numbers: {"[1,2]"}}},
		{"query", "pipeDelimited", false, map[string][]string{list: {`["a b","b,c","d%7Ce"]`}, object: {`{"role":"x y","age":3}`}}},
		{"query", "tabDelimited", false, map[string][]string{list: {`["a b","c"]`}}},
		{"query", "deepObject", true, map[string][]string{object: {`{"role":"a b","age":3}`}, deep: {`{"a":{"b":[{"c":1},{"c":2}]},"x":["p","q"]}`}, either: {`{"gt":3}`, "3"}, open: {`{"0":true}`}}},
		{"header", "simple", false, map[string][]string{integer: {"17"}, text: {`"a, b"`}, list: {`["a","b"]`}, object: {`{"role":"x","age":3}`}}},
		{"header", "simple", true, map[string][]string{object: {`{"role":"x","age":3}`}}},
		{"cookie", "form", true, map[string][]string{integer: {"17"}, text: {`"a, b;c=\"d\""`}, list: {`["a","b"]`}, object: {`{"role":"x","age":3}`}}},
	} {
		for schema, values := range c.values {
			for _, value := range values {
				if c.in == "header" && strings.Contains(value, `\u0000`) {
					continue
				}
				name := fmt.Sprint(c.in, " ", c.style, " ", c.explode, " ", value)
				doc, op := document(t, fmt.Sprintf(`{"name":"p","in":%q,"required":true,"style":%q,"explode":%v,"schema":%s}`, c.in, c.style, c.explode, schema), "")
				got := overTheWire(t, doc, op, request.Input{Parameters: map[string]json.RawMessage{"p": json.RawMessage(value)}})
				same(t, name, value, doc.Spelt(json.RawMessage(schema), got.Parameters[c.in+".p"]))
				if v := doc.CheckRequest(op, got); len(v.Problems) > 0 {
					t.Errorf("%s: %v", name, v.Problems)
				}
			}
		}
	}
	for _, in := range []string{"path", "query", "header", "cookie"} {
		doc, op := document(t, `{"name":"p","in":"`+in+`","required":true,"content":{"application/json":{"schema":{"type":"object"}}}}`, "")
		const value = `{"a":["b",{"c":1}]}`
		same(t, in+" as JSON", value, overTheWire(t, doc, op, request.Input{Parameters: map[string]json.RawMessage{"p": json.RawMessage(value)}}).Parameters[in+".p"])
	}
}

func same(t testing.TB, name, want string, got json.RawMessage) {
	t.Helper()
	var a, b any
	if err := json.Unmarshal([]byte(want), &a); err != nil {
		t.Fatal(err)
	}
	if json.Unmarshal(got, &b) != nil || !reflect.DeepEqual(a, b) {
		t.Errorf("%s: got %s, want %s", name, got, want)
	}
}

func TestBodies(t *testing.T) {
	t.Parallel()
	const schema = `{"type":"object","properties":{"name":{"type":"string"},"n":{"type":"integer"},"on":{"type":"boolean"},"tags":{"type":"array","items":{"type":"string"}},
	 "at":{"type":"object","properties":{"x":{"type":"array","items":{"type":"object","properties":{"y":{"type":"integer"}}}}}},"photo":{"type":"string","format":"binary"},
	 "photos":{"type":"array","items":{"type":"string","format":"binary"}}}}`
	const file = `{"$file":{"name":"a.png","type":"image/png","base64":"AAEC"}}`
	for _, c := range []struct{ media, encoding, value string }{
		{"application/json", `{}`, `{"name":"x","at":{"x":[]}}`},
		{"application/vnd.api+json", `{}`, `[1,null,"2"]`},
		{"application/x-www-form-urlencoded", `{}`, `{"name":"a&b=c d+é","n":3,"on":false,"tags":["x","y,z"],"at":{"x":[{"y":1},{"y":2}]}}`},
		{"application/x-www-form-urlencoded", `{"tags":{"explode":false}}`, `{"tags":["x","y,z"]}`},
		{"application/x-www-form-urlencoded", `{"tags":{"style":"pipeDelimited"}}`, `{"tags":["x","y,z"]}`},
		{"application/x-www-form-urlencoded", `{"at":{"style":"deepObject"}}`, `{"at":{"x":[{"y":1}]}}`},
		{"application/x-www-form-urlencoded", `{"at":{"contentType":"application/json"}}`, `{"at":{"x":[{"y":1}]}}`},
		{"multipart/form-data", `{}`, `{"name":"a\r\nb","n":3,"on":true,"tags":["x","y"],"at":{"x":[{"y":1}]},"photo":` + file + `,"photos":[` + file + `,` + file + `]}`},
		{"multipart/form-data", `{}`, `{"photos":[` + file + `],"tags":["x"]}`},
		{"text/plain", `{}`, `"some text"`},
	} {
		doc, op := document(t, "", fmt.Sprintf(`%q:{"schema":%s,"encoding":%s}`, c.media, schema, c.encoding))
		got := overTheWire(t, doc, op, request.Input{Body: json.RawMessage(c.value)}).Body
		if !strings.Contains(c.value, "$file") {
			got = doc.Spelt(json.RawMessage(schema), got)
		} else {
			got = json.RawMessage(strings.NewReplacer(`"n":"3"`, `"n":3`, `"on":"true"`, `"on":true`).Replace(string(got)))
		}
		same(t, c.media+" "+c.encoding, c.value, got)
	}
}

// FuzzRead: whatever comes is read, and what is read is JSON.
func FuzzRead(f *testing.F) {
	for _, seed := range [][4]string{
		{"x", "p=a,b&p=c&p[a][0]=1&p[][]=2&q=%zz&=&&", "application/x-www-form-urlencoded", "a[b][c]=1&a=2&tags=x&tags[]=y"},
		{";p=1;p=2", "p=%7B%22a%22%3A1%7D", "multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data; name=\"tags\"; filename=\"x\"\r\n\r\nx\r\n--b--\r\n"},
		{".1.2", "p[9]=x&p[0]=y", "application/json", "{"}, {"", "", "multipart/form-data", ""}, {"%", "%", "%", "%"},
	} {
		f.Add(seed[0], seed[1], seed[2], seed[3])
	}
	var parameters []string
	for _, c := range []string{"path simple", "path label", "path matrix", "query form", "query deepObject", "query pipeDelimited", "header simple", "cookie form"} {
		in, style, _ := strings.Cut(c, " ")
		for i, schema := range []string{`{"type":"array","items":{"type":"integer"}}`, `{"type":"object"}`, `{"anyOf":[{"type":"string"},{"type":"array"}]}`, `{}`} {
			parameters = append(parameters, fmt.Sprintf(`{"name":"p","in":%q,"style":%q,"explode":%v,"schema":%s}`, in, style, i%2 == 0, schema))
		}
	}
	const body = `"*/*":{"schema":{"type":"object","properties":{"tags":{"type":"array","items":{}},"a":{"type":"object"}}}}`
	type target struct {
		doc *spec.Document
		op  *spec.Operation
	}
	var targets []target
	for _, p := range parameters {
		doc, op := document(f, p, body)
		targets = append(targets, target{doc, op})
	}
	f.Fuzz(func(t *testing.T, path, query, contentType, text string) {
		h := http.Header{"P": {path}, "Cookie": {"p=" + query}}
		for _, c := range targets {
			media, _ := c.op.Body.For(contentType)
			got, _ := wire.Read(c.doc, c.op, wire.Input{Path: map[string]string{"p": path}, Query: query, Header: h, ContentType: contentType, Body: []byte(text), Media: media})
			for name, v := range got.Parameters {
				if !json.Valid(v) {
					t.Errorf("%s: %q", name, v)
				}
			}
			if got.Body != nil && !json.Valid(got.Body) {
				t.Errorf("body: %q", got.Body)
			}
			c.doc.CheckRequest(c.op, got)
		}
	})
}
