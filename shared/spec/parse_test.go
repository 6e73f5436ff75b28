package spec

import (
	"context"
	"strings"
	"testing"

	"github.com/apiq/apiq/shared/apierr"
)

func mustParse(t testing.TB, text string) *Document {
	t.Helper()
	d, err := Parse(context.Background(), []byte(text), nil)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func mustOperation(t testing.TB, d *Document, id string) *Operation {
	t.Helper()
	op, err := d.Operation(id)
	if err != nil {
		t.Fatal(err)
	}
	return op
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		raw     string
		code    string // of the problem
		message string // part of it
	}{
		"empty":                   {"", "empty", "empty"},
		"white space":             {" \n\t\n", "empty", "empty"},
		"only a comment":          {"# nothing\n", "empty", ""},
		"gzip":                    {"\x1f\x8b\x08\x00abc", "gzip", "gzip"},
		"UTF-16 with mark":        {"\xff\xfe{\x00}\x00", "utf16", "UTF-8"},
		"UTF-16 without mark":     {"{\x00\"\x00", "utf16", "UTF-8"},
		"binary":                  {"PK\x03\x04\x00\x00\x00", "binary", "text"},
		"web page":                {"<!DOCTYPE html>\n<html><body>Sign in</body></html>", "html", "web page"},
		"web page after a mark":   {"\xef\xbb\xbf  <HTML>", "html", ""},
		"XML":                     {`<?xml version="1.0"?><wsdl/>`, "xml", "XML"},
		"JSON cut short":          {`{"openapi":"3.0.0",`, "json_syntax", "line 1, column 20"},
		"JSON with a bad line":    {"{\n\"openapi\": \"3.0.0\",\n\"paths\": {oops}\n}", "json_syntax", "line 3, column 11"},
		"JSON with a comma more":  {`{"openapi":"3.0.0","paths":{},}`, "json_syntax", "key"},
		"JSON with a tail":        {`{"openapi":"3.0.0","paths":{}} trailing`, "json_syntax", "after the end"},
		"array":                   {`[]`, "not_openapi", "object"},
		"plain text":              {"Not found", "not_openapi", "object"},
		"YAML syntax":             {"openapi: 3.0.0\npaths:\n  - a\n b: [", "yaml_syntax", "YAML"},
		"YAML tab":                {"openapi: 3.0.0\npaths:\n\t/a: {}\n", "yaml_syntax", ""},
		"YAML mapping key":        {"openapi: 3.0.0\n? {a: b}\n: c\n", "yaml_syntax", "key"},
		"YAML unknown alias":      {"openapi: *nothing\n", "yaml_syntax", ""},
		"YAML alias of itself":    {"openapi: 3.0.0\npaths: &p\n  /a: *p\n", "too_deep", ""},
		"no version":              {`{"info":{},"paths":{}}`, "not_openapi", "neither"},
		"Swagger 1":               {`{"swaggerVersion":"1.2","apis":[]}`, "not_openapi", "Swagger 1"},
		"AsyncAPI":                {"asyncapi: 3.0.0\nchannels: {}\n", "not_openapi", "AsyncAPI"},
		"a later major":           {`{"openapi":"4.0.0","paths":{}}`, "unsupported_version", "4.0.0"},
		"version is an object":    {`{"openapi":{},"paths":{}}`, "not_openapi", "version"},
		"3.0 without paths":       {`{"openapi":"3.0.0","info":{}}`, "missing_paths", "paths"},
		"2.0 without paths":       {`{"swagger":"2.0","info":{}}`, "missing_paths", "paths"},
		"3.1 with nothing":        {`{"openapi":"3.1.0","info":{}}`, "missing_paths", "paths"},
		"paths is an array":       {`{"openapi":"3.1.0","paths":[]}`, "missing_paths", "object"},
		"JSON nested without end": {`{"openapi":"3.0.0","x":` + strings.Repeat("[", 50_000), "too_deep", ""},
		"YAML nested without end": {"openapi: 3.0.0\nx: " + strings.Repeat("[", 5_000) + strings.Repeat("]", 5_000), "too_deep", ""},
		"alias bomb": {"a: &a [x,x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\n" +
			"d: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: &f [*e,*e,*e,*e,*e,*e,*e,*e,*e,*e]\ng: [*f,*f,*f,*f,*f,*f,*f,*f,*f,*f]\n", "alias_bomb", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := Parse(context.Background(), []byte(tc.raw), nil)
			e := apierr.From(err)
			if err == nil || e.Code != apierr.SpecInvalid || len(e.Problems) != 1 || e.Problems[0].Code != tc.code {
				t.Fatalf("got %v %+v, want SPEC_INVALID %s", err, e.Problems, tc.code)
			}
			if !strings.Contains(e.Problems[0].Message, tc.message) {
				t.Errorf("message %q does not say %q", e.Problems[0].Message, tc.message)
			}
		})
	}
}

