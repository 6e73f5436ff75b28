package spec

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/apierr"
)

// exercise does with a document what the product does, and fails on an
// operation that is listed but cannot be read.
func exercise(t testing.TB, d *Document) {
	t.Helper()
	index, err := d.Index()
	if err != nil {
		t.Fatal(err)
	}
	again, err := Load(d.JSON(), index)
	if err != nil {
		t.Fatal(err)
	}
	for i, s := range d.Summaries() {
		op, err := again.Operation(s.ID)
		if err != nil {
			t.Fatalf("operation %q is listed but not found: %v", s.ID, err)
		}
		if op.Method == "" || op.ID != s.ID {
			t.Fatalf("operation %q reads as %+v", s.ID, op.Summary)
		}
		if i > 20 {
			continue
		}
		for _, p := range op.Parameters {
			walk(d.Shape(p.Schema), 3)
		}
		if _, schema, ok := op.BodySchema(); ok {
			walk(d.Shape(schema), 3)
			d.Validate(schema, d.Sample(schema, 1))
		}
		if schema, ok := op.SuccessSchema(); ok {
			shape := d.Shape(schema)
			walk(shape, 3)
			shape.At("a", "*", "b", "c")
			d.Validate(schema, d.Sample(schema, 1))
		}
	}
	NewSearcher(SearchDoc{"k", again}).Search("create a list of users", 10)
}

// walk asks a shape everything, a few levels deep.
func walk(s Shape, depth int) {
	s.Types()
	s.Enum()
	s.Bounds()
	s.Description()
	if depth == 0 {
		return
	}
	for i, p := range s.Properties() {
		if i < 5 {
			walk(p.Shape, depth-1)
		}
	}
	walk(s.Items(), depth-1)
	for i, v := range s.Variants() {
		if i < 5 {
			walk(v, depth-1)
		}
	}
	if more, ok := s.Additional(); ok {
		walk(more, depth-1)
	}
}

func TestHostileDocumentsEnd(t *testing.T) {
	dir := filepath.Join(dataDir(t), "hostile")
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		t.Run(e.Name(), func(t *testing.T) {
			raw, err := os.ReadFile(filepath.Join(dir, e.Name()))
			if err != nil {
				t.Fatal(err)
			}
			// The process's CPU time, since this test runs alone: the machine may be busy.
			m := startMeter()
			d, err := Parse(context.Background(), raw, nil)
			if err == nil {
				exercise(t, d)
			}
			took, _ := m.stop()
			if took > 2000 {
				t.Errorf("took %d ms", took)
			}
			if err != nil {
				if e := apierr.From(err); e.Code != apierr.SpecInvalid || len(e.Problems) == 0 || e.Problems[0].Code == "" {
					t.Errorf("not a clear error: %v", err)
				}
				t.Logf("%d ms: %v", took, err)
				return
			}
			if d.Len() != 1 {
				t.Errorf("operations: got %d, want 1", d.Len())
			}
			t.Logf("%d ms: %d operations, warnings %v", took, d.Len(), d.Warnings())
		})
	}
}

// TestHostileShapes holds small documents of the same kinds, so that they are
// tested without the corpus.
func TestHostileShapes(t *testing.T) {
	t.Parallel()
	document := func(schemas string) string {
		return `{"openapi":"3.1.0","info":{"title":"t","version":"1"},"paths":{"/a":{"post":{"operationId":"a","requestBody":{"content":{"application/json":{"schema":{"$ref":"#/components/schemas/S"}}}},"responses":{"200":{"description":"","content":{"application/json":{"schema":{"$ref":"#/components/schemas/S"}}}}}}}},"components":{"schemas":` + schemas + `}}`
	}
	dense := func(keyword string) string {
		var b strings.Builder
		b.WriteString(`{"S":{"$ref":"#/components/schemas/S0"}`)
		for i := range 60 {
			b.WriteString(`,"S` + itoa(i) + `":{"` + keyword + `":[`)
			for j := range 60 {
				if j > 0 {
					b.WriteByte(',')
				}
				b.WriteString(`{"$ref":"#/components/schemas/S` + itoa(j) + `"}`)
			}
			b.WriteString(`]}`)
		}
		return b.String() + "}"
	}
	for name, schemas := range map[string]string{
		"self":            `{"S":{"$ref":"#/components/schemas/S"}}`,
		"mutual":          `{"S":{"$ref":"#/components/schemas/T"},"T":{"$ref":"#/components/schemas/S"}}`,
		"self in allOf":   `{"S":{"allOf":[{"$ref":"#/components/schemas/S"},{"type":"object"}]}}`,
		"self in oneOf":   `{"S":{"oneOf":[{"$ref":"#/components/schemas/S"},{"type":"null"}]}}`,
		"self in anyOf":   `{"S":{"anyOf":[{"$ref":"#/components/schemas/S"},{"$ref":"#/components/schemas/S"}]}}`,
		"self in not":     `{"S":{"not":{"$ref":"#/components/schemas/S"}}}`,
		"required cycle":  `{"S":{"type":"object","required":["s"],"properties":{"s":{"$ref":"#/components/schemas/S"}}}}`,
		"array of itself": `{"S":{"type":"array","minItems":20,"items":{"$ref":"#/components/schemas/S"}}}`,
		"its own pointer": `{"S":{"$ref":"#/paths/~1a/post/requestBody/content/application~1json/schema"}}`,
		"dense allOf":     dense("allOf"),
		"dense anyOf":     dense("anyOf"),
		"dense oneOf":     dense("oneOf"),
		"odd everything":  `{"S":{"type":7,"properties":[],"required":"yes","allOf":{},"oneOf":3,"items":"x","enum":{},"minimum":"a"}}`,
		"null schema":     `{"S":null}`,
		"deep schema":     `{"S":` + strings.Repeat(`{"items":`, 3000) + `{}` + strings.Repeat(`}`, 3000) + `}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			start := time.Now()
			d, err := Parse(context.Background(), []byte(document(schemas)), nil)
			if err != nil {
				t.Fatal(err)
			}
			exercise(t, d)
			if took := time.Since(start); took > time.Minute { // exponential; a busy machine may well be slow
				t.Errorf("took %s", took)
			}
		})
	}
}
