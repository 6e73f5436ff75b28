package spec

import (
	"encoding/json"
	"strings"
	"testing"
)

// TestBesideAReference: what limits a value does not count beside a reference until
// OpenAPI 3.0, and does from 3.1 on; words about it, and null, count everywhere.
func TestBesideAReference(t *testing.T) {
	t.Parallel()
	const schema = `{"$ref":"#/components/schemas/A","type":"array","description":"mine","nullable":true,"additionalProperties":false,"allOf":[{"required":["b"]}]}`
	const empty, null = `{}`, `null`
	for version, c := range map[string]struct {
		types       string
		fits, wrong []string
	}{
		`"swagger":"2.0"`:   {"object|null", []string{empty, null, `{"b":1}`}, []string{`[]`, `{"a":1}`}},
		`"openapi":"3.0.3"`: {"object|null", []string{empty, null, `{"b":1}`}, []string{`[]`, `{"a":1}`}},
		`"openapi":"3.1.0"`: {"array|null", []string{null}, []string{empty, `[]`, `{"b":1}`}},
	} {
		d := mustParse(t, `{`+version+`,"info":{"title":"t"},"paths":{},"components":{"schemas":{"A":{"type":"object","properties":{"a":{"type":"string"}}}}},
			"definitions":{}}`)
		ref := json.RawMessage(schema)
		s := d.Shape(ref)
		if got := strings.Join(s.Types(), "|"); got != c.types || s.Description() != "mine" || s.Ref() != "A" {
			t.Errorf("%s: got %s %q of %s", version, got, s.Description(), s.Ref())
		}
		whole, err := d.JSONSchema(ref)
		if err != nil {
			t.Fatal(err)
		}
		for i, list := range [][]string{c.fits, c.wrong} {
			for _, value := range list {
				problems, checked := d.Validate(ref, json.RawMessage(value))
				if !checked || len(problems) > 0 != (i == 1) {
					t.Errorf("%s: %s: %v, checked: %v", version, value, problems, checked)
				}
			}
		}
		if strings.Contains(string(whole), `"required"`) != strings.HasPrefix(version, `"openapi":"3.1`) {
			t.Errorf("%s: expands to %s", version, whole)
		}
	}
}
