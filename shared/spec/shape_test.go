package spec

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const shapes = `
openapi: 3.1.0
info: {title: t}
paths: {}
components:
  schemas:
    Named: {type: object, required: [name], properties: {name: {type: string}, kind: {type: string, enum: [a, b]}}}
    Pet:
      description: A pet
      allOf:
        - $ref: '#/components/schemas/Named'
        - type: object
          required: [id]
          properties:
            id: {type: integer, readOnly: true}
            secret: {type: string, writeOnly: true}
            owner: {$ref: '#/components/schemas/Person', description: who feeds it}
            tags: {type: array, items: {type: string}}
            extra: {type: object, additionalProperties: {type: number}}
            name: {type: integer}
    Person: {type: object, properties: {email: {type: string, format: email}, pets: {type: array, items: {$ref: '#/components/schemas/Pet'}}}}
    Cat: {type: object, properties: {claws: {type: integer}}}
    Dog: {type: object, properties: {bark: {type: object, properties: {loud: {type: boolean}}}}}
    Animal: {type: object, properties: {age: {type: integer}}, oneOf: [{$ref: '#/components/schemas/Cat'}, {$ref: '#/components/schemas/Dog'}]}
    Tree: {type: object, properties: {left: {$ref: '#/components/schemas/Tree'}}}
    Ring: {$ref: '#/components/schemas/Ring'}
    Loop: {allOf: [{$ref: '#/components/schemas/Loop'}, {type: object, properties: {a: {type: string}}}]}
`

func ref(name string) json.RawMessage {
	return json.RawMessage(`{"$ref":"#/components/schemas/` + name + `"}`)
}

// outline writes a shape in a line: types, format, bounds and the like.
func outline(s Shape) string {
	parts := []string{strings.Join(s.Types(), "|")}
	add := func(name, value string) {
		if value != "" {
			parts = append(parts, name+"="+value)
		}
	}
	add("format", s.Format())
	add("pattern", s.Pattern())
	add("const", string(s.Const()))
	add("default", string(s.Default()))
	add("example", string(s.Example()))
	if enum := s.Enum(); enum != nil && s.Const() == nil {
		text, _ := json.Marshal(enum)
		add("enum", string(text))
	}
	bounds, _ := json.Marshal(s.Bounds())
	var set map[string]any
	_ = json.Unmarshal(bounds, &set)
	for name, v := range set {
		if v == nil {
			delete(set, name)
		}
	}
	if len(set) > 0 {
		text, _ := json.Marshal(set)
		add("bounds", string(text))
	}
	if !s.Known() {
		parts = append(parts, "unknown")
	}
	return strings.Join(parts, " ")
}

func TestShapeReadsEveryDialect(t *testing.T) {
	t.Parallel()
	d := mustParse(t, shapes)
	for schema, want := range map[string]string{
		``:                                    " unknown",
		`{}`:                                  " unknown",
		`true`:                                " unknown",
		`null`:                                " unknown",
		`[1]`:                                 " unknown",
		`not json`:                            " unknown",
		`{"description":"words"}`:             " unknown",
		`{"$ref":"#/nowhere"}`:                " unknown",
		`{"$ref":"other.json"}`:               " unknown",
		`{"type":"string"}`:                   "string",
		`{"type":["string","null"]}`:          "string|null",
		`{"type":"string","nullable":true}`:   "string|null",
		`{"type":"string","x-nullable":true}`: "string|null",
		`{"anyOf":[{"type":"string"},{"type":"null"}]}`:                   "string|null",
		`{"oneOf":[{"type":"null"},{"$ref":"#/components/schemas/Cat"}]}`: "object|null",
		`{"nullable":true,"allOf":[{"type":"integer"}]}`:                  "integer|null",
		`{"allOf":[{"type":["string","integer"]},{"type":"integer"}]}`:    "integer",
		`{"type":"file"}`:         "string format=binary",
		`{"type":"int"}`:          "integer",
		`{"properties":{"a":{}}}`: "object",
		`{"items":{}}`:            "array",
		`{"enum":["a",null]}`:     `string|null enum=["a",null]`,
		`{"enum":[1,2.5]}`:        "integer|number enum=[1,2.5]",
		`{"const":"x"}`:           `string const="x"`,
		`{"type":"string","format":"date","pattern":"^x$","default":"d","example":"e"}`: `string format=date pattern=^x$ default="d" example="e"`,
		`{"type":"string","examples":["first","second"]}`:                               `string example="first"`,
		`{"type":"integer","minimum":1,"exclusiveMinimum":true,"maximum":9}`:            `integer bounds={"ExclusiveMinimum":1,"Maximum":9}`,
		`{"type":"integer","exclusiveMinimum":1,"exclusiveMaximum":9,"multipleOf":2}`:   `integer bounds={"ExclusiveMaximum":9,"ExclusiveMinimum":1,"MultipleOf":2}`,
		`{"type":"string","minLength":"2","maxLength":3}`:                               `string bounds={"MaxLength":3,"MinLength":2}`,
		`{"allOf":[{"minItems":1,"maxItems":9},{"minItems":3,"maxItems":5}]}`:           ` bounds={"MaxItems":5,"MinItems":3}`,
	} {
		if got := outline(d.Shape(json.RawMessage(schema))); got != want {
			t.Errorf("%s:\n got %q\nwant %q", schema, got, want)
		}
	}
}

