package spec

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/apiq/apiq/shared/apierr"
)

// site serves documents by URL and remembers what was asked.
type site struct {
	pages map[string]string
	asked []string
}

func (s *site) fetch(_ context.Context, url string, limit int64) ([]byte, error) {
	s.asked = append(s.asked, url)
	page, ok := s.pages[url]
	switch {
	case strings.Contains(url, "//10.") || strings.Contains(url, "//169."):
		return nil, apierr.New(apierr.EgressBlocked, "blocked")
	case !ok:
		return nil, errors.New("404")
	case int64(len(page)) > limit:
		return nil, apierr.New(apierr.SpecTooLarge, "too large")
	}
	return []byte(page), nil
}

func bundled(t *testing.T, main, base string, s *site, o *BundleOptions) *Document {
	t.Helper()
	d, err := Parse(context.Background(), []byte(main), nil)
	if err != nil {
		t.Fatal(err)
	}
	text, err := d.Bundle(context.Background(), base, s.fetch, o)
	if err != nil {
		t.Fatal(err)
	}
	if text == nil {
		return d
	}
	if !json.Valid(text) {
		t.Fatalf("not JSON: %s", text)
	}
	if d, err = Parse(context.Background(), text, nil); err != nil {
		t.Fatal(err)
	}
	return d
}

func codes(d *Document) []string {
	var list []string
	for _, w := range d.Warnings() {
		list = append(list, w.Code+" "+w.Path)
	}
	return list
}

const splitMain = `openapi: 3.1.0
info: {title: Split, version: '1'}
paths:
  /pets:
    $ref: 'paths/pets.yaml'
  /owners/{id}:
    parameters:
    - $ref: './common.json#/components/parameters/Id'
    get:
      operationId: getOwner
      responses:
        '200':
          description: ok
          content:
            application/json:
              schema: {$ref: 'common.json#/components/schemas/Owner'}
              example: {$ref: 'not/a/reference.json'}
components:
  schemas:
    Local: {type: string}
`

func splitSite() *site {
	return &site{pages: map[string]string{
		"https://e.com/api/paths/pets.yaml": "get:\n  operationId: listPets\n  responses:\n    '200':\n      description: ok\n      content:\n        application/json:\n          schema:\n            type: array\n            items: {$ref: '../common.json#/components/schemas/Pet'}\n",
		"https://e.com/api/common.json":     `{"components":{"parameters":{"Id":{"name":"id","in":"path","required":true,"schema":{"type":"string"}}},"schemas":{"Owner":{"type":"object","properties":{"pets":{"type":"array","items":{"$ref":"#/components/schemas/Pet"}},"local":{"$ref":"openapi.yaml#/components/schemas/Local"}}},"Pet":{"type":"object","required":["name"],"properties":{"name":{"type":"string"},"owner":{"$ref":"common.json#/components/schemas/Owner"}}}}}}`,
	}}
}

// TestBundle: a document in several files reads as one, whatever refers to what.
func TestBundle(t *testing.T) {
	t.Parallel()
	s := splitSite()
	d := bundled(t, splitMain, "https://e.com/api/openapi.yaml", s, nil)
	if got := codes(d); len(got) > 0 {
		t.Errorf("warnings %v", d.Warnings())
	}
	if d.External() {
		t.Error("still refers to others")
	}
	if d.Len() != 2 || len(s.asked) != 2 {
		t.Fatalf("%d operations, asked %v", d.Len(), s.asked)
	}
	pets, err := d.Operation("listPets")
	if err != nil {
		t.Fatal(err)
	}
	schema, _ := pets.SuccessSchema()
	if name, ok := d.Shape(schema).At("*", "owner", "local"); !ok || !slices.Equal(name.Types(), []string{"string"}) {
		t.Errorf("listPets → owner → local is %v", name.Types())
	}
	owner, err := d.Operation("getOwner")
	if err != nil || len(owner.Parameters) != 1 || owner.Parameters[0].Name != "id" {
		t.Fatalf("%+v, %v", owner, err)
	}
	if problems, checked := d.Validate(schema, []any{map[string]any{"name": 1}}); !checked || len(problems) != 1 {
		t.Errorf("%v, %v", problems, checked)
	}
	exercise(t, d)
}

func TestBundleLeavesLocalDocumentsAlone(t *testing.T) {
	t.Parallel()
	for _, text := range []string{orders, petsV2, shapes, shop} {
		d, err := Parse(context.Background(), []byte(text), nil)
		if err != nil {
			t.Fatal(err)
		}
		s := &site{}
		if out, err := d.Bundle(context.Background(), "https://e.com/", s.fetch, nil); out != nil || err != nil || len(s.asked) > 0 {
			t.Errorf("%.40s: %d bytes, %v, asked %v", text, len(out), err, s.asked)
		}
	}
}

