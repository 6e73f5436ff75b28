package hometest

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/apiq/apiq/shared/apierr"
)

// testSpecs: each way in which a document cannot be had, or is none, and that
// nothing is stored of it.
func testSpecs(t *testing.T, h *house) {
	strict := h.harness.Start(t, Options{Env: map[string]string{"SPEC_FETCH_TIMEOUT_SECONDS": "1", "SPEC_MAX_BYTES": "4000000"}})
	p := Register(t, strict, "ada")
	cases := map[string]struct {
		source http.HandlerFunc
		code   apierr.Code
	}{
		"not found":  {http.NotFound, apierr.SpecUnreachable},
		"failing":    {func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "their internals", 500) }, apierr.SpecUnreachable},
		"hanging up": {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, apierr.SpecUnreachable},
		"slow":       {func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, apierr.SpecTimeout},
		"HTML":       {text("text/html", "<!doctype html><html><body>Sign in</body></html>"), apierr.SpecInvalid},
		"bad JSON":   {text("application/json", `{"openapi":"3.0.0",`), apierr.SpecInvalid},
		"bad YAML":   {text("application/yaml", "openapi: 3.0.0\ninfo: [a: b: c\n\t- x"), apierr.SpecInvalid},
		"no fields":  {text("application/json", `{"openapi":"3.0.0"}`), apierr.SpecInvalid},
		"no spec":    {text("application/json", `{"hello":"world"}`), apierr.SpecInvalid},
		"a list":     {text("application/json", `[]`), apierr.SpecInvalid},
		"empty":      {text("application/json", ""), apierr.SpecInvalid},
		"endless": {func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, `{"openapi":"3.0.0","x":"`)
			_, _ = io.Copy(w, zero{})
		}, apierr.SpecTooLarge},
		"redirect inside": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://169.254.169.254/latest/meta-data/", http.StatusFound)
		}, apierr.EgressBlocked},
	}
	before := len(items(t, p.Must(200, "GET", "/api/apis", nil)))
	defer func() {
		if n := len(items(t, p.Must(200, "GET", "/api/apis", nil))); n != before {
			t.Errorf("%d connections of documents that are none", n-before)
		}
	}()
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			p := p.With(t)
			a := p.Refused(c.code, "POST", "/api/apis", Obj{"name": "X", "specUrl": source(t, c.source) + "/openapi.json", "authType": "NONE"})
			if c.code == apierr.SpecUnreachable && a.Detail != "Spec unreachable, see logs" {
				t.Errorf("detail %q", a.Detail)
			}
			if strings.Contains(string(a.Raw), "their internals") {
				t.Errorf("the source's words are told: %s", a.Raw)
			}
		})
	}
}
