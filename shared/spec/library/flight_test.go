package library_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/spec/library"
)

// TestOneFetchForMany: whoever asks while a fetch is under way waits for it.
func TestOneFetchForMany(t *testing.T) {
	t.Parallel()
	var requests atomic.Int64
	reached, release := make(chan struct{}), make(chan struct{})
	url := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		if requests.Add(1) == 1 {
			close(reached)
		}
		<-release
		_, _ = w.Write([]byte(petsYAML))
	})
	h, ctx := newHome(t, library.Options{}), in(t, "wsp_a")
	var wg sync.WaitGroup
	gone, leave := context.WithCancel(ctx)
	errs := make(chan error, 21)
	ask := func(ctx context.Context) {
		wg.Go(func() { _, err := h.Fetch(ctx, library.Request{URL: url}); errs <- err })
	}
	ask(gone)
	<-reached
	for range 20 {
		ask(ctx)
	}
	leave() // the one that started it goes: the others must not notice
	if err := <-errs; !errors.Is(err, context.Canceled) {
		t.Errorf("the one that left got %v", err)
	}
	close(release)
	wg.Wait()
	for range 20 {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
	if n := requests.Load(); n != 1 {
		t.Errorf("%d requests", n)
	}
}

// TestLetGo: a caller that asked for it is let go when a document turns out to be
// large, and finds it later without another request.
func TestLetGo(t *testing.T) {
	t.Parallel()
	filler := strings.Repeat("x", 64<<10)
	big := strings.Replace(petsJSON, `"title":"Pets"`, `"title":"Pets","description":"`+filler+`"`, 1)
	var requests atomic.Int64
	release := make(chan struct{})
	url := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		requests.Add(1)
		_, _ = w.Write([]byte(big[:40<<10]))
		w.(http.Flusher).Flush()
		<-release
		_, _ = w.Write([]byte(big[40<<10:]))
	})
	h, ctx := newHome(t, library.Options{LargeBytes: 32 << 10}), in(t, "wsp_a")
	_, err := h.Fetch(ctx, library.Request{URL: url, LetGo: true})
	if !errors.Is(err, library.ErrLarge) {
		t.Fatalf("got %v", err)
	}
	close(release)
	var stages []library.Progress
	res, err := h.Fetch(ctx, library.Request{URL: url, Progress: func(p library.Progress) { stages = append(stages, p) }})
	if err != nil || res.Document.Len() != 1 || requests.Load() != 1 {
		t.Fatalf("%v after %d requests", err, requests.Load())
	}
	for i := 1; i < len(stages); i++ {
		if stages[i].Percent < stages[i-1].Percent {
			t.Errorf("progress went back: %v", stages)
		}
	}
	fetch(t, h, ctx, library.Request{URL: url, LetGo: true}, library.Hit) // stored: large or not
}

// TestClose ends a fetch under way.
func TestClose(t *testing.T) {
	t.Parallel()
	reached := make(chan struct{})
	url := serve(t, func(_ http.ResponseWriter, r *http.Request) { close(reached); <-r.Context().Done() })
	h, ctx := newHome(t, library.Options{FetchTimeout: time.Hour}), in(t, "wsp_a")
	done := make(chan error, 1)
	go func() { _, err := h.Fetch(ctx, library.Request{URL: url}); done <- err }()
	<-reached
	h.Close()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if recs := h.records(t, ctx); len(recs) != 0 {
		t.Errorf("our own end was told as the source's fault: %+v", recs)
	}
	if _, err := h.Fetch(ctx, library.Request{URL: url}); err == nil {
		t.Error("a closed library fetches")
	}
}