func TestShapeProperties(t *testing.T) {
	t.Parallel()
	d := mustParse(t, shapes)
	pet := d.Shape(ref("Pet"))
	var got []string
	for _, p := range pet.Properties() {
		line := p.Name + " " + strings.Join(p.Shape.Types(), "|")
		for flag, set := range map[string]bool{" required": p.Required, " read": p.ReadOnly, " write": p.WriteOnly} {
			if set {
				line += flag
			}
		}
		got = append(got, line)
	}
	want := []string{"name string required", "kind string", "secret string write", "owner object", "tags array", "extra object"}
	if pet.Ref() != "Pet" || pet.Description() != "A pet" {
		t.Errorf("ref %q, description %q", pet.Ref(), pet.Description())
	}
	id, ok := pet.Property("id")
	if !ok || !id.Required || !id.ReadOnly || !id.Shape.Is("integer") || !id.Shape.Is("number") {
		t.Errorf("id: %+v", id)
	}
	want = append(want[:2], append([]string{"id integer required read"}, want[2:]...)...)
	got[2] = strings.Replace(got[2], " read required", " required read", 1) // map order
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("properties (-want +got):\n%s", diff)
	}
	owner, _ := pet.Property("owner")
	if owner.Shape.Ref() != "Person" || owner.Shape.Description() != "who feeds it" {
		t.Errorf("owner: ref %q, description %q", owner.Shape.Ref(), owner.Shape.Description())
	}
	extra, _ := pet.Property("extra")
	if more, ok := extra.Shape.Additional(); !ok || !more.Is("number") {
		t.Error("extra: additional properties are numbers")
	}
	if _, ok := d.Shape(json.RawMessage(`{"additionalProperties":false}`)).Additional(); ok {
		t.Error("additionalProperties false allows some")
	}
}

func TestShapeVariants(t *testing.T) {
	t.Parallel()
	d := mustParse(t, shapes)
	var got []string
	for _, v := range d.Shape(ref("Animal")).Variants() {
		line := v.Ref()
		for _, p := range v.Properties() {
			line += " " + p.Name
		}
		got = append(got, line)
	}
	// What stands beside the alternatives belongs to each.
	if diff := cmp.Diff([]string{"Cat age claws", "Dog age bark"}, got); diff != "" {
		t.Errorf("variants (-want +got):\n%s", diff)
	}
	if v := d.Shape(ref("Cat")).Variants(); v != nil {
		t.Errorf("a schema without alternatives has %d", len(v))
	}
}

func TestShapeAt(t *testing.T) {
	t.Parallel()
	d := mustParse(t, shapes)
	for _, tc := range []struct {
		root, path, want string
		ok               bool
	}{
		{"Pet", "", "object", true},
		{"Pet", "name", "string", true},
		{"Pet", "owner/email", "string format=email", true},
		{"Pet", "owner/pets/*/owner/pets/3/name", "string", true},
		{"Pet", "tags/0", "string", true},
		{"Pet", "extra/anything", "number", true},
		{"Pet", "nmae", " unknown", false},
		{"Pet", "name/deeper", " unknown", false},
		{"Pet", "tags/first", " unknown", false},
		{"Animal", "claws", "integer", true},
		{"Animal", "bark/loud", "boolean", true},
		{"Animal", "age", "integer", true},
		{"Animal", "wings", " unknown", false},
		{"Tree", strings.Repeat("left/", 200) + "left", "object", true},
		{"Ring", "a/b", " unknown", true}, // nothing is known of it
		{"Loop", "a", "string", true},
		{"Loop", "b", " unknown", false},
	} {
		var path []string
		if tc.path != "" {
			path = strings.Split(tc.path, "/")
		}
		got, ok := d.Shape(ref(tc.root)).At(path...)
		if ok != tc.ok || outline(got) != tc.want {
			t.Errorf("%s at %.40s: got %q, %v, want %q, %v", tc.root, tc.path, outline(got), ok, tc.want, tc.ok)
		}
	}
}
