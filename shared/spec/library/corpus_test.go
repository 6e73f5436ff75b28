package library_test

import (
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/spec/library"
)

// TestHostile: documents made to break parsers end with a document or a code.
func TestHostile(t *testing.T) {
	t.Parallel()
	data := os.Getenv("DATA")
	if data == "" {
		t.Skip("set DATA to the folder that holds specs/hostile/ to run this on hostile documents")
	}
	folder := filepath.Join(data, "specs", "hostile")
	url := serve(t, http.FileServer(http.Dir(folder)).ServeHTTP)
	files, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	h, ctx := newHome(t, library.Options{}), in(t, "wsp_a")
	for _, f := range files {
		start := time.Now()
		_, err := h.Fetch(ctx, library.Request{URL: url + "/" + f.Name()})
		if code := apierr.CodeOf(err); code != "" && code != apierr.SpecInvalid && code != apierr.SpecTooLarge {
			t.Errorf("%s: %v", f.Name(), err)
		}
		t.Logf("%s: %s in %s", f.Name(), apierr.CodeOf(err), time.Since(start))
	}
}

// TestCorpus imports real documents from a server, as they lie on disk: packed.
func TestCorpus(t *testing.T) {
	t.Parallel()
	data := os.Getenv("DATA")
	if data == "" {
		t.Skip("set DATA to the folder that holds specs/ to run this on real documents")
	}
	files := http.FileServer(http.Dir(filepath.Join(data, "specs")))
	url := serve(t, files.ServeHTTP)
	h, ctx := newHome(t, library.Options{}), in(t, "wsp_a")
	for file, want := range map[string]struct {
		ops    int
		format string
	}{
		"slack.json.gz": {174, "2.0"}, "github.json.gz": {1223, "3.0.3"}, "stripe.yaml.gz": {494, "3.0.0"}, "museum.yaml.gz": {8, "3.1.0"},
	} {
		res, err := h.Fetch(ctx, library.Request{URL: url + "/" + file})
		if err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		if info := res.Document.Info(); res.Document.Len() != want.ops || info.SpecVersion != want.format {
			t.Errorf("%s: %d operations of %s", file, res.Document.Len(), info.SpecVersion)
		}
	}
}
