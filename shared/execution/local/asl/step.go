package asl

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/apiq/apiq/shared/expr"
)

// step moves one thread on. Only a cancelled context is an error: whatever else
// goes wrong happens to the run.
func (r *Run) step(ctx context.Context, t *thread) error {
	switch t.phase {
	case phaseReady:
		return r.enter(ctx, t)
	case phaseEntered, phaseRetrying:
		return r.work(ctx, t)
	case phaseWaiting:
		return r.settle(ctx, t, t.input, nil)
	case phaseRunning:
		r.taskLate(t)
	case phaseChildren:
		return r.tend(ctx, t)
	case phaseSettled:
		return r.settle(ctx, t, t.result, t.result)
	case phaseErrored:
		return r.handle(ctx, t)
	case phaseDone:
		r.succeed(t)
	case phaseFailed:
		r.end(t.failure, t.prev)
	case phaseAborted:
	}
	return nil
}

// enter goes into the next state and begins its work.
func (r *Run) enter(ctx context.Context, t *thread) error {
	s := t.flow.states[t.next]
	raw, err := expr.Encode(t.data, 0)
	if err != nil || s == nil {
		return fmt.Errorf("%w: state %q: %w", ErrJournal, t.next, errors.Join(err))
	}
	var due time.Time
	var failed error
	if s.kind == "Wait" {
		due, failed = r.waitUntil(ctx, t, s)
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	data := t.data
	r.emit(t, s.kind+"StateEntered", "stateEnteredEventDetails",
		expr.Object("input", string(raw), "inputDetails", untruncated(), "name", s.name),
		func(e *Entry) { e.decoded, e.Due = data, due })
	if failed != nil {
		return r.caught(ctx, t, failed)
	}
	return nil
}

// work does what the state is for. The state has been entered.
func (r *Run) work(ctx context.Context, t *thread) error {
	switch t.state.kind {
	case "Pass", "Succeed":
		return r.settle(ctx, t, t.input, nil)
	case "Fail":
		return r.failState(ctx, t)
	case "Choice":
		return r.choose(ctx, t)
	case "Task":
		return r.schedule(ctx, t)
	case "Parallel":
		return r.fork(ctx, t)
	case "Map":
		return r.mapItems(ctx, t)
	case "Wait": // redriven, since its time could not be told
		due, err := r.waitUntil(ctx, t, t.state)
		if err != nil {
			return r.caught(ctx, t, err)
		}
		r.note(t, NoteWaiting, func(e *Entry) { e.Due = due })
		return nil
	}
	return fmt.Errorf("%w: a state of type %q", ErrJournal, t.state.kind)
}

// waitUntil is when a Wait ends. It is evaluated before the state counts as
// entered, so that the entry can hold it.
func (r *Run) waitUntil(ctx context.Context, t *thread, s *state) (time.Time, error) {
	as := *t
	as.state, as.input, as.enteredAt = s, t.data, r.now
	if t.state == s {
		as.input = t.input
	}
	v := &view{r: r, t: &as}
	if s.seconds != nil {
		n, err := v.number(ctx, s.seconds)
		return r.now.Add(seconds(n)), err
	}
	text, _, err := v.text(ctx, s.timestamp)
	if err != nil {
		return time.Time{}, err
	}
	at, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return time.Time{}, &queryError{"Timestamp", "The Timestamp field cannot be parsed as an ISO-8601 extended offset date-time format string: " + text}
	}
	if at.Before(r.now) {
		at = r.now
	}
	return at, nil
}

// settle makes a state's output and assignments and leaves it. def is the output
// where the state gives none; result is $states.result.
func (r *Run) settle(ctx context.Context, t *thread, def, result any) error {
	s := t.state
	return r.leave(ctx, t, &view{r: r, t: t, result: result}, s.output, s.assign, def, s.next)
}

// leave evaluates output and assignments in the same scope and exits to a state,
// or out of the flow where next is "".
func (r *Run) leave(ctx context.Context, t *thread, v *view, output, assign *template, def any, next string) error {
	assigned, err := v.eval(ctx, assign, nil)
	if err != nil {
		return r.caught(ctx, t, err)
	}
	out, err := v.eval(ctx, output, def)
	if err != nil {
		return r.caught(ctx, t, err)
	}
	raw, err := expr.Encode(out, MaxPayload)
	if err != nil {
		return r.tooLarge(t, t.state.name)
	}
	vars, shown, over := r.measure(t, assigned)
	if over != "" {
		return r.tooLarge(t, over)
	}
	pairs := []any{}
	if shown != nil {
		pairs = append(pairs, "assignedVariables", shown, "assignedVariablesDetails", untruncated())
	}
	pairs = append(pairs, "name", t.state.name, "output", string(raw), "outputDetails", untruncated())
	r.emit(t, t.state.kind+"StateExited", "stateExitedEventDetails", expr.Object(pairs...), func(e *Entry) {
		e.decoded, e.assigned, e.Next = out, vars, next
	})
	return nil
}

// choose takes the first choice whose condition holds. Output and Assign of the
// state itself are those of its Default.
func (r *Run) choose(ctx context.Context, t *thread) error {
	v := &view{r: r, t: t}
	for i := range t.state.choices {
		c := &t.state.choices[i]
		x, err := v.eval(ctx, c.condition, nil)
		if err != nil {
			return r.caught(ctx, t, err)
		}
		yes, ok := x.(bool)
		if !ok {
			return r.caught(ctx, t, wrongType(c.condition, "boolean", x))
		}
		if yes {
			return r.leave(ctx, t, v, c.output, c.assign, t.input, c.next)
		}
	}
	if t.state.next == "" {
		r.giveUp(t, &Failure{errNoChoice, "Failed to transition out of the state '" + t.state.name + "'. The state does not point to a next state."})
		return nil
	}
	return r.leave(ctx, t, v, t.state.output, t.state.assign, t.input, t.state.next)
}

func (r *Run) failState(ctx context.Context, t *thread) error {
	v := &view{r: r, t: t}
	name, _, err := v.text(ctx, t.state.errorName)
	if err != nil {
		return r.caught(ctx, t, err)
	}
	cause, _, err := v.text(ctx, t.state.cause)
	if err != nil {
		return r.caught(ctx, t, err)
	}
	r.giveUp(t, &Failure{name, cause})
	return nil
}

// succeed ends the execution well.
func (r *Run) succeed(t *thread) {
	raw, err := expr.Encode(t.data, 0)
	if err != nil {
		r.broken = err
		return
	}
	r.emit(nil, "ExecutionSucceeded", "executionSucceededEventDetails",
		expr.Object("output", string(raw), "outputDetails", untruncated()), func(e *Entry) { e.Previous = t.prev })
}

// end ends the execution with a failure.
func (r *Run) end(f *Failure, previous int64) {
	r.emit(nil, "ExecutionFailed", "executionFailedEventDetails", failureDetails(f), func(e *Entry) { e.Previous, e.Failure = previous, f })
}

// failureDetails leaves out what is empty, as AWS does.
func failureDetails(f *Failure, more ...any) any {
	var pairs []any
	if f.Cause != "" {
		pairs = append(pairs, "cause", f.Cause)
	}
	if f.Error != "" {
		pairs = append(pairs, "error", f.Error)
	}
	return expr.Object(append(pairs, more...)...)
}
