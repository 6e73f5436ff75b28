package library

import (
	"context"
	"sync"
	"time"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/tenant"
)

// Progress is how far a fetch has come.
type Progress struct {
	Stage   string // fetching, parsing, storing
	Percent int    // of the whole, 0–100, never falling
}

// flight is one fetch that any number of callers wait for.
type flight struct {
	done   chan struct{} // closed at the end; result and err are set before
	large  chan struct{} // closed when the document turns out to be large
	once   sync.Once
	result Result
	err    error

	mu       sync.Mutex
	progress Progress
	moved    chan struct{} // closed and replaced at each change of progress
}

// flights are the fetches under way, by workspace and URL.
type flights struct {
	mu    sync.Mutex
	byKey map[string]*flight
}

// waitingFactor is how many fetches may wait for each that may run.
const waitingFactor = 16

// join returns the fetch of a URL that is under way, or starts it. It goes on
// when its callers are gone, until the library is closed; its own time limit and
// the bounds of the parser end it.
func (l *Library) join(ctx context.Context, workspace, url string, revalidate bool) (*flight, error) {
	key := workspace + "/" + url
	l.flights.mu.Lock()
	defer l.flights.mu.Unlock()
	if f, ok := l.flights.byKey[key]; ok {
		return f, nil
	}
	if len(l.flights.byKey) >= waitingFactor*cap(l.fetches) {
		busy := apierr.New(apierr.RateLimited, "Too many documents are being fetched at this moment. Try again in a little while.")
		busy.RetryAfter = 5 * time.Second
		return nil, busy
	}
	if err := l.life.Err(); err != nil {
		return nil, err
	}
	f := &flight{done: make(chan struct{}), large: make(chan struct{}), moved: make(chan struct{})}
	l.flights.byKey[key] = f
	// Only who and whose is carried over: the rest of the context is the request's.
	own := tenant.WithActor(tenant.With(l.life, workspace), tenant.ActorFrom(ctx))
	l.busy.Go(func() {
		f.result, f.err = l.fly(own, f, url, revalidate)
		l.flights.mu.Lock()
		delete(l.flights.byKey, key)
		l.flights.mu.Unlock()
		close(f.done)
	})
	return f, nil
}

// wait follows a fetch to its end, or to where the caller is let go.
func (f *flight) wait(ctx context.Context, req Request) (Result, error) {
	var large <-chan struct{}
	if req.LetGo {
		large = f.large
	}
	var last Progress
	for {
		p, moved := f.at()
		if req.Progress != nil && p != last {
			req.Progress(p)
			last = p
		}
		if req.Progress == nil {
			moved = nil
		}
		select {
		case <-f.done:
			return f.result, f.err
		case <-large:
			return Result{}, ErrLarge
		case <-ctx.Done():
			return Result{}, ctx.Err()
		case <-moved:
		}
	}
}

func (f *flight) at() (Progress, <-chan struct{}) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.progress, f.moved
}

func (f *flight) move(stage string, percent int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	p := Progress{Stage: stage, Percent: max(percent, f.progress.Percent)}
	if p == f.progress {
		return
	}
	f.progress = p
	close(f.moved)
	f.moved = make(chan struct{})
}

// Shares of the whole, as felt: the network takes longest, storing is short.
const (
	percentFetched = 60
	percentParsed  = 90
)

// fetched is told how much of the body has been read; total is -1 where unknown,
// and then the share approaches its end without reaching it.
func (f *flight) fetched(done, total, large int64) {
	if max(done, total) > large {
		f.once.Do(func() { close(f.large) })
	}
	share := int64(0)
	switch {
	case total > 0:
		share = percentFetched * done / total
	case done > 0:
		share = percentFetched * done / (done + large)
	}
	f.move("fetching", int(min(share, percentFetched)))
}
