package hometest

import (
	"bytes"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/apiq/apiq/shared/apierr"
)

// Answer is what came back.
type Answer struct {
	Status int
	Header http.Header
	Raw    []byte

	Data   json.RawMessage `json:"data"`
	Code   string          `json:"code"`
	Detail string          `json:"detail"`
	Meta   struct {
		NextCursor *string `json:"nextCursor"`
	} `json:"meta"`
	Errors []Fault `json:"errors"`
}

// Fault is one problem of a refusal.
type Fault struct{ Path, Code, Message string }

// Into reads the answer's data.
func (a Answer) Into(t testing.TB, v any) {
	t.Helper()
	if err := json.Unmarshal(a.Data, v); err != nil {
		t.Fatalf("%d %s: %v", a.Status, a.Raw, err)
	}
}

// faultAt finds the problem at a path.
func (a Answer) faultAt(path string) (Fault, bool) {
	at := slices.IndexFunc(a.Errors, func(f Fault) bool { return f.Path == path })
	if at < 0 {
		return Fault{}, false
	}
	return a.Errors[at], true
}

// items are the members of a list as they came.
func items(t testing.TB, a Answer) []string {
	t.Helper()
	var all []json.RawMessage
	a.Into(t, &all)
	out := make([]string, len(all))
	for i, v := range all {
		out[i] = string(v)
	}
	return out
}

// checkForm holds every answer that any test gets to the contract's two forms.
func (a Answer) checkForm(t testing.TB, what string) {
	t.Helper()
	a.checkHeaders(t, what)
	if a.Status == http.StatusSeeOther && a.Header.Get("Location") != "" && len(a.Raw) == 0 {
		return // a browser is sent on to a page
	}
	if a.Status < 400 || a.Status == http.StatusServiceUnavailable && strings.Contains(what, "/api/health") {
		a.checkSuccess(t, what)
		return
	}
	a.checkProblem(t, what)
}

// checkHeaders: what every answer of the API carries.
func (a Answer) checkHeaders(t testing.TB, what string) {
	t.Helper()
	if id := a.Header.Values("X-Request-Id"); len(id) != 1 || !strings.HasPrefix(id[0], "req_") {
		t.Errorf("%s: X-Request-Id %q", what, id)
	}
	for name, want := range map[string]string{
		"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer",
		"Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
	} {
		if got := a.Header.Values(name); len(got) != 1 || got[0] != want {
			t.Errorf("%s: %s %q, want %q once", what, name, got, want)
		}
	}
}

func (a Answer) media() string {
	media, _, _ := strings.Cut(a.Header.Get("Content-Type"), ";")
	return media
}

func (a Answer) checkSuccess(t testing.TB, what string) {
	t.Helper()
	raw := strings.Contains(what, "/export") || strings.Contains(what, "/openapi.json") || strings.Contains(what, "/schemas/")
	if raw || a.media() != "application/json" {
		if !raw {
			t.Errorf("%s: %d as %s", what, a.Status, a.media())
		}
		return
	}
	if strings.HasPrefix(what, http.MethodHead+" ") {
		return // the headers are all there is
	}
	var got map[string]json.RawMessage
	if err := json.Unmarshal(a.Raw, &got); err != nil || string(got["success"]) != "true" || got["data"] == nil {
		t.Errorf("%s: %d is not in the envelope: %s", what, a.Status, a.Raw)
	}
	for name := range got {
		if name != "success" && name != "data" && name != "meta" {
			t.Errorf("%s: the envelope has a field %s", what, name)
		}
	}
}

func (a Answer) checkProblem(t testing.TB, what string) {
	t.Helper()
	if a.media() != "application/problem+json" {
		t.Errorf("%s: %d as %s: %s", what, a.Status, a.media(), a.Raw)
		return
	}
	if strings.HasPrefix(what, http.MethodHead+" ") {
		return
	}
	var got struct {
		Success                              *bool
		Type, Title, Code, Detail, RequestID string
		Status                               int
		Errors                               []struct{ Path, Code, Message *string }
	}
	dec := json.NewDecoder(bytes.NewReader(a.Raw))
	dec.DisallowUnknownFields()
	err := dec.Decode(&got)
	// A replayed refusal names the first request.
	ownID := got.RequestID == a.Header.Get("X-Request-Id") || a.Header.Get("Idempotency-Replayed") != ""
	switch {
	case err != nil || got.Success == nil || *got.Success || got.Type == "" || got.Title == "" || got.Detail == "" || got.Status != a.Status || !ownID:
		t.Errorf("%s: not a problem of the contract (%v): %s", what, err, a.Raw)
	case !slices.Contains(apierr.Codes(), apierr.Code(got.Code)) || apierr.Code(got.Code).Status() != a.Status:
		t.Errorf("%s: code %s with status %d is not of the closed list", what, got.Code, a.Status)
	case got.Code == string(apierr.Internal):
		t.Errorf("%s: INTERNAL: %s", what, a.Raw)
	}
	for _, e := range got.Errors {
		if e.Path == nil || e.Code == nil || *e.Code == "" || e.Message == nil || *e.Message == "" {
			t.Errorf("%s: a problem without path, code or message: %s", what, a.Raw)
		}
	}
}
