package spec

import (
	"bytes"
	"fmt"
	"hash/crc32"
	"io"

	"github.com/klauspost/compress/gzip"

	"github.com/apiq/apiq/shared/spec/internal/rawjson"
)

// deflateMost is how many bytes one byte of deflate can become (RFC 1951).
const deflateMost = 1032

// packer packs texts one by one. It is kept for all of an index: what gzip has for
// itself is several times what an index has.
type packer struct{ z *gzip.Writer }

func newPacker() *packer { return &packer{z: gzip.NewWriter(io.Discard)} }

// pack appends text to dst, packed by itself.
func (p *packer) pack(dst, text []byte) ([]byte, error) {
	buf := bytes.NewBuffer(dst)
	p.z.Reset(buf)
	if _, err := p.z.Write(text); err != nil {
		return nil, fmt.Errorf("spec: write index: %w", err)
	}
	if err := p.z.Close(); err != nil {
		return nil, fmt.Errorf("spec: write index: %w", err)
	}
	return buf.Bytes(), nil
}

// unpack gives the text that packed holds, which has size bytes. The error is
// ErrIndex; as checksums have been compared, it is the fault of whoever wrote the
// index.
func unpack(packed []byte, size int) ([]byte, error) {
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrIndex, err)
	}
	var out bytes.Buffer
	out.Grow(min(size, len(packed)*deflateMost) + bytes.MinRead)
	n, err := out.ReadFrom(io.LimitReader(z, int64(size)+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("%w: %w", ErrIndex, err)
	case n != int64(size):
		return nil, fmt.Errorf("%w: a block has more or fewer than %d bytes", ErrIndex, size)
	}
	return out.Bytes(), nil
}

// packed gives a block as it is stored. The error is ErrIndex, or that of the read.
func (x *indexed) packed(b block, ahead int) ([]byte, error) {
	packed, err := x.bytes.view(rawjson.Span{Start: b.at, End: b.at + b.packed}, ahead)
	if err != nil {
		return nil, err
	}
	if crc32.Checksum(packed, castagnoli) != b.sum {
		return nil, fmt.Errorf("%w: the block at %d is damaged", ErrIndex, b.at)
	}
	return packed, nil
}

// readLines gives the lines of a block.
func readLines[T any](x *indexed, table, i, ahead int, line func(*indexReader) T) ([]T, error) {
	b := x.tables[table][i]
	packed, err := x.packed(b, ahead)
	if err != nil {
		return nil, err
	}
	text, err := unpack(packed, b.size)
	if err != nil {
		return nil, err
	}
	return lines(text, b.count, x.size, line)
}

// lines reads count lines, of a document with limit bytes.
func lines[T any](text []byte, count, limit int, line func(*indexReader) T) ([]T, error) {
	r := indexReader{rest: string(text), limit: limit}
	list := make([]T, min(count, len(text)))
	for i := range list {
		list[i] = line(&r)
	}
	if r.bad || len(r.rest) > 0 || len(list) != count {
		return nil, fmt.Errorf("%w: lines that cannot be read", ErrIndex)
	}
	return list, nil
}
