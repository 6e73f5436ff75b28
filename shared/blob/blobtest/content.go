package blobtest

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/iotest"

	"github.com/apiq/apiq/shared/blob"
)

func testRoundTrip(t *testing.T, f *fixture) {
	for name, content := range map[string]string{
		"empty": "", "one": "x", "a/b/c.json": `{"a":1}`, "big": pattern(3 << 20), "zeros": strings.Repeat("\x00", 5000),
		strings.Repeat("y", blob.MaxSegment): "long name", "...": "dots", "-a/_b/.c": "signs",
	} {
		info := f.put(t, name, content)
		if info.Name != name || info.Size != int64(len(content)) || info.CreatedAt.IsZero() {
			t.Errorf("Put %.40s: %+v", name, info)
		}
		f.expect(t, name, content)
		r, got, err := f.store.Get(f.ctx, name)
		if err != nil || got.Name != name || got.Size != info.Size || got.CreatedAt.IsZero() {
			t.Errorf("Get %.40s: %+v, %v", name, got, err)
			continue
		}
		r.Close()
	}
	f.put(t, "one", "replaced")
	f.expect(t, "one", "replaced")
}

func testExclusive(t *testing.T, f *fixture) {
	if _, err := f.store.Create(f.ctx, "a/b", strings.NewReader("first")); err != nil {
		t.Fatal(err)
	}
	if _, err := f.store.Create(f.ctx, "a/b", strings.NewReader("second")); !errors.Is(err, blob.ErrExists) {
		t.Errorf("the second Create: %v, want ErrExists", err)
	}
	f.expect(t, "a/b", "first")
	if err := f.store.Delete(f.ctx, "a/b"); err != nil {
		t.Fatal(err)
	}
	if _, err := f.store.Create(f.ctx, "a/b", strings.NewReader("third")); err != nil {
		t.Errorf("Create after Delete: %v", err)
	}
	f.expect(t, "a/b", "third")
}

