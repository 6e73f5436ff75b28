package execution

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
)

// observed is the queue of runs that the engine reported to have moved on: each
// waits in it at most once.
type observed struct {
	mu      sync.Mutex
	pending map[string]context.Context
	wake    chan struct{}
	on      bool
}

func (o *observed) running() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.on
}

func (o *observed) set(on bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.on = on
}

func newObserved() *observed {
	return &observed{pending: map[string]context.Context{}, wake: make(chan struct{}, 1)}
}

// Observe is the engine's Observer: it only notes the run.
func (s *Service) Observe(ctx context.Context, run string) {
	s.observed.mu.Lock()
	s.observed.pending[run] = context.WithoutCancel(ctx)
	s.observed.mu.Unlock()
	s.observed.signal()
}

func (o *observed) signal() {
	select {
	case o.wake <- struct{}{}:
	default:
	}
}

func (o *observed) take() (run string, ctx context.Context, ok bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for run, ctx = range o.pending {
		delete(o.pending, run)
		return run, ctx, true
	}
	return "", nil, false
}

// syncWorkers follow runs at once; each run by one at a time.
const syncWorkers = 4

// Run follows the engine's reports until ctx ends.
func (s *Service) Run(ctx context.Context) error {
	s.observed.set(true)
	defer s.observed.set(false)
	var workers errgroup.Group
	for range syncWorkers {
		workers.Go(func() error {
			for {
				select {
				case <-ctx.Done():
					return ctx.Err()
				case <-s.observed.wake:
				}
				s.drain(ctx)
			}
		})
	}
	return workers.Wait()
}

func (s *Service) drain(ctx context.Context) {
	for ctx.Err() == nil {
		run, runCtx, ok := s.observed.take()
		if !ok {
			return
		}
		s.observed.signal() // another worker may take the next
		if err := s.Sync(runCtx, run); err != nil && !errors.Is(err, context.Canceled) {
			s.later(runCtx, run, err)
		}
	}
}

// again is how long what could not be done rests.
const again = 5 * time.Second

// later does for a run, a little later, what could not be done now: what was
// promised, what was decided, what is to be logged. A start of the process does
// the same.
func (s *Service) later(ctx context.Context, run string, cause error) {
	level := slog.LevelError
	if errors.Is(cause, errTaken) {
		level = slog.LevelDebug
	}
	s.log.Log(ctx, level, "something of a run is left undone; it is tried again in a moment", "execution", run, "err", cause)
	ctx = context.WithoutCancel(ctx)
	time.AfterFunc(again, func() {
		if !s.observed.running() {
			return
		}
		if err := s.resume(ctx, run); err != nil {
			s.later(ctx, run, err)
		}
	})
}
