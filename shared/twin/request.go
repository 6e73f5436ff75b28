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
	q := request{route: found, bound: bound, query: r.URL.Query()}
	if t.opts.RequireAuth && needsAuth(found.op) && !carriesCredential(t.doc.Info(), found.op, r) {
		return q, refusal(http.StatusUnauthorized, "A credential is needed.", nil)
	}
	if problems := t.checkParameters(q, r); len(problems) > 0 {
		return q, refusal(badRequest(found.op), "Parameters do not fit the document.", problems)
	}
	refused := t.readBody(&q, w, r)
	return q, refused
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

func needsAuth(op *spec.Operation) bool {
	for _, alternative := range op.Security {
		if len(alternative) == 0 {
			return false
		}
	}
	return len(op.Security) > 0
}

func carriesCredential(info spec.Info, op *spec.Operation, r *http.Request) bool {
	if r.Header.Get("Authorization") != "" {
		return true
	}
	for _, alternative := range op.Security {
		for name := range alternative {
			s := info.SecuritySchemes[name]
			if s.Type != "apiKey" {
				continue
			}
			cookie, err := r.Cookie(s.Name)
			if r.URL.Query().Get(s.Name) != "" || r.Header.Get(s.Name) != "" || (err == nil && cookie.Value != "") {
				return true
			}
		}
	}
	return false
}

func (t *Twin) checkParameters(q request, r *http.Request) []apierr.Problem {
	var problems []apierr.Problem
	for _, p := range q.op.Parameters {
		var values []string
		switch p.In {
		case "path":
			values = []string{q.bound[p.Name]}
		case "query":
			values = q.query[p.Name]
			if len(values) == 0 && deep(q.query, p.Name) {
				continue
			}
		case "header":
			values = r.Header.Values(p.Name)
		case "cookie":
			if c, err := r.Cookie(p.Name); err == nil {
				values = []string{c.Value}
			}
		}
		at := p.In + "." + p.Name
		if len(values) == 0 || (len(values) == 1 && values[0] == "") {
			if p.Required && !(p.In == "header" && ignored(p.Name)) {
				problems = append(problems, apierr.Problem{Path: at, Code: "required", Message: "This parameter is needed."})
			}
			continue
		}
		if p.In == "header" && ignored(p.Name) {
			continue
		}
		if p.ContentType == "" && !t.fits(p, values) {
			problems = append(problems, apierr.Problem{Path: at, Code: "type", Message: "The value does not fit the schema."})
		}
	}
	return problems
}

// ignored: OpenAPI leaves these header parameters to the transport (3.1, "Parameter Object").
func ignored(name string) bool {
	return strings.EqualFold(name, "Accept") || strings.EqualFold(name, "Content-Type") || strings.EqualFold(name, "Authorization")
}

// deep says whether name[key]=… is given (style deepObject), or name[]=….
func deep(query url.Values, name string) bool {
	for k := range query {
		if strings.HasPrefix(k, name+"[") {
			return true
		}
	}
	return false
}

// fits checks text against the parameter's schema, read as whichever type fits.
func (t *Twin) fits(p spec.Parameter, values []string) bool {
	if len(p.Schema) == 0 {
		return true
	}
	shape := t.doc.Shape(p.Schema)
	if shape.Is("object") {
		return true // serialised by style; not taken apart here
	}
	candidates := []any{text(shape, values[0])}
	if shape.Is("array") {
		if len(values) == 1 {
			values = strings.FieldsFunc(values[0], func(c rune) bool { return strings.ContainsRune(delimiters(p.Style), c) })
		}
		list := make([]any, len(values))
		for i, v := range values {
			list[i] = text(shape.Items(), v)
		}
		candidates = append(candidates, list)
	}
	for _, c := range candidates {
		if problems, checked := t.doc.Validate(p.Schema, c); !checked || len(problems) == 0 {
			return true
		}
	}
	return false
}

func delimiters(style string) string {
	switch style {
	case "spaceDelimited":
		return " "
	case "pipeDelimited":
		return "|"
	case "tabDelimited":
		return "\t"
	}
	return ","
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

func (t *Twin) readBody(q *request, w http.ResponseWriter, r *http.Request) *answer {
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, t.opts.MaxBody))
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return refusal(http.StatusRequestEntityTooLarge, "The body is too large.", nil)
	}
	if err != nil {
		return refusal(http.StatusBadRequest, "The body could not be read.", nil)
	}
	if q.op.Body == nil || len(bytes.TrimSpace(raw)) == 0 {
		if q.op.Body != nil && q.op.Body.Required {
			return refusal(badRequest(q.op), "A body is needed.", []apierr.Problem{{Path: "body", Code: "required", Message: "A body is needed."}})
		}
		return nil
	}
	media, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	content, ok := accepted(q.op.Body, media)
	if !ok {
		return refusal(http.StatusUnsupportedMediaType, "The document does not take "+media+" here.", nil)
	}
	switch {
	case media == "application/json" || strings.HasSuffix(media, "+json"):
		d := json.NewDecoder(bytes.NewReader(raw))
		d.UseNumber()
		if err := d.Decode(&q.body); err != nil {
			return refusal(http.StatusBadRequest, "The body is not JSON.", nil)
		}
		if _, err := d.Token(); !errors.Is(err, io.EOF) {
			return refusal(http.StatusBadRequest, "The body is more than one JSON value.", nil)
		}
		if !bounded(q.body, 0) {
			return refusal(http.StatusBadRequest, "The body is nested too deeply, or has a number that is too large.", nil)
		}
	case media == "application/x-www-form-urlencoded":
		values, err := url.ParseQuery(string(raw))
		if err != nil {
			return refusal(http.StatusBadRequest, "The body is not a form.", nil)
		}
		q.body = form(t.doc.Shape(content.Schema), values)
		return nil // nested keys follow no one rule; only JSON is checked further
	default:
		return nil
	}
	problems, checked := t.doc.Validate(content.Schema, q.body)
	if checked && len(problems) > 0 {
		return refusal(badRequest(q.op), "The body does not fit the document.", problems)
	}
	return nil
}

func accepted(b *spec.Body, media string) (spec.MediaType, bool) {
	for _, c := range b.Content {
		have, _, _ := mime.ParseMediaType(c.Type)
		if have == media || have == "*/*" || (strings.HasSuffix(have, "/*") && strings.HasPrefix(media, strings.TrimSuffix(have, "*"))) {
			return c, true
		}
	}
	return spec.MediaType{}, len(b.Content) == 0
}

// form reads a flat form into an object, each value as its property's type.
func form(s spec.Shape, values url.Values) map[string]any {
	out := map[string]any{}
	for name, all := range values {
		shape := spec.Shape{}
		if p, ok := s.Property(strings.TrimSuffix(name, "[]")); ok {
			shape = p.Shape
		}
		out[strings.TrimSuffix(name, "[]")] = text(shape, all[0])
	}
	return out
}
