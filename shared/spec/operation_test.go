package spec

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const orders = `
openapi: 3.1.0
info: {title: Orders, version: 1.2.3, description: Sells things.}
servers:
  - url: https://{region}.example.com/v1
    variables: {region: {default: eu, enum: [eu, us]}}
security: [{key: []}]
tags: [{name: orders}]
paths:
  /orders/{id}:
    parameters:
      - {name: id, in: path, required: true, description: shared, schema: {type: string}}
      - $ref: '#/components/parameters/Trace'
    get:
      operationId: getOrder
      summary: Read an order
      tags: [orders]
      deprecated: true
      x-internal: {level: 3}
      security: [{}, {key: [], oauth: [read]}]
      servers: [{url: /v2}]
      parameters:
        - {name: id, in: path, required: true, description: own, schema: {type: integer}}
        - {name: fields, in: query, explode: false, schema: {type: array, items: {type: string}}}
        - {name: filter, in: query, content: {application/json: {schema: {type: object}}}}
        - {name: sid, in: cookie, example: abc, schema: {type: string}}
      responses:
        default: {description: fault, content: {application/problem+json: {schema: {type: string}}}}
        "404": {$ref: '#/components/responses/Missing'}
        2xx: {description: fine}
        200:
          description: ok
          headers: {X-Rate: {$ref: '#/components/headers/Rate'}}
          content:
            text/csv: {schema: {type: string}}
            application/json: {schema: {$ref: '#/components/schemas/Order'}, examples: {one: {value: {id: 7}}}}
    put:
      operationId: putOrder
      requestBody: {$ref: '#/components/requestBodies/Order'}
      security: []
  /copies:
    $ref: '#/components/pathItems/Copies'
components:
  parameters: {Trace: {$ref: '#/components/parameters/Real'}, Real: {name: X-Trace, in: header, schema: {type: string}}}
  responses: {Missing: {description: not there}}
  headers: {Rate: {schema: {type: integer}}}
  requestBodies:
    Order:
      required: true
      content:
        multipart/form-data: {schema: {type: object}, encoding: {file: {contentType: image/png}}}
        application/vnd.orders+json: {schema: {$ref: '#/components/schemas/Order'}}
  schemas: {Order: {type: object, properties: {id: {type: integer}}}}
  pathItems: {Copies: {post: {operationId: copy}}}
  securitySchemes:
    key: {type: apiKey, in: header, name: X-Key}
    oauth:
      type: oauth2
      flows: {clientCredentials: {tokenUrl: https://example.com/token, scopes: {read: Read}}}
`

func TestOperation(t *testing.T) {
	t.Parallel()
	d := mustParse(t, orders)
	if len(d.Warnings()) > 0 {
		t.Errorf("warnings: %v", d.Warnings())
	}
	got := mustOperation(t, d, "getOrder")
	want := &Operation{
		Summary: Summary{ID: "getOrder", Method: "GET", Path: "/orders/{id}", Summary: "Read an order", Tags: []string{"orders"}, Deprecated: true},
		Parameters: []Parameter{
			{Name: "id", In: "path", Required: true, Description: "own", Schema: json.RawMessage(`{"type":"integer"}`), Style: "simple"},
			{Name: "X-Trace", In: "header", Schema: json.RawMessage(`{"type":"string"}`), Style: "simple"},
			{Name: "fields", In: "query", Schema: json.RawMessage(`{"type":"array","items":{"type":"string"}}`), Style: "form"},
			{Name: "filter", In: "query", Schema: json.RawMessage(`{"type":"object"}`), Style: "form", Explode: true, ContentType: "application/json"},
			{Name: "sid", In: "cookie", Schema: json.RawMessage(`{"type":"string"}`), Style: "form", Explode: true, Example: json.RawMessage(`"abc"`)},
		},
		Responses: []Response{
			{
				Status: "200", Description: "ok",
				Headers: map[string]json.RawMessage{"X-Rate": json.RawMessage(`{"schema":{"type":"integer"}}`)},
				Content: []MediaType{
					{Type: "text/csv", Schema: json.RawMessage(`{"type":"string"}`)},
					{Type: "application/json", Schema: json.RawMessage(`{"$ref":"#/components/schemas/Order"}`), Example: json.RawMessage(`{"id":7}`)},
				},
			},
			{Status: "2XX", Description: "fine"},
			{Status: "404", Description: "not there"},
			{Status: "default", Description: "fault", Content: []MediaType{{Type: "application/problem+json", Schema: json.RawMessage(`{"type":"string"}`)}}},
		},
		Security:   []Requirement{{}, {"key": {}, "oauth": {"read"}}},
		Servers:    []Server{{URL: "/v2"}},
		Extensions: map[string]json.RawMessage{"x-internal": json.RawMessage(`{"level":3}`)},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("getOrder (-want +got):\n%s", diff)
	}
	if schema, ok := got.SuccessSchema(); !ok || string(schema) != `{"$ref":"#/components/schemas/Order"}` {
		t.Errorf("success schema: got %s, %v", schema, ok)
	}

	put := mustOperation(t, d, "putOrder")
	if len(put.Security) != 0 || len(put.Parameters) != 2 {
		t.Errorf("putOrder: security %v, parameters %v", put.Security, put.Parameters)
	}
	wantBody := &Body{Required: true, Content: []MediaType{
		{Type: "application/vnd.orders+json", Schema: json.RawMessage(`{"$ref":"#/components/schemas/Order"}`)},
		{Type: "multipart/form-data", Schema: json.RawMessage(`{"type":"object"}`), Encoding: map[string]json.RawMessage{"file": json.RawMessage(`{"contentType":"image/png"}`)}},
	}}
	if diff := cmp.Diff(wantBody, put.Body); diff != "" {
		t.Errorf("putOrder body (-want +got):\n%s", diff)
	}
	if media, _, ok := put.BodySchema(); !ok || media != "application/vnd.orders+json" {
		t.Errorf("putOrder sends %q", media)
	}

	copies := mustOperation(t, d, "copy")
	if copies.Path != "/copies" || len(copies.Security) != 1 || copies.Servers[0].URL != "https://{region}.example.com/v1" {
		t.Errorf("copy: %+v", copies)
	}

	info := d.Info()
	wantSchemes := map[string]SecurityScheme{
		"key":   {Type: "apiKey", In: "header", Name: "X-Key"},
		"oauth": {Type: "oauth2", Flows: map[string]Flow{"clientCredentials": {TokenURL: "https://example.com/token", Scopes: map[string]string{"read": "Read"}}}},
	}
	if diff := cmp.Diff(wantSchemes, info.SecuritySchemes); diff != "" {
		t.Errorf("schemes (-want +got):\n%s", diff)
	}
	if info.Title != "Orders" || info.Version != "1.2.3" || info.SpecVersion != "3.1.0" || info.Format != "yaml" || info.Servers[0].Variables["region"].Default != "eu" {
		t.Errorf("info: %+v", info)
	}
}

