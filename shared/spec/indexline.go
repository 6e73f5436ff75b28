package spec

import (
	"encoding/binary"

	"github.com/apiq/apiq/shared/spec/internal/rawjson"
)

// indexWriter writes numbers as varints and texts with their length before them.
type indexWriter struct{ out []byte }

func (w *indexWriter) int(n int) { w.out = binary.AppendUvarint(w.out, uint64(n)) }

func (w *indexWriter) text(s string) {
	w.int(len(s))
	w.out = append(w.out, s...)
}

func (w *indexWriter) span(s rawjson.Span) {
	w.int(s.Start)
	w.int(s.End - s.Start)
}

func (w *indexWriter) operation(e *opEntry) {
	w.text(e.ID)
	w.text(e.Method)
	w.text(e.Path)
	w.text(e.Summary.Summary)
	w.text(e.Description)
	w.int(len(e.Tags))
	for _, tag := range e.Tags {
		w.text(tag)
	}
	deprecated := 0
	if e.Deprecated {
		deprecated = 1
	}
	w.int(deprecated)
	w.span(e.op)
	w.span(e.item)
}

// indexReader reads what indexWriter writes. After a fault it is bad and gives
// zero values.
type indexReader struct {
	rest  []byte
	limit int // offsets may not lie beyond the document
	bad   bool
}

func (r *indexReader) int() int {
	n, size := binary.Uvarint(r.rest)
	if size <= 0 || n > 1<<40 {
		r.bad = true
		return 0
	}
	r.rest = r.rest[size:]
	return int(n)
}

// count is a number of things that follow, each at least a byte long.
func (r *indexReader) count() int {
	n := r.int()
	if n > len(r.rest) {
		r.bad = true
		return 0
	}
	return n
}

func (r *indexReader) text() string {
	n := r.count()
	s := string(r.rest[:n])
	r.rest = r.rest[n:]
	return s
}

func (r *indexReader) span() rawjson.Span {
	start := r.int()
	end := start + r.int()
	if end > r.limit {
		r.bad = true
		return rawjson.Span{}
	}
	return rawjson.Span{Start: start, End: end}
}

func (r *indexReader) operation(e *opEntry) {
	e.ID, e.Method, e.Path = r.text(), r.text(), r.text()
	e.Summary.Summary, e.Description = r.text(), r.text()
	if n := r.count(); n > 0 {
		e.Tags = make([]string, n)
		for i := range e.Tags {
			e.Tags[i] = r.text()
		}
	}
	e.Deprecated = r.int() == 1
	e.op, e.item = r.span(), r.span()
}
