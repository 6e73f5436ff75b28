package openai

import (
	"context"
	"os"
	"slices"
	"testing"

	"github.com/apiq/apiq/shared/plan"
	"github.com/apiq/apiq/shared/plan/catalog"
	"github.com/apiq/apiq/shared/plan/draft"
	"github.com/apiq/apiq/shared/spec"
)

func FuzzParse(f *testing.F) {
	f.Add(`{"possible":true,"reason":"","name":"x","steps":[{"id":"a","operation":"o","for_each":{"step":"a","path":["x"]},"arguments":[{"in":"body","name":"a.b","source":"literal","value":"{"}]}]}`)
	f.Add("```json\n{\"possible\":false}\n```")
	f.Add("{")
	f.Fuzz(func(t *testing.T, raw string) {
		a, err := parse(raw)
		if err != nil {
			return
		}
		d, _, problems := drafted(a, &offer{ops: map[string]catalog.Hit{}}, nil)
		if len(problems) == 0 || d != nil {
			t.Errorf("a plan came of no offered operation: %+v", d)
		}
	})
}

// FuzzEdit: whatever a model answers, the last plan itself is not touched, and what
// comes of it differs by what its edits name.
func FuzzEdit(f *testing.F) {
	off, last := library(f)
	for _, e := range []string{
		`{"do":"set_argument","step":"books","argument":{"in":"query","name":"genre","source":"literal","value":"\"poetry\""}}`,
		`{"do":"unset_argument","step":"one","argument":{"in":"path","name":"bookId"}}`,
		`{"do":"add_step","after":"books","new_step":{"id":"x","operation":"api1/deleteBook","for_each":{"step":"books","path":["data"]},"arguments":[{"in":"path","name":"bookId","source":"item","path":["id"]}]}}`,
		`{"do":"remove_step","step":"books"},{"do":"unset_argument","step":"one","argument":{"in":"path","name":"bookId"}}`,
		`{"do":"move_step","step":"books","after":"one"},{"do":"set_only_if","step":"one","only_if":{"step":"books","path":["total"],"compare":"exists"}}`,
		`{"do":"set_for_each","step":"one","for_each":{"step":"books","path":["data","*"]}}`,
	} {
		f.Add(`{"possible":true,"kind":"edit","edits":[` + e + `]}`)
	}
	before, err := last.Encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		a, err := parse(raw)
		if err != nil {
			return
		}
		d, edits, problems := drafted(a, off, last)
		if after, err := last.Encode(); err != nil || string(after) != string(before) {
			t.Fatalf("the last plan is now %s, err %v", after, err)
		}
		if len(problems) > 0 || len(edits) == 0 {
			return
		}
		var moved []string
		for _, e := range edits {
			if e.Kind == draft.Moved {
				moved = append(moved, e.Step)
			}
		}
		for _, c := range draft.Diff(last, d, moved...) {
			if !slices.ContainsFunc(edits, func(e plan.Edit) bool { return e.Kind == c.Kind && e.Step == c.Step && e.Argument == c.Argument }) {
				t.Errorf("%+v is named by none of %+v", c, edits)
			}
		}
		if _, err := d.Compose(); err != nil {
			t.Error(err)
		}
	})
}

// library offers the sample library, with a plan of two steps.
func library(f *testing.F) (*offer, *draft.Draft) {
	f.Helper()
	raw, err := os.ReadFile("../testdata/library.yaml")
	if err != nil {
		f.Fatal(err)
	}
	doc, err := spec.Parse(context.Background(), raw, nil)
	if err != nil {
		f.Fatal(err)
	}
	api, _, err := catalog.New(context.Background(), doc)
	if err != nil {
		f.Fatal(err)
	}
	set := catalog.NewSet(catalog.Entry{Connection: "con_1", Name: "Library", API: api})
	var req plan.DraftRequest
	for _, op := range api.Ops {
		req.Offered = append(req.Offered, catalog.Hit{Entry: &set.Entries[0], Op: op})
	}
	off := offerOf(req)
	a, err := parse(`{"possible":true,"name":"Look","steps":[
 {"id":"books","operation":"api1/listBooks","arguments":[{"in":"query","name":"genre","source":"literal","value":"\"crime\""}]},
 {"id":"one","operation":"api1/getBook","arguments":[{"in":"path","name":"bookId","source":"step","step":"books","path":["data","*","id"]}]}]}`)
	if err != nil {
		f.Fatal(err)
	}
	d, problems := build(a, off)
	if len(problems) > 0 {
		f.Fatal(problems)
	}
	return off, d
}
