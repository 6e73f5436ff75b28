package spec

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"slices"

	"github.com/apiq/apiq/shared/spec/internal/rawjson"
)

// indexMagic is the layout's name and version: a stored index of another layout
// is refused, and its document parsed again.
const indexMagic = "apiq-index/1\n"

// ErrIndex reports an index that does not belong to its document, is damaged, or
// is of another layout. The document can be parsed again.
var ErrIndex = errors.New("spec: the stored index does not fit the document")

// indexHead is the part of an index that is small, and JSON.
type indexHead struct {
	Info     Info      `json:"info"`
	V2       bool      `json:"v2,omitempty"`
	Host     string    `json:"host,omitempty"`
	Base     string    `json:"base,omitempty"`
	Consumes []string  `json:"consumes,omitempty"`
	Produces []string  `json:"produces,omitempty"`
	Warnings []Warning `json:"warnings,omitempty"`
}

// Index serialises what Load needs to reopen the document without reading
// through it again: a head in JSON, then operations and components as
// length-prefixed strings and offsets.
func (d *Document) Index() ([]byte, error) {
	head, err := json.Marshal(indexHead{
		Info: d.info, V2: d.v2, Host: d.swagger.host, Base: d.swagger.base,
		Consumes: d.swagger.consumes, Produces: d.swagger.produces, Warnings: d.warnings,
	})
	if err != nil {
		return nil, fmt.Errorf("spec: write index: %w", err)
	}
	w := indexWriter{out: []byte(indexMagic)}
	w.int(len(d.json))
	w.int(int(checksum(d.json)))
	w.text(string(head))
	w.int(len(d.ops))
	for i := range d.ops {
		w.operation(&d.ops[i])
	}
	names := make([]string, 0, len(d.parts))
	for name := range d.parts {
		names = append(names, name)
	}
	slices.Sort(names)
	w.int(len(names))
	for _, name := range names {
		w.text(name)
		w.span(d.parts[name])
	}
	return w.out, nil
}

// Load reopens a parsed document from Document.JSON and Document.Index. It keeps
// both slices. The error is ErrIndex when they do not belong together.
func Load(jsonDoc, index []byte) (*Document, error) {
	r := indexReader{rest: string(index), limit: len(jsonDoc)}
	if !r.prefix(indexMagic) || r.int() != len(jsonDoc) || r.int() != int(checksum(jsonDoc)) {
		return nil, ErrIndex
	}
	var head indexHead
	if err := json.Unmarshal([]byte(r.text()), &head); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrIndex, err)
	}
	d := &Document{json: jsonDoc, info: head.Info, v2: head.V2, warnings: head.Warnings}
	d.swagger = swagger2{host: head.Host, base: head.Base, consumes: head.Consumes, produces: head.Produces}
	n := r.count()
	d.ops = make([]opEntry, n)
	d.byID = make(map[string]int, n)
	for i := range d.ops {
		r.operation(&d.ops[i])
		d.byID[d.ops[i].ID] = i
	}
	n = r.count()
	d.parts = make(map[string]rawjson.Span, n)
	for range n {
		name := r.text()
		d.parts[name] = r.span()
	}
	if r.bad || r.rest != "" {
		return nil, ErrIndex
	}
	return d.ready(), nil
}

// checksum tells one document from another by samples: reading all of a large
// one would cost more than everything else that Load does. Stored documents are
// addressed by content, so that damage is not its business.
func checksum(b []byte) uint32 {
	const samples, size = 64, 1024
	table := crc32.MakeTable(crc32.Castagnoli)
	if len(b) <= samples*size {
		return crc32.Checksum(b, table)
	}
	sum := uint32(0)
	step := (len(b) - size) / (samples - 1)
	for i := range samples {
		sum = crc32.Update(sum, table, b[i*step:i*step+size])
	}
	return sum
}

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

// indexReader reads what indexWriter writes. Its strings share the index's
// memory. After a fault it is bad and gives zero values.
type indexReader struct {
	rest  string
	limit int // offsets may not lie beyond the document
	bad   bool
}

func (r *indexReader) prefix(s string) bool {
	if len(r.rest) < len(s) || r.rest[:len(s)] != s {
		return false
	}
	r.rest = r.rest[len(s):]
	return true
}

func (r *indexReader) int() int {
	var n uint64
	for i := 0; i < len(r.rest) && i < 10; i++ {
		c := r.rest[i]
		n |= uint64(c&0x7f) << (7 * i)
		if c < 0x80 {
			r.rest = r.rest[i+1:]
			if n > 1<<40 {
				break
			}
			return int(n)
		}
	}
	r.bad = true
	return 0
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
	s := r.rest[:n]
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
