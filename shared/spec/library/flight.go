package library

import (
	"context"
	"errors"
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

	key     string
	end     context.CancelFunc
	waiting int // callers, under the lock of flights

	mu       sync.Mutex
	stored   bool // the document is being stored, or was: too late to abandon it
	gone     bool // abandoned: it must not be stored any more
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

// join returns the fetch of a URL that is under way, or starts it; leave must
// follow. It goes on when its callers are gone, unless the library is tied to
// them, until the library is closed; its own time limit and the bounds of the
// parser end it.
func (l *Library) join(ctx context.Context, workspace, url string, revalidate bool) (*flight, error) {
	key := workspace + "/" + url
	l.flights.mu.Lock()
	defer l.flights.mu.Unlock()
	if f, ok := l.flights.byKey[key]; ok {
		f.waiting++
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
	f := &flight{done: make(chan struct{}), large: make(chan struct{}), moved: make(chan struct{}), key: key, waiting: 1}
	l.flights.byKey[key] = f
	// Only who and whose is carried over: the rest of the context is the request's.
	own, end := context.WithCancel(tenant.WithActor(tenant.With(l.life, workspace), tenant.ActorFrom(ctx)))
	f.end = end
	l.busy.Go(func() {
		defer end()
		f.result, f.err = l.fly(own, f, url, revalidate)
		l.flights.mu.Lock()
		l.flights.remove(f)
		l.flights.mu.Unlock()
		close(f.done)
	})
	return f, nil
}

// remove takes a fetch off, unless another has taken its place. The lock is held.
func (s *flights) remove(f *flight) {
	if s.byKey[f.key] == f {
		delete(s.byKey, f.key)
	}
}

// leave ends a caller's waiting, which gave res and err, and says what it gets.
// Where the library is tied to its callers the last one takes the fetch along,
// and has it ended by the time it is answered.
func (l *Library) leave(ctx context.Context, f *flight, res Result, err error) (Result, error) {
	l.flights.mu.Lock()
	f.waiting--
	last := l.o.Tied && f.waiting == 0
	abandoned := last && f.abandon()
	if abandoned {
		l.flights.remove(f) // who comes now starts anew
	}
	l.flights.mu.Unlock()
	switch {
	case abandoned:
		f.end()
		<-f.done
	case last && errors.Is(err, ErrLarge): // storing already, which does not take long
		select {
		case <-f.done:
			return f.result, f.err
		case <-ctx.Done():
			return Result{}, ctx.Err()
		}
	}
	return res, err
}

// store says that the document is being stored from now on, unless the fetch has
// been abandoned: nothing is ever stored by half.
func (f *flight) store() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.stored = !f.gone
	return f.stored
}

// abandon keeps the fetch from storing anything, unless it has begun to.
func (f *flight) abandon() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.gone = !f.stored
	return f.gone
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
