package draft_test

import (
	"context"
	"encoding/json"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/apiq/apiq/shared/plan/catalog"
	"github.com/apiq/apiq/shared/plan/draft"
	"github.com/apiq/apiq/shared/spec"
)

func library(t *testing.T, connection string) *catalog.Set {
	t.Helper()
	raw, err := os.ReadFile("../testdata/library.yaml")
	if err != nil {
		t.Fatal(err)
	}
	doc, err := spec.Parse(context.Background(), raw, nil)
	if err != nil {
		t.Fatal(err)
	}
	api, _, err := catalog.New(context.Background(), doc)
	if err != nil {
		t.Fatal(err)
	}
	return catalog.NewSet(catalog.Entry{Connection: connection, Name: api.Title, API: api})
}

// sample has every kind of value, and two steps in one loop and one condition.
func sample(t *testing.T, set *catalog.Set) *draft.Draft {
	t.Helper()
	op := func(id string) *catalog.Op {
		for _, o := range set.Entries[0].Ops {
			if o.ID() == id {
				return o
			}
		}
		t.Fatalf("no operation %s", id)
		return nil
	}
	loop := &draft.Loop{Over: draft.Ref{Step: "books", Path: []string{"data"}}, As: "book"}
	guard := &draft.Guard{Left: draft.Ref{Step: "books", Path: []string{"total"}}, Op: ">", Right: json.RawMessage("0"), Text: "there are some"}
	e := &set.Entries[0]
	item := draft.Value{Ref: &draft.Ref{Item: true, Path: []string{"id"}}}
	return &draft.Draft{Name: "Tidy up", Description: "d", Notes: []string{"n"}, Coverage: 0.5, Steps: []*draft.Step{
		{ID: "books", Entry: e, Op: op("listBooks"), Why: "w", Match: 0.7, Margin: 0.1, Args: []draft.Arg{{In: "query", Path: []string{"genre"}, Value: draft.Literal("crime"), From: "your words"}}},
		{ID: "pause", Approval: "Go on?"},
		{ID: "change", Entry: e, Op: op("updateBook"), Loop: loop, Guard: guard, Args: []draft.Arg{
			{In: "path", Path: []string{"bookId"}, Value: item},
			{In: "body", Path: []string{"shelf"}, Value: draft.Value{Input: &draft.Input{Name: "shelf", Question: "Which?", Schema: json.RawMessage(`{"type":"string"}`)}}},
			{In: "body", Path: []string{"available"}, Value: draft.Value{Literal: json.RawMessage("null")}}}},
		{ID: "gone", Entry: e, Op: op("deleteBook"), Loop: loop, Guard: guard, Args: []draft.Arg{{In: "path", Path: []string{"bookId"}, Value: item}}},
		{ID: "one", Entry: e, Op: op("getBook"), Args: []draft.Arg{{In: "path", Path: []string{"bookId"},
			Value: draft.Value{Ref: &draft.Ref{Step: "books", Path: []string{"data", "*", "id"}, Pick: draft.Pick{Field: "title", Equals: "Emma"}, Text: true}}}}},
	}}
}

func TestStored(t *testing.T) {
	t.Parallel()
	set := library(t, "con_1")
	d := sample(t, set)
	raw, err := d.Encode()
	if err != nil {
		t.Fatal(err)
	}
	back, err := draft.Decode(raw, set)
	if err != nil {
		t.Fatal(err)
	}
	want, err := d.Compose()
	if err != nil {
		t.Fatal(err)
	}
	got, err := back.Compose()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("composed (-before +after):\n%s", diff)
	}
	if changes := draft.Diff(d, back); len(changes) > 0 {
		t.Errorf("changes %+v", changes)
	}
	if back.Coverage != 0.5 || back.Steps[0].Match != 0.7 || back.Steps[0].Margin != 0.1 || len(back.Notes) != 1 {
		t.Errorf("evidence lost: %+v", back)
	}
	if back.Steps[2].Loop != back.Steps[3].Loop || back.Steps[2].Guard != back.Steps[3].Guard {
		t.Error("steps of one loop or condition came apart")
	}
}

