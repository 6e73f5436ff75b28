package spec

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/apiq/apiq/shared/apierr"
)

// inheritance is a document whose paths state things for their operations, and
// refer to others that do.
const inheritance = `
openapi: 3.1.0
info: {title: Inheritance, version: "1"}
servers: [{url: https://root.example.com}]
security: [{key: []}]
paths:
  /plain:
    get: {operationId: plain}
    put: {operationId: none, security: []}
    post: {operationId: optional, security: [{}, {key: []}]}
    patch: {operationId: other, security: [{oauth: [write]}], servers: [{url: https://own.example.com}]}
  /served:
    servers: [{url: https://path.example.com}]
    parameters:
      - {name: a, in: query, description: path, schema: {type: string}}
      - {name: b, in: query, description: path, schema: {type: string}}
    get:
      operationId: served
      parameters:
        - {name: b, in: query, description: own, schema: {type: integer}}
        - {name: b, in: header, description: own, schema: {type: string}}
    put: {operationId: servedByItself, servers: [{url: https://own.example.com}]}
  /both:
    $ref: '#/components/pathItems/Near'
    parameters: [{name: a, in: query, description: path, schema: {type: string}}]
    get: {operationId: ownGet}
  /ring: {$ref: '#/components/pathItems/Ring', get: {operationId: ring}}
  /nowhere: {$ref: '#/components/pathItems/Nowhere', get: {operationId: nowhere}}
components:
  pathItems:
    Near:
      $ref: '#/components/pathItems/Far'
      parameters:
        - {name: a, in: query, description: near, schema: {type: string}}
        - {name: n, in: query, description: near, schema: {type: string}}
      get: {operationId: nearGet}
      put: {operationId: nearPut}
    Far:
      servers: [{url: https://far.example.com}]
      parameters: [{name: n, in: query, description: far, schema: {type: string}}, {name: f, in: query, description: far, schema: {type: string}}]
      put: {operationId: farPut}
      delete: {operationId: farDelete}
    Ring: {$ref: '#/components/pathItems/Ring'}
  securitySchemes:
    key: {type: apiKey, in: header, name: X-Key}
    oauth: {type: oauth2, flows: {clientCredentials: {tokenUrl: https://example.com/token, scopes: {write: Write}}}}
`

// TestInheritance: what an operation does not state it has of its path, then of
// what the path refers to, then of the document.
func TestInheritance(t *testing.T) {
	t.Parallel()
	d := mustParse(t, inheritance)
	index, err := d.Index()
	if err != nil {
		t.Fatal(err)
	}
	again, err := Load(d.JSON(), index)
	if err != nil {
		t.Fatal(err)
	}
	const key, root, far = "map[key:[]]", "https://root.example.com", "https://far.example.com"
	want := map[string]string{ // parameters; security; servers
		"plain":          "; " + key + "; " + root,
		"none":           "; ; " + root,
		"optional":       "; map[] " + key + "; " + root,
		"other":          "; map[oauth:[write]]; https://own.example.com",
		"served":         "query a path, query b own, header b own; " + key + "; https://path.example.com",
		"servedByItself": "query a path, query b path; " + key + "; https://own.example.com",
		"ownGet":         "query n near, query f far, query a path; " + key + "; " + far,
		"nearPut":        "query n near, query f far, query a path; " + key + "; " + far,
		"farDelete":      "query n near, query f far, query a path; " + key + "; " + far,
		"ring":           "; " + key + "; " + root,
		"nowhere":        "; " + key + "; " + root,
	}
	if d.Len() != len(want) {
		t.Errorf("%d operations, want %d: %v", d.Len(), len(want), d.Summaries())
	}
	for _, d := range []*Document{d, again} {
		for id, line := range want {
			if got := inherited(mustOperation(t, d, id)); got != line {
				t.Errorf("%s: got %q, want %q", id, got, line)
			}
		}
	}
	told := map[string]bool{}
	for _, w := range d.Warnings() {
		told[w.Code+" "+w.Path] = true
	}
	for _, line := range []string{
		"duplicate_method /paths/~1both", // GET and, of what is referred to, PUT
		"ref_cycle /paths/~1ring/$ref",
		"missing_ref /paths/~1nowhere/$ref",
	} {
		if !told[line] {
			t.Errorf("not told: %s of %v", line, d.Warnings())
		}
	}
}

func inherited(op *Operation) string {
	var parameters, security, servers []string
	for _, p := range op.Parameters {
		parameters = append(parameters, p.In+" "+p.Name+" "+p.Description)
	}
	for _, r := range op.Security {
		security = append(security, fmt.Sprint(map[string][]string(r)))
	}
	for _, s := range op.Servers {
		servers = append(servers, s.URL)
	}
	return strings.Join(parameters, ", ") + "; " + strings.Join(security, " ") + "; " + strings.Join(servers, " ")
}

// TestWebhooksAreNotCallable: what the API calls itself is counted, its faults are
// told, and it is no operation of ours.
func TestWebhooksAreNotCallable(t *testing.T) {
	t.Parallel()
	const text = `{"openapi":"3.1.0","info":{"title":"t"},"paths":{"/a":{"get":{"operationId":"a"}}},
		"webhooks":{"made":{"post":{"operationId":"made","requestBody":{"$ref":"#/components/requestBodies/None"}}},"gone":{"$ref":"#/components/pathItems/Gone"}},
		"components":{"pathItems":{"Gone":{"post":{"operationId":"gone"},"put":{"operationId":"again"}}}}}`
	d := mustParse(t, text)
	if d.Len() != 1 {
		t.Errorf("operations: got %v, want a", d.Summaries())
	}
	for _, id := range []string{"made", "gone", "again", "POST made"} {
		if _, err := d.Operation(id); apierr.CodeOf(err) != apierr.NotFound {
			t.Errorf("%s can be called: %v", id, err)
		}
	}
	if hits, err := d.Resolve("#/webhooks/made/post/operationId"); err != nil || string(hits) != `"made"` {
		t.Errorf("the webhook's own words: %s, %v", hits, err)
	}
	line := Inspect(context.Background(), "x", []byte(text), nil)
	if line.Operations != 1 || line.Webhooks != 3 {
		t.Errorf("inspected: %+v", line)
	}
	if len(line.Warnings) != 1 || line.Warnings[0].Path != "/webhooks/made/post/requestBody/$ref" {
		t.Errorf("warnings: %v", line.Warnings)
	}
}
