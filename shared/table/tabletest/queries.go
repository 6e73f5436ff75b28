package tabletest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/apiq/apiq/shared/table"
)

func testOrder(t *testing.T, f *fixture) {
	// In the order of their bytes, as UTF-8: not that of UTF-16, nor of any language.
	all := []string{"#", "1", "10", "2", "A", "B#1", "B#2", "B#2#x", "B$", "a", "z", "~", "é", "\uffee", "\U0001F600"}
	shuffled := slices.Clone(all)
	slices.Reverse(shuffled)
	for i, sk := range shuffled {
		f.put(t, item("p", sk, i))
		f.put(t, item("p2", sk, i))
	}
	for name, c := range map[string]struct {
		q    table.Query
		want []string
	}{
		"all":           {table.Query{}, all},
		"prefix":        {table.Query{Prefix: "B#"}, []string{"B#1", "B#2", "B#2#x"}},
		"prefix exact":  {table.Query{Prefix: "B#2"}, []string{"B#2", "B#2#x"}},
		"prefix wide":   {table.Query{Prefix: "\U0001F600"}, []string{"\U0001F600"}},
		"prefix none":   {table.Query{Prefix: "C"}, nil},
		"from":          {table.Query{From: "z"}, []string{"z", "~", "é", "\uffee", "\U0001F600"}},
		"to":            {table.Query{To: "10"}, []string{"#", "1", "10"}},
		"from to":       {table.Query{From: "10", To: "B#2"}, []string{"10", "2", "A", "B#1", "B#2"}},
		"from to empty": {table.Query{From: "C", To: "D"}, nil},
		"one":           {table.Query{From: "A", To: "A"}, []string{"A"}},
	} {
		for _, limit := range []int{0, 1, 2, 3, len(all), 1000} {
			for _, reverse := range []bool{false, true} {
				q, want := c.q, slices.Clone(c.want)
				q.PK, q.Limit, q.Reverse = "p", limit, reverse
				if reverse {
					slices.Reverse(want)
				}
				if got := f.sorts(t, q); !slices.Equal(got, want) {
					t.Errorf("%s, limit %d, reverse %v: %q, want %q", name, limit, reverse, got, want)
				}
			}
		}
	}
	page, err := f.store.Query(f.ctx, table.Query{PK: "p", Limit: 4})
	if err != nil || len(page.Items) != 4 || page.Next == "" {
		t.Errorf("a page of 4: %d items, next %q, %v", len(page.Items), page.Next, err)
	}
}

func testIndex(t *testing.T, f *fixture) {
	for i := range 9 {
		it := item(fmt.Sprint("p", i), "s", i)
		it.Index = map[string]table.Key{
			table.Index1: key("all", fmt.Sprintf("%02d", 9-i)),
			table.Index2: key(fmt.Sprint("mod", i%2), fmt.Sprintf("x#%d", i)),
		}
		if i%3 == 0 {
			it.Index[table.Index3] = key("third", fmt.Sprint(i))
		}
		f.put(t, it)
	}
	expect := func(q table.Query, want ...string) {
		t.Helper()
		f.settled(t, func() error {
			if got := f.sorts(t, q); !slices.Equal(got, want) {
				return fmt.Errorf("%+v: %q, want %q", q, got, want)
			}
			return nil
		})
	}
	expect(table.Query{Index: table.Index1, PK: "all", Limit: 2}, "01", "02", "03", "04", "05", "06", "07", "08", "09")
	expect(table.Query{Index: table.Index1, PK: "all", Limit: 2, Reverse: true, From: "03", To: "06"}, "06", "05", "04", "03")
	expect(table.Query{Index: table.Index2, PK: "mod1", Prefix: "x#", Limit: 3}, "x#1", "x#3", "x#5", "x#7")
	expect(table.Query{Index: table.Index3, PK: "third"}, "0", "3", "6")

	// An item follows its keys: moved, taken out, deleted.
	moved := f.get(t, key("p0", "s"))
	moved.Index = map[string]table.Key{table.Index3: key("third", "9")}
	f.put(t, moved)
	if err := f.store.Delete(f.ctx, key("p3", "s"), table.Always()); err != nil {
		t.Fatal(err)
	}
	expect(table.Query{Index: table.Index3, PK: "third"}, "6", "9")
	expect(table.Query{Index: table.Index2, PK: "mod0"}, "x#2", "x#4", "x#6", "x#8")
}

