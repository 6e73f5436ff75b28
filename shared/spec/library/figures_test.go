package library_test

import (
	"context"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/spec/library"
)

// storedBytes is what all documents take in the store.
func (h *home) storedBytes(t *testing.T, ctx context.Context) int64 {
	t.Helper()
	n := int64(0)
	for info, err := range h.blobs.All(ctx, "spec/") {
		if err != nil {
			t.Fatal(err)
		}
		n += info.Size
	}
	return n
}

// TestFigures: what an import cost is told with its document, and again by all
// who take it from the cache, until another import takes its place.
func TestFigures(t *testing.T) {
	t.Parallel()
	main := `{"openapi":"3.1.0","info":{"title":"t","version":"1"},"paths":{"/a":{"get":{"operationId":"a","parameters":[{"$ref":"p.yaml#/P"}],"responses":{}}}}}`
	const part = "P: {name: p, in: query, schema: {type: string}}\n"
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/p.yaml" {
			_, _ = w.Write([]byte(part))
			return
		}
		if r.Header.Get("If-None-Match") == `"1"` && strings.Contains(main, "version\":\"1") {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		w.Header().Set("ETag", `"1"`)
		_, _ = w.Write([]byte(main))
	})
	h, ctx := newHome(t, library.Options{}), in(t, "wsp_a")
	h.clock.step = time.Millisecond // time passes wherever it is asked for
	req := library.Request{URL: url + "/openapi.json"}

	first := fetch(t, h, ctx, req, library.Fetched)
	got := first.Imported
	if got == nil {
		t.Fatal("no figures")
	}
	if got.FetchMS <= first.LatencyMS || got.ParseMS < 2 || got.StoreMS < 1 || got.At.IsZero() {
		t.Errorf("the document, its part, two parses and the store took %+v, the first fetch %d ms", got, first.LatencyMS)
	}
	if got.Bytes != int64(len(main)+len(part)) || got.JSONBytes != int64(len(first.Document.JSON())) {
		t.Errorf("%+v", got)
	}
	if all := h.storedBytes(t, ctx); got.StoredBytes != all {
		t.Errorf("%d bytes stored, want %d", got.StoredBytes, all)
	}

	for _, how := range []string{library.Hit, library.Revalidated} {
		again := fetch(t, h, ctx, library.Request{URL: req.URL, Revalidate: how == library.Revalidated}, how)
		if again.Imported == nil || *again.Imported != *got {
			t.Errorf("%s: %+v, want %+v", how, again.Imported, got)
		}
	}
	list, _, err := h.List(ctx, 10, "")
	if err != nil || len(list) != 1 || list[0].Imported == nil || *list[0].Imported != *got {
		t.Errorf("listed %+v, %v", list, err)
	}

	main = strings.Replace(main, `"version":"1"`, `"version":"2.0"`, 1)
	changed := fetch(t, h, ctx, library.Request{URL: req.URL, Revalidate: true}, library.Fetched)
	if changed.Imported == nil || !changed.Imported.At.After(got.At) || changed.Imported.Bytes != got.Bytes+2 {
		t.Errorf("%+v after %+v", changed.Imported, got)
	}
	if d := details(t, h.records(t, ctx)[1]); d["imported"] == nil {
		t.Errorf("the trail does not tell: %v", d)
	}
}

// TestFiguresOfUpload: nothing is fetched, and YAML is kept as it came as well.
func TestFiguresOfUpload(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{"JSON": petsJSON, "YAML": petsYAML} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h, ctx := newHome(t, library.Options{}), in(t, "wsp_a")
			h.clock.step = time.Millisecond
			res, err := h.Add(ctx, []byte(text))
			if err != nil {
				t.Fatal(err)
			}
			got := res.Imported
			if got.FetchMS != 0 || got.ParseMS < 1 || got.StoreMS < 1 || got.Bytes != int64(len(text)) || got.JSONBytes != int64(len(res.Document.JSON())) {
				t.Errorf("%+v", got)
			}
			if all := h.storedBytes(t, ctx); got.StoredBytes != all {
				t.Errorf("%d bytes stored, want %d", got.StoredBytes, all)
			}
			again, err := h.Add(ctx, []byte(text))
			if err != nil || again.Imported.StoredBytes != got.StoredBytes {
				t.Errorf("stored again: %+v, %v", again.Imported, err)
			}
		})
	}
}

// TestPeakHeap is not parallel: the heap is that of the whole process. JSON made of
// YAML is held beside it, so that the heap rises by at least its length.
func TestPeakHeap(t *testing.T) {
	h, ctx := newHome(t, library.Options{}), in(t, "wsp_a")
	runtime.GC()
	res, err := h.Add(ctx, []byte("# YAML\n"+large(1000)))
	if err != nil {
		t.Fatal(err)
	}
	if got := res.Imported; got.PeakHeapBytes < got.JSONBytes || got.PeakHeapBytes > 100*got.JSONBytes {
		t.Errorf("the heap rose by %d bytes for %d of JSON", got.PeakHeapBytes, got.JSONBytes)
	}
}
