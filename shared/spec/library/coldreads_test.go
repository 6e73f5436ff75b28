package library_test

import (
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/apiq/apiq/shared/blob"
	"github.com/apiq/apiq/shared/spec/library"
)

// perObject counts the reads of the index apart from those of the document.
type perObject struct {
	index, text counting
}

func (p *perObject) of(name string) *counting {
	if strings.HasSuffix(name, ".idx") {
		return &p.index
	}
	return &p.text
}

func (p *perObject) Put(ctx context.Context, name string, r io.Reader) (blob.Info, error) {
	return p.text.Store.Put(ctx, name, r)
}

func (p *perObject) Create(ctx context.Context, name string, r io.Reader) (blob.Info, error) {
	return p.text.Store.Create(ctx, name, r)
}

func (p *perObject) Delete(ctx context.Context, name string) error {
	return p.text.Store.Delete(ctx, name)
}

func (p *perObject) Get(ctx context.Context, name string) (io.ReadCloser, blob.Info, error) {
	return p.of(name).Get(ctx, name)
}

func (p *perObject) GetRange(ctx context.Context, name string, offset, length int64) (io.ReadCloser, error) {
	return p.of(name).GetRange(ctx, name, offset, length)
}

// TestColdReads reads operations of a large document, each by a process that has
// none of it: what that takes of the index is few reads and kilobytes, by ID and by
// route.
func TestColdReads(t *testing.T) {
	t.Parallel()
	h, ctx := newHome(t, library.Options{}), in(t, "wsp_a")
	raw := []byte(large(5000))
	if file := os.Getenv("APIQ_COLD_READS"); file != "" { // another document
		var err error
		if raw, err = os.ReadFile(file); err != nil {
			t.Fatal(err)
		}
	}
	res, err := h.Add(ctx, raw)
	if err != nil {
		t.Fatal(err)
	}
	list := res.Document.Summaries()
	for _, by := range []string{"ID", "route"} {
		var seen [4][]int64 // reads and bytes of the index, of the text
		for i := 0; i < len(list); i += max(1, len(list)/100) {
			id := list[i].ID
			if by == "route" {
				id = list[i].Method + " " + list[i].Path
			}
			blobs := &perObject{index: counting{Store: h.blobs}, text: counting{Store: h.blobs}}
			cold := h.over(blobs)
			_, op, err := cold.Operation(ctx, res.Hash, id)
			cold.Close()
			if err != nil || op.ID != list[i].ID {
				t.Fatalf("%s: %v", id, err)
			}
			for n, v := range []int64{blobs.index.calls.Load(), blobs.index.bytes.Load(), blobs.text.calls.Load(), blobs.text.bytes.Load()} {
				seen[n] = append(seen[n], v)
			}
			if n := blobs.index.calls.Load(); n > 3 {
				t.Errorf("%s: %d reads of the index", id, n)
			}
		}
		line := ""
		for n, what := range []string{"index reads", "index bytes", "text reads", "text bytes"} {
			slices.Sort(seen[n])
			line += fmt.Sprintf("; %s median %d, most %d", what, seen[n][len(seen[n])/2], seen[n][len(seen[n])-1])
		}
		t.Logf("by %s%s", by, line)
	}
}
