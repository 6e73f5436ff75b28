package library

import (
	"context"
	"time"

	"github.com/apiq/apiq/shared/spec"
)

// Figures are what an import of a document cost: its reading and storing, once.
// What is taken from the cache later keeps the figures of the import that put it
// there.
type Figures struct {
	At time.Time `json:"at"` // when it was stored
	// FetchMS is how long the document took to arrive, and those it refers to, one
	// after the other; 0 for an upload that refers to none.
	FetchMS int64 `json:"fetchMs"`
	// ParseMS is how long it took to read it as OpenAPI and to index its operations,
	// without the wait for its turn.
	ParseMS int64 `json:"parseMs"`
	StoreMS int64 `json:"storeMs"` // packing included
	// Bytes is what came, unpacked: the document and those it refers to.
	Bytes int64 `json:"bytes"`
	// JSONBytes is the same document as JSON, as one.
	JSONBytes int64 `json:"jsonBytes"`
	// StoredBytes is what it takes in the store, packed: as JSON, as it came where that
	// differs, and its index. It counts where the same lay there already, too.
	StoredBytes int64 `json:"storedBytes"`
	// PeakHeapBytes is how far the objects on the heap of the process rose at most while
	// the document was parsed and indexed, sampled every two milliseconds: what the parser
	// had allocated and the garbage collector not yet taken back. It is a measure of the
	// process, not of the import alone: what else ran at the time is in it, another parse
	// included (Options.Parses), and the same document gives more where the collector is
	// less in a hurry, even 0 for a small one. The bytes that came are not in it, since
	// they were there before, nor is memory outside the heap or free on it.
	PeakHeapBytes int64 `json:"peakHeapBytes"`
}

// file stores a parsed document, completes the figures of its import, and tells of it.
func (l *Library) file(ctx context.Context, f *Figures, doc *spec.Document, raw []byte) error {
	start := l.o.Now()
	stored, err := l.keep(ctx, doc, raw)
	f.At = l.o.Now().UTC()
	f.StoreMS = milliseconds(f.At.Sub(start))
	f.JSONBytes, f.StoredBytes = int64(doc.Size()), stored
	if err == nil && l.o.Imported != nil {
		l.o.Imported(ctx, doc)
	}
	return err
}
