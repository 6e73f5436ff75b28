package execution_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/apiq/apiq/shared/table"
)

// TestReadOn: a log is read on from any of its entries, as many as are asked for, also
// where what was written at once lies together, and where each entry lies by itself, as
// they once did.
func TestReadOn(t *testing.T) {
	t.Parallel()
	p := two(t)
	run := start(t, p.a, p.ctx)
	const tries = 400 // more than one write holds
	p.engine.add(run, "PassStateEntered", `{"name":"a"}`)
	for range tries {
		p.engine.add(run, "PassStateExited", fmt.Sprintf(`{"name":"a","output":%q}`, `"`+strings.Repeat("<", 500)+`"`))
		p.engine.add(run, "PassStateEntered", `{"name":"a"}`)
	}
	if err := p.a.Sync(p.ctx, run); err != nil {
		t.Fatal(err)
	}
	const entries = 2 + 2*tries
	items := func() (all []table.Item) {
		for item, err := range p.store.All(p.ctx, table.Query{PK: "EXE#" + run, Prefix: "EV#"}) {
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, item)
		}
		return all
	}
	read := func() {
		t.Helper()
		for _, limit := range []int{1, 7, 1000} {
			for after := int64(0); after <= entries; after += 97 {
				got, err := p.b.Events(p.ctx, run, after, limit, 0)
				if err != nil || len(got.Items) != min(limit, int(entries-after)) {
					t.Fatalf("%d entries after %d, limit %d: %v", len(got.Items), after, limit, err)
				}
				for i, e := range got.Items {
					if e.Seq != after+1+int64(i) {
						t.Fatalf("entry %d after %d", e.Seq, after)
					}
				}
			}
		}
		if d, err := p.b.Get(p.ctx, run); err != nil || len(d.Steps) != 1 {
			t.Errorf("%d steps: %v", len(d.Steps), err)
		}
	}
	together := items()
	if n := len(together); n < 5 || n > entries/10 {
		t.Errorf("%d entries lie in %d items", entries, n)
	}
	read()
	for _, item := range together {
		var each []json.RawMessage
		if err := item.Decode(&each); err != nil {
			t.Fatal(err)
		}
		for _, raw := range each {
			var e struct{ Seq int64 }
			if err := json.Unmarshal(raw, &e); err != nil {
				t.Fatal(err)
			}
			old := table.Item{Key: table.Key{PK: item.PK, SK: fmt.Sprintf("EV#%010d", e.Seq)}, Data: raw}
			if _, err := p.store.Put(p.ctx, old, table.Always()); err != nil {
				t.Fatal(err)
			}
		}
	}
	if n := len(items()); n != entries {
		t.Errorf("%d entries lie in %d items", entries, n)
	}
	read()
}