func testExclusiveRace(t *testing.T, f *fixture) {
	var wg sync.WaitGroup
	var won atomic.Int64
	winner := make(chan string, 16)
	for i := range 16 {
		wg.Go(func() {
			content := strings.Repeat(fmt.Sprint(i%10), 10_000)
			_, err := f.store.Create(f.ctx, "same/name", strings.NewReader(content))
			switch {
			case err == nil:
				won.Add(1)
				winner <- content
			case !errors.Is(err, blob.ErrExists):
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if won.Load() != 1 {
		t.Fatalf("%d created the object, want 1", won.Load())
	}
	f.expect(t, "same/name", <-winner)
}

func testFailedPut(t *testing.T, f *fixture) {
	broken := errors.New("broken")
	body := func() io.Reader {
		return io.MultiReader(strings.NewReader(pattern(100_000)), iotest.ErrReader(broken))
	}
	if _, err := f.store.Put(f.ctx, "new", body()); !errors.Is(err, broken) {
		t.Errorf("Put: %v, want the body's error", err)
	}
	if _, err := f.store.ReadAll(f.ctx, "new", 10); !errors.Is(err, blob.ErrNotFound) {
		t.Errorf("a failed Put left an object: %v", err)
	}
	f.put(t, "old", "before")
	if _, err := f.store.Put(f.ctx, "old", body()); !errors.Is(err, broken) {
		t.Errorf("Put: %v, want the body's error", err)
	}
	f.expect(t, "old", "before")
	if got := f.names(t, ""); got != "[old]" {
		t.Errorf("names after failed puts: %s", got)
	}
}

// testAtomic reads while others replace: every read is of one whole version.
func testAtomic(t *testing.T, f *fixture) {
	const size = 200_000
	version := func(i int) string { return strings.Repeat(string(rune('a'+i)), size) }
	f.put(t, "o", version(0))
	var writers, readers sync.WaitGroup
	var stop atomic.Bool
	for w := range 2 {
		writers.Go(func() {
			for i := range 10 {
				if _, err := f.store.Put(f.ctx, "o", strings.NewReader(version(1+w*10+i))); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for range 2 {
		readers.Go(func() {
			for !stop.Load() {
				got, err := f.store.ReadAll(f.ctx, "o", size)
				if err != nil || len(got) != size || strings.Count(string(got), string(got[:1])) != size {
					t.Errorf("a torn read of %d bytes, %v", len(got), err)
					return
				}
			}
		})
	}
	writers.Wait()
	stop.Store(true)
	readers.Wait()
}

func testReaderOutlivesDelete(t *testing.T, f *fixture) {
	content := pattern(500_000)
	f.put(t, "o", content)
	r, _, err := f.store.Get(f.ctx, "o")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	first := make([]byte, 10)
	if _, err := io.ReadFull(r, first); err != nil {
		t.Fatal(err)
	}
	if err := f.store.Delete(f.ctx, "o"); err != nil {
		t.Fatal(err)
	}
	rest, err := io.ReadAll(r)
	if err != nil || string(first)+string(rest) != content {
		t.Errorf("a reader lost its object: %d bytes, %v", len(first)+len(rest), err)
	}
}

func testRange(t *testing.T, f *fixture) {
	content := pattern(100_000)
	f.put(t, "o", content)
	f.put(t, "empty", "")
	for _, c := range []struct{ offset, length int64 }{
		{0, 1}, {0, 100_000}, {0, 200_000}, {5, 10}, {99_999, 1}, {99_990, 100}, {100_000, 1}, {300_000, 5},
	} {
		r, err := f.store.GetRange(f.ctx, "o", c.offset, c.length)
		if err != nil {
			t.Errorf("%+v: %v", c, err)
			continue
		}
		got, err := io.ReadAll(r)
		r.Close()
		from := min(c.offset, int64(len(content)))
		want := content[from:min(from+c.length, int64(len(content)))]
		if err != nil || string(got) != want {
			t.Errorf("%+v: %d bytes, %v, want %d", c, len(got), err, len(want))
		}
	}
	r, err := f.store.GetRange(f.ctx, "empty", 0, 10)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if got, err := io.ReadAll(r); err != nil || len(got) != 0 {
		t.Errorf("a range of an empty object: %d bytes, %v", len(got), err)
	}
	if _, err := f.store.GetRange(f.ctx, "none", 0, 1); !errors.Is(err, blob.ErrNotFound) {
		t.Errorf("a range of nothing: %v, want ErrNotFound", err)
	}
}

func testReadAll(t *testing.T, f *fixture) {
	f.put(t, "o", "12345")
	for _, limit := range []int64{0, 1, 4} {
		if got, err := f.store.ReadAll(f.ctx, "o", limit); !errors.Is(err, blob.ErrTooLarge) || got != nil {
			t.Errorf("at most %d: %q, %v, want ErrTooLarge", limit, got, err)
		}
	}
	for _, limit := range []int64{5, 6, blob.MaxBytes} {
		if got, err := f.store.ReadAll(f.ctx, "o", limit); err != nil || string(got) != "12345" {
			t.Errorf("at most %d: %q, %v", limit, got, err)
		}
	}
	if _, err := f.store.ReadAll(f.ctx, "none", 10); !errors.Is(err, blob.ErrNotFound) {
		t.Errorf("nothing: %v, want ErrNotFound", err)
	}
}

func testTooLarge(t *testing.T, f *fixture) {
	endless := readFunc(func(p []byte) (int, error) { return len(p), nil })
	if _, err := f.store.Put(f.ctx, "o", endless); !errors.Is(err, blob.ErrTooLarge) {
		t.Errorf("an endless body: %v, want ErrTooLarge", err)
	}
	if got := f.names(t, ""); got != "[]" {
		t.Errorf("it left %s", got)
	}
	info, err := f.store.Put(f.ctx, "o", io.LimitReader(endless, blob.MaxBytes))
	if err != nil || info.Size != blob.MaxBytes {
		t.Errorf("the largest body: %d bytes, %v", info.Size, err)
	}
}
