package twin

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/spec"
	"github.com/apiq/apiq/shared/twin/wire"
)

// request is one that was found to fit the document.
type request struct {
	route
	bound map[string]string
	query url.Values
	body  any // nil when there is none
}

// key is what an idempotency key is remembered by; "" where none applies.
func (q request) key(r *http.Request) string {
	k := r.Header.Get("Idempotency-Key")
	if k == "" || r.Method == http.MethodGet || r.Method == http.MethodHead {
		return ""
	}
	return r.Method + " " + r.URL.Path + "\n" + k
}

// read finds the operation and checks the request against it.
func (t *Twin) read(w http.ResponseWriter, r *http.Request) (request, *answer) {
	if len(r.URL.Path) > maxPath || len(r.Header.Get("Idempotency-Key")) > maxKeyHeader {
		return request{}, refusal(http.StatusRequestURITooLong, "The path or the idempotency key is too long.", nil)
	}
	found, bound, others := t.find(r.Method, r.URL.EscapedPath())
	if found.op == nil {
		if others {
			return request{}, refusal(http.StatusMethodNotAllowed, "The document has no "+r.Method+" here.", nil)
		}
		return request{}, refusal(http.StatusNotFound, "The document has no such path.", nil)
	}
	q := request{route: found, bound: unescaped(bound), query: r.URL.Query()}
	if t.opts.RequireAuth && !authorised(t.doc.Info(), found.op, r) {
		return q, refusal(http.StatusUnauthorized, "A credential is needed.", nil)
	}
	op, ok := acceptable(found.op, r.Header.Values("Accept"))
	if !ok {
		return q, refusal(http.StatusNotAcceptable, "The document has no answer here of a type that the request accepts.", nil)
	}
	q.op = op
	return t.check(q, w, r, bound)
}

// badRequest prefers the status that the document itself declares.
func badRequest(op *spec.Operation) int {
	for _, res := range op.Responses {
		if res.Status == "422" {
			return http.StatusUnprocessableEntity
		}
	}
	return http.StatusBadRequest
}

// text reads a parameter's text as the type that its schema asks for.
func text(s spec.Shape, v string) any {
	types := s.Types()
	for _, kind := range types {
		switch kind {
		case "integer", "number":
			// As written: an id of 17 digits is no float64.
			if n := json.Number(v); usable(n) {
				return n
			}
		case "boolean":
			if b, err := strconv.ParseBool(v); err == nil {
				return b
			}
		}
	}
	return v
}

// check reads the request's values and compares them with the document; bound are
// the path's, percent-encoded.
func (t *Twin) check(q request, w http.ResponseWriter, r *http.Request, bound map[string]string) (request, *answer) {
	in := wire.Input{Path: bound, Query: r.URL.RawQuery, Header: r.Header, ContentType: r.Header.Get("Content-Type")}
	raw, refused := t.readBody(w, r)
	if refused != nil {
		return q, refused
	}
	if q.op.Body != nil && (len(raw) > 0 || isForm(in.ContentType)) {
		media, ok := q.op.Body.For(in.ContentType)
		if !ok && len(q.op.Body.Content) > 0 || in.ContentType == "" && bare(media.Type) != "*/*" {
			return q, refusal(http.StatusUnsupportedMediaType, "The document does not take "+short(in.ContentType)+" here.",
				[]apierr.Problem{{Path: "/headers/content-type", Code: "content_type", Message: "The document takes no body of this type here."}})
		}
		in.Body, in.Media = raw, media
		if spec.IsJSON(in.ContentType) {
			if refused := readable(raw); refused != nil {
				return q, refused
			}
		}
	}
	values, problems := wire.Read(t.doc, q.op, in)
	if len(problems) == 0 {
		problems = t.doc.CheckRequest(q.op, values).Problems
	}
	if len(problems) > 0 {
		message := "Parameters do not fit the document."
		if strings.HasPrefix(problems[0].Path, "/body") {
			message = "The body does not fit the document."
		}
		return q, refusal(badRequest(q.op), message, problems)
	}
	q.body = t.bodyOf(in, values.Body)
	for _, p := range q.op.Parameters {
		// What an item is known by is its id, not how the style writes it.
		var plain string
		if p.In == "path" && json.Unmarshal(values.Parameters["path."+p.Name], &plain) == nil {
			q.bound[p.Name] = plain
		}
	}
	return q, nil
}

// bodyOf is the body that is stored and answered with; nil for what is no JSON.
func (t *Twin) bodyOf(in wire.Input, value json.RawMessage) any {
	switch {
	case value == nil:
		return nil
	case spec.IsJSON(in.ContentType):
		return decode(value)
	case isForm(in.ContentType):
		return decode(t.doc.Spelt(in.Media.Schema, value))
	}
	return nil
}

func isForm(contentType string) bool {
	media := bare(contentType)
	return media == "application/x-www-form-urlencoded" || strings.HasPrefix(media, "multipart/")
}

func bare(contentType string) string {
	media, _, _ := mime.ParseMediaType(contentType)
	return media
}

func (t *Twin) readBody(w http.ResponseWriter, r *http.Request) ([]byte, *answer) {
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, t.opts.MaxBody))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return nil, refusal(http.StatusRequestEntityTooLarge, "The body is too large.", nil)
	case err != nil:
		return nil, refusal(http.StatusBadRequest, "The body could not be read.", nil)
	}
	if len(bytes.TrimSpace(raw)) == 0 {
		return []byte{}, nil
	}
	return raw, nil
}

// readable refuses what is no JSON that can be computed with.
func readable(raw []byte) *answer {
	var v any
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		return refusal(http.StatusBadRequest, "The body is not JSON.", nil)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return refusal(http.StatusBadRequest, "The body is more than one JSON value.", nil)
	}
	if !bounded(v, 0) {
		return refusal(http.StatusBadRequest, "The body is nested too deeply, or has a number that is too large.", nil)
	}
	return nil
}
