// Package gateway plays an API Gateway HTTP API in front of functions, and the edge
// before it: requests become events of payload format 2.0 with the habits that real
// captures show — the path decoded once and cut at a decoded question mark, routes
// matched on what was decoded, headers joined, cookies apart, other than text in
// base64 — and answers come back with its quotas and error bodies. It is a
// stand-in for tests.
package gateway

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/apiq/apiq/shared/id"
)

// Quotas of an HTTP API and of a Lambda payload, in bytes and time.
const (
	maxBody    = 10 << 20
	maxPayload = 6_291_556
	timeout    = 30 * time.Second
)

// Route binds a method and a path template ({name} for one segment) to a function.
type Route struct{ Method, Path, Function string }

// Options of a Gateway.
type Options struct {
	Routes []Route
	// Default is the function of $default: what no route matches.
	Default string
	// Invoke calls a function; an error is answered as a gateway does.
	Invoke func(ctx context.Context, function string, payload []byte) ([]byte, error)
	// EdgeSecret, when set, puts an edge in front: paths are encoded once more, and
	// X-Apiq-Origin carries the secret.
	EdgeSecret string
	// Stage is in front of paths unless it is $default. Defaults to $default.
	Stage string
}

// New makes the gateway.
func New(o Options) http.Handler {
	if o.Stage == "" {
		o.Stage = "$default"
	}
	return &gateway{o}
}

type gateway struct{ o Options }

type event struct {
	Version               string            `json:"version"`
	RouteKey              string            `json:"routeKey"`
	RawPath               string            `json:"rawPath"`
	RawQueryString        string            `json:"rawQueryString"`
	Cookies               []string          `json:"cookies,omitempty"`
	Headers               map[string]string `json:"headers"`
	QueryStringParameters map[string]string `json:"queryStringParameters,omitempty"`
	PathParameters        map[string]string `json:"pathParameters,omitempty"`
	RequestContext        requestContext    `json:"requestContext"`
	Body                  string            `json:"body,omitempty"`
	IsBase64Encoded       bool              `json:"isBase64Encoded"`
}

type requestContext struct {
	AccountID  string `json:"accountId"`
	APIID      string `json:"apiId"`
	DomainName string `json:"domainName"`
	RequestID  string `json:"requestId"`
	RouteKey   string `json:"routeKey"`
	Stage      string `json:"stage"`
	TimeEpoch  int64  `json:"timeEpoch"`
	HTTP       struct {
		Method    string `json:"method"`
		Path      string `json:"path"`
		Protocol  string `json:"protocol"`
		SourceIP  string `json:"sourceIp"`
		UserAgent string `json:"userAgent"`
	} `json:"http"`
}

func (g *gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	switch {
	case err != nil:
		return // the client has gone
	case len(body) > maxBody:
		_, _ = io.Copy(io.Discard, r.Body) // so that the client gets to read the answer
		fail(w, http.StatusRequestEntityTooLarge, "Request Too Long")
		return
	}
	e, function, ok := g.event(r, body)
	if !ok {
		fail(w, http.StatusNotFound, "Not Found")
		return
	}
	payload, err := json.Marshal(e)
	if err != nil {
		fail(w, http.StatusInternalServerError, "Internal Server Error")
		return
	}
	if len(payload) > maxPayload {
		fail(w, http.StatusRequestEntityTooLarge, "Request Entity Too Large")
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), timeout)
	defer cancel()
	out, err := g.o.Invoke(ctx, function, payload)
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		fail(w, http.StatusServiceUnavailable, "Service Unavailable")
	case err != nil:
		fail(w, http.StatusInternalServerError, "Internal Server Error")
	default:
		answer(w, r, out)
	}
}

