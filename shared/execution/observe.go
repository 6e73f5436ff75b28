package execution

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/apiq/apiq/shared/pause"
)

// observed is what was reported and is to be logged: runs that the engine moved on,
// each at most once, and attempts of their calls, in order.
type observed struct {
	mu      sync.Mutex
	pending map[string]context.Context
	busy    map[string]bool // runs whose log is being written
	reports map[string][]report
	wake    chan struct{}
	on      bool
}

func newObserved() *observed {
	return &observed{pending: map[string]context.Context{}, busy: map[string]bool{}, reports: map[string][]report{}, wake: make(chan struct{}, 1)}
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

// Observe is the engine's Observer: it only notes the run.
func (s *Service) Observe(ctx context.Context, run string) {
	s.observed.mu.Lock()
	s.observed.pending[run] = context.WithoutCancel(ctx)
	s.observed.mu.Unlock()
	s.observed.signal()
}

// report notes an attempt, and says whether somebody will log it.
func (o *observed) report(ctx context.Context, run string, e Event) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.reports[run]) < maxReports {
		o.reports[run] = append(o.reports[run], report{Event: e})
	}
	if o.on {
		o.pending[run] = ctx
		o.signal()
	}
	return o.on
}

// attempts takes what was reported of a run's calls; restore gives back what could
// not be logged.
func (o *observed) attempts(run string) []report {
	o.mu.Lock()
	defer o.mu.Unlock()
	out := o.reports[run]
	delete(o.reports, run)
	return out
}

func (o *observed) restore(run string, reports []report) {
	if len(reports) == 0 {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.reports[run] = append(reports, o.reports[run]...)
}

// waits says whether attempts of a run wait to be logged.
func (o *observed) waits(run string) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.reports[run]) > 0
}

func (o *observed) signal() {
	select {
	case o.wake <- struct{}{}:
	default:
	}
}

// take gives the runs that wait and whose log nobody is writing; done ends that.
func (o *observed) take() map[string]context.Context {
	o.mu.Lock()
	defer o.mu.Unlock()
	out := make(map[string]context.Context, len(o.pending))
	for run, ctx := range o.pending {
		if !o.busy[run] {
			o.busy[run], out[run] = true, ctx
			delete(o.pending, run)
		}
	}
	return out
}

func (o *observed) done(run string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	delete(o.busy, run)
	if _, again := o.pending[run]; again {
		o.signal()
	}
}

const (
	// syncAtOnce logs are written at once, so that they share a commit.
	syncAtOnce = 16
	// gather is how long reports are gathered after some were logged: of a run that
	// moves on faster, several steps are one write. Nobody waits for it but readers.
	// Where many runs move on at once it is longer, up to gatherMax.
	gather    = 40 * time.Millisecond
	gatherMax = 160 * time.Millisecond
	// gatherRuns is how many runs make it once as long again.
	gatherRuns = 8
	// lastWords bounds the writing of what was reported before the end.
	lastWords = 5 * time.Second
)

// Run follows the engine's reports until ctx ends. What was reported by then is logged
// before it returns.
func (s *Service) Run(ctx context.Context) error {
	s.observed.set(true)
	defer s.lastRound(ctx)
	defer s.observed.set(false)
	var logs errgroup.Group
	logs.SetLimit(syncAtOnce)
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case <-s.observed.wake:
			runs := s.round(&logs)
			_ = pause.For(ctx, min(gather*time.Duration(1+runs/gatherRuns), gatherMax)) // the loop sees its end
		}
	}
	return errors.Join(logs.Wait(), ctx.Err())
}

// round writes the logs of the runs that wait, and tells how many.
func (s *Service) round(logs *errgroup.Group) int {
	waiting := s.observed.take()
	for run, runCtx := range waiting {
		logs.Go(func() error {
			defer s.observed.done(run)
			if err := s.Sync(runCtx, run); err != nil && !errors.Is(err, context.Canceled) {
				s.later(runCtx, run, err)
			}
			return nil
		})
	}
	return len(waiting)
}

// lastRound logs what was reported while the service was about to end.
func (s *Service) lastRound(ctx context.Context) {
	var logs errgroup.Group
	logs.SetLimit(syncAtOnce)
	for run, runCtx := range s.observed.take() {
		logs.Go(func() error {
			defer s.observed.done(run)
			runCtx, cancel := context.WithTimeout(runCtx, lastWords)
			defer cancel()
			if _, err := s.catchUp(runCtx, run); err != nil {
				s.log.DebugContext(ctx, "a log ends early; the next start goes on with it", "execution", run, "err", err)
			}
			return nil
		})
	}
	_ = logs.Wait() // the faults are told
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
