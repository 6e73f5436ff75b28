package spec

import (
	"errors"
	"hash/crc32"

	"github.com/apiq/apiq/shared/spec/internal/rawjson"
)

// indexMagic is the layout's name and version: a stored index of another layout
// is refused, and its document parsed again.
const indexMagic = "apiq-index/3\n"

// An index is a head (indexhead.go) and five tables. A table's lines lie in the
// order of their keys, in blocks of about blockText bytes that are packed one by one;
// the head tells each block's first key, place and checksum. One operation is found
// thus: by the head, the block that its line lies in, and, where it is asked for by
// its route, a block of routes before that. What most operations refer to, the
// components, comes first: who reads the beginning of a large index often has them.
const (
	tableParts      = iota // components: name → span of the document
	tableRoutes            // "METHOD /path" that is nobody's ID: digest → rank in tableOperations
	tableOperations        // lines of operations, by ID
	tablePaths             // path items: name → span of the document
	tableWarnings          // one line, JSON
	tableCount
)

// blockText is how many bytes of lines make a block: unpacking more than an
// operation needs costs time, packing less together costs space.
const blockText = 16 << 10

// ErrIndex reports an index that does not belong to its document, is damaged, or
// is of another layout. The document can be parsed again.
var ErrIndex = errors.New("spec: the stored index does not fit the document")

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Index serialises what Load and Open need to reopen the document without reading
// through it again.
func (d *Document) Index() ([]byte, error) {
	if x, ok := d.dir.(*indexed); ok {
		return x.bytes.view(rawjson.Span{Start: 0, End: x.bytes.size}, 0)
	}
	head := d.head
	head.Info, head.V2, head.Host, head.Base = d.info, d.v2, d.swagger.host, d.swagger.base
	head.Consumes, head.Produces = d.swagger.consumes, d.swagger.produces
	s := d.dir.(*scanned)
	p := newPacker()
	tables, err := writeTables(s, p)
	if err != nil {
		return nil, err
	}
	return writeIndex(&indexStart{size: len(d.json), sum: checksum(d.json), operations: len(s.ops), head: head}, tables, p)
}

// Load reopens a parsed document from Document.JSON and Document.Index. It keeps
// both slices. The error is ErrIndex when they do not belong together.
func Load(jsonDoc, index []byte) (*Document, error) {
	x, err := openIndex(index, Blocks{})
	if err != nil {
		return nil, err
	}
	if x.size != len(jsonDoc) || x.sum != checksum(jsonDoc) {
		return nil, ErrIndex
	}
	d := x.document()
	d.json = jsonDoc
	return d, d.FetchIndex()
}

// Open reopens a parsed document from Document.Index alone. Its bytes are read
// from text as they are needed, and those of the index from index: start is its
// beginning, with the head at least in part, or all of it. It keeps start. The error
// is ErrIndex, or that of reading more of the head.
func Open(start []byte, index, text Blocks) (*Document, error) {
	if text.Size <= 0 {
		return nil, ErrIndex
	}
	x, err := openIndex(start, index)
	if err != nil {
		return nil, err
	}
	d := x.document()
	d.fetched = newFetched(x.size, text, nil)
	return d, nil
}

// FetchIndex reads what has not been read of the index and looks at all of it. After
// it, Summaries and Warnings are complete. The errors are UNAVAILABLE and ErrIndex.
func (d *Document) FetchIndex() error {
	x, ok := d.dir.(*indexed)
	if !ok || x.sound.Load() {
		return nil
	}
	if _, err := x.bytes.view(rawjson.Span{Start: 0, End: x.bytes.size}, 0); err != nil {
		return d.unreadable(err)
	}
	for _, table := range x.tables {
		for _, b := range table {
			if _, err := x.packed(b, 0); err != nil {
				return err
			}
		}
	}
	x.sound.Store(true)
	return nil
}

// IndexFetched tells that FetchIndex has nothing to do.
func (d *Document) IndexFetched() bool {
	x, ok := d.dir.(*indexed)
	return !ok || x.sound.Load()
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
