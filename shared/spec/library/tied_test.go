package library_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/apiq/apiq/shared/blob"
	"github.com/apiq/apiq/shared/spec/library"
)

// halves serves a large document in two halves, the second when it is let. ended
// is told when a client goes before.
type halves struct {
	requests atomic.Int64
	reached  chan struct{} // one for each request, after its first half
	release  chan struct{}
	ended    chan struct{}
}

func newHalves() *halves {
	return &halves{reached: make(chan struct{}, 8), release: make(chan struct{}), ended: make(chan struct{}, 8)}
}

func (s *halves) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.requests.Add(1)
	big := strings.Replace(petsJSON, `"title":"Pets"`, `"title":"Pets","description":"`+strings.Repeat("x", 64<<10)+`"`, 1)
	_, _ = w.Write([]byte(big[:40<<10]))
	w.(http.Flusher).Flush()
	s.reached <- struct{}{}
	select {
	case <-s.release:
		_, _ = w.Write([]byte(big[40<<10:]))
	case <-r.Context().Done():
		s.ended <- struct{}{}
	}
}

func tied() library.Options { return library.Options{LargeBytes: 32 << 10, Tied: true} }

// nothing checks that a workspace's library holds nothing, half or whole.
func (h *home) nothing(t *testing.T, ctx context.Context) {
	t.Helper()
	if n := h.objects(t, ctx); n != 0 {
		t.Errorf("%d objects stored", n)
	}
	if list, _, err := h.List(ctx, 10, ""); err != nil || len(list) != 0 {
		t.Errorf("the cache has %v, %v", list, err)
	}
	if recs := h.records(t, ctx); len(recs) != 0 {
		t.Errorf("our own end was told as the source's fault: %+v", recs)
	}
}

// TestTiedLetGo: the last caller who is let go takes the fetch along; nothing of
// it stays, and the next one fetches anew.
func TestTiedLetGo(t *testing.T) {
	t.Parallel()
	src := newHalves()
	url := serve(t, src.ServeHTTP)
	h, ctx := newHome(t, tied()), in(t, "wsp_a")
	if _, err := h.Fetch(ctx, library.Request{URL: url, LetGo: true}); !errors.Is(err, library.ErrLarge) {
		t.Fatalf("got %v", err)
	}
	<-src.ended
	h.nothing(t, ctx)
	close(src.release)
	res, err := h.Fetch(ctx, library.Request{URL: url})
	if err != nil || res.Document.Len() != 1 || src.requests.Load() != 2 {
		t.Errorf("%v after %d requests", err, src.requests.Load())
	}
	fetch(t, h, ctx, library.Request{URL: url, LetGo: true}, library.Hit)
}

// TestTiedCallerGoes: a caller whose request ends takes the fetch along as well.
func TestTiedCallerGoes(t *testing.T) {
	t.Parallel()
	src := newHalves()
	url := serve(t, src.ServeHTTP)
	h := newHome(t, tied())
	ctx, leave := context.WithCancel(in(t, "wsp_a"))
	done := make(chan error, 1)
	go func() { _, err := h.Fetch(ctx, library.Request{URL: url}); done <- err }()
	<-src.reached
	leave()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	<-src.ended
	h.nothing(t, in(t, "wsp_a"))
}

// TestTiedToSeveral: while another waits for the fetch it goes on.
func TestTiedToSeveral(t *testing.T) {
	t.Parallel()
	src := newHalves()
	url := serve(t, src.ServeHTTP)
	h, ctx := newHome(t, tied()), in(t, "wsp_a")
	joined := make(chan struct{})
	var once sync.Once
	first, second := make(chan error, 1), make(chan error, 1)
	go func() {
		_, err := h.Fetch(ctx, library.Request{URL: url, LetGo: true, Progress: func(library.Progress) { <-joined }})
		first <- err
	}()
	<-src.reached
	go func() {
		_, err := h.Fetch(ctx, library.Request{URL: url, Progress: func(library.Progress) { once.Do(func() { close(joined) }) }})
		second <- err
	}()
	if err := <-first; !errors.Is(err, library.ErrLarge) {
		t.Errorf("the one that was let go got %v", err)
	}
	close(src.release)
	if err := <-second; err != nil || src.requests.Load() != 1 {
		t.Errorf("the one that waited got %v after %d requests", err, src.requests.Load())
	}
}

// TestTiedStoring: what is being stored already is stored whole, and the caller
// has it.
func TestTiedStoring(t *testing.T) {
	t.Parallel()
	src := newHalves()
	close(src.release)
	url := serve(t, src.ServeHTTP)
	h, ctx := newHome(t, tied()), in(t, "wsp_a")
	slow := &waiting{Blobs: h.blobs, begun: make(chan struct{})}
	l := h.over(slow)
	t.Cleanup(l.Close)
	// The caller looks only when the document is being stored.
	res, err := l.Fetch(ctx, library.Request{URL: url, LetGo: true, Progress: func(library.Progress) { <-slow.begun }})
	if err != nil || res.Document == nil || res.Document.Len() != 1 {
		t.Fatalf("got %v", err)
	}
	if doc, err := h.Open(ctx, res.Hash); err != nil || doc.Len() != 1 {
		t.Errorf("not stored whole: %v", err)
	}
}

// waiting tells when the first object is stored.
type waiting struct {
	library.Blobs
	begun chan struct{}
	once  sync.Once
}

func (w *waiting) Create(ctx context.Context, name string, r io.Reader) (blob.Info, error) {
	w.once.Do(func() { close(w.begun) })
	return w.Blobs.Create(ctx, name, r)
}
