package library

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"strings"

	"github.com/klauspost/compress/gzip"
)

// Parts of a stored document, as the ends of their names.
const (
	partJSON   = ".json"
	partSource = ".src"
	partIndex  = ".idx"
	// oldSuffix ends the names of objects from before there was a header: they are
	// gzip from their first byte on, and still read.
	oldSuffix = ".gz"
)

// A stored object begins with a header: a mark, the layout's version, and how the
// rest is packed. What a program does not know it refuses, so that another packing
// (zstd) or layout can follow and be told apart.
const (
	headerMark    = "AQS"
	headerVersion = 1
	formatGzip    = 'g'
	headerBytes   = len(headerMark) + 2
)

var errFormat = errors.New("library: a stored object of an unknown layout or packing")

func header() []byte { return append([]byte(headerMark), headerVersion, formatGzip) }

// maxStored bounds what one of our own objects unpacks to. It is far above what
// is accepted, so that documents stay readable when the limit is lowered.
const maxStored = 512 << 20

// ObjectName names a part of the document of a hash, "" for what is not a hash.
func ObjectName(hash, part string) string {
	digest, ok := strings.CutPrefix(hash, "sha256:")
	if raw, err := hex.DecodeString(digest); !ok || err != nil || len(raw) != 32 || digest != strings.ToLower(digest) {
		return ""
	}
	return "spec/" + digest + part
}

// unpackObject gives what a stored object holds: with our header, or of the time
// before it.
func unpackObject(r io.Reader) ([]byte, error) {
	head := make([]byte, headerBytes)
	n, err := io.ReadFull(r, head)
	head = head[:n]
	switch {
	case bytes.HasPrefix(head, []byte{0x1f, 0x8b}):
		r = io.MultiReader(bytes.NewReader(head), r)
	case err != nil || !bytes.Equal(head, header()):
		return nil, errFormat
	}
	z, err := gzip.NewReader(r)
	if err != nil {
		return nil, err
	}
	defer z.Close()
	data, err := io.ReadAll(io.LimitReader(z, maxStored+1))
	if err == nil && len(data) > maxStored {
		err = errTooLarge
	}
	return data, err
}

// blockBytes is how much of a document's JSON is packed together: an operation
// with what it refers to lies in a few such blocks, and each costs at least one
// round trip to a distant store.
const blockBytes = 64 << 10

// blockTable says where the blocks of a stored document lie. It is kept before the
// index, so that one read gives both.
type blockTable struct {
	size   int      // of a block, unpacked
	packed []int    // lengths, in order
	sums   []uint32 // CRC-32C of each block, unpacked
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// packBlocks packs a document so that each block can be read alone. As a whole the
// result is gzip of several members (RFC 1952, 2.2) after the header.
func packBlocks(text []byte) (*bytes.Buffer, blockTable, error) {
	buf := bytes.NewBuffer(header())
	table := blockTable{size: blockBytes}
	z := gzip.NewWriter(buf)
	for from := 0; from < len(text); from += blockBytes {
		block := text[from:min(from+blockBytes, len(text))]
		before := buf.Len()
		z.Reset(buf)
		if _, err := z.Write(block); err != nil {
			return nil, table, err
		}
		if err := z.Close(); err != nil {
			return nil, table, err
		}
		table.packed = append(table.packed, buf.Len()-before)
		table.sums = append(table.sums, crc32.Checksum(block, castagnoli))
	}
	return buf, table, nil
}

// appendTo writes the table as numbers of variable length.
func (t *blockTable) appendTo(dst []byte) []byte {
	dst = binary.AppendUvarint(dst, uint64(t.size))
	dst = binary.AppendUvarint(dst, uint64(len(t.packed)))
	for i, n := range t.packed {
		dst = binary.AppendUvarint(dst, uint64(n))
		dst = binary.LittleEndian.AppendUint32(dst, t.sums[i])
	}
	return dst
}

// readTable reads a table; rest is what follows it.
func readTable(b []byte) (t blockTable, rest []byte, err error) {
	next := func() int {
		n, size := binary.Uvarint(b)
		if size <= 0 || n > maxStored {
			err, b = errFormat, nil
			return 0
		}
		b = b[size:]
		return int(n)
	}
	t.size = next()
	for range next() {
		t.packed = append(t.packed, next())
		if err != nil || len(b) < 4 {
			return t, nil, errFormat
		}
		t.sums = append(t.sums, binary.LittleEndian.Uint32(b))
		b = b[4:]
	}
	return t, b, err
}

// span is where blocks first to last lie in the object.
func (t *blockTable) span(first, last int) (offset, length int64) {
	offset = int64(headerBytes)
	for i, n := range t.packed[:last+1] {
		if i < first {
			offset += int64(n)
		} else {
			length += int64(n)
		}
	}
	return offset, length
}

// readBlocks fills dst with blocks first to last of a document.
func (l *Library) readBlocks(ctx context.Context, name string, t *blockTable, first, last int, dst []byte) error {
	if first < 0 || last >= len(t.packed) {
		return errFormat
	}
	offset, length := t.span(first, last)
	r, err := l.blobs.GetRange(ctx, name, offset, length)
	if err != nil {
		return err
	}
	defer r.Close()
	z, err := gzip.NewReader(r)
	if err != nil {
		return err
	}
	defer z.Close()
	if _, err := io.ReadFull(z, dst); err != nil {
		return err
	}
	for i := first; i <= last; i++ {
		block := dst[(i-first)*t.size : min((i-first+1)*t.size, len(dst))]
		if crc32.Checksum(block, castagnoli) != t.sums[i] {
			return fmt.Errorf("library: block %d of %s is damaged", i, name)
		}
	}
	return nil
}
