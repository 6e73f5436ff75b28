package asl

import (
	"errors"
	"time"

	"github.com/apiq/apiq/shared/expr"
)

// Stop ends a run from outside. Ended runs stay as they are.
func (r *Run) Stop(name, cause string, now time.Time) {
	if r.status != Running {
		return
	}
	r.now = now
	f := &Failure{name, cause}
	r.emit(nil, "ExecutionAborted", "executionAbortedEventDetails", failureDetails(f), func(e *Entry) { e.Failure = f })
}

// ErrNotEnded: only a run that ended badly can be redriven.
var ErrNotEnded = errors.New("asl: run is going on, or ended well")

// Redrive continues an ended run from the states that did not succeed. States
// that succeeded, in branches and iterations too, keep their results.
func (r *Run) Redrive(now time.Time) error {
	if r.status == Running || r.status == Succeeded || r.status == "" {
		return ErrNotEnded
	}
	if r.lastID >= MaxEvents-1 {
		return ErrNotEnded
	}
	r.now = now
	r.emit(nil, "ExecutionRedriven", "executionRedrivenEventDetails", expr.Object("redriveCount", float64(r.redrives+1)), nil)
	return r.broken
}

func (r *Run) applyRedriven(e *Entry) {
	r.redrives++
	r.redriven = e.At
	r.status, r.failure, r.endedAt = Running, nil, time.Time{}
	if s := r.machine.TimeoutSeconds; s > 0 {
		r.deadline = e.At.Add(seconds(s))
	}
	revive(r.root)
}

// revive takes a thread that did not end well back to where its state begins.
func revive(t *thread) {
	switch {
	case t.phase == phaseReady, t.phase == phaseDone:
		return
	case t.state == nil:
		t.phase = phaseReady
		return
	}
	t.failure, t.task, t.noted, t.attempts = nil, nil, false, 0
	for i := range t.retries {
		t.retries[i] = 0
	}
	switch {
	case t.phase == phaseWaiting && !t.due.IsZero():
		return
	case t.result != nil: // the task itself succeeded; what follows it did not
		t.phase = phaseSettled
		return
	}
	t.phase = phaseEntered
	if len(t.kids) == 0 {
		return
	}
	t.phase = phaseChildren
	for _, k := range t.kids {
		if k.phase == phaseDone {
			continue
		}
		if k.accounted {
			k.accounted = false
			t.finished--
		}
		revive(k)
	}
	t.failures = 0
}
