package sqlite_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/table/sqlite"
)

// queued waits until n callers wait for the writer.
func queued(t *testing.T, db *sqlite.DB, n int) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); db.Queued() < n; {
		if time.Now().After(deadline) {
			t.Fatalf("%d callers wait, want %d", db.Queued(), n)
		}
		time.Sleep(time.Millisecond) // polls the queue
	}
}

// TestGroupKeepsCallersApart puts callers that succeed, are refused, fail in the
// middle and give up into one group: each gets its own answer.
func TestGroupKeepsCallersApart(t *testing.T) {
	t.Parallel()
	db := open(t, t.TempDir(), nil)
	store := table.New(db, nil)
	ctx := workspace(t.Context())
	broken := errors.New("broken")
	leaver, leave := context.WithCancel(ctx)

	release := db.Hold(t)
	var wg, left sync.WaitGroup
	const each = 5
	for i := range each {
		wg.Go(func() {
			if _, err := store.Put(ctx, item("good", fmt.Sprint(i)), table.Absent()); err != nil {
				t.Errorf("good %d: %v", i, err)
			}
		})
		wg.Go(func() {
			if _, err := store.Put(ctx, item("refused", fmt.Sprint(i)), table.Present()); !errors.Is(err, table.ErrCondition) {
				t.Errorf("refused %d: %v, want ErrCondition", i, err)
			}
		})
		wg.Go(func() {
			err := store.Transact(ctx, []table.Op{
				table.Put(item("half", fmt.Sprint(i)), table.Absent()),
				table.Check(table.Key{PK: "none", SK: "none"}, table.Present())})
			var failed *table.ConditionError
			if !errors.As(err, &failed) || failed.Index != 1 {
				t.Errorf("transaction %d: %v, want *ConditionError with index 1", i, err)
			}
		})
		wg.Go(func() {
			op := table.Put(item("wsp_1/broken", fmt.Sprint(i)), table.Always())
			if err := db.Break(ctx, op, broken); !errors.Is(err, broken) {
				t.Errorf("broken %d: %v", i, err)
			}
		})
		left.Go(func() {
			if _, err := store.Put(leaver, item("left", fmt.Sprint(i)), table.Absent()); !errors.Is(err, context.Canceled) {
				t.Errorf("left %d: %v, want context.Canceled", i, err)
			}
		})
	}
	queued(t, db, 5*each)
	leave()
	left.Wait() // who leaves has an answer before the writer gets to the work
	release()
	wg.Wait()
	for pk, want := range map[string]int{"good": each, "refused": 0, "half": 0, "broken": 0, "left": 0} {
		page, err := store.Query(ctx, table.Query{PK: pk})
		if err != nil || len(page.Items) != want {
			t.Errorf("%s: %d items, %v, want %d", pk, len(page.Items), err, want)
		}
	}
}

// TestLostGroup loses a whole group's transaction: nobody may be told that the
// write was done, and the next group works.
func TestLostGroup(t *testing.T) {
	t.Parallel()
	db := open(t, t.TempDir(), nil)
	store := table.New(db, nil)
	ctx := workspace(t.Context())
	release := db.Hold(t)
	var wg sync.WaitGroup
	wg.Go(func() {
		if _, err := store.Put(ctx, item("p", "lost"), table.Absent()); err == nil || errors.Is(err, table.ErrCondition) {
			t.Errorf("a lost write: %v, want another error", err)
		}
	})
	queued(t, db, 1)
	wg.Go(func() {
		if err := db.Spoil(ctx); err == nil {
			t.Error("the spoiler was told that all is well")
		}
	})
	queued(t, db, 2)
	release()
	wg.Wait()
	if _, err := store.Get(ctx, table.Key{PK: "p", SK: "lost"}); !errors.Is(err, table.ErrNotFound) {
		t.Errorf("the lost write: %v", err)
	}
	if _, err := store.Put(ctx, item("p", "next"), table.Absent()); err != nil {
		t.Errorf("the next write: %v", err)
	}
}

