package twin_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/apiq/apiq/shared/spec"
	"github.com/apiq/apiq/shared/twin"
)

// TestCorpus sends each operation of each real document the document's own
// sample of a request: the twin must not fail, and what it gives fits.
func TestCorpus(t *testing.T) {
	t.Parallel()
	data := os.Getenv("DATA")
	if data == "" {
		t.Skip("corpus left out: DATA is not set")
	}
	files, err := filepath.Glob(filepath.Join(data, "specs", "*.gz"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no documents under %s: %v", data, err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			sendAll(t, read(t, file))
		})
	}
}

func read(t *testing.T, file string) *spec.Document {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := spec.Parse(t.Context(), raw, nil)
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// perDocument bounds the operations tried of one document, spread over it.
const perDocument = 40

func sendAll(t *testing.T, doc *spec.Document) {
	tw, err := twin.New(doc, nil)
	if err != nil {
		t.Fatal(err)
	}
	step := max(1, doc.Len()/perDocument)
	statuses := map[int]int{}
	for i, s := range doc.Summaries() {
		if i%step != 0 {
			continue
		}
		op, err := doc.Operation(s.ID)
		if err != nil {
			t.Fatal(err)
		}
		w := httptest.NewRecorder()
		tw.ServeHTTP(w, sample(t, doc, op))
		statuses[w.Code]++
		if w.Code >= 500 {
			statuses[-1]++
			t.Logf("%s: %d %.300s", s.ID, w.Code, w.Body.String())
		}
	}
	if total := statuses[-1]; total*20 > perDocument {
		t.Errorf("%d answers did not fit the document: %v", total, statuses)
	}
	t.Logf("statuses %v", statuses)
}

func sample(t *testing.T, doc *spec.Document, op *spec.Operation) *http.Request {
	t.Helper()
	path, query := op.Path, url.Values{}
	header := http.Header{}
	for _, p := range op.Parameters {
		v := fmt.Sprint(doc.Sample(p.Schema, 1))
		switch p.In {
		case "path":
			path = strings.ReplaceAll(path, "{"+p.Name+"}", url.PathEscape("1"+strings.Trim(v, "[]{}")))
		case "query":
			if p.Required {
				query.Set(p.Name, strings.Trim(v, "[]"))
			}
		case "header":
			if p.Required {
				header.Set(p.Name, "x")
			}
		}
	}
	var body io.Reader = http.NoBody
	if media, schema, ok := op.BodySchema(); ok && strings.Contains(media, "json") {
		raw, err := json.Marshal(doc.Sample(schema, 1))
		if err != nil {
			t.Fatal(err)
		}
		body = bytes.NewReader(raw)
		header.Set("Content-Type", media)
	}
	r := httptest.NewRequestWithContext(t.Context(), op.Method, "http://twin.test/", body)
	r.URL.Path, _ = url.PathUnescape(path)
	r.URL.RawPath = path
	r.URL.RawQuery = query.Encode()
	r.Header = header
	return r
}
