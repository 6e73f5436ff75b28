package rehearse

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/apiq/apiq/shared/call"
	"github.com/apiq/apiq/shared/execution"
	"github.com/apiq/apiq/shared/execution/local/asl"
	compile "github.com/apiq/apiq/shared/workflow/asl"
)

// perform does a task at once and says when it would have been done.
func (r *run) perform(ctx context.Context, sc *script, name string, w asl.Work, now time.Time) outcome {
	o := outcome{work: w, at: now}
	function, payload, failed := w.Invocation()
	if failed != nil {
		o.failed = failed
		return o
	}
	var asked call.Task
	_ = json.Unmarshal(payload, &asked) // what a definition of ours passes
	step := sc.prefix + asked.Step
	undo := asked.Undoes != nil
	if undo {
		step += compile.UndoSuffix
	}
	r.clock.at = now
	if asked.Reconcile != nil {
		// The twin would be asked about an effect that it may or may not have had.
		r.act("The API is asked by " + asked.Operation + " what became of the request of " + step + ": taken as not telling.")
		o.value = json.RawMessage(`{"decision":"ask"}`)
		return o
	}
	switch function {
	case execution.FunctionCall:
		o.value, o.failed = r.call(ctx, step, asked, execution.Task{Function: function, Payload: payload, Run: name})
		if undo {
			r.undone(strings.TrimSuffix(step, compile.UndoSuffix), o.failed)
		}
	case execution.FunctionApproval:
		if o.value, o.failed = r.cast.recording.decided(name, asked.Path); o.value != nil || o.failed != nil {
			break
		}
		r.tell("Step " + step + " asks a person: taken as approved.")
		o.value = json.RawMessage(`{"decision":"approve","by":"rehearsal"}`)
	case execution.FunctionUnknown:
		if o.value, o.failed = r.cast.recording.resolved(name, asked.Path); o.value != nil || o.failed != nil {
			break
		}
		r.failed = step
		r.act("A person is asked what became of the request of " + step + ".")
		r.halt(Waiting)
	case execution.FunctionWorkflow:
		o.value, o.failed = r.nested(ctx, sc, name, step, payload, now)
	}
	if o.failed != nil && !undo && !strings.HasPrefix(r.failed, step+"/") { // a nested step is named itself
		r.failed = step
	}
	o.at = r.clock.at
	return o
}

// undone tells of the undo of a step.
func (r *run) undone(step string, failed *asl.Failure) {
	if failed != nil {
		r.act("onFailure: " + step + " was not undone, after " + failed.Error + ".")
		return
	}
	r.act("onFailure: " + step + " was undone.")
}

// call makes a step's call, as the call function does.
func (r *run) call(ctx context.Context, step string, asked call.Task, task execution.Task) (json.RawMessage, *asl.Failure) {
	n := r.at(step)
	n.tasks++
	if c, ok := r.cast.calls[step]; ok {
		for field, value := range sentBy(asked, c.op) {
			if n.sent[field] == nil {
				n.sent[field] = map[uint64]bool{}
			}
			n.sent[field][value] = true
		}
	}
	value, err := r.calls.Handle(context.WithValue(ctx, askingKey{}, asking{step: step, task: asked}), task)
	if err == nil {
		return value, nil
	}
	failed := &asl.Failure{Error: "States.TaskFailed", Cause: err.Error()}
	var named *execution.TaskError
	if errors.As(err, &named) {
		failed.Error, failed.Cause = named.Name, named.Cause
	}
	n.errors = append(n.errors, failed.Error)
	return nil, failed
}

// observe is told of each request.
func (r *run) observe(s seen) {
	r.requests++
	n := r.at(s.step)
	n.requests++
	n.seen = append(n.seen, s)
	if r.requests >= r.cast.maxCalls {
		r.halt("it made more than " + itoa(r.cast.maxCalls) + " calls")
	}
}

// nested runs the workflow that a step runs, and gives its output.
func (r *run) nested(ctx context.Context, sc *script, name, step string, payload json.RawMessage, now time.Time) (json.RawMessage, *asl.Failure) {
	inner, ok := r.cast.scripts[step+"/"]
	if !ok {
		return nil, &asl.Failure{Error: "Workflow.Refused", Cause: "The workflow was not rehearsed."}
	}
	var in struct {
		Input json.RawMessage `json:"input"`
		Path  string          `json:"path"`
	}
	_ = json.Unmarshal(payload, &in)
	if len(in.Input) == 0 || string(in.Input) == "null" {
		in.Input = json.RawMessage("{}")
	}
	if err := inner.doc.CheckInput(in.Input); err != nil {
		return nil, &asl.Failure{Error: "Workflow.Refused", Cause: err.Error()}
	}
	child := r.cast.recording.child(name, in.Path)
	if child == "" {
		child = name + "/" + in.Path
	}
	m, err := r.play(ctx, inner, child, in.Input, now)
	if err != nil {
		return nil, &asl.Failure{Error: "Workflow.Refused", Cause: err.Error()}
	}
	r.clock.at = later(r.clock.at, m.EndedAt())
	if m.Status() != asl.Succeeded {
		f := m.Failure()
		if f == nil {
			f = &asl.Failure{Error: "States.TaskFailed"}
		}
		return nil, f
	}
	return m.Output(), nil
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
