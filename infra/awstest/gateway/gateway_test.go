package gateway_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/apiq/apiq/infra/awstest/gateway"
)

// seen is what a function gets of an event.
type seen struct {
	function                                string
	RouteKey, RawPath, RawQueryString, Body string
	Cookies                                 []string
	Headers, PathParameters                 map[string]string
	IsBase64Encoded                         bool
	RequestContext                          struct {
		HTTP struct{ Method, SourceIP string }
	}
}

func routes() []gateway.Route {
	return []gateway.Route{
		{Method: "GET", Path: "/things", Function: "list"}, {Method: "GET", Path: "/things/{id}", Function: "get"},
		{Method: "HEAD", Path: "/things/{id}", Function: "get"}, {Method: "POST", Path: "/things", Function: "create"},
	}
}

// told is what the client gets.
type told struct {
	status int
	header http.Header
	body   string
}

// ask sends one request through a gateway and returns what the function got, and
// the client.
func ask(t *testing.T, o gateway.Options, method, target, body string, header http.Header) (seen, told) {
	t.Helper()
	var got seen
	if o.Invoke == nil {
		o.Invoke = func(_ context.Context, function string, payload []byte) ([]byte, error) {
			got.function = function
			return []byte(`{"statusCode":201,"headers":{"x-a":"1"},"cookies":["a=1","b=2"],"body":"aGk=","isBase64Encoded":true}`), json.Unmarshal(payload, &got)
		}
	}
	if o.Routes == nil {
		o.Routes = routes()
	}
	s := httptest.NewServer(gateway.New(o))
	defer s.Close()
	req, err := http.NewRequestWithContext(t.Context(), method, s.URL+target, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for name, values := range header {
		req.Header[name] = values
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return got, told{res.StatusCode, res.Header, string(raw)}
}

func TestEvents(t *testing.T) {
	t.Parallel()
	edge := gateway.Options{EdgeSecret: "s", Default: "rest"}
	for name, c := range map[string]struct {
		o              gateway.Options
		method, target string
		body           string
		header         http.Header
		want           func(seen) bool
	}{
		"decoded once": {gateway.Options{Default: "rest"}, "GET", "/things/a%20b", "", nil, func(s seen) bool {
			return s.function == "get" && s.RawPath == "/things/a b" && s.PathParameters["id"] == "a b"
		}},
		"a slash is lost":   {gateway.Options{Default: "rest"}, "GET", "/things/a%2Fb", "", nil, func(s seen) bool { return s.function == "rest" && s.RawPath == "/things/a/b" }},
		"cut at a question": {gateway.Options{Default: "rest"}, "GET", "/things/a%3Fb?c=d", "", nil, func(s seen) bool { return s.RawPath == "/things/a" && s.RawQueryString == "c=d" }},
		"kept by the edge": {edge, "GET", "/things/a%2Fb%3F", "", nil, func(s seen) bool {
			return s.function == "get" && s.RawPath == "/things/a%2Fb%3F" && s.Headers["x-apiq-origin"] == "s"
		}},
		"behind the edge": {edge, "GET", "/things", "", http.Header{"X-Forwarded-For": {"9.9.9.9"}}, func(s seen) bool {
			return s.Headers["x-forwarded-for"] == "9.9.9.9, 127.0.0.1, 192.0.2.80" && s.RequestContext.HTTP.SourceIP == "192.0.2.80"
		}},
		"a query as it is":   {gateway.Options{}, "GET", "/things?q=a%20b&q=c", "", nil, func(s seen) bool { return s.RawQueryString == "q=a%20b&q=c" }},
		"HEAD has its route": {gateway.Options{}, "HEAD", "/things/1", "", nil, func(s seen) bool { return s.RouteKey == "HEAD /things/{id}" }},
		"another method":     {gateway.Options{Default: "rest"}, "PUT", "/things", "", nil, func(s seen) bool { return s.function == "rest" && s.RouteKey == "$default" }},
		"an empty segment":   {gateway.Options{Default: "rest"}, "GET", "/things/", "", nil, func(s seen) bool { return s.function == "rest" }},
		"a stage":            {gateway.Options{Stage: "prod"}, "GET", "/things", "", nil, func(s seen) bool { return s.RawPath == "/prod/things" }},
		"text":               {gateway.Options{}, "POST", "/things", `{"a":1}`, http.Header{"Content-Type": {"application/json; charset=utf-8"}}, func(s seen) bool { return s.Body == `{"a":1}` && !s.IsBase64Encoded }},
		"other than text":    {gateway.Options{}, "POST", "/things", "hi", http.Header{"Content-Type": {"application/octet-stream"}}, func(s seen) bool { return s.Body == "aGk=" && s.IsBase64Encoded }},
		"text that is none":  {gateway.Options{}, "POST", "/things", "\xff", http.Header{"Content-Type": {"text/plain"}}, func(s seen) bool { return s.IsBase64Encoded }},
		"cookies apart":      {gateway.Options{}, "GET", "/things", "", http.Header{"Cookie": {"a=1; b=2"}}, func(s seen) bool { return strings.Join(s.Cookies, "|") == "a=1|b=2" && s.Headers["cookie"] == "" }},
		"joined headers":     {gateway.Options{}, "GET", "/things", "", http.Header{"Accept": {"a/b", "c/d"}}, func(s seen) bool { return s.Headers["accept"] == "a/b,c/d" }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, a := ask(t, c.o, c.method, c.target, c.body, c.header)
			if !c.want(got) {
				t.Errorf("%+v", got)
			}
			if a.status != 201 || a.header.Get("X-A") != "1" || len(a.header.Values("Set-Cookie")) != 2 || c.method != "HEAD" && a.body != "hi" {
				t.Errorf("%+v", a)
			}
		})
	}
}

func TestFailures(t *testing.T) {
	t.Parallel()
	answer := func(raw string, err error) func(context.Context, string, []byte) ([]byte, error) {
		return func(context.Context, string, []byte) ([]byte, error) { return []byte(raw), err }
	}
	for name, c := range map[string]struct {
		invoke func(context.Context, string, []byte) ([]byte, error)
		target string
		body   string
		want   int
	}{
		"no route":          {nil, "/nothing", "", 404},
		"a function failed": {answer("", errors.New("x")), "/things", "", 500},
		"no answer":         {answer("[]", nil), "/things", "", 500},
		"no status":         {answer(`{"statusCode":0}`, nil), "/things", "", 500},
		"no base64":         {answer(`{"statusCode":200,"body":"*","isBase64Encoded":true}`, nil), "/things", "", 500},
		"out of time":       {answer("", context.DeadlineExceeded), "/things", "", 503},
		"too long":          {answer("{}", nil), "/things", strings.Repeat("x", 10<<20+1), 413},
		"too large inside":  {answer("{}", nil), "/things", strings.Repeat("x", 7<<20), 413},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, a := ask(t, gateway.Options{Invoke: c.invoke}, "POST", c.target, c.body, nil)
			if a.status != c.want || !strings.Contains(a.body, `"message"`) || a.header.Get("Content-Type") != "application/json" {
				t.Errorf("%+v", a)
			}
		})
	}
}
