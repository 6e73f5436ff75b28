package local

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime/debug"
	"strings"
	"time"

	"github.com/apiq/apiq/shared/execution"
	"github.com/apiq/apiq/shared/execution/local/asl"
	"github.com/apiq/apiq/shared/expr"
)

// call calls a task's function in the background, once in this process.
func (e *Engine) call(l *live, w asl.Work) {
	ctx := e.running()
	if ctx == nil || w.Submitted || l.calls[w.Scheduled] {
		return
	}
	l.calls[w.Scheduled] = true
	held := e.hold(l.key) // the run stays in memory meanwhile
	ctx = l.key.context(ctx)
	queued := e.pool.call(l.key.workspace, e.uses(l.key, w), func() {
		defer e.drop(held)
		if ctx.Err() != nil {
			return
		}
		out, err := e.invoke(ctx, l.key.name, w)
		if err != nil && ctx.Err() != nil {
			return // cut off by the end of Run, which is no outcome
		}
		e.record(ctx, l.key, w, out, err)
	})
	if !queued {
		e.drop(held)
	}
}

// uses names what a call uses, each workspace for itself.
func (e *Engine) uses(key runKey, w asl.Work) string {
	payload, _ := expr.Field(w.Arguments, "Payload")
	v, _ := expr.Field(payload, e.opts.Uses)
	if name, ok := v.(string); ok && name != "" {
		return key.workspace + "/" + name
	}
	return ""
}

// record journals an outcome and moves the run on. The outcome is all that there
// is of what the function did: it is tried until the table takes it.
func (e *Engine) record(ctx context.Context, key runKey, w asl.Work, out json.RawMessage, failed error) {
	ctx = context.WithoutCancel(ctx)
	for delay := 50 * time.Millisecond; ; delay = min(2*delay, 10*time.Second) {
		err := e.with(ctx, key, func(l *live) error {
			now := e.opts.Now()
			err := e.settle(l.run, w, out, failed, now)
			if errors.Is(err, asl.ErrNotOut) {
				err = nil // timed out, stopped, or answered by its token meanwhile
			}
			if err != nil {
				l.run = nil
				return err
			}
			return e.drive(ctx, l)
		})
		if err == nil || errors.Is(err, execution.ErrNoRun) || errors.Is(err, asl.ErrJournal) {
			if err != nil {
				e.opts.Log.ErrorContext(ctx, "an outcome has no run to belong to", "execution", key.name, "err", err)
			}
			return
		}
		e.opts.Log.ErrorContext(ctx, "an outcome could not be written; it is tried again", "execution", key.name, "err", err)
		running := e.running()
		if running == nil {
			return // the next Run calls the function again
		}
		select {
		case <-time.After(delay):
		case <-running.Done():
			return
		}
	}
}

func (e *Engine) settle(r *asl.Run, w asl.Work, out json.RawMessage, failed error, now time.Time) error {
	switch {
	case failed != nil:
		return r.TaskFailed(w, "Failed", failureOf(failed), now)
	case w.Token != "":
		return r.TaskSubmitted(w, e.opts.Answer(nil), now)
	case w.Family == "Task":
		return r.TaskSucceeded(w, e.opts.Answer(out), now)
	}
	return r.TaskSucceeded(w, out, now)
}

// maxCause bounds a cause; Step Functions cuts them at 32,768 characters.
const maxCause = 32_768

func failureOf(err error) *asl.Failure {
	f := &asl.Failure{Error: "States.TaskFailed", Cause: err.Error()}
	var named *execution.TaskError
	if errors.As(err, &named) {
		f.Error, f.Cause = named.Name, named.Cause
	}
	if len(f.Cause) > maxCause {
		f.Cause = strings.ToValidUTF8(f.Cause[:maxCause], "")
	}
	return f
}

// invoke calls the function. It never panics.
func (e *Engine) invoke(ctx context.Context, run string, w asl.Work) (out json.RawMessage, err error) {
	defer func() {
		if r := recover(); r != nil {
			e.opts.Log.ErrorContext(ctx, "a function panicked", "execution", run, "panic", fmt.Sprint(r), "stack", string(debug.Stack()))
			out, err = nil, &execution.TaskError{Name: "Lambda.Unknown", Cause: "the function failed unexpectedly"}
		}
	}()
	name, payload, err := target(w)
	if err != nil {
		return nil, err
	}
	handler := e.handlers[name]
	if handler == nil {
		handler = e.opts.Other(name)
	}
	if handler == nil {
		return nil, &execution.TaskError{Name: "Lambda.ResourceNotFoundException", Cause: "there is no function " + name}
	}
	if !w.Due.IsZero() && w.Token == "" {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, max(0, w.Due.Sub(e.opts.Now())))
		defer cancel()
	}
	out, err = handler(ctx, execution.Task{Function: name, Payload: payload, Run: run, Token: w.Token})
	if err == nil && out == nil {
		out = json.RawMessage("null")
	}
	if err == nil && !json.Valid(out) {
		return nil, &execution.TaskError{Name: "Lambda.Unknown", Cause: "the function's result is not JSON"}
	}
	return out, err
}

// target reads which function a task calls, and with what.
func target(w asl.Work) (name string, payload json.RawMessage, err error) {
	name, payload, failed := w.Invocation()
	if failed != nil {
		return name, nil, &execution.TaskError{Name: failed.Error, Cause: failed.Cause}
	}
	return name, payload, nil
}
