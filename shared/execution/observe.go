package execution

import (
	"context"
	"errors"
	"sync"

	"golang.org/x/sync/errgroup"
)

// observed is the queue of runs that the engine reported to have moved on: each
// waits in it at most once.
type observed struct {
	mu      sync.Mutex
	pending map[string]context.Context
	wake    chan struct{}
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
			s.log.ErrorContext(runCtx, "run's log is behind; its next step catches up", "execution", run, "err", err)
		}
	}
}
