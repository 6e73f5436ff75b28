package library_test

import (
	"bytes"
	"context"
	"io"
	"strings"
	"sync"
	"testing"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/spec/library"
)

func (h *home) object(t *testing.T, ctx context.Context, name string) []byte {
	t.Helper()
	r, _, err := h.blobs.Get(ctx, name)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	raw, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// TestOperationThenList: a document that was opened for one operation is complete for
// whoever lists it after, and the other way round.
func TestOperationThenList(t *testing.T) {
	t.Parallel()
	h, ctx := newHome(t, library.Options{}), in(t, "wsp_a")
	res, err := h.Add(ctx, []byte(large(5000)))
	if err != nil {
		t.Fatal(err)
	}
	cold := h.over(h.blobs)
	t.Cleanup(cold.Close)
	part, op, err := cold.Operation(ctx, res.Hash, "get4321")
	if err != nil || op.ID != "get4321" || part.IndexFetched() {
		t.Fatalf("%v, %v", op, err)
	}
	doc, err := cold.Open(ctx, res.Hash)
	if err != nil || !doc.IndexFetched() || len(doc.Summaries()) != 5000 || doc.Summaries()[4321].ID != "get4321" {
		t.Fatalf("not complete: %v", err)
	}
	if again, _, err := cold.Operation(ctx, res.Hash, "GET /things/17"); err != nil || again != doc {
		t.Errorf("the document that is in memory is opened again: %v", err)
	}
	_, _, err = cold.Operation(ctx, res.Hash, "nobody")
	wantCode(t, err, apierr.NotFound)
	_, _, err = cold.Operation(in(t, "wsp_b"), res.Hash, "get1")
	wantCode(t, err, apierr.NotFound)
}

// TestOperationsAtOnce: operations and lists of a document that is not in memory,
// asked for together, are all served.
func TestOperationsAtOnce(t *testing.T) {
	t.Parallel()
	h, ctx := newHome(t, library.Options{}), in(t, "wsp_a")
	res, err := h.Add(ctx, []byte(large(3000)))
	if err != nil {
		t.Fatal(err)
	}
	cold := h.over(h.blobs)
	t.Cleanup(cold.Close)
	var wg sync.WaitGroup
	for i, s := range res.Document.Summaries() {
		switch {
		case i%300 == 0:
			wg.Go(func() {
				if doc, err := cold.Open(ctx, res.Hash); err != nil || len(doc.Summaries()) != 3000 {
					t.Error(err)
				}
			})
		case i%50 == 0:
			wg.Go(func() {
				if _, op, err := cold.Operation(ctx, res.Hash, s.ID); err != nil || op.Path != s.Path {
					t.Error(err)
				}
			})
		}
	}
	wg.Wait()
}

// TestSpoiledIndex: an index that was damaged in the store, cut short, emptied or left
// by an older program is made again when somebody needs what it no longer says.
func TestSpoiledIndex(t *testing.T) {
	t.Parallel()
	h, ctx := newHome(t, library.Options{}), in(t, "wsp_a")
	res, err := h.Add(ctx, []byte(large(5000)))
	if err != nil {
		t.Fatal(err)
	}
	object := "spec/" + strings.TrimPrefix(res.Hash, "sha256:") + ".idx"
	sound := h.object(t, ctx, object)
	if len(sound) < 90<<10 {
		t.Fatalf("the index has %d bytes only", len(sound))
	}
	flip := func(at func(n int) int) func([]byte) []byte {
		return func(b []byte) []byte {
			b[at(len(b))] ^= 0x10
			return b
		}
	}
	for name, spoil := range map[string]func([]byte) []byte{
		"in its header":    flip(func(int) int { return 1 }),
		"in its head":      flip(func(int) int { return 2000 }),
		"in a block":       flip(func(n int) int { return n - 2000 }),
		"in all blocks":    func(b []byte) []byte { return append(b[:64<<10], make([]byte, len(b)-64<<10)...) },
		"cut in a block":   func(b []byte) []byte { return b[:80<<10] },
		"cut in the head":  func(b []byte) []byte { return b[:1000] },
		"cut in the table": func(b []byte) []byte { return b[:20] },
		"emptied":          func([]byte) []byte { return nil },
		"layout 2":         func(b []byte) []byte { return bytes.Replace(b, []byte("apiq-index/3"), []byte("apiq-index/2"), 1) },
	} {
		if _, err := h.blobs.Put(ctx, object, bytes.NewReader(spoil(bytes.Clone(sound)))); err != nil {
			t.Fatal(err)
		}
		cold := h.over(h.blobs)
		t.Cleanup(cold.Close)
		for i := 0; i < 5000; i += 500 {
			id := res.Document.Summaries()[i].ID
			if _, op, err := cold.Operation(ctx, res.Hash, id); err != nil || op.ID != id {
				t.Fatalf("%s: %s: %v", name, id, err)
			}
		}
		if doc, err := cold.Open(ctx, res.Hash); err != nil || len(doc.Summaries()) != 5000 {
			t.Fatalf("%s: open: %v", name, err)
		}
		if !bytes.Equal(h.object(t, ctx, object), sound) {
			t.Errorf("%s: the index was not made again as it was", name)
		}
	}
}
