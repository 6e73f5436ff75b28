package catalog

import (
	"errors"
)

// Layout is the name and version of what Encode writes. It goes up with every change
// of the layout, and with every change of what is read from a document: stems, weights,
// fields. TestLayout tells when.
const Layout = "apiq-catalogue/1\n"

// ErrStored reports a stored catalogue that is damaged, of another layout or of
// another document. It can be read from the document again.
var ErrStored = errors.New("catalog: the stored catalogue cannot be used")

// ErrLarge reports a catalogue that is not stored, as it is beyond the limits.
var ErrLarge = errors.New("catalog: the catalogue is too large to be stored")

// A stored catalogue is the layout's name, a checksum (CRC-32C) of all that follows,
// the lengths of the head, packed and unpacked, and then what is packed (gzip): the
// head, the postings, the names of fields, other texts, the producers, and the blocks
// of answers and of operations. Head and postings are read when a catalogue is opened:
// with them operations are found. The others are read when an operation is asked for.
//
// Numbers are of variable length. Nothing in it is nested, and each of its tables is
// bounded by the limits below, so that what it becomes in memory is, too.
const (
	blockText = 16 << 10 // after how many bytes a block ends
	mostBlock = 4 << 20  // of one block, unpacked
	mostText  = 32 << 20 // of the head, the names, the texts and the producers, each
	mostOps   = 1 << 17
	mostStems = 1 << 18
	mostNames = 1 << 18
	// deflateMost is how many bytes one byte of deflate can become (RFC 1951).
	deflateMost = 1032
)

// Parts of a stored catalogue that are in one piece.
const (
	partPostings = iota
	partNames
	partTexts
	partProducers
	partCount
)

// Tables of a stored catalogue, which are in blocks.
const (
	tableAnswers = iota
	tableOps
	tableCount
)

// packed says where a part or a block lies.
type packed struct {
	at, packed, size int
	count            int // of its records
}
