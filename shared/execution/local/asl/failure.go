package asl

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/apiq/apiq/shared/expr"
)

// caught turns an error of an evaluation into the event that AWS records.
func (r *Run) caught(ctx context.Context, t *thread, err error) error {
	var q *queryError
	if !errors.As(err, &q) {
		return err // the context's
	}
	f := &Failure{errQuery, r.atState(t) + q.cause}
	pairs := []any{"cause", f.Cause, "error", f.Error}
	if q.location != "" {
		pairs = append(pairs, "location", q.location)
	}
	pairs = append(pairs, "state", t.state.name)
	r.emit(t, "EvaluationFailed", "evaluationFailedEventDetails", expr.Object(pairs...), func(e *Entry) {
		e.Previous, e.Failure = t.base, f
	})
	return nil
}

func (r *Run) atState(t *thread) string {
	return fmt.Sprintf("An error occurred while executing the state '%s' (entered at the event id #%d). ", t.state.name, t.entered)
}

// tooLarge is a value past its quota; nothing but its own name catches it.
func (r *Run) tooLarge(t *thread, what string) error {
	f := &Failure{errDataLimit, tooLargeCause(what)}
	r.note(t, NoteErrored, func(e *Entry) { e.Failure = f })
	return nil
}

func tooLargeCause(what string) string {
	return "The state/task '" + what + "' returned a result with a size exceeding the maximum number of bytes service limit."
}

// giveUp ends a thread with a failure that has no event of its own.
func (r *Run) giveUp(t *thread, f *Failure) {
	t.failure = f
	r.passOn(t)
}

// passOn hands a thread's failure to what is around it.
func (r *Run) passOn(t *thread) {
	if t.parent == nil {
		r.end(t.failure, t.prev)
		return
	}
	f := t.failure
	r.note(t, NoteFailed, func(e *Entry) { e.Failure = f })
}

// handle decides what becomes of a failed state: tried again, caught, or passed on.
func (r *Run) handle(ctx context.Context, t *thread) error {
	s, f := t.state, t.failure
	if (s.kind == "Map" || s.kind == "Parallel") && !t.noted {
		r.abortKids(t)
		r.emit(t, s.kind+"StateFailed", "", nil, func(e *Entry) { e.Failure = f })
	}
	for i := range s.retry {
		re := &s.retry[i]
		if !matches(re.errors, f.Error) {
			continue
		}
		if t.retries[i] >= re.maxAttempts {
			break
		}
		due := r.now.Add(seconds(re.delay(t.retries[i], r.opts.Random)))
		r.note(t, NoteRetry, func(e *Entry) { e.Retrier, e.Due = i, due })
		return nil
	}
	for i := range s.catch {
		c := &s.catch[i]
		if matches(c.errors, f.Error) {
			return r.catch(ctx, t, c)
		}
	}
	r.passOn(t)
	return nil
}

func (r *Run) catch(ctx context.Context, t *thread, c *catcher) error {
	out := expr.Object("Error", t.failure.Error, "Cause", t.failure.Cause)
	v := &view{r: r, t: t, errorOutput: out}
	before := len(r.out)
	err := r.leave(ctx, t, v, c.output, c.assign, out, c.next)
	if err != nil || len(r.out) == before || t.phase != phaseErrored {
		return err
	}
	// The catcher itself failed: nothing catches that.
	r.passOn(t)
	return nil
}

func (re *retrier) delay(attempt int, random func() float64) float64 {
	d := re.interval * math.Pow(re.backoff, float64(attempt))
	limit := re.maxDelay
	if limit == 0 {
		limit = 99_999_999
	}
	d = math.Min(d, limit)
	if re.jitter {
		d *= random()
	}
	return d
}

// matches says whether a list of error names takes an error. States.ALL takes all
// but the two that say the execution itself cannot go on.
func matches(names []string, name string) bool {
	if slices.Contains(names, name) {
		return true
	}
	if slices.Contains(names, errAll) {
		return name != errDataLimit && name != errRuntime
	}
	switch name {
	case errHeartbeat:
		return slices.Contains(names, errTimeout)
	case errTimeout, errDataLimit, errRuntime:
		return false
	}
	return slices.Contains(names, errTaskFailed)
}
