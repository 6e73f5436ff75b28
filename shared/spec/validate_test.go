package spec

import (
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestJSONSchema(t *testing.T) {
	t.Parallel()
	d := mustParse(t, shapes)
	for schema, want := range map[string]string{
		`{}`:                                `{}`,
		`null`:                              `true`,
		`false`:                             `false`,
		`{"type":"string","nullable":true}`: `{"type":["null","string"]}`,
		`{"type":"string","enum":["a"],"nullable":true}`:                       `{"anyOf":[{"type":"string","enum":["a"]},{"type":"null"}]}`,
		`{"minimum":1,"exclusiveMinimum":true}`:                                `{"exclusiveMinimum":1}`,
		`{"exclusiveMaximum":5}`:                                               `{"exclusiveMaximum":5}`,
		`{"required":"true","minLength":-1,"multipleOf":0,"enum":{}}`:          `{}`,
		`{"required":["a","a",1]}`:                                             `{"required":["a"]}`,
		`{"type":["string","string"]}`:                                         `{"type":"string"}`,
		`{"type":"any","allOf":[],"xml":{},"discriminator":{},"example":1}`:    `{}`,
		`{"items":[{"type":"file"}],"additionalProperties":"yes"}`:             `{"prefixItems":[{"type":"string"}]}`,
		`{"properties":{"$ref":{"type":"string"},"example":{"type":"array"}}}`: `{"properties":{"$ref":{"type":"string"},"example":{"type":"array"}}}`,
	} {
		got, err := d.JSONSchema(json.RawMessage(schema))
		if err != nil {
			t.Errorf("%s: %v", schema, err)
			continue
		}
		whole := `{"$schema":"https://json-schema.org/draft/2020-12/schema","allOf":[` + want + `]}`
		if string(got) != whole {
			t.Errorf("%s:\n got %s\nwant %s", schema, got, whole)
		}
	}
	got, err := d.JSONSchema(ref("Tree"))
	want := `{"$schema":"https://json-schema.org/draft/2020-12/schema","allOf":[{"$ref":"#/$defs/Tree"}],"$defs":{"Tree":{"type":"object","properties":{"left":{"$ref":"#/$defs/Tree"}}}}}`
	if err != nil || string(got) != want {
		t.Errorf("Tree:\n got %s, %v\nwant %s", got, err, want)
	}
	for schema, want := range map[string]error{
		`{"$ref":"#/components/schemas/Loop"}`:                                  ErrSchemaCycle,
		strings.Repeat(`{"items":`, 300) + `{}` + strings.Repeat(`}`, 300):      ErrSchemaTooLarge,
		`{"properties":{"a":{"not":{"$ref":"#/components/schemas/Loop"}}}}`:     ErrSchemaCycle,
		`{"x":"` + strings.Repeat("a", 10) + `","default":` + big(17<<20) + `}`: nil,
	} {
		if _, err := d.JSONSchema(json.RawMessage(schema)); !errors.Is(err, want) {
			t.Errorf("%.60s: got %v, want %v", schema, err, want)
		}
	}
}

func big(n int) string { return `"` + strings.Repeat("a", n) + `"` }

func TestValidate(t *testing.T) {
	t.Parallel()
	d := mustParse(t, shapes)
	for _, tc := range []struct {
		schema, instance string
		want             string // problems as "path code"
		checked          bool
	}{
		{`{"$ref":"#/components/schemas/Named"}`, `{"name":"x","kind":"a"}`, "", true},
		{`{"$ref":"#/components/schemas/Named"}`, `{"kind":"c"}`, "/name required,/kind enum", true},
		{`{"$ref":"#/components/schemas/Person"}`, `{"pets":[{"id":"x"}]}`, "/pets/0/name required,/pets/0/id type", true},
		{`{"oneOf":[{"$ref":"#/components/schemas/Cat"},{"type":"string"}]}`, `{"claws":"x"}`, "/claws type", true},
		{`{"type":"object","properties":{},"additionalProperties":false}`, `{"a/b":1}`, "/a~1b additionalProperties", true},
		{`{"type":"string","nullable":true}`, `null`, "", true},
		{`{"type":"string","pattern":"(?=x)y"}`, `"z"`, "", true}, // look-ahead: Go cannot tell
		{`{"type":"string","pattern":"^[0-9]+$"}`, `"z"`, " pattern", true},
		{`{"$ref":"other.json#/x"}`, `17`, "", false}, // leads nowhere: nothing is known
		{`{"items":{"$ref":"other.json#/x"},"type":"array"}`, `[17]`, "", true},
		{`{"$ref":"#/components/schemas/Loop"}`, `{}`, "", false},
		{`{"items":{"$ref":"#/components/schemas/Ring"}}`, `[1]`, "", true},
		{`{}`, `{"a":[1,2.5,"x",null,true]}`, "", true},
	} {
		problems, checked := d.Validate(json.RawMessage(tc.schema), json.RawMessage(tc.instance))
		var got []string
		for _, p := range problems {
			got = append(got, p.Path+" "+p.Code)
			if !strings.HasSuffix(p.Message, ".") {
				t.Errorf("message %q is no sentence", p.Message)
			}
		}
		if checked != tc.checked || len(got) != len(strings.Split(tc.want, ","))-b2i(tc.want == "") || !sameSet(got, tc.want) {
			t.Errorf("%s on %s: got %v, %v, want %s, %v", tc.instance, tc.schema, got, checked, tc.want, tc.checked)
		}
	}
	// A schema that cannot be compiled must not spoil those after it.
	if _, checked := d.Validate(ref("Named"), map[string]any{"name": "x"}); !checked {
		t.Error("a sound schema is unchecked after a bad one")
	}
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

func sameSet(got []string, want string) bool {
	for _, w := range got {
		found := false
		for _, x := range strings.Split(want, ",") {
			found = found || x == w
		}
		if !found {
			return false
		}
	}
	return true
}

func TestValidateTakesGoValues(t *testing.T) {
	t.Parallel()
	d := mustParse(t, shapes)
	schema := json.RawMessage(`{"type":"object","properties":{"n":{"type":"integer"},"s":{"type":"array","items":{"type":"string"}}}}`)
	for _, instance := range []any{
		map[string]any{"n": 1, "s": []string{"a"}},
		map[string]any{"n": json.Number("1"), "s": []any{"a"}},
		struct {
			N int      `json:"n"`
			S []string `json:"s"`
		}{1, []string{"a"}},
	} {
		if problems, checked := d.Validate(schema, instance); !checked || len(problems) > 0 {
			t.Errorf("%#v: %v, %v", instance, problems, checked)
		}
	}
	if problems, checked := d.Validate(schema, map[string]any{"f": func() {}}); !checked || len(problems) != 1 || problems[0].Code != "json" {
		t.Errorf("a function: %v, %v", problems, checked)
	}
}

func TestValidateConcurrently(t *testing.T) {
	t.Parallel()
	d := mustParse(t, shapes)
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for range 50 {
				schema := json.RawMessage(`{"type":"integer","minimum":` + itoa(i) + `}`)
				if problems, checked := d.Validate(schema, float64(i)-1); !checked || len(problems) != 1 {
					t.Errorf("%d: %v, %v", i, problems, checked)
				}
			}
		})
	}
	wg.Wait()
}

