package spec

import "testing"

// TestSelf: references are read against what a document says its own URL is, and
// those to itself stay in it (OpenAPI 3.2, "$self").
func TestSelf(t *testing.T) {
	t.Parallel()
	s := &site{pages: map[string]string{"https://api.example.com/v1/other.json": `{"components":{"schemas":{"B":{"type":"integer"}}}}`}}
	d := bundled(t, `{"openapi":"3.2.0","$self":"/v1/api.json","info":{"title":"t"},"paths":{"/a":{"get":{"operationId":"a","parameters":[
		{"name":"own","in":"query","schema":{"$ref":"https://api.example.com/v1/api.json#/components/schemas/A"}},
		{"name":"other","in":"query","schema":{"$ref":"other.json#/components/schemas/B"}}]}}},
		"components":{"schemas":{"A":{"type":"string"}}}}`, "https://api.example.com/mirror/x.json", s, nil)
	if len(d.Warnings()) > 0 {
		t.Errorf("warnings: %v", d.Warnings())
	}
	for i, want := range []string{"string", "integer"} {
		p := mustOperation(t, d, "a").Parameters[i]
		if !d.Shape(p.Schema).Is(want) {
			t.Errorf("%s: got %s, want %s", p.Name, p.Schema, want)
		}
	}
}