// testIndexTies pages through items that share one index key: none may be lost
// or come twice.
func testIndexTies(t *testing.T, f *fixture) {
	const n = 23
	for i := range n {
		it := item(fmt.Sprint("p", i%5), fmt.Sprint("s", i), i)
		it.Index = map[string]table.Key{table.Index2: key("same", "same")}
		f.put(t, it)
	}
	for _, reverse := range []bool{false, true} {
		for _, limit := range []int{1, 4, 23, 100} {
			f.settled(t, func() error {
				seen := map[table.Key]bool{}
				count := 0
				for it, err := range f.store.All(f.ctx, table.Query{Index: table.Index2, PK: "same", Limit: limit, Reverse: reverse}) {
					if err != nil {
						return err
					}
					seen[it.Key] = true
					count++
				}
				if len(seen) != n || count != n {
					return fmt.Errorf("limit %d, reverse %v: %d items, %d distinct, want %d", limit, reverse, count, len(seen), n)
				}
				return nil
			})
		}
	}
}

func testCursor(t *testing.T, f *fixture) {
	for i := range 6 {
		f.put(t, item("p", fmt.Sprint(i), i))
	}
	first, err := f.store.Query(f.ctx, table.Query{PK: "p", Limit: 3})
	if err != nil {
		t.Fatal(err)
	}
	// The item that the cursor names may be gone; and a page may have another length.
	if err := f.store.Delete(f.ctx, key("p", "2"), table.Always()); err != nil {
		t.Fatal(err)
	}
	second, err := f.store.Query(f.ctx, table.Query{PK: "p", Limit: 2, Cursor: first.Next})
	if err != nil || len(second.Items) != 2 || second.Items[0].SK != "3" {
		t.Fatalf("after the cursor: %+v, %v", second.Items, err)
	}
	again, err := f.store.Query(f.ctx, table.Query{PK: "p", Limit: 2, Cursor: first.Next})
	if err != nil || again.Next != second.Next {
		t.Errorf("a cursor used twice: %+v, %v", again, err)
	}
	last, err := f.store.Query(f.ctx, table.Query{PK: "p", Limit: 100, Cursor: second.Next})
	if err != nil || len(last.Items) != 1 || last.Next != "" {
		t.Errorf("the last page: %d items, next %q, %v", len(last.Items), last.Next, err)
	}
}

func testCursorUnderInserts(t *testing.T, f *fixture) {
	const n = 60
	for i := range n {
		f.put(t, item("p", fmt.Sprintf("%03d", i*2), i))
	}
	var seen []string
	for it, err := range f.store.All(f.ctx, table.Query{PK: "p", Limit: 7}) {
		if err != nil {
			t.Fatal(err)
		}
		seen = append(seen, it.SK)
		// One behind, which must not show, and one far ahead.
		f.put(t, item("p", it.SK[:2]+"!", 0))
		if len(seen) == 1 {
			f.put(t, item("p", "999", 0))
		}
	}
	if !slices.IsSorted(seen) || len(slices.Compact(slices.Clone(seen))) != len(seen) {
		t.Fatalf("out of order or twice: %v", seen)
	}
	for i := range n {
		if sk := fmt.Sprintf("%03d", i*2); !slices.Contains(seen, sk) {
			t.Errorf("%s was there all the time and was not seen", sk)
		}
	}
	if seen[len(seen)-1] != "999" {
		t.Errorf("an item inserted ahead of the cursor was not seen: %v", seen)
	}
}

