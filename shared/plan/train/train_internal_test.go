package train

import (
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/apiq/apiq/shared/plan/builtin"
	"github.com/apiq/apiq/shared/plan/eval"
	"github.com/apiq/apiq/shared/plan/retrieve"
	"github.com/apiq/apiq/shared/plan/sequence"
)

// folder has every set that is trained on, each with two goals over the library.
func folder(t *testing.T) string {
	t.Helper()
	doc, err := os.ReadFile("../testdata/library.yaml")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	write := func(name string, raw []byte) {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, raw, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, set := range []string{"arazzo/workflows.jsonl", "restbench/tasks.jsonl", "toolalpaca/tasks.jsonl", "nestful/sgd.jsonl", "nestful/glaive.jsonl"} {
		spec := filepath.Dir(set) + "/library.openapi.json"
		write(spec, doc)
		write(set, fmt.Appendf(nil, `{"id":"%[1]s/acme/1","goal":"Lists the books and deletes a book","spec":%[2]q,"steps":[{"id":"a","method":"GET","path":"/books"},{"id":"b","method":"DELETE","path":"/books/{bookId}"}]}
{"id":"%[1]s/acme/2","goal":"List the members","spec":%[2]q,"steps":[{"id":"a","method":"GET","path":"/members"}]}
`, strings.SplitN(set, "/", 2)[0], spec))
	}
	write("stabletoolbench/queries.jsonl", []byte(`{"id":"q","goal":"all cats","relevant":[{"spec":"C","method":"GET","path":"/cats"}]}`+"\n"))
	raw, err := json.Marshal(map[string]any{"file": "C", "spec": json.RawMessage(`{"openapi":"3.0.3","info":{"title":"Cats","version":"1"},"paths":{"/cats":{"get":{"operationId":"listCats","responses":{"200":{"description":"ok"}}}}}}`)})
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.Create(filepath.Join(dir, "stabletoolbench", "specs.jsonl.gz"))
	if err != nil {
		t.Fatal(err)
	}
	z := gzip.NewWriter(f)
	_, err = z.Write(raw)
	if err := errors.Join(err, z.Close(), f.Close()); err != nil {
		t.Fatal(err)
	}
	return dir
}

// TestTraining: goals become choices of which the right one is known, and the same
// goals give the same forests.
func TestTraining(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	ctx := context.Background()
	planner := &builtin.Options{Now: func() time.Time { return time.Unix(0, 0) }}
	var forests []*Forests
	for range 2 {
		trainer, err := New(ctx, eval.Open(dir), planner, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range trainer.ranking {
			for _, c := range e.Choices {
				if c.Taken != 0 || len(c.Of[0]) != retrieve.NumFeatures {
					t.Errorf("%s: the right operation is number %d", e.Vendor, c.Taken)
				}
			}
		}
		f, err := trainer.Grow(ctx, func(vendor string) bool { return vendor != "C" })
		if err != nil {
			t.Fatal(err)
		}
		forests = append(forests, f)
		// Two goals of five sets: of the first two calls and the end, of the second one and the end.
		orders, err := trainer.orders(ctx, f.Retrieval, func(string) bool { return true })
		if err != nil {
			t.Fatal(err)
		}
		decisions := 0
		for _, e := range orders {
			decisions += len(e.Choices)
			for _, c := range e.Choices {
				if len(c.Of) < 2 || c.Taken < 0 || c.Taken >= len(c.Of) || len(c.Of[0]) != sequence.Features || c.Weight < 1 {
					t.Errorf("a decision among %d, of which %d", len(c.Of), c.Taken)
				}
			}
		}
		if len(orders) != 10 || decisions != 25 {
			t.Errorf("%d goals with %d decisions, want 10 with 25", len(orders), decisions)
		}
	}
	if diff := cmp.Diff(forests[0], forests[1]); diff != "" {
		t.Errorf("the same goals give other forests: %.300s", diff)
	}
	if _, err := New(ctx, eval.Open(t.TempDir()), planner, nil); !errors.Is(err, eval.ErrNoSet) {
		t.Errorf("without goals: %v", err)
	}
}

func TestFold(t *testing.T) {
	t.Parallel()
	seen := map[int]int{}
	for i := range 100 {
		f := Fold(fmt.Sprint("vendor", i), 5)
		if f != Fold(fmt.Sprint("vendor", i), 5) || f < 0 || f > 4 {
			t.Fatal(f)
		}
		seen[f]++
	}
	if len(seen) != 5 {
		t.Errorf("%v", seen)
	}
}
