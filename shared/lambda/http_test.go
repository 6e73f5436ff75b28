package lambda_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/lambda"
	"github.com/apiq/apiq/shared/secret"
)

// seen is what a handler saw of a request.
type seen struct {
	Method, Path, Escaped, Query, Host, Remote, Body string
	Cookies                                          []string
	Header                                           http.Header
	Length                                           int64
}

// echo answers with what it saw.
func echo(t *testing.T) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		s := seen{Method: r.Method, Path: r.URL.Path, Escaped: r.URL.EscapedPath(), Query: r.URL.RawQuery, Host: r.Host, Remote: r.RemoteAddr, Body: string(body), Header: r.Header, Length: r.ContentLength}
		for _, c := range r.Cookies() {
			s.Cookies = append(s.Cookies, c.Name+"="+c.Value)
		}
		_ = json.NewEncoder(w).Encode(s)
	})
}

type answer struct {
	StatusCode      int
	Headers         map[string]string
	Cookies         []string
	Body            string
	IsBase64Encoded bool
}

func call(t *testing.T, h lambda.Handler, event string) (answer, error) {
	t.Helper()
	raw, err := h.Invoke(t.Context(), json.RawMessage(event))
	var a answer
	if err == nil {
		if err := json.Unmarshal(raw, &a); err != nil {
			t.Fatal(err)
		}
	}
	return a, err
}

// event is one of the gateway's, with parts of its own.
func event(parts string) string {
	return `{"version":"2.0","requestContext":{"stage":"$default","http":{"method":"POST","sourceIp":"203.0.113.9"}},` + parts + `}`
}

