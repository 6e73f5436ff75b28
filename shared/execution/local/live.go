package local

import (
	"context"
	"sync"
	"time"

	"github.com/apiq/apiq/shared/execution/local/asl"
)

// live is a run in memory: while somebody holds it.
type live struct {
	key  runKey
	refs int // guarded by Engine.mu

	mu   sync.Mutex
	run  *asl.Run // nil until loaded, and after a write that failed
	head head
	// seq is the next batch's number; batches are in order, and folded only once the
	// run has ended.
	seq int
	// open is the run's record among those under way, as stored.
	open openRecord
	// calls are the functions that this process has called, by scheduling event.
	calls map[int64]bool
}

// with holds a run, loaded, for the length of fn. One fn at a time has it.
func (e *Engine) with(ctx context.Context, key runKey, fn func(*live) error) error {
	l := e.hold(key)
	defer e.drop(l)
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.run == nil {
		if err := e.load(ctx, l); err != nil {
			return err
		}
	}
	return fn(l)
}

func (e *Engine) hold(key runKey) *live {
	e.mu.Lock()
	defer e.mu.Unlock()
	l := e.live[key]
	if l == nil {
		l = &live{key: key, calls: map[int64]bool{}}
		e.live[key] = l
	}
	l.refs++
	return l
}

func (e *Engine) drop(l *live) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if l.refs--; l.refs == 0 {
		delete(e.live, l.key)
	}
}

// parked says whether a run has nothing for this process to do but to wait.
func (l *live) parked() bool {
	for _, w := range l.run.Tasks() {
		if !w.Submitted {
			return false
		}
	}
	return true
}

// drive moves a run on as far as it goes now, and calls the functions that it
// then needs.
//
// It is not cut short by its caller's leaving: half way would be no place to rest.
// A run that the table fails is driven again a little later.
func (e *Engine) drive(ctx context.Context, l *live) (err error) {
	ctx = context.WithoutCancel(ctx)
	defer func() {
		if err != nil {
			l.run = nil
			e.timers.set(l.key, e.opts.Now().Add(retryAfter))
		}
	}()
	for more := true; more; {
		now := e.opts.Now()
		if more, err = l.run.Advance(ctx, now); err != nil {
			return err
		}
		if err := e.markStarted(l, now); err != nil {
			return err
		}
		if err := e.commit(ctx, l, !more); err != nil {
			return err
		}
	}
	var due time.Time
	if l.run.Status() == asl.Running {
		due = l.run.NextDue()
		for _, w := range l.run.Tasks() {
			e.call(l, w)
		}
	}
	e.timers.set(l.key, due)
	return nil
}

// markStarted journals, with what led to them, that functions are about to be called.
func (e *Engine) markStarted(l *live, now time.Time) error {
	for _, w := range l.run.Tasks() {
		if !w.Started {
			if err := l.run.TaskStarted(w, now); err != nil {
				return err
			}
		}
	}
	return nil
}
