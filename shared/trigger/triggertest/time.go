package triggertest

import (
	"sync"
	"time"
)

// Time is a clock that stands still until it is moved.
type Time struct {
	mu     sync.Mutex
	now    time.Time
	timers map[*timer]bool
}

type timer struct {
	at time.Time
	c  chan time.Time
}

// NewTime makes a Time that shows now.
func NewTime(now time.Time) *Time { return &Time{now: now, timers: map[*timer]bool{}} }

// Now is what it shows.
func (t *Time) Now() time.Time {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.now
}

// Timer gives a channel that receives once the clock has been moved by d, and what
// gives it up.
func (t *Time) Timer(d time.Duration) (<-chan time.Time, func()) {
	t.mu.Lock()
	defer t.mu.Unlock()
	w := &timer{at: t.now.Add(d), c: make(chan time.Time, 1)}
	if d <= 0 {
		w.c <- t.now
		return w.c, func() {}
	}
	t.timers[w] = true
	return w.c, func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		delete(t.timers, w)
	}
}

// Set moves the clock; timers that come due go off.
func (t *Time) Set(now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.now = now
	for w := range t.timers {
		if !w.at.After(now) {
			w.c <- now
			delete(t.timers, w)
		}
	}
}

// Add moves the clock on.
func (t *Time) Add(d time.Duration) { t.Set(t.Now().Add(d)) }
