package spec

import (
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/spec/internal/rawjson"
)

// Blocks gives the bytes of a stored document in blocks of Size, the last one
// shorter. Read fills dst with blocks first to last, both included; it is called by
// one goroutine at a time.
type Blocks struct {
	Size int
	Read func(first, last int, dst []byte) error
}

// maxSingleReads is after how many reads all the rest is read at once: whoever
// follows a schema's references through the whole document should not wait for
// each.
const maxSingleReads = 12

// missing tracks which blocks of a document's bytes are there. The bytes have
// their place in memory from the start, so that spans stay what they are; the
// system gives the memory itself when a block is written.
type missing struct {
	blocks Blocks
	there  []atomic.Bool
	all    atomic.Bool

	mu    sync.Mutex
	reads int
}

func newMissing(size int, b Blocks) *missing {
	m := &missing{blocks: b, there: make([]atomic.Bool, (size+b.Size-1)/b.Size)}
	m.all.Store(size == 0)
	return m
}

// need sees to it that a span of the document can be read. The error is
// UNAVAILABLE; the next call tries again.
func (d *Document) need(at rawjson.Span) error {
	m := d.missing
	if m == nil || m.all.Load() || at.End <= at.Start {
		return nil
	}
	first, last := at.Start/m.blocks.Size, (at.End-1)/m.blocks.Size
	for first <= last && m.there[first].Load() {
		first++
	}
	if first > last {
		return nil
	}
	if err := m.fill(d.json, first, last); err != nil {
		return apierr.Wrap(apierr.Unavailable, "The stored document of the API cannot be read at the moment.", err)
	}
	return nil
}

func (m *missing) fill(text []byte, first, last int) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.reads++; m.reads > maxSingleReads {
		first, last = 0, len(m.there)-1
	}
	for first <= last {
		for first <= last && m.there[first].Load() {
			first++
		}
		end := first
		for end <= last && !m.there[end].Load() {
			end++
		}
		if end == first {
			break
		}
		dst := text[first*m.blocks.Size : min(end*m.blocks.Size, len(text))]
		if err := m.blocks.Read(first, end-1, dst); err != nil {
			return fmt.Errorf("spec: read blocks %d to %d: %w", first, end-1, err)
		}
		for ; first < end; first++ {
			m.there[first].Store(true)
		}
	}
	for i := range m.there {
		if !m.there[i].Load() {
			return nil
		}
	}
	m.all.Store(true)
	return nil
}
