package spec

import (
	"encoding/binary"

	"github.com/apiq/apiq/shared/spec/internal/rawjson"
)

// Lines of the tables as they are read.
type (
	opLine struct {
		opEntry
		number int // in document order
	}
	routeLine struct {
		digest string
		rank   int
	}
	partLine struct {
		name string
		at   rawjson.Span
	}
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

func (w *indexWriter) operation(number int, e *opEntry) {
	w.text(e.ID)
	w.int(number)
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

func (w *indexWriter) route(digest string, rank int) {
	w.text(digest)
	w.int(rank)
}

func (w *indexWriter) part(name string, at rawjson.Span) {
	w.text(name)
	w.span(at)
}

// indexReader reads what indexWriter writes. After a fault it is bad and gives
// zero values. Texts are views of what it reads.
type indexReader struct {
	rest  string
	limit int // offsets may not lie beyond the document
	bad   bool
}

func (r *indexReader) int() int {
	n, shift := uint64(0), 0
	for i := 0; i < len(r.rest) && shift <= 42; i++ {
		c := r.rest[i]
		n |= uint64(c&0x7f) << shift
		if c < 0x80 {
			if n > 1<<40 {
				break
			}
			r.rest = r.rest[i+1:]
			return int(n) //nolint:gosec // at most 1<<40
		}
		shift += 7
	}
	r.bad, r.rest = true, ""
	return 0
}

// fixed reads a number of four bytes.
func (r *indexReader) fixed() uint32 {
	if len(r.rest) < 4 {
		r.bad, r.rest = true, ""
		return 0
	}
	n := uint32(r.rest[0]) | uint32(r.rest[1])<<8 | uint32(r.rest[2])<<16 | uint32(r.rest[3])<<24
	r.rest = r.rest[4:]
	return n
}

// count is a number of things that follow, each at least a byte long.
func (r *indexReader) count() int {
	n := r.int()
	if n > len(r.rest) {
		r.bad, r.rest = true, ""
		return 0
	}
	return n
}

func (r *indexReader) text() string {
	n := r.count()
	s := r.rest[:n]
	r.rest = r.rest[n:]
	return s
}

func (r *indexReader) span() rawjson.Span {
	start := r.int()
	end := start + r.int()
	if end > r.limit {
		r.bad, r.rest = true, ""
		return rawjson.Span{}
	}
	return rawjson.Span{Start: start, End: end}
}

func (r *indexReader) operation() (l opLine) {
	l.ID, l.number = r.text(), r.int()
	l.Method, l.Path = r.text(), r.text()
	l.Summary.Summary, l.Description = r.text(), r.text()
	if n := r.count(); n > 0 {
		l.Tags = make([]string, n)
		for i := range l.Tags {
			l.Tags[i] = r.text()
		}
	}
	l.Deprecated = r.int() == 1
	l.op, l.item = r.span(), r.span()
	return l
}

func (r *indexReader) route() routeLine { return routeLine{digest: r.text(), rank: r.int()} }

func (r *indexReader) part() partLine { return partLine{name: r.text(), at: r.span()} }
