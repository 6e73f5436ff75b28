package spec

import (
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/spec/internal/rawjson"
)

// Blocks gives the bytes of something stored in blocks of Size, the last one
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

// fetched is what has been read of something stored. Nothing has its place in
// memory before it is read: clearing that of a large document would cost more than
// all else that one operation takes.
type fetched struct {
	size   int
	blocks Blocks
	runs   atomic.Pointer[[]run] // replaced, never changed

	mu    sync.Mutex
	reads int
}

// run is a stretch that lies in memory in one piece, from a block's start to a
// block's end.
type run struct {
	at    int
	bytes []byte
}

func (r *run) holds(at rawjson.Span) bool { return r.at <= at.Start && at.End <= r.at+len(r.bytes) }

// newFetched begins with what has been read already, from the first byte on.
func newFetched(size int, b Blocks, start []byte) *fetched {
	f := &fetched{size: size, blocks: b}
	if len(start) < size {
		start = start[:len(start)-len(start)%b.Size]
	}
	f.runs.Store(&[]run{{0, start}})
	return f
}

// view gives a span's bytes, without copying them where they lie together. Where
// they have to be read, so are as many as ahead behind them. An error is that of
// Read; the next call tries again.
func (f *fetched) view(at rawjson.Span, ahead int) ([]byte, error) {
	if b := f.held(at); b != nil {
		return b, nil
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if b := f.held(at); b != nil { // another was faster
		return b, nil
	}
	first, last := at.Start/f.blocks.Size, (min(at.End+ahead, f.size)-1)/f.blocks.Size
	if f.reads++; f.reads > maxSingleReads {
		first, last = 0, (f.size-1)/f.blocks.Size
	}
	joined, err := f.join(first, last)
	if err != nil {
		return nil, err
	}
	runs := []run{joined}
	for _, r := range *f.runs.Load() {
		if !joined.holds(rawjson.Span{Start: r.at, End: r.at + len(r.bytes)}) {
			runs = append(runs, r)
		}
	}
	f.runs.Store(&runs)
	return f.held(at), nil
}

// held is a span's bytes where they lie in memory together, else nil.
func (f *fetched) held(at rawjson.Span) []byte {
	if at.End <= at.Start {
		return []byte{}
	}
	for _, r := range *f.runs.Load() {
		if r.holds(at) {
			return rawjson.Span{Start: at.Start - r.at, End: at.End - r.at}.Of(r.bytes)
		}
	}
	return nil
}

// join makes one run of blocks, and reads what no other run has.
func (f *fetched) join(first, last int) (run, error) {
	size := f.blocks.Size
	start, end := first*size, min((last+1)*size, f.size)
	out := run{at: start, bytes: make([]byte, end-start)}
	for first <= last {
		n := 0
		for ; first+n <= last; n++ {
			block := rawjson.Span{Start: (first + n) * size, End: min((first+n+1)*size, f.size)}
			if b := f.held(block); b != nil {
				copy(out.bytes[block.Start-start:], b)
				break
			}
		}
		if n > 0 {
			dst := out.bytes[first*size-start : min((first+n)*size, f.size)-start]
			if err := f.blocks.Read(first, first+n-1, dst); err != nil {
				return run{}, fmt.Errorf("spec: read blocks %d to %d: %w", first, first+n-1, err)
			}
		}
		first += n + 1
	}
	return out, nil
}

// view gives a span of the document. The error is UNAVAILABLE.
func (d *Document) view(at rawjson.Span) ([]byte, error) {
	if d.fetched == nil {
		return at.Of(d.json), nil
	}
	b, err := d.fetched.view(at, 0)
	if err != nil {
		return nil, d.unreadable(err)
	}
	return b, nil
}

// unreadable makes the error of a read that failed, and remembers it.
func (d *Document) unreadable(cause error) error {
	err := apierr.Wrap(apierr.Unavailable, "The stored document of the API cannot be read at the moment.", cause)
	d.failure.Store(err)
	return err
}
