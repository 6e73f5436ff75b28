package catalog

import (
	"bytes"
	"encoding/binary"
	"io"

	"github.com/klauspost/compress/gzip"
)

// writer writes numbers of variable length, and texts after their lengths.
type writer struct{ out []byte }

func (w *writer) int(n int) { w.out = binary.AppendUvarint(w.out, uint64(n)) } //nolint:gosec // never negative

func (w *writer) text(s string) {
	w.int(len(s))
	w.out = append(w.out, s...)
}

func (w *writer) texts(list []string) {
	w.int(len(list))
	for _, s := range list {
		w.text(s)
	}
}

// table numbers texts by their first use.
type table struct {
	list  []string
	known map[string]int
}

func newTable() *table { return &table{known: map[string]int{}} }

func (t *table) of(s string) int {
	n, ok := t.known[s]
	if !ok {
		n = len(t.list)
		t.list, t.known[s] = append(t.list, s), n
	}
	return n
}

// packer packs texts one behind the other.
type packer struct {
	z   *gzip.Writer
	out bytes.Buffer
}

func newPacker() *packer { return &packer{z: gzip.NewWriter(io.Discard)} }

// pack appends a text of count records and says where it lies.
func (p *packer) pack(text []byte, count int) (packed, error) {
	at := p.out.Len()
	p.z.Reset(&p.out)
	if _, err := p.z.Write(text); err != nil {
		return packed{}, err
	}
	if err := p.z.Close(); err != nil {
		return packed{}, err
	}
	return packed{at: at, packed: p.out.Len() - at, size: len(text), count: count}, nil
}

// blocks gathers records into blocks.
type blocks struct {
	*packer
	list  []packed
	lines writer
	count int
}

func (b *blocks) add(record []byte) error {
	b.lines.text(string(record))
	b.count++
	if len(b.lines.out) < blockText {
		return nil
	}
	return b.close()
}

func (b *blocks) close() error {
	if b.count == 0 {
		return nil
	}
	if len(b.lines.out) > mostBlock {
		return ErrLarge
	}
	p, err := b.pack(b.lines.out, b.count)
	b.list = append(b.list, p)
	b.lines.out, b.count = b.lines.out[:0], 0
	return err
}