func TestParseTooLarge(t *testing.T) {
	t.Parallel()
	// The second is small as YAML and large as JSON.
	text := "openapi: 3.0.0\npaths: {}\nx-a: &a " + strings.Repeat("x", 900) + "\nx-b: [" + strings.Repeat("*a,", 30) + "]\n"
	for _, raw := range []string{`{"openapi":"3.0.0","paths":{}}` + strings.Repeat(" ", 2000), text} {
		_, err := Parse(context.Background(), []byte(raw), &ParseOptions{MaxBytes: 1500})
		if apierr.CodeOf(err) != apierr.SpecTooLarge {
			t.Errorf("got %v, want SPEC_TOO_LARGE", err)
		}
	}
}

func TestParseEndsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Parse(ctx, []byte(`{"openapi":"3.0.0","paths":{}}`), nil); err != context.Canceled {
		t.Errorf("got %v, want %v", err, context.Canceled)
	}
}

// TestParseIsLoose holds what real documents get wrong: each is imported, with a
// warning that says where.
func TestParseIsLoose(t *testing.T) {
	t.Parallel()
	document := func(paths string) string {
		return `{"openapi":"3.0.3","info":{"title":"t","version":"1"},"paths":` + paths + `}`
	}
	for name, tc := range map[string]struct {
		raw  string
		ids  string // of the operations, joined
		code string
		path string
	}{
		"byte order mark":      {"\xef\xbb\xbf" + document(`{"/a":{"get":{"operationId":"a"}}}`), "a", "", ""},
		"leading white space":  {"\n\n  " + document(`{"/a":{"get":{"operationId":"a"}}}`), "a", "", ""},
		"no info":              {`{"openapi":"3.0.3","paths":{"/a":{"get":{"operationId":"a"}}}}`, "a", "missing_info", "/info"},
		"no title":             {`{"openapi":"3.0.3","info":{},"paths":{"/a":{"get":{"operationId":"a"}}}}`, "a", "missing_title", "/info/title"},
		"version is a number":  {"openapi: 3.1\ninfo: {title: t}\npaths: {/a: {get: {operationId: a}}}\n", "a", "odd_type", "/openapi"},
		"webhooks only":        {`{"openapi":"3.1.0","info":{"title":"t"},"webhooks":{}}`, "", "no_operations", "/paths"},
		"no operationId":       {document(`{"/a":{"get":{},"post":{}}}`), "GET /a,POST /a", "missing_operation_id", "/paths/~1a/get/operationId"},
		"operationId twice":    {document(`{"/a":{"get":{"operationId":"a"}},"/b":{"get":{"operationId":"a"}}}`), "a,GET /b", "duplicate_operation_id", "/paths/~1b/get/operationId"},
		"operationId a number": {document(`{"/a":{"get":{"operationId":7}}}`), "7", "", ""},
		"path twice":           {document(`{"/a":{"get":{}},"/a":{"get":{},"put":{}}}`), "GET /a,GET /a #2,PUT /a", "missing_operation_id", ""},
		"upper-case method":    {document(`{"/a":{"GET":{"operationId":"a"}}}`), "a", "method_case", "/paths/~1a/GET"},
		"path without slash":   {document(`{"a":{"get":{"operationId":"a"}}}`), "a", "path_slash", "/paths/a"},
		"operation is null":    {document(`{"/a":{"get":null}}`), "GET /a", "odd_type", "/paths/~1a/get"},
		"operation is text":    {document(`{"/a":{"get":"later"}}`), "GET /a", "odd_type", "/paths/~1a/get"},
		"path is null":         {document(`{"/a":null,"/b":{"get":{"operationId":"b"}}}`), "b", "odd_type", "/paths/~1a"},
		"extensions in paths":  {document(`{"x-a":{"get":{}},"/b":{"get":{"operationId":"b"},"x-c":{}}}`), "b", "", ""},
		"required in quotes": {document(`{"/a":{"get":{"operationId":"a","parameters":[{"name":"q","in":"query","required":"false"}]}}}`),
			"a", "odd_type", "/paths/~1a/get/parameters/0/required"},
		"parameter without place": {document(`{"/a":{"get":{"operationId":"a","parameters":[{"name":"q"}]}}}`), "a", "odd_parameter", "/paths/~1a/get/parameters/0/in"},
		"parameter without name":  {document(`{"/a":{"get":{"operationId":"a","parameters":[{"in":"query"}]}}}`), "a", "odd_parameter", "/paths/~1a/get/parameters/0/name"},
		"parameters an object":    {document(`{"/a":{"get":{"operationId":"a","parameters":{}}}}`), "a", "odd_type", "/paths/~1a/get/parameters"},
		"path not required":       {document(`{"/{a}":{"get":{"operationId":"a","parameters":[{"name":"a","in":"path"}]}}}`), "a", "path_not_required", ""},
		"remote reference":        {document(`{"/a":{"get":{"operationId":"a","responses":{"200":{"$ref":"other.json#/r"}}}}}`), "a", "remote_ref", "/paths/~1a/get/responses/200/$ref"},
		"remote path":             {document(`{"/a":{"$ref":"other.json"},"/b":{"get":{"operationId":"b"}}}`), "b", "remote_ref", "/paths/~1a/$ref"},
		"missing reference":       {document(`{"/a":{"get":{"operationId":"a","parameters":[{"$ref":"#/components/parameters/P"}]}}}`), "a", "missing_ref", "/paths/~1a/get/parameters/0/$ref"},
		"reference in an example": {document(`{"/a":{"get":{"operationId":"a","responses":{"200":{"description":"","content":{"application/json":{"example":{"$ref":"nowhere"}}}}}}}}`), "a", "", ""},
		"security an object":      {document(`{"/a":{"get":{"operationId":"a","security":{}}}}`), "a", "odd_type", "/paths/~1a/get/security"},
		"server without URL":      {document(`{"/a":{"get":{"operationId":"a","servers":[{}]}}}`), "a", "odd_server", "/paths/~1a/get/servers"},
		"top key twice":           {`{"openapi":"3.0.3","info":{"title":"t"},"info":{"title":"t"},"paths":{"/a":{"get":{"operationId":"a"}}}}`, "a", "duplicate_key", "/info"},
		"unknown scheme type":     {`{"openapi":"3.0.3","info":{"title":"t"},"components":{"securitySchemes":{"s":{"type":"magic"}}},"paths":{"/a":{"get":{"operationId":"a"}}}}`, "a", "odd_security_scheme", "/components/securitySchemes/s"},
		"3.2 query and more":      {`{"openapi":"3.2.0","info":{"title":"t"},"paths":{"/a":{"query":{"operationId":"q"},"additionalOperations":{"COPY":{"operationId":"c"}}}}}`, "q,c", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := mustParse(t, tc.raw)
			var ids []string
			for _, s := range d.Summaries() {
				ids = append(ids, s.ID)
				mustOperation(t, d, s.ID)
			}
			if got := strings.Join(ids, ","); got != tc.ids {
				t.Errorf("operations: got %q, want %q", got, tc.ids)
			}
			if tc.code == "" {
				if len(d.Warnings()) > 0 {
					t.Errorf("warnings: got %v, want none", d.Warnings())
				}
				return
			}
			for _, w := range d.Warnings() {
				if w.Code == tc.code && (tc.path == "" || w.Path == tc.path) && w.Message != "" {
					return
				}
			}
			t.Errorf("warnings: got %v, want %s at %s", d.Warnings(), tc.code, tc.path)
		})
	}
}

func TestWarningsAreBounded(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString(`{"openapi":"3.0.3","info":{"title":"t"},"paths":{"/x":{}`)
	for i := range 3000 {
		b.WriteString(`,"/` + itoa(i) + `":{"get":{}}`)
	}
	d := mustParse(t, b.String()+"}}")
	list := d.Warnings()
	if last := list[len(list)-1]; len(list) != maxWarnings+1 || last.Code != "more_warnings" || !strings.Contains(last.Message, "2000") {
		t.Errorf("%d warnings, the last %+v", len(list), last)
	}
}

func TestOperationNotFound(t *testing.T) {
	t.Parallel()
	d := mustParse(t, `{"openapi":"3.0.3","info":{"title":"t"},"paths":{"/a":{"get":{"operationId":"a"}}}}`)
	for _, id := range []string{"", "b", "get /a", "POST /a"} {
		if _, err := d.Operation(id); apierr.CodeOf(err) != apierr.NotFound {
			t.Errorf("%q: got %v, want NOT_FOUND", id, err)
		}
	}
	if op := mustOperation(t, d, "GET /a"); op.ID != "a" {
		t.Errorf("by route: got %q, want a", op.ID)
	}
}
