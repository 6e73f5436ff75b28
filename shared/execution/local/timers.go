package local

import (
	"container/heap"
	"context"
	"sync"
	"time"
)

// timers wake runs when they are due. One goroutine serves them all.
type timers struct {
	mu    sync.Mutex
	queue dueQueue
	// due is each run's current time; entries of the queue that differ are stale.
	due  map[runKey]time.Time
	wake chan struct{}
}

type dueEntry struct {
	at  time.Time
	key runKey
}

func newTimers() *timers {
	return &timers{due: map[runKey]time.Time{}, wake: make(chan struct{}, 1)}
}

// set replaces a run's time; the zero time takes it away.
func (t *timers) set(key runKey, at time.Time) {
	t.mu.Lock()
	if at.IsZero() {
		delete(t.due, key)
		t.mu.Unlock()
		return
	}
	if t.due[key].Equal(at) {
		t.mu.Unlock()
		return
	}
	t.due[key] = at
	heap.Push(&t.queue, dueEntry{at, key})
	first := t.queue[0].at.Equal(at)
	t.mu.Unlock()
	if first {
		t.poke()
	}
}

func (t *timers) poke() {
	select {
	case t.wake <- struct{}{}:
	default:
	}
}

// next takes a run that is due, or tells how long there is to wait for one; at
// most an hour, so that a clock that was set is noticed.
func (t *timers) next(now time.Time) (key runKey, wait time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for len(t.queue) > 0 {
		first := t.queue[0]
		current, ok := t.due[first.key]
		if ok && current.Equal(first.at) {
			if now.Before(first.at) {
				return runKey{}, min(first.at.Sub(now), time.Hour)
			}
			delete(t.due, first.key)
			heap.Pop(&t.queue)
			return first.key, 0
		}
		heap.Pop(&t.queue)
	}
	return runKey{}, time.Hour
}

// run fires until ctx ends.
func (t *timers) run(ctx context.Context, now func() time.Time, fire func(runKey)) error {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		key, wait := t.next(now())
		if wait == 0 {
			fire(key)
			continue
		}
		timer.Reset(wait)
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-timer.C:
		case <-t.wake:
		}
	}
}

// dueQueue is a heap by time.
type dueQueue []dueEntry

func (q dueQueue) Len() int           { return len(q) }
func (q dueQueue) Less(i, j int) bool { return q[i].at.Before(q[j].at) }
func (q dueQueue) Swap(i, j int)      { q[i], q[j] = q[j], q[i] }
func (q *dueQueue) Push(x any) {
	if e, ok := x.(dueEntry); ok {
		*q = append(*q, e)
	}
}
func (q *dueQueue) Pop() any {
	last := len(*q) - 1
	e := (*q)[last]
	(*q)[last] = dueEntry{}
	*q = (*q)[:last]
	return e
}
