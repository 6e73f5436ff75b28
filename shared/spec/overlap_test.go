package spec

import (
	"encoding/json"
	"testing"
)

// TestOverlappingAlternatives: an answer that several alternatives of a oneOf allow is
// right, a request is not, and what none allows is wrong either way.
func TestOverlappingAlternatives(t *testing.T) {
	t.Parallel()
	doc := mustParse(t, `{"openapi":"3.0.3","info":{"title":"t","version":"1"},"paths":{},"components":{"schemas":{
"Pet":{"type":"object","required":["name"],"properties":{"name":{"type":"string"}}},
"Dog":{"type":"object","required":["name"],"properties":{"name":{"type":"string"},"barks":{"type":"boolean"}}}}}}`)
	schema := json.RawMessage(`{"oneOf":[{"$ref":"#/components/schemas/Pet"},{"$ref":"#/components/schemas/Dog"}]}`)
	list := json.RawMessage(`{"type":"array","items":{"oneOf":[{"$ref":"#/components/schemas/Pet"},{"$ref":"#/components/schemas/Dog"}]}}`)
	for name, c := range map[string]struct {
		dir    Direction
		schema json.RawMessage
		value  string
		wrong  int
	}{
		"answered":                   {Answered, schema, `{"name":"Rex"}`, 0},
		"answered, in a list":        {Answered, list, `[{"name":"Rex"},{"name":"Tom"}]`, 0},
		"answered, fits none":        {Answered, schema, `{"barks":true}`, 1},
		"answered, in a list, wrong": {Answered, list, `[{"name":"Rex"},{"name":7}]`, 1},
		"sent":                       {Sent, schema, `{"name":"Rex"}`, 1},
	} {
		problems, checked := doc.ValidateAs(c.dir, c.schema, json.RawMessage(c.value))
		if !checked || len(problems) != c.wrong {
			t.Errorf("%s: %v, %t, want %d problems", name, problems, checked, c.wrong)
		}
	}
}
