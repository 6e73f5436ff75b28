// Package request owns the making of one HTTP request from an operation and the
// values bound to it: path, query, header and cookie parameters in the styles of
// OpenAPI, and the body in the media type that the operation takes. It sends
// nothing, knows no credential, and changes no value silently: what does not fit
// is refused with its path.
package request

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/spec"
)

// UserAgent is what upstreams see; some refuse requests without one.
const UserAgent = "APIQ/1"

// Input is what a request is made of.
type Input struct {
	Operation *spec.Operation
	// BaseURL is what the operation's path is appended to: absolute, its variables filled.
	BaseURL string
	// Parameters holds JSON values by parameter name. Where an operation has one
	// name in two places, "query.name" (path, query, header, cookie) tells them apart.
	// null counts as not given.
	Parameters map[string]json.RawMessage
	// Body is a JSON value. For media types that are not JSON: an object for forms,
	// a string for text; a file, in a multipart form or as the whole body, is
	// {"$file": {"name": "a.png", "type": "image/png", "base64": "…"}}, or "text" instead of "base64".
	Body json.RawMessage
	// Headers are further header fields: JSON strings, numbers or booleans.
	// Content-Type here chooses among the operation's media types.
	Headers map[string]json.RawMessage
	// Provided names what the credential will fill: it is not missing, and a value
	// for it is refused.
	Provided []Place
}

// Place names a part of a request: In is path, query, header or cookie.
type Place struct{ In, Name string }

// Build makes the request. Faults are VALIDATION_FAILED with one problem each:
// /parameters/<name>, /headers/<name>, /body….
func Build(ctx context.Context, in Input) (*http.Request, error) {
	b := &builder{in: in, op: in.Operation}
	base, err := parseBase(in.BaseURL)
	if err != nil {
		return nil, err
	}
	b.header = http.Header{}
	b.bind()
	path, fixed := b.path()
	b.query = append(fixed, b.query...)
	b.headers()
	contentType, body := b.body()
	if len(b.problems) > 0 {
		return nil, apierr.New(apierr.ValidationFailed, "The request does not fit the operation "+b.op.ID+".").With(b.problems...)
	}
	target, err := join(base, path, b.query)
	if err != nil {
		return nil, err
	}
	return b.request(ctx, target, contentType, body)
}

func (b *builder) request(ctx context.Context, target *url.URL, contentType string, body []byte) (*http.Request, error) {
	var reader io.Reader
	if body != nil {
		reader = bytes.NewReader(body)
	}
	req, err := http.NewRequestWithContext(ctx, b.op.Method, target.String(), reader)
	if err != nil {
		return nil, apierr.Wrap(apierr.ValidationFailed, "The operation's path does not make a URL.", err)
	}
	req.URL = target // as built: parsing it again would normalise the path's encoding
	req.Header = b.header
	if body != nil {
		req.Header.Set("Content-Type", contentType)
	}
	if len(b.cookies) > 0 {
		req.Header.Set("Cookie", strings.Join(b.cookies, "; "))
	}
	if req.Header.Get("Accept") == "" {
		req.Header.Set("Accept", accept(b.op))
	}
	if req.Header.Get("User-Agent") == "" {
		req.Header.Set("User-Agent", UserAgent)
	}
	return req, nil
}

// accept prefers the JSON type that the operation answers with, and takes anything.
func accept(op *spec.Operation) string {
	for _, r := range op.Responses {
		if !strings.HasPrefix(r.Status, "2") {
			continue
		}
		for _, m := range r.Content {
			if spec.IsJSON(m.Type) && fieldValue(m.Type) {
				return m.Type + ", */*;q=0.1"
			}
		}
	}
	return "application/json, */*;q=0.1"
}

// builder gathers the parts and every fault, so that a person sees all at once.
type builder struct {
	in       Input
	op       *spec.Operation
	pathVals map[string]bound
	query    []string // "key=value", encoded
	header   http.Header
	cookies  []string
	problems []apierr.Problem
}

func (b *builder) fault(path, code, message string) {
	b.problems = append(b.problems, apierr.Problem{Path: path, Code: code, Message: message})
}

func parseBase(raw string) (*url.URL, error) {
	base, err := url.Parse(raw)
	if err != nil || base.Host == "" || base.Opaque != "" || base.User != nil ||
		base.Scheme != "http" && base.Scheme != "https" || strings.ContainsAny(raw, "{}") {
		return nil, apierr.New(apierr.ValidationFailed, "The connection's base URL is not a complete http or https URL.").
			With(apierr.Problem{Path: "/baseUrl", Code: "url", Message: "Set a base URL such as https://api.example.com/v1, with its variables filled."})
	}
	return base, nil
}

// join appends the expanded path and the query to the base.
func join(base *url.URL, path string, query []string) (*url.URL, error) {
	target := *base
	target.Fragment, target.RawFragment = "", ""
	raw := strings.TrimRight(base.EscapedPath(), "/") + path
	plain, err := url.PathUnescape(raw)
	if err != nil {
		return nil, apierr.Wrap(apierr.ValidationFailed, "The operation's path does not make a URL.", err)
	}
	target.Path, target.RawPath = plain, raw
	if base.RawQuery != "" {
		query = append([]string{base.RawQuery}, query...)
	}
	target.RawQuery = strings.Join(query, "&")
	return &target, nil
}
