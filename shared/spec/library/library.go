package library

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"runtime/debug"
	"sync"
	"time"

	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/blob"
	"github.com/apiq/apiq/shared/spec"
	"github.com/apiq/apiq/shared/table"
)

// ErrLarge is returned to a caller that asked to be let go when the document
// turned out to be large. The fetch goes on; a later Fetch joins it or finds it
// done. With Options.Tied it has ended, unless others wait for it, and nothing of
// it is stored.
var ErrLarge = errors.New("library: the document is large")

// Client makes requests through the egress guard, follows redirects hop by hop,
// and leaves content codings alone. A refused address is an EGRESS_BLOCKED error.
type Client interface {
	Do(req *http.Request) (*http.Response, error)
}

// Blobs is the part of the blob store that documents are kept in.
type Blobs interface {
	Put(ctx context.Context, name string, r io.Reader) (blob.Info, error)
	Create(ctx context.Context, name string, r io.Reader) (blob.Info, error)
	Get(ctx context.Context, name string) (io.ReadCloser, blob.Info, error)
	GetRange(ctx context.Context, name string, offset, length int64) (io.ReadCloser, error)
	Delete(ctx context.Context, name string) error
}

// Trail is the part of the audit trail that the library writes to.
type Trail interface {
	Commit(ctx context.Context, ops []table.Op, e audit.Entry) error
	Note(ctx context.Context, e audit.Entry) error
}

// Options of a Library.
type Options struct {
	// TTL is how long a fetched document counts as fresh (SPEC_CACHE_TTL_HOURS).
	// Negative: never. Defaults to 24 hours.
	TTL time.Duration
	// MaxBytes is the largest document, unpacked (SPEC_MAX_BYTES). Defaults to 64 MiB.
	MaxBytes int64
	// FetchTimeout bounds a whole fetch, body and redirects included
	// (SPEC_FETCH_TIMEOUT_SECONDS). Defaults to 10 seconds.
	FetchTimeout time.Duration
	// LargeBytes is above how many unpacked bytes a document counts as large.
	// Defaults to 5 MiB.
	LargeBytes int64
	// OpenBytes bounds the parsed documents kept in memory. Defaults to 256 MiB.
	OpenBytes int64
	// Fetches is how many fetches run at once; as many as 16 times more wait.
	// Defaults to 8.
	Fetches int
	// Parses is how many documents are parsed at once, which bounds memory.
	// Defaults to 2.
	Parses int
	// External bounds the documents that a document refers to. Defaults to those of
	// spec.BundleOptions.
	External spec.BundleOptions
	// Tied ends a fetch with the last caller who waits for it, unless it is storing
	// its document already. It is for processes that stand still between requests,
	// where what goes on after an answer may never end. Defaults to false: a fetch
	// goes on when its callers are gone.
	Tied bool
	// Imported is told of each document that was imported, in its workspace, once it is
	// stored and before the import ends. It must not keep the import from ending well.
	// Defaults to nobody.
	Imported func(ctx context.Context, doc *spec.Document)
	// Now is the clock. Defaults to time.Now.
	Now func() time.Time
	// Log receives causes that no answer holds. Defaults to slog.Default().
	Log *slog.Logger
}

// Library keeps the documents of all workspaces apart by the one in the context.
// It is safe for concurrent use.
type Library struct {
	client Client
	table  *table.Store
	blobs  Blobs
	trail  Trail
	o      Options

	open    *opened
	flights flights
	fetches chan struct{}
	parses  chan struct{}

	// life ends the fetches under way when the library is closed.
	life context.Context
	end  context.CancelFunc
	busy sync.WaitGroup
}

// New makes a Library. Close it before its stores.
func New(client Client, store *table.Store, blobs Blobs, trail Trail, opts *Options) *Library {
	o := Options{}
	if opts != nil {
		o = *opts
	}
	o.setDefaults()
	l := &Library{
		client: client, table: store, blobs: blobs, trail: trail, o: o,
		open:    newOpened(o.OpenBytes),
		fetches: make(chan struct{}, o.Fetches),
		parses:  make(chan struct{}, o.Parses),
	}
	l.flights.byKey = make(map[string]*flight)
	l.life, l.end = context.WithCancel(context.Background())
	return l
}

// Close ends the fetches under way and waits for them.
func (l *Library) Close() {
	l.end()
	l.busy.Wait()
}

func (o *Options) setDefaults() {
	if o.TTL == 0 {
		o.TTL = 24 * time.Hour
	}
	if o.MaxBytes <= 0 {
		o.MaxBytes = 64 << 20
	}
	if o.FetchTimeout <= 0 {
		o.FetchTimeout = 10 * time.Second
	}
	if o.LargeBytes <= 0 {
		o.LargeBytes = 5 << 20
	}
	if o.OpenBytes <= 0 {
		o.OpenBytes = 256 << 20
	}
	if o.Fetches <= 0 {
		o.Fetches = 8
	}
	if o.Parses <= 0 {
		o.Parses = 2
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
}

// Large says whether a document of so many bytes is to be imported in the background.
func (l *Library) Large(bytes int64) bool { return bytes > l.o.LargeBytes }

// MaxBytes is the largest document, unpacked.
func (l *Library) MaxBytes() int64 { return l.o.MaxBytes }

// parse runs the parser, a few at a time, and adds to cost what that took.
func (l *Library) parse(ctx context.Context, cost *Figures, raw []byte) (doc *spec.Document, err error) {
	defer recovered(&err)
	select {
	case l.parses <- struct{}{}:
		defer func() { <-l.parses }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	start, stop := l.o.Now(), watchHeap()
	defer func() {
		cost.ParseMS += milliseconds(l.o.Now().Sub(start))
		cost.PeakHeapBytes = max(cost.PeakHeapBytes, stop())
	}()
	return spec.Parse(ctx, raw, &spec.ParseOptions{MaxBytes: l.o.MaxBytes})
}

// recovered turns a panic into an error: documents are hostile, and a fetch runs
// where no one else would catch it.
func recovered(err *error) {
	if r := recover(); r != nil {
		*err = fmt.Errorf("library: panic: %v\n%s", r, debug.Stack())
	}
}