func TestDecodeRefuses(t *testing.T) {
	t.Parallel()
	set := library(t, "con_1")
	raw, err := sample(t, set).Encode()
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		raw string
		set *catalog.Set
	}{
		"no JSON":         {"{", set},
		"connection gone": {string(raw), library(t, "con_2")},
		"operation gone":  {`{"Steps":[{"ID":"a","Connection":"con_1","Operation":"nope"}]}`, set},
		"no such loop":    {`{"Steps":[{"ID":"a","LoopAt":1}]}`, set},
		"no such guard":   {`{"Steps":[{"ID":"a","GuardAt":-1}]}`, set},
	} {
		if d, err := draft.Decode(json.RawMessage(tt.raw), tt.set); err == nil {
			t.Errorf("%s: %+v", name, d)
		}
	}
}

func TestDiff(t *testing.T) {
	t.Parallel()
	set := library(t, "con_1")
	for _, tt := range []struct {
		name   string
		edit   func(*draft.Draft)
		moved  []string
		expect []draft.Change
	}{
		{name: "nothing", edit: func(*draft.Draft) {}},
		{name: "literal", edit: func(d *draft.Draft) { d.Steps[0].Args[0].Value = draft.Literal("poetry") },
			expect: []draft.Change{{Kind: draft.Argument, Step: "books", Argument: "query:genre", From: `"crime"`, To: `"poetry"`}}},
		{name: "argument gone", edit: func(d *draft.Draft) { d.Steps[0].Args = nil },
			expect: []draft.Change{{Kind: draft.Argument, Step: "books", Argument: "query:genre", From: `"crime"`}}},
		{name: "argument new", edit: func(d *draft.Draft) {
			d.Steps[0].Args = append(d.Steps[0].Args, draft.Arg{In: "query", Path: []string{"limit"}, Value: draft.Literal(5)})
		}, expect: []draft.Change{{Kind: draft.Argument, Step: "books", Argument: "query:limit", To: "5"}}},
		{name: "pick", edit: func(d *draft.Draft) { d.Steps[4].Args[0].Value.Ref.Pick = draft.Pick{Last: true} },
			expect: []draft.Change{{Kind: draft.Argument, Step: "one", Argument: "path:bookId", From: "books/data/*/id", To: "books/data/*/id"}}},
		{name: "step gone", edit: func(d *draft.Draft) { d.Steps = d.Steps[:4] },
			expect: []draft.Change{{Kind: draft.Removed, Step: "one", From: "“Get a book” in Town Library"}}},
		{name: "pause gone", edit: func(d *draft.Draft) { d.Steps = append(d.Steps[:1:1], d.Steps[2:]...) },
			expect: []draft.Change{{Kind: draft.Removed, Step: "pause", From: "Go on?"}}},
		{name: "loop gone", edit: func(d *draft.Draft) { d.Steps[3].Loop = nil },
			expect: []draft.Change{{Kind: draft.Repeat, Step: "gone", From: "books/data"}}},
		{name: "condition gone", edit: func(d *draft.Draft) { d.Steps[3].Guard = nil },
			expect: []draft.Change{{Kind: draft.Condition, Step: "gone", From: "there are some"}}},
		{name: "another operation", edit: func(d *draft.Draft) { d.Steps[4].Op = d.Steps[3].Op },
			expect: []draft.Change{{Kind: draft.Called, Step: "one", From: "“Get a book” in Town Library", To: "“Delete a book” in Town Library"}}},
		{name: "another pause", edit: func(d *draft.Draft) { d.Steps[1].Approval = "Really?" },
			expect: []draft.Change{{Kind: draft.Called, Step: "pause", From: "Go on?", To: "Really?"}}},
		{name: "another name", edit: func(d *draft.Draft) { d.Name = "x" }, expect: []draft.Change{{Kind: draft.Titled, From: "Tidy up", To: "x"}}},
		{name: "moved", edit: func(d *draft.Draft) { d.Steps[3], d.Steps[4] = d.Steps[4], d.Steps[3] }, moved: []string{"one"},
			expect: []draft.Change{{Kind: draft.Moved, Step: "one", To: "after change"}}},
		{name: "moved, and not said", edit: func(d *draft.Draft) { d.Steps[3], d.Steps[4] = d.Steps[4], d.Steps[3] },
			expect: []draft.Change{{Kind: draft.Moved, Step: "one"}, {Kind: draft.Moved, Step: "gone"}}},
		{name: "twice", edit: func(d *draft.Draft) { d.Steps = append(d.Steps, d.Steps[4]) },
			expect: []draft.Change{{Kind: draft.Moved, Step: "one"}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			next := sample(t, set)
			tt.edit(next)
			if diff := cmp.Diff(tt.expect, draft.Diff(sample(t, set), next, tt.moved...)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
