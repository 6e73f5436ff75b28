package spec

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash/crc32"
)

// indexHead is what a document states for all its operations.
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

// indexStart is what is read of an index before anything else.
type indexStart struct {
	size       int    // of the document
	sum        uint32 // its checksum
	operations int
	head       indexHead
	tables     [tableCount][]block
}

// block is a part of a table that is packed by itself.
type block struct {
	first        string // no key of the block is less, and all keys before it are
	count        int    // lines
	at           int    // from the index's first byte
	packed, size int
	sum          uint32 // CRC-32C of the packed bytes
}

// An index begins with the magic and four numbers of four bytes: its own length,
// that of the head, packed and unpacked, and the CRC-32C of the packed head and the
// three.
const (
	numbersAt  = len(indexMagic)
	headAt     = numbersAt + 16
	maxIndexed = 1 << 30 // bounds the lengths that an index may claim
)

func writeIndex(s *indexStart, tables [tableCount]tableWriter, p *packer) ([]byte, error) {
	info, err := json.Marshal(s.head)
	if err != nil {
		return nil, fmt.Errorf("spec: write index: %w", err)
	}
	var w indexWriter
	w.int(s.size)
	w.int(int(s.sum))
	w.int(s.operations)
	w.text(string(info))
	total := 0
	for i := range tables {
		w.int(len(tables[i].blocks))
		for _, b := range tables[i].blocks {
			w.text(b.first)
			w.int(b.count)
			w.int(b.packed)
			w.int(b.size)
			w.out = binary.LittleEndian.AppendUint32(w.out, b.sum)
		}
		total += len(tables[i].packed)
	}
	head, err := p.pack(nil, w.out)
	if err != nil {
		return nil, err
	}
	out := make([]byte, 0, headAt+len(head)+total)
	out = append(out, indexMagic...)
	for _, n := range []int{cap(out), len(head), len(w.out)} {
		out = binary.LittleEndian.AppendUint32(out, uint32(n)) //nolint:gosec // far below: a document has at most 64 MiB
	}
	out = binary.LittleEndian.AppendUint32(out, headSum(out[numbersAt:], head))
	out = append(out, head...)
	for i := range tables {
		out = append(out, tables[i].packed...)
	}
	return out, nil
}

func headSum(numbers, head []byte) uint32 {
	return crc32.Update(crc32.Checksum(numbers[:12], castagnoli), castagnoli, head)
}

// readHead reads the unpacked head of an index of so many bytes, whose blocks begin
// at an offset.
func (s *indexStart) readHead(head []byte, bytes, at int) error {
	r := indexReader{rest: string(head)}
	s.size, s.sum, s.operations = r.int(), uint32(r.int()), r.int() //nolint:gosec // a checksum of 32 bits
	info := r.text()
	lines := 0
	for i := range s.tables {
		s.tables[i] = make([]block, r.count())
		for j := range s.tables[i] {
			b := block{first: r.text(), count: r.int(), at: at, packed: r.int(), size: r.int(), sum: r.fixed()}
			if b.packed > bytes-at || b.size > b.packed*deflateMost || b.count > b.size {
				return ErrIndex
			}
			at += b.packed
			if s.tables[i][j] = b; i == tableOperations {
				lines += b.count
			}
		}
	}
	if r.bad || len(r.rest) > 0 || at != bytes || s.size > maxIndexed || s.operations != lines {
		return ErrIndex
	}
	if err := json.Unmarshal([]byte(info), &s.head); err != nil {
		return fmt.Errorf("%w: %w", ErrIndex, err)
	}
	return nil
}
