// Package wire reads an HTTP request into the values that an operation binds: the
// inverse of call/request, which writes them. Parameters are read in the styles of
// OpenAPI, bodies as JSON, forms and multipart forms. It judges nothing: that is
// spec's CheckRequest, to which what it reads is given; and it knows no API.
//
// A text stays a text: which of them are numbers the schema says (spec's Spelt).
package wire

import (
	"encoding/json"
	"net/http"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/spec"
)

// maxDepth bounds how deep brackets are followed: a[b][c]….
const maxDepth = 64

// Input is a request as it came.
type Input struct {
	// Path holds the values of the path's placeholders, percent-encoded.
	Path map[string]string
	// Query is the URL's, without the question mark.
	Query  string
	Header http.Header
	// Body is nil where there is none. Media is what the document says of it, and
	// ContentType what the request does.
	Body        []byte
	ContentType string
	Media       spec.MediaType
}

// Read takes a request apart. Its problems are of what cannot be read at all; what
// was read is in the request all the same.
func Read(doc *spec.Document, op *spec.Operation, in Input) (spec.Request, []apierr.Problem) {
	r := reader{doc: doc, op: op, in: in, pairs: pairsIn(in.Query)}
	out := spec.Request{Parameters: map[string]json.RawMessage{}, ContentType: in.ContentType}
	for _, p := range op.Parameters {
		if p.Ignored() {
			continue
		}
		if v, ok := r.parameter(p); ok {
			out.Parameters[p.In+"."+p.Name] = encoded(v)
		}
	}
	if in.Body != nil {
		out.Body = r.body()
	}
	return out, r.problems
}

type reader struct {
	doc      *spec.Document
	op       *spec.Operation
	in       Input
	pairs    []pair // of the query
	problems []apierr.Problem
}

func (r *reader) fault(at, code, message string) {
	r.problems = append(r.problems, apierr.Problem{Path: at, Code: code, Message: message})
}

func (r *reader) parameter(p spec.Parameter) (v any, given bool) {
	shape := r.doc.Shape(p.Schema)
	switch p.In {
	case "path":
		raw, ok := r.in.Path[p.Name]
		if !ok {
			return nil, false
		}
		return r.path(p, shape, raw)
	case "query":
		f := field{name: p.Name, style: p.Style, explode: p.Explode, media: p.ContentType, shape: shape}
		return f.read(r.pairs, func(name string) bool { return r.declared(p, name) })
	case "header":
		return r.header(p, shape)
	case "cookie":
		return r.cookie(p, shape)
	}
	return nil, false
}

// declared says whether a name of the query belongs to another parameter than p.
func (r *reader) declared(p spec.Parameter, name string) bool {
	for _, q := range r.op.Parameters {
		if q.In == "query" && q.Name == name && q.Name != p.Name {
			return true
		}
	}
	return false
}

// encoded gives a value as JSON; what is made here always encodes.
func encoded(v any) json.RawMessage {
	raw, err := json.Marshal(v)
	if err != nil {
		return json.RawMessage("null")
	}
	return raw
}