func TestRequests(t *testing.T) {
	t.Parallel()
	edge := &lambda.HTTPOptions{Origin: secret.New("edge")}
	for name, c := range map[string]struct {
		o     *lambda.HTTPOptions
		event string
		want  func(seen) bool
	}{
		"a body as text": {nil, event(`"rawPath":"/a","headers":{"content-type":"application/json","host":"h"},"body":"{\"a\":\"ü\"}"`), func(s seen) bool {
			return s.Body == `{"a":"ü"}` && s.Length == 10 && s.Method == "POST" && s.Host == "h"
		}},
		"a body in base64": {nil, event(`"rawPath":"/a","isBase64Encoded":true,"body":"` + base64.StdEncoding.EncodeToString([]byte{0, 255, 1}) + `"`), func(s seen) bool { return s.Length == 3 }},
		"no body":          {nil, event(`"rawPath":"/a"`), func(s seen) bool { return s.Body == "" && s.Length == 0 }},
		"cookies": {nil, event(`"rawPath":"/a","cookies":["a=1","b=2; 3"]`), func(s seen) bool {
			return strings.Join(s.Cookies, "|") == "a=1|b=2|3=" || strings.HasPrefix(strings.Join(s.Cookies, "|"), "a=1|b=2")
		}},
		"a decoded path": {nil, event(`"rawPath":"/a b/ü?x#y"`), func(s seen) bool {
			return s.Path == "/a b/ü?x#y" && s.Query == "" && s.Escaped == "/a%20b/%C3%BC%3Fx%23y"
		}},
		"a query":           {nil, event(`"rawPath":"/a","rawQueryString":"q=a%20b&q=c&q="`), func(s seen) bool { return s.Query == "q=a%20b&q=c&q=" }},
		"a stage":           {nil, `{"version":"2.0","rawPath":"/prod/api/x","requestContext":{"stage":"prod","http":{"method":"GET"}}}`, func(s seen) bool { return s.Path == "/api/x" }},
		"the stage alone":   {nil, `{"version":"2.0","rawPath":"/prod","requestContext":{"stage":"prod","http":{"method":"GET"}}}`, func(s seen) bool { return s.Path == "/" }},
		"joined headers":    {nil, event(`"rawPath":"/a","headers":{"accept":"a/b,c/d"}`), func(s seen) bool { return s.Header.Get("Accept") == "a/b,c/d" }},
		"no edge, no trust": {nil, event(`"rawPath":"/a","headers":{"x-forwarded-for":"198.51.100.1, 203.0.113.9"}`), func(s seen) bool { return s.Remote == "203.0.113.9:0" }},
		"the edge's path": {edge, event(`"rawPath":"/a%2Fb/c%20d%253F","headers":{"x-apiq-origin":"edge"}`), func(s seen) bool {
			return s.Path == "/a/b/c d%3F" && s.Escaped == "/a%2Fb/c%20d%253F" && s.Header.Get("X-Apiq-Origin") == ""
		}},
		"the edge's client":             {edge, event(`"rawPath":"/a","headers":{"x-apiq-origin":"edge","x-forwarded-for":"1.1.1.1, 198.51.100.7, 203.0.113.9"}`), func(s seen) bool { return s.Remote == "198.51.100.7:0" }},
		"an IPv6 client":                {edge, event(`"rawPath":"/a","headers":{"x-apiq-origin":"edge","x-forwarded-for":"2001:db8::1, 203.0.113.9"}`), func(s seen) bool { return s.Remote == "[2001:db8::1]:0" }},
		"no client named":               {edge, event(`"rawPath":"/a","headers":{"x-apiq-origin":"edge","x-forwarded-for":"x, 203.0.113.9"}`), func(s seen) bool { return s.Remote == "203.0.113.9:0" }},
		"the edge's host":               {edge, event(`"rawPath":"/a","headers":{"x-apiq-origin":"edge","x-forwarded-host":"apiq.example.com","host":"abc.execute-api.example.com"}`), func(s seen) bool { return s.Host == "apiq.example.com" }},
		"no edge, no host of another's": {nil, event(`"rawPath":"/a","headers":{"x-forwarded-host":"evil.example","host":"abc.execute-api.example.com"}`), func(s seen) bool { return s.Host == "abc.execute-api.example.com" }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a, err := call(t, lambda.HTTP(echo(t), c.o), c.event)
			var s seen
			if err != nil || a.StatusCode != http.StatusOK || json.Unmarshal([]byte(a.Body), &s) != nil || !c.want(s) {
				t.Errorf("%v %d %s", err, a.StatusCode, a.Body)
			}
		})
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	never := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("served") })
	edge := &lambda.HTTPOptions{Origin: secret.New("edge")}
	for name, c := range map[string]struct {
		o      *lambda.HTTPOptions
		event  string
		status int
		code   string
	}{
		"round the edge":  {edge, event(`"rawPath":"/a","headers":{"x-apiq-origin":"Edge"}`), 403, "FORBIDDEN"},
		"no secret":       {edge, event(`"rawPath":"/a"`), 403, "FORBIDDEN"},
		"a broken escape": {edge, event(`"rawPath":"/a%zz","headers":{"x-apiq-origin":"edge"}`), 400, "VALIDATION_FAILED"},
		"no path":         {nil, event(`"rawPath":"a"`), 400, "VALIDATION_FAILED"},
		"no base64":       {nil, event(`"rawPath":"/a","isBase64Encoded":true,"body":"***"`), 400, "VALIDATION_FAILED"},
		"no method":       {nil, `{"version":"2.0","rawPath":"/a","requestContext":{"http":{"method":"NO METHOD"}}}`, 400, "VALIDATION_FAILED"},
	} {
		a, err := call(t, lambda.HTTP(never, c.o), c.event)
		var p struct {
			Code, RequestID string
			Success         *bool
		}
		if err != nil || a.StatusCode != c.status || json.Unmarshal([]byte(a.Body), &p) != nil || p.Code != c.code || p.Success == nil || *p.Success ||
			a.Headers["content-type"] != "application/problem+json" || p.RequestID == "" || a.Headers["x-request-id"] != p.RequestID {
			t.Errorf("%s: %v %+v", name, err, a)
		}
	}
	for _, event := range []string{`{"version":"1.0","path":"/a"}`, `{}`, `[]`, `null`, ``} {
		if _, err := call(t, lambda.HTTP(never, nil), event); err == nil {
			t.Errorf("%s: taken", event)
		}
	}
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	large := strings.Repeat("x", 6<<20)
	for name, c := range map[string]struct {
		serve http.HandlerFunc
		want  func(answer, error) bool
	}{
		"nothing":         {func(http.ResponseWriter, *http.Request) {}, func(a answer, err error) bool { return a.StatusCode == 200 && a.Body == "" }},
		"several cookies": {func(w http.ResponseWriter, _ *http.Request) { w.Header()["Set-Cookie"] = []string{"a=1", "b=2"} }, func(a answer, _ error) bool { return len(a.Cookies) == 2 && a.Headers["set-cookie"] == "" }},
		"several values":  {func(w http.ResponseWriter, _ *http.Request) { w.Header()["Allow"] = []string{"GET", "PUT"} }, func(a answer, _ error) bool { return a.Headers["allow"] == "GET, PUT" }},
		"bytes":           {func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte{0xff, 0}) }, func(a answer, _ error) bool { return a.IsBase64Encoded && a.Body == "/wA=" }},
		"a late header": {func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(201)
			w.Header().Set("X-Late", "1")
			w.WriteHeader(500)
		}, func(a answer, _ error) bool { return a.StatusCode == 201 && a.Headers["x-late"] == "" }},
		"too large": {func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, large) }, func(a answer, _ error) bool {
			return a.StatusCode == 413 && strings.Contains(a.Body, "PAYLOAD_TOO_LARGE")
		}},
		"too large, in parts, then cut": {func(w http.ResponseWriter, _ *http.Request) {
			for range 6 {
				if _, err := w.Write(bytes.Repeat([]byte("x"), 1<<20)); err != nil {
					panic(http.ErrAbortHandler)
				}
			}
		}, func(a answer, _ error) bool { return a.StatusCode == 413 }},
		"too large with its escapes": {func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, strings.Repeat(`"`, 4<<20)) }, func(a answer, _ error) bool {
			return a.StatusCode == 413 && strings.Contains(a.Body, "PAYLOAD_TOO_LARGE")
		}},
		"too large in base64": {func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(bytes.Repeat([]byte{0xff}, 5<<20)) }, func(a answer, _ error) bool { return a.StatusCode == 413 && !a.IsBase64Encoded }},
		"of angle brackets":   {func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, strings.Repeat("<", 4<<20)) }, func(a answer, _ error) bool { return a.StatusCode == 200 && len(a.Body) == 4<<20 }},
		"cut":                 {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, func(_ answer, err error) bool { return err != nil }},
		"broken":              {func(http.ResponseWriter, *http.Request) { panic("x") }, func(_ answer, err error) bool { return err != nil }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if a, err := call(t, lambda.HTTP(c.serve, nil), event(`"rawPath":"/a"`)); !c.want(a, err) {
				t.Errorf("%v %d %v %.200s", err, a.StatusCode, a.Headers, a.Body)
			}
		})
	}
}

