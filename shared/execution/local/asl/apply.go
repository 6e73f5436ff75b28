package asl

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/apiq/apiq/shared/expr"
)

func untruncated() any { return expr.Object("truncated", false) }

// emit makes an event, applies it, and keeps it for Take. t is nil for events of
// the execution itself.
func (r *Run) emit(t *thread, kind, key string, details any, more func(*Entry)) *Entry {
	e := &Entry{ID: r.lastID + 1, Type: kind, At: r.now, Key: key}
	if t != nil {
		e.Thread, e.Previous = t.id, t.prev
	}
	if more != nil {
		more(e)
	}
	if details != nil {
		raw, err := expr.Encode(details, 0)
		if err != nil {
			r.fail(e, err.Error())
			return e
		}
		e.Details = raw
	}
	r.keep(e)
	return e
}

func (r *Run) keep(e *Entry) {
	r.apply(e)
	r.out = append(r.out, e)
	r.outSize += len(e.Details) + len(e.Data) + 200
}

// note makes a hidden entry.
func (r *Run) note(t *thread, kind string, more func(*Entry)) {
	e := &Entry{Type: kind, At: r.now, Thread: t.id}
	if more != nil {
		more(e)
	}
	r.keep(e)
}

func (r *Run) fail(e *Entry, what string) {
	if r.broken == nil {
		r.broken = fmt.Errorf("%w: entry %d %s of thread %q: %s", ErrJournal, e.ID, e.Type, e.Thread, what)
	}
}

// text reads a string of the details.
func (e *Entry) text(name string) string {
	var d map[string]json.RawMessage
	var s string
	if json.Unmarshal(e.Details, &d) == nil {
		_ = json.Unmarshal(d[name], &s)
	}
	return s
}

// value is the JSON value that a string of the details holds.
func (e *Entry) value(name string) (any, error) {
	if e.decoded != nil {
		return e.decoded, nil
	}
	return expr.Decode(json.RawMessage(e.text(name)))
}

// apply changes the run as an entry says. It is the only place that does.
func (r *Run) apply(e *Entry) {
	if e.ID != 0 {
		if e.ID != r.lastID+1 {
			r.fail(e, "out of order")
			return
		}
		r.lastID = e.ID
	}
	if strings.HasPrefix(e.Type, "Execution") {
		r.applyExecution(e)
		return
	}
	t := r.threads[e.Thread]
	if t == nil {
		r.fail(e, "no such thread")
		return
	}
	var err error
	switch {
	case strings.HasSuffix(e.Type, "StateEntered"):
		err = t.applyEntered(e)
	case strings.HasSuffix(e.Type, "StateExited"):
		err = r.applyExited(t, e)
	case strings.HasPrefix(e.Type, "MapIteration"):
		err = r.applyIteration(t, e)
	case strings.HasPrefix(e.Type, "MapState"), strings.HasPrefix(e.Type, "ParallelState"):
		err = r.applyContainer(t, e)
	case e.Type == "EvaluationFailed", e.Type == NoteErrored:
		t.errored(e)
	case e.Type == NoteRetry:
		t.applyRetry(e)
		r.dropKids(t)
	case e.Type == NoteFailed:
		t.phase, t.failure = phaseFailed, e.Failure
	case e.Type == NoteWaiting:
		t.phase, t.due = phaseWaiting, e.Due
	case e.Type == NoteAborted, strings.HasSuffix(e.Type, "StateAborted"):
		t.phase = phaseAborted
	default:
		err = t.applyTask(e)
	}
	if err != nil {
		r.fail(e, err.Error())
		return
	}
	if e.ID != 0 && !chainless(e.Type) {
		t.prev = e.ID
	}
}

// chainless events are not what their thread's next event follows.
func chainless(kind string) bool {
	return kind == "MapStateSucceeded" || kind == "ParallelStateSucceeded" || strings.HasPrefix(kind, "MapIteration")
}

func (r *Run) applyExecution(e *Entry) {
	switch e.Type {
	case "ExecutionStarted":
		v, err := e.value("input")
		if err != nil {
			r.fail(e, err.Error())
			return
		}
		r.status, r.input, r.startedAt = Running, v, e.At
		if s := r.machine.TimeoutSeconds; s > 0 {
			r.deadline = e.At.Add(seconds(s))
		}
		r.root = &thread{flow: r.machine.top, next: r.machine.top.startAt, data: v}
		r.threads[""] = r.root
		return
	case "ExecutionSucceeded":
		r.status, r.outputRaw = Succeeded, e.text("output")
	case "ExecutionFailed":
		r.status = Failed
	case "ExecutionTimedOut":
		r.status = TimedOut
	case "ExecutionAborted":
		r.status = Aborted
	case "ExecutionRedriven":
		r.applyRedriven(e)
		return
	default:
		r.fail(e, "unknown event")
		return
	}
	r.endedAt, r.failure = e.At, e.Failure
	if r.failure == nil && r.status != Succeeded {
		r.failure = &Failure{Error: e.text("error"), Cause: e.text("cause")}
	}
}

func (t *thread) applyEntered(e *Entry) error {
	name := e.text("name")
	s := t.flow.states[name]
	if s == nil {
		return fmt.Errorf("no state %q", name)
	}
	v, err := e.value("input")
	if err != nil {
		return err
	}
	t.state, t.input, t.entered, t.enteredAt = s, v, e.ID, e.At
	t.phase, t.base, t.attempts, t.noted = phaseEntered, t.prev, 0, false
	t.retries = make([]int, len(s.retry))
	t.task, t.result, t.failure = nil, nil, nil
	if s.kind == "Wait" {
		// AWS names the entry itself as what a failed wait follows.
		t.base = e.ID
		if !e.Due.IsZero() {
			t.phase, t.due = phaseWaiting, e.Due
		}
	}
	return nil
}

func (r *Run) applyExited(t *thread, e *Entry) error {
	v, err := e.value("output")
	if err != nil {
		return err
	}
	assigned := e.assigned
	if assigned == nil {
		if assigned, err = e.assignedVariables(); err != nil {
			return err
		}
	}
	r.assign(t, assigned)
	r.dropKids(t)
	t.data, t.next, t.phase = v, e.Next, phaseReady
	t.state, t.task, t.input, t.result, t.failure = nil, nil, nil, nil, nil
	if e.Next == "" {
		t.phase = phaseDone
		r.forget(t)
	}
	return nil
}

func (t *thread) errored(e *Entry) {
	t.phase, t.failure = phaseErrored, e.Failure
	if e.ID != 0 {
		t.base = e.ID
	}
	if t.failure == nil {
		t.failure = &Failure{Error: e.text("error"), Cause: e.text("cause")}
	}
}

func (t *thread) applyRetry(e *Entry) {
	t.phase, t.due, t.noted, t.task, t.result = phaseRetrying, e.Due, false, nil, nil
	t.attempts++
	if e.Retrier < len(t.retries) {
		t.retries[e.Retrier]++
	}
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }
