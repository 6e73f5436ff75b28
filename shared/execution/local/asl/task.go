package asl

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/apiq/apiq/shared/expr"
)

// Work is a task that is out: what to call, and where its outcome belongs.
type Work struct {
	// Thread and Scheduled name the task within its run.
	Thread    string
	Scheduled int64
	// Resource is the state's, as written; Family tells its events.
	Resource, Family string
	// Arguments is the evaluated Arguments field.
	Arguments any
	// Token is set where the task ends by its token.
	Token   string
	Attempt int
	// Started: its function was called; Submitted: it has the token, and what it
	// does now is its own affair.
	Started, Submitted bool
	// Due is when the task's own time is up; zero for never.
	Due time.Time
}

// ErrNotOut: no such task is out; it has ended, or its run has.
var ErrNotOut = errors.New("asl: task is not out")

func (rs *resource) argumentsKey() string {
	if rs.family == "Task" {
		return "parameters"
	}
	return "input"
}

// event names an event of the task and its details object.
func (rs *resource) event(step string) (kind, key string) {
	kind = rs.family + step
	return kind, string(kind[0]|0x20) + kind[1:] + "EventDetails"
}

// about are the details that most events of a Task repeat.
func (rs *resource) about(pairs ...any) any {
	if rs.family == "Task" {
		pairs = append(pairs, "resource", rs.action, "resourceType", rs.service)
	}
	return expr.Object(pairs...)
}

// schedule evaluates a task's arguments and puts it out.
func (r *Run) schedule(ctx context.Context, t *thread) error {
	s := t.state
	v := &view{r: r, t: t}
	if s.resource.token {
		v.token = r.opts.Token()
	}
	args, err := v.eval(ctx, s.arguments, t.input)
	if err != nil {
		return r.caught(ctx, t, err)
	}
	timeout, err := v.number(ctx, s.timeout)
	if err != nil {
		return r.caught(ctx, t, err)
	}
	heartbeat, err := v.number(ctx, s.heartbeat)
	if err != nil {
		return r.caught(ctx, t, err)
	}
	raw, err := expr.Encode(args, MaxPayload)
	if err != nil {
		return r.tooLarge(t, s.resource.arn)
	}
	var details []any
	if s.resource.family == "Task" {
		details = []any{"parameters", string(raw), "region", "local", "resource", s.resource.action, "resourceType", s.resource.service}
	} else {
		details = []any{"input", string(raw), "inputDetails", untruncated(), "resource", s.resource.arn}
	}
	if timeout > 0 {
		details = append(details, "timeoutInSeconds", timeout)
	}
	if heartbeat > 0 {
		details = append(details, "heartbeatInSeconds", heartbeat)
	}
	kind, key := s.resource.event("Scheduled")
	r.emit(t, kind, key, expr.Object(details...), func(e *Entry) {
		e.decoded, e.Token, e.Heartbeat = args, v.token, heartbeat
		if timeout > 0 {
			e.Due = r.now.Add(seconds(timeout))
		}
	})
	return nil
}

// Tasks lists what is out.
func (r *Run) Tasks() []Work {
	if r.status != Running {
		return nil
	}
	var out []Work
	for _, t := range r.threads {
		if t.phase == phaseRunning {
			out = append(out, t.work())
		}
	}
	return out
}

func (t *thread) work() Work {
	return Work{
		Thread: t.id, Scheduled: t.task.scheduled, Resource: t.state.resource.arn, Family: t.state.resource.family,
		Arguments: t.task.arguments, Token: t.task.token, Attempt: t.attempts, Started: t.task.started,
		Submitted: t.task.submitted, Due: t.task.due,
	}
}

// TaskByToken finds the task that waits for a token.
func (r *Run) TaskByToken(token string) (Work, bool) {
	if r.status == Running && token != "" {
		for _, t := range r.threads {
			if t.phase == phaseRunning && t.task.token == token {
				return t.work(), true
			}
		}
	}
	return Work{}, false
}

func (r *Run) out1(w Work, now time.Time) (*thread, error) {
	t := r.threads[w.Thread]
	if r.status != Running || t == nil || t.phase != phaseRunning || t.task.scheduled != w.Scheduled {
		return nil, ErrNotOut
	}
	r.now = now
	return t, r.broken
}

// TaskStarted records that a task's function was reached.
func (r *Run) TaskStarted(w Work, now time.Time) error {
	t, err := r.out1(w, now)
	if err != nil {
		return err
	}
	rs := &t.state.resource
	kind, key := rs.event("Started")
	if rs.family == "LambdaFunction" {
		r.emit(t, kind, "", nil, nil)
	} else {
		r.emit(t, kind, key, rs.about(), nil)
	}
	return r.broken
}

// TaskSubmitted records that a task with a token was handed over.
func (r *Run) TaskSubmitted(w Work, answer json.RawMessage, now time.Time) error {
	t, err := r.out1(w, now)
	if err != nil {
		return err
	}
	rs := &t.state.resource
	kind, key := rs.event("Submitted")
	r.emit(t, kind, key, rs.about("output", string(answer), "outputDetails", untruncated()), nil)
	return r.broken
}

// TaskSucceeded gives a task's result. One past MaxPayload fails the task with
// States.DataLimitExceeded, one that is not JSON with States.Runtime.
func (r *Run) TaskSucceeded(w Work, output json.RawMessage, now time.Time) error {
	t, err := r.out1(w, now)
	if err != nil {
		return err
	}
	if len(output) > MaxPayload {
		return r.TaskFailed(w, "Failed", &Failure{errDataLimit, tooLargeCause(t.state.resource.arn)}, now)
	}
	v, err := expr.Decode(output)
	if err != nil {
		return r.TaskFailed(w, "Failed", &Failure{errRuntime, "The task's result is not JSON."}, now)
	}
	rs := &t.state.resource
	kind, key := rs.event("Succeeded")
	r.emit(t, kind, key, rs.about("output", string(output), "outputDetails", untruncated()), func(e *Entry) { e.decoded = v })
	return r.broken
}

// TaskFailed gives a task's failure. How is the last word of the event: "Failed",
// "TimedOut", "StartFailed", "SubmitFailed" or "ScheduleFailed".
func (r *Run) TaskFailed(w Work, how string, f *Failure, now time.Time) error {
	t, err := r.out1(w, now)
	if err != nil {
		return err
	}
	r.taskFailed(t, how, f)
	return r.broken
}

func (r *Run) taskFailed(t *thread, how string, f *Failure) {
	rs := &t.state.resource
	kind, key := rs.event(how)
	var more []any
	if rs.family == "Task" {
		more = []any{"resource", rs.action, "resourceType", rs.service}
	}
	r.emit(t, kind, key, failureDetails(f, more...), func(e *Entry) { e.Failure = f })
}

// Heartbeat records that a task was heard of.
func (r *Run) Heartbeat(w Work, now time.Time) error {
	t, err := r.out1(w, now)
	if err != nil {
		return err
	}
	if t.task.heartbeat > 0 {
		r.note(t, NoteHeartbeat, func(e *Entry) { e.Due = now.Add(seconds(t.task.heartbeat)) })
	}
	return r.broken
}

// taskLate ends a task whose time is up.
func (r *Run) taskLate(t *thread) {
	name := errHeartbeat
	if !t.task.due.IsZero() && !r.now.Before(t.task.due) {
		name = errTimeout
	}
	r.taskFailed(t, "TimedOut", &Failure{Error: name})
}
