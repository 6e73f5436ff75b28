package sqlite_test

import (
	"bytes"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/table/sqlite"
)

// TestReadsSeeWrites reads items that others write and delete at the same time: never
// what was there before a write that had returned when the read began.
func TestReadsSeeWrites(t *testing.T) {
	t.Parallel()
	store := table.New(open(t, t.TempDir(), nil), nil)
	ctx := workspace(t.Context())
	const keys, rounds = 3, 200
	var done [keys]atomic.Int64 // what is there at least: puts leave odd numbers, deletes even ones
	var writers, readers sync.WaitGroup
	over := make(chan struct{})
	for k := range keys {
		key := table.Key{PK: "p", SK: fmt.Sprint(k)}
		writers.Go(func() {
			for n := int64(1); n < 2*rounds; n += 2 {
				if _, err := store.Put(ctx, table.Item{Key: key, Data: fmt.Append(nil, n)}, table.Absent()); err != nil {
					t.Errorf("put %d: %v", n, err)
				}
				done[k].Store(n)
				if err := store.Delete(ctx, key, table.Present()); err != nil {
					t.Errorf("delete %d: %v", n, err)
				}
				done[k].Store(n + 1)
			}
		})
		for range 2 {
			readers.Go(func() {
				for {
					select {
					case <-over:
						return
					default:
					}
					least := done[k].Load()
					item, err := store.Get(ctx, key)
					most := done[k].Load() + 1 // what is being written
					if errors.Is(err, table.ErrNotFound) {
						continue // it is being deleted, or written
					}
					var n int64
					if err == nil {
						err = item.Decode(&n)
					}
					if err != nil || n < least || n > most {
						t.Errorf("read %d, when between %d and %d were there: %v", n, least, most, err)
						return
					}
				}
			})
		}
	}
	writers.Wait()
	close(over)
	readers.Wait()
}

// TestKeptAsWritten: what is kept of an item is what is in the file, whatever became
// of a write, and whatever its reader does with it.
func TestKeptAsWritten(t *testing.T) {
	t.Parallel()
	db := open(t, t.TempDir(), nil)
	store := table.New(db, nil)
	ctx := workspace(t.Context())
	put := func(text string, cond table.Condition) error {
		_, err := store.Put(ctx, table.Item{Key: table.Key{PK: "p", SK: "s"}, Data: fmt.Appendf(nil, "%q", text)}, cond)
		return err
	}
	reads := func(when, want string) {
		t.Helper()
		for range 2 {
			item, err := store.Get(ctx, table.Key{PK: "p", SK: "s"})
			if got := string(item.Data); err != nil && want != "" || got != want {
				t.Errorf("%s: %s, want %s: %v", when, got, want, err)
			}
			for i := range item.Data { // it is the reader's own
				item.Data[i] = 'x'
			}
		}
	}
	reads("before", "")
	if err := put("a", table.Absent()); err != nil {
		t.Fatal(err)
	}
	reads("written", `"a"`)
	if err := put("b", table.Absent()); !errors.Is(err, table.ErrCondition) {
		t.Error(err)
	}
	reads("refused", `"a"`)
	broken := errors.New("broken")
	if err := db.Break(ctx, table.Put(table.Item{Key: table.Key{PK: "wsp_1/p", SK: "s"}, Data: []byte(`"c"`)}, table.Always()), broken); !errors.Is(err, broken) {
		t.Error(err)
	}
	reads("undone", `"a"`)
	release := db.Hold(t)
	var wg sync.WaitGroup
	wg.Go(func() {
		if put("d", table.Always()) == nil {
			t.Error("a lost write was acknowledged")
		}
	})
	queued(t, db, 1)
	wg.Go(func() {
		if db.Spoil(ctx) == nil {
			t.Error("the spoiler was told that all is well")
		}
	})
	queued(t, db, 2)
	release()
	wg.Wait()
	reads("lost", `"a"`)
	if err := store.Delete(ctx, table.Key{PK: "p", SK: "s"}, table.IfVersion(1)); err != nil {
		t.Error(err)
	}
	reads("deleted", "")
}

// TestKeptWithinBounds: reading much does not keep much.
func TestKeptWithinBounds(t *testing.T) {
	t.Parallel()
	db := open(t, t.TempDir(), nil)
	store := table.New(db, nil)
	ctx := workspace(t.Context())
	for i := range 400 {
		text := bytes.Repeat([]byte("x"), 20<<10)
		if i%10 == 0 {
			text = bytes.Repeat([]byte("x"), 300<<10)
		}
		key := table.Key{PK: "p", SK: fmt.Sprint(i)}
		if _, err := store.Put(ctx, table.Item{Key: key, Data: fmt.Appendf(nil, "%q", text)}, table.Always()); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if item, err := store.Get(ctx, key); err != nil || len(item.Data) != len(text)+2 {
				t.Fatalf("%d bytes: %v", len(item.Data), err)
			}
		}
		if items, n := db.Kept(); n > sqlite.CacheBytes || items > 1 && n/items > 25<<10 {
			t.Fatalf("%d items of %d bytes are kept", items, n)
		}
	}
	if items, _ := db.Kept(); items < 100 {
		t.Errorf("only %d items are kept", items)
	}
}
