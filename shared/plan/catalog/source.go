package catalog

import (
	"sync"

	"github.com/apiq/apiq/shared/spec"
)

// source is the document, opened when somebody asks for what the catalogue does not
// have: shapes, and operations in full.
type source struct {
	open func() (*spec.Document, error)

	mu      sync.Mutex
	doc     *spec.Document
	reader  *reader
	whole   map[int]*Op
	failure error
}

// Document opens the API's document. An error is that of opening it; the next call
// tries again.
func (a *API) Document() (*spec.Document, error) {
	a.source.mu.Lock()
	defer a.source.mu.Unlock()
	return a.source.document()
}

func (s *source) document() (*spec.Document, error) {
	if s.doc == nil {
		doc, err := s.open()
		if err != nil {
			return nil, err
		}
		s.doc = doc
	}
	return s.doc, nil
}

// Failed is why the last operation that was asked for in full could not be read, nil
// where it could. What its fields said then was nothing.
func (a *API) Failed() error {
	a.source.mu.Lock()
	defer a.source.mu.Unlock()
	return a.source.failure
}

// whole reads an operation from the document. Where it cannot be read it says nothing.
func (a *API) whole(n int) *Op {
	s := &a.source
	s.mu.Lock()
	defer s.mu.Unlock()
	if op, ok := s.whole[n]; ok {
		return op
	}
	var doc *spec.Document
	if doc, s.failure = s.document(); s.failure == nil {
		var so *spec.Operation
		if so, s.failure = doc.Operation(a.heads[n].id); s.failure == nil {
			if s.reader == nil {
				s.reader, s.whole = newReader(doc), map[int]*Op{}
			}
			op := s.reader.op(so)
			op.api, op.n = a, n
			s.whole[n] = op
			return op
		}
	}
	return &Op{operation: &spec.Operation{}}
}

// owner is whose fields some are: the arguments of an operation, or its answer's.
type owner struct {
	api    *API
	op     int
	answer bool
}

// Shape is what the document says of the value.
func (f *Field) Shape() spec.Shape {
	if f.by == nil {
		return f.shape
	}
	op := f.by.api.whole(f.by.op)
	fields := op.Args
	if f.by.answer {
		fields = op.Yields
	}
	if f.at >= len(fields) {
		return spec.Shape{}
	}
	return fields[f.at].shape
}

// read is the operation as it was read from the document.
func (o *Op) read() *Op {
	if o.operation != nil {
		return o
	}
	return o.api.whole(o.n)
}

// Operation is all of the operation. It must not be changed.
func (o *Op) Operation() *spec.Operation { return o.read().operation }

// BodySchema is the body's shape.
func (o *Op) BodySchema() spec.Shape { return o.read().body }

// Answer is the shape of the answer; not Known where the spec says nothing.
func (o *Op) Answer() spec.Shape { return o.read().answer }

// Body is the body as one argument, for where it is bound as a whole.
func (o *Op) Body() *Field {
	s := o.BodySchema()
	return &Field{In: "body", Required: true, kind: kindOf(s), shape: s}
}

// Document is the one that the operation is of.
func (o *Op) Document() (*spec.Document, error) { return o.api.Document() }
