package spec

import (
	"encoding/json"
	"strings"
	"sync"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/spec/internal/rawjson"
)

// Document is one API description: its bytes as JSON, where its operations and
// components lie in them, and what was wrong with it. It is immutable and safe
// for concurrent use.
type Document struct {
	json     []byte
	info     Info
	v2       bool
	warnings []Warning
	ops      []opEntry
	byID     map[string]int
	parts    map[string]rawjson.Span // "components/schemas/Pet", "paths//pets" → value
	swagger  swagger2

	byRoute   func() map[string]int // "GET /pets" → ops
	postings  func() *postings
	validator func() *validator
}

// swagger2 is what a Swagger 2.0 document states for all its operations.
type swagger2 struct {
	host, base         string
	consumes, produces []string
}

// opEntry is an operation's line in the index.
type opEntry struct {
	Summary
	op   rawjson.Span // the Operation Object
	item rawjson.Span // the Path Item Object it lies in
}

// at is where the document writes the operation, as a JSON Pointer.
func (e *opEntry) at() string { return pointer("/paths", e.Path, strings.ToLower(e.Method)) }

// Bare is a document without operations: for schemas that stand on their own.
func Bare() *Document { return new(Document).ready() }

// ready gives a document whose index is complete its lazy parts.
func (d *Document) ready() *Document {
	d.byRoute = sync.OnceValue(func() map[string]int {
		m := make(map[string]int, len(d.ops))
		for i := range d.ops {
			key := d.ops[i].Method + " " + d.ops[i].Path
			if _, ok := m[key]; !ok {
				m[key] = i
			}
		}
		return m
	})
	d.postings = sync.OnceValue(func() *postings { return buildPostings(d) })
	d.validator = sync.OnceValue(func() *validator { return newValidator(d) })
	return d
}

// Info returns what the document says of itself.
func (d *Document) Info() Info { return d.info }

// JSON returns the document as JSON: as it came, or converted from YAML. The
// caller must not change it.
func (d *Document) JSON() []byte { return d.json }

// Warnings returns the faults that did not stop the import, in document order,
// at most 1,000 and a last one that says how many more there were.
func (d *Document) Warnings() []Warning { return d.warnings }

// Len is the number of operations.
func (d *Document) Len() int { return len(d.ops) }

// Summaries lists the operations in document order.
func (d *Document) Summaries() []Summary {
	list := make([]Summary, len(d.ops))
	for i := range d.ops {
		list[i] = d.ops[i].Summary
	}
	return list
}

// Operation returns one operation by its ID or by "METHOD /path". The error is
// NOT_FOUND.
func (d *Document) Operation(id string) (*Operation, error) {
	i, ok := d.find(id)
	if !ok {
		return nil, apierr.Newf(apierr.NotFound, "The API has no operation %q.", rawjson.Cut(id, 200))
	}
	return d.build(&d.ops[i], nil), nil
}

func (d *Document) find(id string) (int, bool) {
	if i, ok := d.byID[id]; ok {
		return i, true
	}
	i, ok := d.byRoute()[id]
	return i, ok
}

// raw returns a copy-free view of a span of the document.
func (d *Document) raw(at rawjson.Span) json.RawMessage { return at.Of(d.json) }
