package twin_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/apiq/apiq/shared/spec"
	"github.com/apiq/apiq/shared/spec/spectest"
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
			sendAll(t, spectest.Open(t, file))
		})
	}
}

// perDocument bounds the operations tried of one document, spread over it.
const perDocument = 100

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
		if w.Code == 400 || w.Code == 422 || w.Code == 415 {
			t.Logf("%s: %d %.300s", s.ID, w.Code, w.Body.String())
		}
		statuses[w.Code]++
		switch {
		case w.Code == http.StatusNotImplemented:
			t.Logf("%s: %.300s", s.ID, w.Body.String())
		case w.Code >= 500:
			t.Errorf("%s: %d %.300s", s.ID, w.Code, w.Body.String())
		case w.Code < 300:
			a := spec.Answer{Status: w.Code, ContentType: w.Header().Get("Content-Type"), Empty: w.Body.Len() == 0}
			if json.Valid(w.Body.Bytes()) {
				a.JSON = w.Body.Bytes()
			}
			if v := doc.CheckAnswer(op, a); len(v.Problems) > 0 {
				t.Errorf("%s: %d does not fit: %v", s.ID, w.Code, v.Problems[0])
			}
		}
	}
	if total := statuses[http.StatusNotImplemented]; total*50 > perDocument {
		t.Errorf("%d of %d operations have no valid answer: %v", total, perDocument, statuses)
	}
	t.Logf("statuses %v", statuses)
}

func sample(t *testing.T, doc *spec.Document, op *spec.Operation) *http.Request {
	t.Helper()
	path, query := op.Path, url.Values{}
	header := http.Header{}
	for _, p := range op.Parameters {
		given, _ := doc.SampleAs(spec.Sent, p.Schema, 1)
		v := fmt.Sprint(given)
		if f, ok := given.(float64); ok {
			v = strconv.FormatFloat(f, 'f', -1, 64)
		}
		switch p.In {
		case "path":
			if v = strings.Trim(v, "[]{}"); strings.Trim(v, ".") == "" {
				v = "1"
			}
			path = strings.ReplaceAll(path, "{"+p.Name+"}", url.PathEscape(v))
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
		value, _ := doc.SampleAs(spec.Sent, schema, 1)
		raw, err := json.Marshal(value)
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
