package twin

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/apiq/apiq/shared/spec"
)

// FuzzTwin: any request gets some answer, of bounded size and, where JSON is
// promised, JSON.
func FuzzTwin(f *testing.F) {
	for _, seed := range [][3]string{
		{"GET", "/pet/1", ""}, {"POST", "/pet", `{"name":"Rex","photoUrls":[]}`}, {"PUT", "/pet", `{"id":1,"name":"x","photoUrls":[]}`}, {"DELETE", "/pet/1", ""},
		{"GET", "/pet/findByStatus?status=sold,pending", ""}, {"GET", "/pet/findByTags?tags=a&tags=b", ""}, {"POST", "/pet/1?name=%ff", ""}, {"PATCH", "//pet/../1", "{}"},
		{"GET", "/user/%00", ""}, {"POST", "/user/createWithList", `[{"id":1e308}]`}, {"POST", "/store/order", `{"id":-1,"shipDate":"x"}`}, {"GET", "/pet/1e400", ""}, {"BREW", "*", "\xff"},
	} {
		f.Add(seed[0], seed[1], []byte(seed[2]))
	}
	raw, err := os.ReadFile("../../infra/local/samples/petstore.yaml")
	if err != nil {
		f.Fatal(err)
	}
	doc, err := spec.Parse(f.Context(), raw, nil)
	if err != nil {
		f.Fatal(err)
	}
	tw, err := New(doc, &Options{MaxItems: 50, MaxCollections: 20, MaxBody: 64 << 10, MaxBytes: 1 << 20})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, method, target string, body []byte) {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "http://twin.test/", strings.NewReader(string(body)))
		r.Method = method
		path, query, _ := strings.Cut(target, "?")
		r.URL.Path, r.URL.RawPath, r.URL.RawQuery = path, path, query
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		tw.ServeHTTP(w, r)
		if w.Code < 200 || w.Code > 599 || w.Body.Len() > 1<<20 {
			t.Fatalf("%d, %d bytes", w.Code, w.Body.Len())
		}
		if w.Body.Len() > 0 && strings.HasPrefix(w.Header().Get("Content-Type"), "application/json") && !json.Valid(w.Body.Bytes()) {
			t.Fatalf("not JSON: %q", w.Body.String())
		}
		if strings.Contains(w.Body.String(), "could not follow") {
			t.Fatalf("a panic: %s %s %q", method, target, body)
		}
		if tw.held > tw.opts.MaxBytes || tw.held < 0 {
			t.Fatalf("%d bytes held", tw.held)
		}
	})
}

// FuzzPattern: what is made for a pattern fits it, and is short.
func FuzzPattern(f *testing.F) {
	for _, seed := range []string{"", "^a+$", `^([01]\d|2[0-3]):?([0-5]\d)$`, `[^a]`, `(?i)x{3}`, `(a{50}){50}`, `((((((a{9}){9}){9}){9}){9}))`, `\bword\b`, `(?=no)`, `[\x{10ffff}]`, `\pL\PN`, "(", `$^`, `a|b`, "\xff"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, pattern string) {
		v := fromPattern(pattern)
		if len(v) > 4*maxPattern {
			t.Fatalf("%d bytes", len(v))
		}
		if v == "" {
			return
		}
		if re, err := regexp.Compile(pattern); err != nil || !re.MatchString(v) {
			t.Fatalf("%q does not fit %q", v, pattern)
		}
	})
}