// TestBundleRefuses: what is not read is told with code and path, and costs no
// operation.
func TestBundleRefuses(t *testing.T) {
	t.Parallel()
	main := func(ref string) string {
		return `{"openapi":"3.1.0","info":{"title":"t","version":"1"},"paths":{"/a":{"get":{"operationId":"a","parameters":[{"$ref":"` + ref + `"}],"responses":{}}}}}`
	}
	const at = "/paths/~1a/get/parameters/0/$ref"
	ring := map[string]string{}
	for i := range 20 {
		ring[fmt.Sprintf("https://e.com/%d.json", i)] = fmt.Sprintf(`{"x":{"$ref":"%d.json#/x"}}`, i+1)
	}
	for name, tc := range map[string]struct {
		ref, base, code string
		pages           map[string]string
		o               BundleOptions
	}{
		"no base":     {"p.json#/p", "", "external_no_base", nil, BundleOptions{}},
		"blocked":     {"http://10.0.0.1/p.json", "https://e.com/o.json", "external_blocked", nil, BundleOptions{}},
		"metadata":    {"http://169.254.169.254/latest#/p", "", "external_blocked", nil, BundleOptions{}},
		"missing":     {"p.json", "https://e.com/o.json", "external_unreachable", nil, BundleOptions{}},
		"not JSON":    {"p.json#/p", "https://e.com/o.json", "external_invalid", map[string]string{"https://e.com/p.json": "<html>"}, BundleOptions{}},
		"bad address": {"http://%zz/p", "https://e.com/o.json", "external_address", nil, BundleOptions{}},
		"too large":   {"p.json", "https://e.com/o.json", "external_too_large", map[string]string{"https://e.com/p.json": strings.Repeat(" ", 2000)}, BundleOptions{MaxBytes: 1000}},
		"too deep":    {"0.json#/x", "https://e.com/o.json", "external_too_deep", ring, BundleOptions{MaxDepth: 3}},
		"too many":    {"0.json#/x", "https://e.com/o.json", "external_too_many", ring, BundleOptions{MaxDepth: 30, MaxDocuments: 5}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &site{pages: tc.pages}
			d := bundled(t, main(tc.ref), tc.base, s, &tc.o)
			got := codes(d)
			if d.Len() != 1 || len(got) == 0 || !slices.ContainsFunc(got, func(c string) bool { return strings.HasPrefix(c, tc.code+" ") }) {
				t.Fatalf("%d operations, warnings %v, want %s", d.Len(), d.Warnings(), tc.code)
			}
			if tc.pages == nil && got[0] != tc.code+" "+at {
				t.Errorf("told at %s", got[0])
			}
			if len(s.asked) > 6 {
				t.Errorf("asked %v", s.asked)
			}
			again, err := d.Bundle(context.Background(), tc.base, s.fetch, nil)
			if again != nil || err != nil {
				t.Errorf("a bundle is bundled again: %v", err)
			}
		})
	}
}

// FuzzBundle: whatever a document and its parts hold, the bundle is JSON that
// reads as a document with the same operations at least.
func FuzzBundle(f *testing.F) {
	for url, page := range splitSite().pages {
		f.Add([]byte(splitMain), []byte(page), url)
	}
	f.Add([]byte(`{"openapi":"3.0.0","paths":{"/a":{"$ref":"b#"}}}`), []byte(`{"get":{"x":{"$ref":"#"},"y":{"$ref":"?#/z"}}}`), "https://e.com/b")
	f.Add([]byte(`{"swagger":"2.0","paths":{"/a":{"get":{"parameters":[{"$ref":"//e.com/b#/a~1"}]}}}}`), []byte("a/: {$ref: c}"), "https://e.com/b")
	f.Fuzz(func(t *testing.T, main, page []byte, url string) {
		if len(main) > fuzzBytes || len(page) > fuzzBytes {
			return
		}
		d, err := Parse(context.Background(), main, &ParseOptions{MaxBytes: 1 << 20})
		if err != nil {
			return
		}
		text, err := d.Bundle(context.Background(), "https://e.com/api/openapi.yaml", func(_ context.Context, asked string, _ int64) ([]byte, error) {
			if len(asked)%2 == 0 || asked == url {
				return page, nil
			}
			return nil, errors.New("404")
		}, &BundleOptions{MaxDocuments: 8, MaxBytes: 1 << 20, MaxDepth: 4})
		if err != nil || text == nil {
			return
		}
		if !json.Valid(text) {
			t.Fatalf("not JSON: %.500s", text)
		}
		again, err := Parse(context.Background(), text, nil)
		if err != nil {
			t.Fatalf("%v: %.500s", err, text)
		}
		if again.Len() < d.Len() {
			t.Fatalf("%d operations, were %d", again.Len(), d.Len())
		}
		exercise(t, again)
	})
}
