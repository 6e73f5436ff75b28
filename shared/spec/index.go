package spec

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"

	"github.com/klauspost/compress/gzip"
)

// indexMagic is the layout's name and version: a stored index of another layout
// is refused, and its document parsed again.
const indexMagic = "apiq-index/2\n"

// An index is the magic, a CRC-32C of all that follows, the document's length and
// checksum, the number of operations, and sections. Each is packed by itself, so
// that one operation is found without unpacking the lines of all others. The tables
// are not packed: they are digests for the most part, and searched where they lie.
const (
	sectionHead     = iota // indexHead, JSON
	sectionWarnings        // JSON
	sectionNames           // names of operations, by digest → number
	sectionParts           // components and paths, by digest → span
	sectionLines           // and all that follow: lines of operations, indexLines each
)

func isTable(section int) bool { return section == sectionNames || section == sectionParts }

// indexLines is how many operations' lines are packed together.
const indexLines = 256

// ErrIndex reports an index that does not belong to its document, is damaged, or
// is of another layout. The document can be parsed again.
var ErrIndex = errors.New("spec: the stored index does not fit the document")

// indexHead is what is always read.
type indexHead struct {
	Info     Info     `json:"info"`
	V2       bool     `json:"v2,omitempty"`
	Host     string   `json:"host,omitempty"`
	Base     string   `json:"base,omitempty"`
	Consumes []string `json:"consumes,omitempty"`
	Produces []string `json:"produces,omitempty"`
	// External: references lead into other documents.
	External bool `json:"external,omitempty"`
	// ReadOnly and WriteOnly: the words occur in the document.
	ReadOnly  bool `json:"readOnly,omitempty"`
	WriteOnly bool `json:"writeOnly,omitempty"`
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Index serialises what Load and Open need to reopen the document without reading
// through it again.
func (d *Document) Index() ([]byte, error) {
	s, ok := d.dir.(*scanned)
	if !ok {
		return d.dir.(*indexed).raw, nil
	}
	head := d.head
	head.Info, head.V2, head.Host, head.Base = d.info, d.v2, d.swagger.host, d.swagger.base
	head.Consumes, head.Produces = d.swagger.consumes, d.swagger.produces
	var sections [][]byte
	for _, v := range []any{head, s.warns} {
		text, err := json.Marshal(v)
		if err != nil {
			return nil, fmt.Errorf("spec: write index: %w", err)
		}
		sections = append(sections, text)
	}
	sections = append(sections, nameTable(s), partTable(s))
	for i := 0; i < len(s.ops); i += indexLines {
		var w indexWriter
		for j := i; j < min(i+indexLines, len(s.ops)); j++ {
			w.operation(&s.ops[j])
		}
		sections = append(sections, w.out)
	}
	return packIndex(d.json, len(s.ops), sections)
}

func packIndex(text []byte, operations int, sections [][]byte) ([]byte, error) {
	var body indexWriter
	body.int(len(text))
	body.int(int(checksum(text)))
	body.int(operations)
	body.int(len(sections))
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	for i, s := range sections {
		before := packed.Len()
		if isTable(i) {
			packed.Write(s)
		} else {
			z.Reset(&packed)
			if _, err := z.Write(s); err != nil {
				return nil, err
			}
			if err := z.Close(); err != nil {
				return nil, err
			}
		}
		body.int(packed.Len() - before)
		body.int(len(s))
	}
	body.out = append(body.out, packed.Bytes()...)
	out := append([]byte(indexMagic), 0, 0, 0, 0)
	binary.LittleEndian.PutUint32(out[len(indexMagic):], crc32.Checksum(body.out, castagnoli))
	return append(out, body.out...), nil
}

// Load reopens a parsed document from Document.JSON and Document.Index. It keeps
// both slices. The error is ErrIndex when they do not belong together.
func Load(jsonDoc, index []byte) (*Document, error) {
	x, err := readIndex(index)
	if err != nil || x.size != len(jsonDoc) || x.sum != checksum(jsonDoc) {
		return nil, ErrIndex
	}
	return x.document(jsonDoc)
}

// Open reopens a parsed document from Document.Index alone. Its bytes are read
// from b as they are needed. It keeps index. The error is ErrIndex.
func Open(index []byte, b Blocks) (*Document, error) {
	x, err := readIndex(index)
	if err != nil || b.Size <= 0 {
		return nil, ErrIndex
	}
	d, err := x.document(make([]byte, x.size))
	if err != nil {
		return nil, err
	}
	d.missing = newMissing(x.size, b)
	return d, nil
}

// checksum tells one document from another by samples: reading all of a large
// one would cost more than everything else that Load does. Stored documents are
// addressed by content, so that damage is not its business.
func checksum(b []byte) uint32 {
	const samples, size = 64, 1024
	if len(b) <= samples*size {
		return crc32.Checksum(b, castagnoli)
	}
	sum := uint32(0)
	step := (len(b) - size) / (samples - 1)
	for i := range samples {
		sum = crc32.Update(sum, castagnoli, b[i*step:i*step+size])
	}
	return sum
}

// maxIndexed bounds what an index may claim: the document's length and that of a
// section.
const maxIndexed = 1 << 30

func readIndex(index []byte) (*indexed, error) {
	rest, ok := bytes.CutPrefix(index, []byte(indexMagic))
	if !ok || len(rest) < 4 || binary.LittleEndian.Uint32(rest) != crc32.Checksum(rest[4:], castagnoli) {
		return nil, ErrIndex
	}
	r := indexReader{rest: rest[4:]}
	x := &indexed{raw: index, size: r.int(), sum: uint32(r.int()), operations: r.int()}
	n := r.count()
	if r.bad || x.size > maxIndexed || n != sectionLines+(x.operations+indexLines-1)/indexLines {
		return nil, ErrIndex
	}
	x.sections = make([]section, n)
	total := 0
	for i := range x.sections {
		packed := r.int()
		x.sections[i] = section{at: total, packed: packed, size: r.int()}
		total += packed
		if x.sections[i].size > maxIndexed || total > len(index) {
			return nil, ErrIndex
		}
	}
	if r.bad || total != len(r.rest) {
		return nil, ErrIndex
	}
	x.body = r.rest
	x.ready()
	return x, nil
}

// section is one packed part of an index.
type section struct{ at, packed, size int }

// unpack gives a section's text. The checksum has been compared: an error is our
// own fault, or that of whoever wrote the index.
func (x *indexed) unpack(i int) ([]byte, error) {
	s := x.sections[i]
	z, err := gzip.NewReader(bytes.NewReader(x.body[s.at : s.at+s.packed]))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrIndex, err)
	}
	var out bytes.Buffer
	out.Grow(min(s.size, s.packed*1032) + bytes.MinRead) // no more than deflate can hold (RFC 1951)
	if n, err := out.ReadFrom(io.LimitReader(z, int64(s.size)+1)); err != nil || n != int64(s.size) {
		return nil, fmt.Errorf("%w: section %d: %w", ErrIndex, i, err)
	}
	return out.Bytes(), nil
}