func TestIndexReopens(t *testing.T) {
	t.Parallel()
	for _, text := range []string{orders, petsV2} {
		d := mustParse(t, text)
		index, err := d.Index()
		if err != nil {
			t.Fatal(err)
		}
		again, err := Load(d.JSON(), index)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(d.Info(), again.Info()); diff != "" {
			t.Errorf("info (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(d.Summaries(), again.Summaries()); diff != "" {
			t.Errorf("summaries (-want +got):\n%s", diff)
		}
		for _, s := range d.Summaries() {
			if diff := cmp.Diff(mustOperation(t, d, s.ID), mustOperation(t, again, s.ID)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", s.ID, diff)
			}
		}
	}
}

func TestLoadRefuses(t *testing.T) {
	t.Parallel()
	d := mustParse(t, orders)
	index, err := d.Index()
	if err != nil {
		t.Fatal(err)
	}
	other := append([]byte(nil), d.JSON()...)
	other[len(other)/2]++
	for name, tc := range map[string]struct{ doc, index []byte }{
		"no index":          {d.JSON(), nil},
		"another document":  {other, index},
		"a shorter one":     {d.JSON()[1:], index},
		"another layout":    {d.JSON(), append([]byte("apiq-index/0\n"), index[len(indexMagic):]...)},
		"an index too long": {d.JSON(), append(append([]byte(nil), index...), 1)},
	} {
		if _, err := Load(tc.doc, tc.index); !errors.Is(err, ErrIndex) {
			t.Errorf("%s: got %v, want ErrIndex", name, err)
		}
	}
	for n := range index {
		if _, err := Load(d.JSON(), index[:n]); !errors.Is(err, ErrIndex) {
			t.Fatalf("index cut at %d: got %v, want ErrIndex", n, err)
		}
	}
}

func TestResolve(t *testing.T) {
	t.Parallel()
	d := mustParse(t, `{"openapi":"3.0.3","info":{"title":"t"},"paths":{"/a/{b}":{"get":{"operationId":"a","tags":["x","y"]}}},
		"components":{"schemas":{"A~B/C":{"type":"string"},"Two":{"$ref":"#/components/schemas/A~0B~1C"},"Ring":{"$ref":"#/components/schemas/Ring"},"Ümlaut":{"type":"null"}}},
		"x-other":{"deep":[{"er":1}]}}`)
	for ref, want := range map[string]string{
		"#/components/schemas/A~0B~1C":      `{"type":"string"}`,
		"#/components/schemas/A~0B~1C/type": `"string"`,
		"#/components/schemas/Two":          `{"type":"string"}`,
		"#/components/schemas/%C3%9Cmlaut":  `{"type":"null"}`,
		"#/paths/~1a~1%7Bb%7D/get/tags/1":   `"y"`,
		"#/paths/~1a~1{b}/get/tags/0":       `"x"`,
		"#/x-other/deep/0/er":               `1`,
		"#/info/title":                      `"t"`,
	} {
		got, err := d.Resolve(ref)
		if err != nil || string(got) != want {
			t.Errorf("%s: got %s, %v, want %s", ref, got, err, want)
		}
	}
	for ref, want := range map[string]error{
		"":                                 ErrRefRemote,
		"Pet":                              ErrRefRemote,
		"other.yaml#/components/schemas/A": ErrRefRemote,
		"https://example.com/a.json":       ErrRefRemote,
		"#":                                ErrRefMissing,
		"#anchor":                          ErrRefMissing,
		"#/components/schemas/None":        ErrRefMissing,
		"#/components/schemas/Two/none":    ErrRefMissing,
		"#/paths/~1a~1{b}/get/tags/2":      ErrRefMissing,
		"#/paths/~1a~1{b}/get/tags/-":      ErrRefMissing,
		"#/components/schemas/Ring":        ErrRefCycle,
		"#/%zz":                            ErrRefMissing,
		"#//":                              ErrRefMissing,
	} {
		if _, err := d.Resolve(ref); !errors.Is(err, want) {
			t.Errorf("%s: got %v, want %v", ref, err, want)
		}
	}
}
