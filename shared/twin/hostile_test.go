package twin

import (
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/spec"
)

// TestHostileDocuments: a document that is made to break parsers costs a bounded
// effort, and gets an answer that fits or none.
func TestHostileDocuments(t *testing.T) {
	t.Parallel()
	dense := func(keyword string, required bool) string {
		var b strings.Builder
		b.WriteString(`{"openapi":"3.0.3","info":{"title":"t","version":"1"},"paths":{"/a":{"get":{"responses":{"200":{"description":"","content":{"application/json":{"schema":{"$ref":"#/components/schemas/S0"}}}}}}}},"components":{"schemas":{"X":{}`)
		names := "SABCDEFGHIJKLMNOPQRTUVWXYZ"
		for i := range 24 {
			b.WriteString(`,"` + names[:1] + string(rune('0'+i)) + `":{`)
			if required {
				b.WriteString(`"required":["p0","p1","p2"],`)
			}
			open, end := `"`+keyword+`":[`, `]`
			if keyword == "properties" {
				open, end = `"properties":{`, `}`
			}
			b.WriteString(open)
			for j := range 24 {
				if j > 0 {
					b.WriteByte(',')
				}
				if keyword == "properties" {
					b.WriteString(`"p` + string(rune('0'+j)) + `":`)
				}
				b.WriteString(`{"$ref":"#/components/schemas/S` + string(rune('0'+(i+j+1)%24)) + `"}`)
			}
			b.WriteString(end + `}`)
		}
		return b.String() + `}}}`
	}
	documents := map[string]string{"allOf": dense("allOf", false), "oneOf": dense("oneOf", false), "anyOf": dense("anyOf", false),
		"properties": dense("properties", false), "required": dense("properties", true)}
	if data := os.Getenv("DATA"); data != "" {
		files, err := filepath.Glob(filepath.Join(data, "specs", "hostile", "*"))
		if err != nil || len(files) == 0 {
			t.Fatalf("no hostile documents: %v", err)
		}
		for _, file := range files {
			raw, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			documents[filepath.Base(file)] = string(raw)
		}
	}
	for name, raw := range documents {
		doc, err := spec.Parse(t.Context(), []byte(raw), nil)
		if err != nil {
			continue // refused, which is an answer too
		}
		tw, err := New(doc, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range doc.Summaries() {
			began := time.Now()
			w := httptest.NewRecorder()
			tw.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), s.Method, "http://twin.test"+s.Path, strings.NewReader(`{}`)))
			took := time.Since(began)
			if took > 30*time.Second || w.Body.Len() > 4<<20 || strings.Contains(w.Body.String(), "could not follow") { // seconds: exponential, or on a busy machine
				t.Errorf("%s: %d, %d bytes after %s: %.200s", name, w.Code, w.Body.Len(), took, w.Body.String())
			}
			t.Logf("%s: %d, %d bytes after %s", name, w.Code, w.Body.Len(), took.Round(time.Millisecond))
		}
	}
}