// TestHead: an answer to HEAD has the headers and no body.
func TestHead(t *testing.T) {
	t.Parallel()
	h := lambda.HTTP(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("ETag", `"1"`)
		_, _ = io.WriteString(w, "body")
	}), nil)
	a, err := call(t, h, `{"version":"2.0","rawPath":"/a","requestContext":{"stage":"$default","http":{"method":"HEAD"}}}`)
	if err != nil || a.StatusCode != 200 || a.Headers["etag"] != `"1"` || a.Body != "" {
		t.Errorf("%v %+v", err, a)
	}
}

// TestTimeIsKeptBack: the time of a handler, of a route as of a task, ends a second
// before the function's at least.
func TestTimeIsKeptBack(t *testing.T) {
	t.Parallel()
	end := time.Now().Add(time.Hour)
	ctx, cancel := context.WithDeadline(t.Context(), end)
	defer cancel()
	called := 0
	look := func(ctx context.Context) {
		called++
		if d, ok := ctx.Deadline(); !ok || end.Sub(d) < time.Second {
			t.Errorf("%v %v", d, ok)
		}
	}
	route := lambda.HTTP(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { look(r.Context()) }), nil)
	task := lambda.Handler(func(ctx context.Context, _ json.RawMessage) (json.RawMessage, error) { look(ctx); return nil, nil })
	for _, h := range []lambda.Handler{route, task} {
		if _, err := h.Invoke(ctx, json.RawMessage(event(`"rawPath":"/a"`))); err != nil {
			t.Fatal(err)
		}
	}
	if called != 2 {
		t.Errorf("called %d times", called)
	}
}

func TestFaultKeepsItsName(t *testing.T) {
	t.Parallel()
	h := lambda.Handler(func(context.Context, json.RawMessage) (json.RawMessage, error) {
		return nil, &lambda.Fault{Name: "Http.404", Cause: "not there"}
	})
	_, err := h.Invoke(t.Context(), nil)
	raw, _ := json.Marshal(err)
	if err == nil || !strings.Contains(string(raw), `"errorType":"Http.404"`) || !strings.Contains(string(raw), `"errorMessage":"not there"`) {
		t.Errorf("%s", raw)
	}
	plain := lambda.Handler(func(context.Context, json.RawMessage) (json.RawMessage, error) { return nil, errors.New("x") })
	if _, err := plain.Invoke(t.Context(), nil); err == nil || err.Error() != "x" {
		t.Error(err)
	}
	none := lambda.Handler(func(context.Context, json.RawMessage) (json.RawMessage, error) { return nil, nil })
	if out, err := none.Invoke(t.Context(), nil); err != nil || string(out) != "null" {
		t.Errorf("%s %v", out, err)
	}
}

// FuzzEvent: whatever comes in place of an event, it is refused or served, and an
// answer is one of the gateway's form.
func FuzzEvent(f *testing.F) {
	f.Add(event(`"rawPath":"/a%2Fb","headers":{"x-apiq-origin":"edge","x-forwarded-for":"1.1.1.1,2.2.2.2"},"cookies":["a=1"],"body":"x"`))
	f.Add(event(`"rawPath":"//evil.example/%00","rawQueryString":"%zz"`))
	f.Add(`{"version":"2.0","rawPath":"/\u0000","requestContext":{"stage":"/","http":{"method":"GET"}}}`)
	f.Fuzz(func(t *testing.T, event string) {
		for _, o := range []*lambda.HTTPOptions{nil, {Origin: secret.New("edge")}} {
			h := lambda.HTTP(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if !strings.HasPrefix(r.URL.Path, "/") || r.URL.Host != "" {
					t.Errorf("%+v", r.URL)
				}
				w.WriteHeader(http.StatusNoContent)
			}), o)
			raw, err := h.Invoke(t.Context(), json.RawMessage(event))
			var a answer
			if err == nil && (json.Unmarshal(raw, &a) != nil || a.StatusCode < 200) {
				t.Errorf("%s", raw)
			}
		}
	})
}
