package library_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"

	"github.com/apiq/apiq/shared/spec"
	"github.com/apiq/apiq/shared/spec/library"
	"github.com/apiq/apiq/shared/tenant"
)

// TestImportedIsTold: of each document that is imported, in its workspace, once it is
// stored; not of one that is in the cache, nor of one that is no document.
func TestImportedIsTold(t *testing.T) {
	t.Parallel()
	const text = `{"openapi":"3.0.3","info":{"title":"One","version":"1"},"paths":{"/a":{"get":{"operationId":"a","responses":{"200":{"description":"ok"}}}}}}`
	source := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(text)) }))
	t.Cleanup(source.Close)
	var told []string
	var h *home
	h = newHome(t, library.Options{Imported: func(ctx context.Context, doc *spec.Document) {
		workspace, err := tenant.From(ctx)
		if err != nil {
			t.Error(err)
		}
		if _, err := h.Open(ctx, doc.Info().Hash); err != nil {
			t.Errorf("it is not stored yet: %v", err)
		}
		told = append(told, workspace+" "+doc.Info().Title)
	}})
	for range 2 { // the second is a hit
		if _, err := h.Fetch(in(t, "wsp_a"), library.Request{URL: source.URL}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := h.Add(in(t, "wsp_b"), []byte(text)); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Add(in(t, "wsp_b"), []byte("nothing")); err == nil {
		t.Fatal("no document was imported")
	}
	if want := []string{"wsp_a One", "wsp_b One"}; !slices.Equal(told, want) {
		t.Errorf("told of %q, want %q", told, want)
	}
}
