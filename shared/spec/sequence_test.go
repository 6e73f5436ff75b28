package spec

import (
	"encoding/json"
	"testing"
)

const streams = `
openapi: 3.2.0
$self: https://api.example.com/openapi.yaml
jsonSchemaDialect: https://spec.openapis.org/oas/3.2/dialect/2025-09-17
info: {title: Streams, version: "1", summary: in 3.2}
servers: [{url: https://api.example.com, name: production}]
tags: [{name: logs, summary: Logs, parent: all, kind: nav}, {name: all}]
anything: {else: true}
paths:
  /logs:
    query:
      operationId: findLogs
      tags: [logs]
      parameters:
        - name: filter
          in: querystring
          required: true
          content: {application/x-www-form-urlencoded: {schema: {type: object, properties: {level: {type: string}, limit: {type: integer}}}}}
      responses:
        "200":
          summary: The lines
          description: ok
          content:
            application/jsonl: {$ref: '#/components/mediaTypes/Lines'}
            application/json-seq: {itemSchema: {$ref: '#/components/schemas/Line'}}
            text/event-stream: {itemSchema: {type: object, required: [data], properties: {data: {type: string}, event: {enum: [line, end]}, retry: {type: integer}}}}
            application/x-ndjson: {schema: {type: array, maxItems: 1, items: {$ref: '#/components/schemas/Line'}}, itemSchema: {}}
            text/plain: {itemEncoding: {}}
    additionalOperations:
      COPY: {operationId: copyLogs}
      purge: {operationId: purgeLogs}
components:
  mediaTypes: {Lines: {itemSchema: {$ref: '#/components/schemas/Line'}}}
  schemas: {Line: {type: object, required: [text], properties: {text: {type: string}}}}
`

// TestOpenAPI32 reads what 3.2 adds.
func TestOpenAPI32(t *testing.T) {
	t.Parallel()
	d := mustParse(t, streams)
	if len(d.Warnings()) > 0 {
		t.Errorf("warnings: %v", d.Warnings())
	}
	if d.Info().Servers[0].Description != "production" {
		t.Errorf("the server's name: %+v", d.Info().Servers)
	}
	for id, method := range map[string]string{"findLogs": "QUERY", "copyLogs": "COPY", "purgeLogs": "purge"} {
		if op := mustOperation(t, d, id); op.Method != method || op.Path != "/logs" {
			t.Errorf("%s: got %s %s", id, op.Method, op.Path)
		}
	}
	op := mustOperation(t, d, "findLogs")
	if len(op.Parameters) != 1 {
		t.Fatalf("parameters: %+v", op.Parameters)
	}
	// An object of the query in form style is sent as its properties: the whole string.
	p := op.Parameters[0]
	limit, ok := d.Shape(p.Schema).Property("limit")
	if p.In != "query" || p.Style != "form" || !p.Explode || p.ContentType != "" || !p.Required || !ok || !limit.Shape.Is("integer") {
		t.Errorf("the query string: %+v", p)
	}
	for _, m := range op.Responses[0].Content[:3] {
		shape := d.Shape(m.Schema)
		if !shape.Is("array") || !shape.Items().Is("object") {
			t.Errorf("%s: got %v of %v, want an array of objects", m.Type, shape.Types(), shape.Items().Types())
		}
		sample, fits := d.SampleAs(Answered, m.Schema, 1)
		if list, ok := sample.([]any); !ok || len(list) == 0 || !fits {
			t.Errorf("%s: sample %v, fits: %v", m.Type, sample, fits)
		}
	}
}

// TestSequencesAreChecked: each item of a stream is held against the schema of items.
func TestSequencesAreChecked(t *testing.T) {
	t.Parallel()
	d := mustParse(t, streams)
	op := mustOperation(t, d, "findLogs")
	for name, c := range map[string]struct {
		media, text, json string
		want              string // as summary gives it
	}{
		"lines":                {"application/jsonl", "{\"text\":\"a\"}\n{\"text\":\"b\"}\n", "", ""},
		"a line at fault":      {"application/jsonl", "{\"text\":\"a\"}\r\n\r\n{\"text\":7}", "", "/1/text type"},
		"no JSON":              {"application/jsonl", "{\"text\":\"a\"}\noops", "", " json"},
		"one line, as JSON":    {"application/jsonl", "", `{"text":"a"}`, ""},
		"one line, at fault":   {"application/jsonl", "", "{\n\"text\":7}", "/0/text type"},
		"no line":              {"application/jsonl", "\n", "", ""},
		"records":              {"application/json-seq", "\x1e{\"text\":\"a\"}\n\x1e{}\n", "", "/1/text required"},
		"array of all":         {"application/x-ndjson", "{\"text\":\"a\"}\n{\"text\":\"b\"}\n", "", " maxItems"},
		"events":               {"text/event-stream", ": hello\n\nevent: line\ndata: a\ndata: b\nretry: 5\n\nid: 1\n\ndata:end\nevent:end\n\n", "", ""},
		"an event at fault":    {"text/event-stream", "data: a\r\n\r\nevent: other\r\ndata: b\r\n\r\n", "", "/1/event enum"},
		"an event that is cut": {"text/event-stream", "data: a\n\nevent: other\ndata: b", "", ""},
		"not read":             {"application/jsonl", "", "", "unchecked"},
		"no sequence":          {"text/plain", "x", "", "unchecked"},
	} {
		a := Answer{Status: 200, ContentType: c.media}
		if c.text != "" {
			a.Text = []byte(c.text)
		}
		if c.json != "" {
			a.JSON = json.RawMessage(c.json)
		}
		got := ""
		v := d.CheckAnswer(op, a)
		for _, p := range v.Problems {
			got += p.Path + " " + p.Code
		}
		if !v.Checked {
			got = "unchecked"
		}
		if got != c.want {
			t.Errorf("%s: got %q, want %q (%s)", name, got, c.want, v.Why)
		}
	}
}
