package spec

import (
	"context"
	"slices"
	"testing"
)

// TestGiteaIsTheSameInBothDialects holds the mapping from Swagger 2 against
// what Gitea itself publishes as OpenAPI 3.
func TestGiteaIsTheSameInBothDialects(t *testing.T) {
	t.Parallel()
	load := func(file string) *Document {
		d, err := Parse(context.Background(), corpusFile(t, file), nil)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	two, three := load("gitea.json.gz"), load("gitea-oas3.json.gz")
	if two.Len() != 482 || three.Len() != 482 {
		t.Fatalf("operations: %d and %d, want 482 each", two.Len(), three.Len())
	}
	for _, s := range two.Summaries() {
		a, err := two.Operation(s.ID)
		if err != nil {
			t.Fatal(err)
		}
		b, err := three.Operation(s.ID)
		if err != nil {
			t.Errorf("%s: not in the 3.0 document", s.ID)
			continue
		}
		if x, y := parameterNames(a), parameterNames(b); !slices.Equal(x, y) {
			t.Errorf("%s: parameters\n 2.0 %v\n 3.0 %v", s.ID, x, y)
		}
		if x, y := bodyFields(two, a), bodyFields(three, b); !slices.Equal(x, y) {
			t.Errorf("%s: body\n 2.0 %v\n 3.0 %v", s.ID, x, y)
		}
		if x, y := securityNames(a), securityNames(b); !slices.Equal(x, y) {
			t.Errorf("%s: security\n 2.0 %v\n 3.0 %v", s.ID, x, y)
		}
	}
}

func parameterNames(op *Operation) []string {
	var list []string
	for _, p := range op.Parameters {
		name := p.In + " " + p.Name
		if p.Required {
			name += " required"
		}
		list = append(list, name)
	}
	slices.Sort(list)
	return list
}

func bodyFields(d *Document, op *Operation) []string {
	media, schema, ok := op.BodySchema()
	if !ok {
		return nil
	}
	list := []string{media}
	for _, p := range d.Shape(schema).Properties() {
		name := p.Name
		for _, t := range p.Shape.Types() {
			name += " " + t
		}
		if p.Required {
			name += " required"
		}
		list = append(list, name)
	}
	slices.Sort(list)
	return list
}

func securityNames(op *Operation) []string {
	var list []string
	for _, r := range op.Security {
		for name := range r {
			list = append(list, name)
		}
	}
	slices.Sort(list)
	return list
}
