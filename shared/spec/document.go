package spec

import (
	"encoding/json"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/spec/internal/rawjson"
)

// Document is one API description: its bytes as JSON, where its operations and
// components lie in them, and what was wrong with it. It is immutable and safe
// for concurrent use. One that was opened from its index (Open) reads its bytes,
// and those of the index, when they are asked for.
type Document struct {
	json    []byte
	fetched *fetched // in place of json, where the document was opened from its index
	head    indexHead
	info    Info
	v2      bool
	swagger swagger2
	dir     directory

	failure atomic.Pointer[apierr.Error] // of the last read that failed

	postings  func() *postings
	validator func() *validator
}

// directory says where a document's operations and components lie.
type directory interface {
	// count is the number of operations, which are numbered in document order.
	count() int
	// entry is empty where the index cannot be read; entries tells.
	entry(i int) *opEntry
	// entries sees to it that all entries are there.
	entries() error
	// find is an operation by its ID, or by "METHOD /path", with its number; nil where
	// there is none.
	find(id string) (int, *opEntry, error)
	// part is a component's value by its pointer without the first slash and
	// unescaped: "components/schemas/Pet", "paths//pets".
	part(name string) (at rawjson.Span, ok bool, err error)
	// warnings are none where the index cannot be read.
	warnings() []Warning
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
func Bare() *Document { return (&Document{dir: newScanned()}).ready() }

// ready gives a document whose directory is complete its lazy parts.
func (d *Document) ready() *Document {
	d.postings = sync.OnceValue(func() *postings { return buildPostings(d) })
	d.validator = sync.OnceValue(func() *validator { return newValidator(d) })
	return d
}

// Info returns what the document says of itself.
func (d *Document) Info() Info { return d.info }

// JSON returns the document as JSON: as it came, or converted from YAML. The
// caller must not change it. It is nil where the document was opened from its index
// and its bytes cannot be read now.
func (d *Document) JSON() []byte {
	return d.raw(d.root())
}

// Fetch reads what has not been read of the document's bytes. The error is
// UNAVAILABLE.
func (d *Document) Fetch() error {
	_, err := d.view(d.root())
	return err
}

// Size is how many bytes JSON would give, without reading them.
func (d *Document) Size() int {
	if d.fetched != nil {
		return d.fetched.size
	}
	return len(d.json)
}

func (d *Document) root() rawjson.Span { return rawjson.Span{Start: 0, End: d.Size()} }

// Warnings returns the faults that did not stop the import, in document order,
// at most 1,000 and a last one that says how many more there were; none where the
// index cannot be read (FetchIndex).
func (d *Document) Warnings() []Warning { return d.dir.warnings() }

// Len is the number of operations.
func (d *Document) Len() int { return d.dir.count() }

// Summaries lists the operations in document order. It is nil where the index
// cannot be read (FetchIndex).
func (d *Document) Summaries() []Summary {
	if d.dir.entries() != nil {
		return nil
	}
	list := make([]Summary, d.Len())
	for i := range list {
		list[i] = d.dir.entry(i).Summary
	}
	return list
}

// Operation returns one operation by its ID or by "METHOD /path". The errors are
// NOT_FOUND and, where the document's bytes cannot be read now, UNAVAILABLE.
func (d *Document) Operation(id string) (*Operation, error) {
	_, e, err := d.dir.find(id)
	switch {
	case err != nil:
		return nil, d.unreadable(err)
	case e == nil:
		return nil, apierr.Newf(apierr.NotFound, "The API has no operation %q.", rawjson.Cut(id, 200))
	}
	// The Path Item first: most often the operation lies in what that brings.
	for _, at := range []rawjson.Span{e.item, e.op} {
		if _, err := d.view(at); err != nil {
			return nil, err
		}
	}
	before := d.failure.Load()
	op := d.build(e, nil)
	// A part that cannot be read looks to build like one that is not there.
	if failed := d.failure.Load(); failed != before {
		return nil, failed
	}
	return op, nil
}

// raw is a view of a span of the document, nil where it cannot be read.
func (d *Document) raw(at rawjson.Span) json.RawMessage {
	b, err := d.view(at)
	if err != nil {
		return nil
	}
	return b
}

// scanned is the directory of a document that has just been read.
type scanned struct {
	ops   []opEntry
	byID  map[string]int
	parts map[string]rawjson.Span
	warns []Warning

	byRoute func() map[string]int // "GET /pets" → ops
}

func newScanned() *scanned {
	s := &scanned{byID: map[string]int{}, parts: map[string]rawjson.Span{}}
	s.byRoute = sync.OnceValue(func() map[string]int {
		m := make(map[string]int, len(s.ops))
		for i := range s.ops {
			key := s.ops[i].route()
			if _, ok := m[key]; !ok {
				m[key] = i
			}
		}
		return m
	})
	return s
}

func (e *opEntry) route() string { return e.Method + " " + e.Path }

func (s *scanned) count() int           { return len(s.ops) }
func (s *scanned) entry(i int) *opEntry { return &s.ops[i] }
func (s *scanned) entries() error       { return nil }
func (s *scanned) warnings() []Warning  { return s.warns }

func (s *scanned) find(id string) (int, *opEntry, error) {
	i, ok := s.byID[id]
	if !ok {
		i, ok = s.byRoute()[id]
	}
	if !ok {
		return 0, nil, nil
	}
	return i, &s.ops[i], nil
}

func (s *scanned) part(name string) (at rawjson.Span, ok bool, err error) {
	at, ok = s.parts[name]
	return at, ok, nil
}
