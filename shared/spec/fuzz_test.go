package spec

import (
	"bytes"
	"context"
	"encoding/json"
	"testing"
)

// The fuzz targets keep inputs small, as their faults are not of size; limits have
// tests of their own.
const fuzzBytes = 1 << 14

// FuzzScanJSON: any JSON is a document that can be used in full, or refused.
func FuzzScanJSON(f *testing.F) {
	for _, text := range []string{orders, petsV2, shapes, shop} {
		d, err := Parse(context.Background(), []byte(text), nil)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(d.JSON())
	}
	f.Add([]byte(`{"openapi":"3.0.0","paths":{"/a":{"$ref":"#/paths/~1a"}}}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		if len(raw) > fuzzBytes || len(raw) == 0 || raw[0] != '{' {
			return
		}
		d, err := Parse(context.Background(), raw, nil)
		if err != nil {
			return
		}
		if !json.Valid(d.JSON()) { // what came may have been mended
			t.Fatalf("not JSON: %.300s", d.JSON())
		}
		exercise(t, d)
	})
}

// FuzzParseYAML: any YAML is a document or refused, and becomes valid JSON.
func FuzzParseYAML(f *testing.F) {
	for _, text := range []string{orders, petsV2, shapes, shop} {
		f.Add([]byte(text))
	}
	f.Add([]byte("openapi: 3.0.0\nx: &a {<<: *a}\npaths: {<<: [*a, *a]}\n"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		if len(raw) > fuzzBytes || bytes.HasPrefix(raw, []byte("{")) {
			return
		}
		d, err := Parse(context.Background(), raw, &ParseOptions{MaxBytes: 1 << 20})
		if err != nil {
			return
		}
		if !json.Valid(d.JSON()) {
			t.Fatalf("not JSON: %.300s", d.JSON())
		}
		exercise(t, d)
	})
}

// FuzzSwagger2: whatever an operation of Swagger 2 holds, it maps to one that
// marshals.
func FuzzSwagger2(f *testing.F) {
	f.Add([]byte(`{"parameters":[{"name":"a","in":"formData","type":"file"},{"name":"b","in":"body","schema":{"type":"object"}}],"responses":{"200":{"schema":{"type":"file"},"examples":{"a/b":1}}}}`))
	f.Add([]byte(`{"parameters":[{"name":"a","in":"query","type":"array","items":{"type":"string"},"collectionFormat":"tsv","required":"true"}],"consumes":"x","produces":["y"],"schemes":["http"]}`))
	f.Fuzz(func(t *testing.T, operation []byte) {
		if len(operation) > fuzzBytes || !json.Valid(operation) {
			return
		}
		raw := append([]byte(`{"swagger":"2.0","host":"h","consumes":["multipart/form-data"],"paths":{"/a":{"post":`), operation...)
		d, err := Parse(context.Background(), append(raw, "}}}"...), nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range d.Summaries() {
			op, err := d.Operation(s.ID)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := json.Marshal(op); err != nil {
				t.Fatal(err)
			}
		}
		exercise(t, d)
	})
}

// FuzzShape: any bytes are a schema that can be asked everything; what it expands
// to is JSON, and its samples marshal.
func FuzzShape(f *testing.F) {
	for _, schema := range []string{
		`{"type":"object","properties":{"a":{"$ref":"#/components/schemas/Pet"}},"required":["a"]}`,
		`{"oneOf":[{"$ref":"#/components/schemas/Animal"},{"type":"null"}],"nullable":true}`,
		`{"type":"string","pattern":"^(a|b){2,3}[^x]\\d+$","minLength":5}`,
		`{"allOf":[{"minimum":1e400},{"exclusiveMinimum":true}],"items":[{}]}`,
		`{"type":`, `[`, `"`,
	} {
		f.Add([]byte(schema))
	}
	d, err := Parse(context.Background(), []byte(shapes), nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, schema []byte) {
		if len(schema) > fuzzBytes {
			return
		}
		s := d.Shape(schema)
		walk(s, 3)
		s.At("a", "*", "b")
		sample := d.Sample(schema, 3)
		if _, err := json.Marshal(sample); err != nil {
			t.Fatalf("the sample does not marshal: %v", err)
		}
		if !json.Valid(schema) {
			return
		}
		expanded, err := d.JSONSchema(schema)
		if err == nil && !json.Valid(expanded) {
			t.Fatalf("not JSON: %.300s", expanded)
		}
		d.Validate(schema, sample)
	})
}