// TestDependentInGroup makes writers in one group see each other's writes.
func TestDependentInGroup(t *testing.T) {
	t.Parallel()
	db := open(t, t.TempDir(), nil)
	store := table.New(db, nil)
	ctx := workspace(t.Context())
	release := db.Hold(t)
	var wg sync.WaitGroup
	var mu sync.Mutex
	versions := map[int64]bool{}
	const n = 20
	for range n {
		wg.Go(func() {
			it, err := store.Put(ctx, item("p", "s"), table.Always())
			if err != nil {
				t.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			versions[it.Version] = true
		})
	}
	queued(t, db, n)
	release()
	wg.Wait()
	if len(versions) != n || !versions[1] || !versions[n] {
		t.Errorf("versions %v, want 1 to %d", versions, n)
	}
}

func TestCloseDrains(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	db := open(t, dir, nil)
	store := table.New(db, nil)
	ctx := workspace(t.Context())
	const n = 40
	release := db.Hold(t)
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			if _, err := store.Put(ctx, item("p", fmt.Sprint(i)), table.Absent()); err != nil {
				t.Errorf("a write under way at Close: %v", err)
			}
		})
	}
	queued(t, db, n)
	closed := make(chan error)
	go func() { closed <- db.Close() }()
	release()
	if err := <-closed; err != nil {
		t.Fatal(err)
	}
	wg.Wait()
	for call, err := range map[string]error{
		"Put":   second(store.Put(ctx, item("p", "late"), table.Always())),
		"Get":   second(store.Get(ctx, table.Key{PK: "p", SK: "0"})),
		"Query": second(store.Query(ctx, table.Query{PK: "p"})),
		"Sweep": second(db.Sweep(ctx)),
	} {
		if !errors.Is(err, table.ErrClosed) {
			t.Errorf("%s after Close: %v, want ErrClosed", call, err)
		}
	}
	if err := db.Close(); err != nil {
		t.Errorf("a second Close: %v", err)
	}
	page, err := table.New(open(t, dir, nil), nil).Query(ctx, table.Query{PK: "p"})
	if err != nil || len(page.Items) != n {
		t.Errorf("%d items after Close, %v, want %d", len(page.Items), err, n)
	}
}

func second[T any](_ T, err error) error { return err }

func BenchmarkPut(b *testing.B) {
	for _, writers := range []int{1, 16, 64} {
		b.Run(fmt.Sprint("writers=", writers), func(b *testing.B) {
			store := table.New(open(b, b.TempDir(), nil), nil)
			ctx := workspace(b.Context())
			it := item("p", "")
			it.Data = fmt.Appendf(nil, `{"text":"%01000d"}`, 7)
			var wg sync.WaitGroup
			work := make(chan int)
			for range writers {
				wg.Go(func() {
					for i := range work {
						it := it
						it.SK = fmt.Sprint(i)
						if _, err := store.Put(ctx, it, table.Always()); err != nil {
							b.Error(err)
						}
					}
				})
			}
			b.ResetTimer()
			for i := range b.N {
				work <- i
			}
			close(work)
			wg.Wait()
			// What one caller waits for one put.
			b.ReportMetric(float64(b.Elapsed().Microseconds())/1000*float64(writers)/float64(b.N), "ms/put")
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "puts/s")
		})
	}
}

func BenchmarkGet(b *testing.B) {
	store := table.New(open(b, b.TempDir(), nil), nil)
	ctx := workspace(b.Context())
	if _, err := store.Put(ctx, item("p", "s"), table.Always()); err != nil {
		b.Fatal(err)
	}
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := store.Get(ctx, table.Key{PK: "p", SK: "s"}); err != nil {
				b.Error(err)
			}
		}
	})
}

func BenchmarkQuery100(b *testing.B) {
	store := table.New(open(b, b.TempDir(), nil), nil)
	ctx := workspace(b.Context())
	for i := range 1000 {
		it := item("p", fmt.Sprintf("%05d", i))
		it.Index = map[string]table.Key{table.Index1: {PK: "i", SK: it.SK}}
		if _, err := store.Put(ctx, it, table.Always()); err != nil {
			b.Fatal(err)
		}
	}
	for b.Loop() {
		page, err := store.Query(ctx, table.Query{Index: table.Index1, PK: "i", Reverse: true})
		if err != nil || len(page.Items) != 100 {
			b.Fatal(len(page.Items), err)
		}
	}
}