func TestSample(t *testing.T) {
	t.Parallel()
	d := mustParse(t, shapes)
	for _, schema := range []string{
		`{"$ref":"#/components/schemas/Named"}`,
		`{"allOf":[{"$ref":"#/components/schemas/Named"},{"properties":{"name":{"enum":["only"]}}}]}`,
		`{"$ref":"#/components/schemas/Tree"}`,
		`{"type":"integer","minimum":5,"maximum":5}`,
		`{"type":"integer","exclusiveMinimum":5,"exclusiveMaximum":7}`,
		`{"type":"integer","maximum":-3}`,
		`{"type":"number","multipleOf":7,"minimum":10}`,
		`{"type":"string","minLength":30}`,
		`{"type":"string","maxLength":2}`,
		`{"type":"string","pattern":"^(GB|DE)[0-9]{4}-[a-f]+$"}`,
		`{"type":"string","pattern":"^[0-9a-f]+$","minLength":40,"maxLength":40}`,
		`{"type":"string","pattern":"^[a-zA-Z0-9]*$","minLength":5,"maxLength":50}`,
		`{"type":"string","pattern":"^([a-z]{2,9}-?)+[0-9]$","maxLength":4}`,
		`{"type":"string","pattern":"^[A-Z]","minLength":9,"maxLength":9}`,
		`{"type":"string","pattern":"^(` + strings.Repeat("a font,|", 500) + `another)$"}`,
		`{"type":"number","minimum":0,"exclusiveMinimum":true,"exclusiveMaximum":1}`,
		`{"type":"number","exclusiveMinimum":0.2,"maximum":0.4}`,
		`{"type":"number","exclusiveMinimum":0.2}`,
		`{"type":"number","minimum":-2,"exclusiveMaximum":-1.5}`,
		`{"type":"array","items":{"type":"boolean"},"minItems":3}`,
		`{"type":"array","items":{"type":"number"},"minItems":121}`,
		`{"type":"string","enum":["x","y","z"]}`,
		`{"type":"string","example":7}`,
		`{"type":"object","required":["nowhere"]}`,
		`{"const":{"a":[1]}}`,
		`{"type":["null","string"]}`,
	} {
		first := d.Sample(json.RawMessage(schema), 7)
		if problems, checked := d.Validate(json.RawMessage(schema), first); !checked || len(problems) > 0 {
			t.Errorf("%s: %v does not fit: %v, %v", schema, first, problems, checked)
		}
		if diff := cmp.Diff(first, d.Sample(json.RawMessage(schema), 7)); diff != "" {
			t.Errorf("%s: not the same for the same seed:\n%s", schema, diff)
		}
	}
	if got := d.Sample(json.RawMessage(`{"type":"string","format":"uuid"}`), 1); got == d.Sample(json.RawMessage(`{"type":"string","format":"uuid"}`), 2) {
		t.Errorf("two seeds give the same id %v", got)
	}
	if got := d.Sample(json.RawMessage(`{"type":"string","example":"mine"}`), 1); got != "mine" {
		t.Errorf("the example is not used: %v", got)
	}
}
