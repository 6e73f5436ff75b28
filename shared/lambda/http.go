package lambda

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/secret"
)

// originHeader carries the edge's secret: whoever calls without it has not come
// through the edge.
const originHeader = "X-Apiq-Origin"

// HTTPOptions of HTTP.
type HTTPOptions struct {
	// Origin is the secret that the edge sends. Set: requests without it are
	// refused, paths arrive encoded once more, and the client's address is the one
	// that the edge saw. Zero: there is no edge; an encoded slash in a path is then
	// not told from a slash. Defaults to zero.
	Origin secret.Secret
}

// HTTP makes a function of a handler: API Gateway HTTP API events in, answers out.
// An answer that the handler cut (http.ErrAbortHandler) fails the invocation, which
// clients see as a 500 of the gateway's, never as a whole answer.
func HTTP(handler http.Handler, o *HTTPOptions) Handler {
	var opts HTTPOptions
	if o != nil {
		opts = *o
	}
	return func(ctx context.Context, payload json.RawMessage) (json.RawMessage, error) {
		var in request
		if err := json.Unmarshal(payload, &in); err != nil {
			return nil, fmt.Errorf("lambda: not an HTTP API event: %w", err)
		}
		if in.Version != "2.0" {
			return nil, fmt.Errorf("lambda: an event of format %q, not 2.0", in.Version)
		}
		w := newWriter()
		r, err := in.request(ctx, opts.Origin)
		switch {
		case errors.Is(err, errNotEdge):
			w.refuse(apierr.Forbidden, "Call the address of the dashboard: requests that go round it are refused.")
		case err != nil:
			w.refuse(apierr.ValidationFailed, "The request cannot be read.")
		default:
			if err := w.serve(handler, r); err != nil {
				return nil, err
			}
		}
		return w.encode(in.Context.HTTP.Method)
	}
}

var errNotEdge = errors.New("lambda: the request has not come through the edge")

// request builds the request that the client sent.
func (e *request) request(ctx context.Context, origin secret.Secret) (*http.Request, error) {
	header := make(http.Header, len(e.Headers))
	for name, value := range e.Headers {
		header.Set(name, value)
	}
	edge := !origin.IsZero()
	if edge && !origin.Equal(secret.New(header.Get(originHeader))) {
		return nil, errNotEdge
	}
	header.Del(originHeader)
	for _, c := range e.Cookies {
		header.Add("Cookie", c)
	}
	target, err := e.url(edge)
	if err != nil {
		return nil, err
	}
	body := io.Reader(strings.NewReader(e.Body))
	length := int64(len(e.Body))
	if e.IsBase64 {
		raw, err := base64.StdEncoding.DecodeString(e.Body)
		if err != nil {
			return nil, fmt.Errorf("lambda: body: %w", err)
		}
		body, length = strings.NewReader(string(raw)), int64(len(raw))
	}
	r, err := http.NewRequestWithContext(ctx, e.Context.HTTP.Method, target.String(), body)
	if err != nil {
		return nil, fmt.Errorf("lambda: %w", err)
	}
	r.Header, r.ContentLength, r.URL = header, length, target
	if length == 0 {
		r.Body = http.NoBody
	}
	r.Host = header.Get("Host")
	// Only the edge's word counts: it writes over what a client puts there, and the
	// check of where a request comes from compares Origin with it.
	if host := header.Get("X-Forwarded-Host"); edge && host != "" {
		r.Host = host
	}
	r.RequestURI = target.RequestURI()
	r.RemoteAddr = net.JoinHostPort(clientIP(header, e.Context.HTTP.SourceIP, edge), "0")
	return r, nil
}

// url is the target without the stage, which an HTTP API puts in front of the path
// except for $default.
func (e *request) url(edge bool) (*url.URL, error) {
	path := e.RawPath
	if stage := e.Context.Stage; stage != "" && stage != "$default" {
		path = "/" + strings.TrimPrefix(strings.TrimPrefix(path, "/"+stage), "/")
	}
	target := &url.URL{Path: path}
	if edge {
		decoded, err := url.PathUnescape(path)
		if err != nil {
			return nil, fmt.Errorf("lambda: path: %w", err)
		}
		target.Path, target.RawPath = decoded, path
	}
	target.RawQuery = e.RawQueryString
	if !strings.HasPrefix(target.Path, "/") {
		return nil, errors.New("lambda: path does not start with a slash")
	}
	return target, nil
}

// clientIP is who sent the request. Behind the edge, the gateway's own source
// address is the edge's; the edge appended the client's to X-Forwarded-For, and the
// gateway the edge's after it: it is the last but one. What a client writes into
// that header itself stands further left and is never read.
func clientIP(h http.Header, source string, edge bool) string {
	if edge {
		hops := strings.Split(h.Get("X-Forwarded-For"), ",")
		if len(hops) >= 2 {
			if ip, err := netip.ParseAddr(strings.TrimSpace(hops[len(hops)-2])); err == nil {
				return ip.String()
			}
		}
	}
	return source
}