func testCursorForeign(t *testing.T, f *fixture) {
	other := *f
	other.ctx = newTenant(t.Context())
	for i := range 4 {
		it := item("p", fmt.Sprint("a", i), i)
		it.Index = map[string]table.Key{table.Index1: key("p", fmt.Sprint("a", i))}
		f.put(t, it)
		other.put(t, it)
	}
	page, err := f.store.Query(f.ctx, table.Query{PK: "p", Limit: 2})
	if err != nil || page.Next == "" {
		t.Fatal(page, err)
	}
	for name, q := range map[string]table.Query{
		"partition": {PK: "q"}, "index": {Index: table.Index1, PK: "p"}, "prefix": {PK: "p", Prefix: "a"},
		"from": {PK: "p", From: "a"}, "to": {PK: "p", To: "z"}, "reverse": {PK: "p", Reverse: true},
	} {
		q.Cursor = page.Next
		if _, err := f.store.Query(f.ctx, q); !errors.Is(err, table.ErrInvalid) {
			t.Errorf("a cursor under another %s: %v, want ErrInvalid", name, err)
		}
	}
	if _, err := other.store.Query(other.ctx, table.Query{PK: "p", Cursor: page.Next}); !errors.Is(err, table.ErrInvalid) {
		t.Errorf("a cursor in another tenant: %v, want ErrInvalid", err)
	}
	for i := range page.Next {
		flipped := []byte(page.Next)
		if flipped[i] = 'A'; page.Next[i] == 'A' {
			flipped[i] = 'B'
		}
		// It may lead elsewhere in its own partition, never out of it.
		got, err := f.store.Query(f.ctx, table.Query{PK: "p", Cursor: string(flipped)})
		if err != nil && !errors.Is(err, table.ErrInvalid) {
			t.Errorf("cursor with character %d changed: %v", i, err)
		}
		for _, it := range got.Items {
			if it.PK != "p" {
				t.Errorf("cursor with character %d changed leads to %v", i, it.Key)
			}
		}
	}
}

// testIndexPages reads more of an index than any driver fetches at once.
func testIndexPages(t *testing.T, f *fixture) {
	const n = 230
	want := make([]string, n)
	ops := make([]table.Op, n)
	for i := range n {
		want[i] = fmt.Sprintf("%03d", i)
		it := item(fmt.Sprint("p", i%7), want[i], i)
		it.Index = map[string]table.Key{table.Index3: key("all", want[i])}
		ops[i] = table.Put(it, table.Always())
	}
	for chunk := range slices.Chunk(ops, table.MaxBatch) {
		if err := f.store.BatchWrite(f.ctx, chunk); err != nil {
			t.Fatal(err)
		}
	}
	for _, limit := range []int{60, 100, 101, n, table.MaxQueryLimit} {
		for _, reverse := range []bool{false, true} {
			want := slices.Clone(want)
			if reverse {
				slices.Reverse(want)
			}
			f.settled(t, func() error {
				if got := f.sorts(t, table.Query{Index: table.Index3, PK: "all", Limit: limit, Reverse: reverse}); !slices.Equal(got, want) {
					return fmt.Errorf("limit %d, reverse %v: %d items %q, want %d in order", limit, reverse, len(got), got, n)
				}
				return nil
			})
		}
	}
}

func testPageBytes(t *testing.T, f *fixture) {
	const n, size = 12, 300 << 10
	for i := range n {
		sk := fmt.Sprintf("%02d", i)
		f.put(t, table.Item{Key: key("p", sk), Data: []byte(`"` + strings.Repeat("x", size) + `"`),
			Index: map[string]table.Key{table.Index1: key("ip", sk)}})
	}
	for _, q := range []table.Query{{PK: "p", Limit: 100}, {Index: table.Index1, PK: "ip", Limit: 100}} {
		f.settled(t, func() error { return f.pagesOf(q, n, n/3) })
	}
}

// pagesOf reads a query whose items are large, n in all, in at least so many pages.
func (f *fixture) pagesOf(q table.Query, n, atLeast int) error {
	got, pages := 0, 0
	for {
		page, err := f.store.Query(f.ctx, q)
		if err != nil {
			return err
		}
		bytes := 0
		for _, it := range page.Items {
			bytes += len(it.Data)
		}
		if bytes > table.MaxPageBytes {
			return fmt.Errorf("%+v: a page of %d bytes", q, bytes)
		}
		got, pages = got+len(page.Items), pages+1
		if page.Next == "" {
			break
		}
		q.Cursor = page.Next
	}
	if got != n || pages < atLeast {
		return fmt.Errorf("index %q: %d items in %d pages, want %d in at least %d", q.Index, got, pages, n, atLeast)
	}
	return nil
}