// event is what the function gets, and which function.
func (g *gateway) event(r *http.Request, body []byte) (event, string, bool) {
	path := r.URL.EscapedPath()
	header := r.Header.Clone()
	source, _, _ := net.SplitHostPort(r.RemoteAddr)
	// Who connects is appended to X-Forwarded-For: by the edge the client, by the
	// gateway the edge.
	hops := append(header.Values("X-Forwarded-For"), source)
	if g.o.EdgeSecret != "" {
		path = strings.ReplaceAll(path, "%", "%25")
		header.Set("X-Apiq-Origin", g.o.EdgeSecret)
		source = "192.0.2.80" // an address of the edge's
		hops = append(hops, source)
	}
	decoded, err := url.PathUnescape(path)
	if err != nil {
		return event{}, "", false
	}
	decoded, _, _ = strings.Cut(decoded, "?")
	e := event{Version: "2.0", RawPath: decoded, RawQueryString: r.URL.RawQuery, Headers: map[string]string{}}
	function := g.o.Default
	e.RouteKey = "$default"
	for _, route := range g.o.Routes {
		if params, ok := match(route, r.Method, decoded); ok {
			function, e.RouteKey, e.PathParameters = route.Function, route.Method+" "+route.Path, params
			break
		}
	}
	if g.o.Stage != "$default" {
		e.RawPath = "/" + g.o.Stage + e.RawPath
	}
	for _, c := range header.Values("Cookie") {
		for part := range strings.SplitSeq(c, ";") {
			e.Cookies = append(e.Cookies, strings.TrimSpace(part))
		}
	}
	header.Del("Cookie")
	header.Set("X-Forwarded-For", strings.Join(hops, ", "))
	header.Set("X-Forwarded-Proto", "https")
	header.Set("Host", r.Host)
	if len(body) > 0 {
		header.Set("Content-Length", fmt.Sprint(len(body)))
	}
	for name, values := range header {
		e.Headers[strings.ToLower(name)] = strings.Join(values, ",")
	}
	for name, values := range r.URL.Query() {
		if e.QueryStringParameters == nil {
			e.QueryStringParameters = map[string]string{}
		}
		e.QueryStringParameters[name] = strings.Join(values, ",")
	}
	if e.Body = string(body); len(body) > 0 && !text(header.Get("Content-Type"), body) {
		e.Body, e.IsBase64Encoded = base64.StdEncoding.EncodeToString(body), true
	}
	c := &e.RequestContext
	c.AccountID, c.APIID, c.DomainName, c.RequestID = "000000000000", "stand", r.Host, id.New(id.Request)
	c.RouteKey, c.Stage, c.TimeEpoch = e.RouteKey, g.o.Stage, time.Now().UnixMilli()
	c.HTTP.Method, c.HTTP.Path, c.HTTP.Protocol = r.Method, e.RawPath, r.Proto
	c.HTTP.SourceIP, c.HTTP.UserAgent = source, r.UserAgent()
	return e, function, function != ""
}

// match compares a decoded path with a template, segment by segment. The more
// specific of two routes must come first.
func match(route Route, method, path string) (map[string]string, bool) {
	if route.Method != method && route.Method != "ANY" {
		return nil, false
	}
	want, have := strings.Split(route.Path, "/"), strings.Split(path, "/")
	if len(want) != len(have) {
		return nil, false
	}
	params := map[string]string{}
	for i, w := range want {
		if strings.HasPrefix(w, "{") {
			if have[i] == "" {
				return nil, false
			}
			params[strings.Trim(w, "{}")] = have[i]
		} else if w != have[i] {
			return nil, false
		}
	}
	return params, true
}

func text(media string, body []byte) bool {
	media, _, _ = strings.Cut(strings.ToLower(media), ";")
	media = strings.TrimSpace(media)
	return utf8.Valid(body) && (strings.HasPrefix(media, "text/") || media == "application/json" || media == "application/javascript" || media == "application/xml")
}

// answer turns a function's answer into the gateway's.
func answer(w http.ResponseWriter, r *http.Request, raw []byte) {
	var a struct {
		StatusCode int               `json:"statusCode"`
		Headers    map[string]string `json:"headers"`
		Cookies    []string          `json:"cookies"`
		Body       string            `json:"body"`
		IsBase64   bool              `json:"isBase64Encoded"`
	}
	if err := json.Unmarshal(raw, &a); err != nil || a.StatusCode < 200 || a.StatusCode > 599 {
		fail(w, http.StatusInternalServerError, "Internal Server Error")
		return
	}
	body := []byte(a.Body)
	if a.IsBase64 {
		var err error
		if body, err = base64.StdEncoding.DecodeString(a.Body); err != nil {
			fail(w, http.StatusInternalServerError, "Internal Server Error")
			return
		}
	}
	for name, value := range a.Headers {
		w.Header().Set(name, value)
	}
	for _, c := range a.Cookies {
		w.Header().Add("Set-Cookie", c)
	}
	w.Header().Set("Apigw-Requestid", "stand")
	w.WriteHeader(a.StatusCode)
	if r.Method != http.MethodHead {
		_, _ = w.Write(body)
	}
}

// fail answers as the gateway itself does.
func fail(w http.ResponseWriter, status int, message string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]string{"message": message})
}
