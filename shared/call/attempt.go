package call

import (
	"context"
	"errors"
	"net/http"
	"time"
)

// journalTime bounds a write that must happen although the caller has gone.
const journalTime = 10 * time.Second

// start makes the attempt durable before the request leaves.
func (r *runner) start(ctx context.Context, req *http.Request, nonce string, page int) error {
	now := r.s.opts.Now().UTC()
	if r.e == nil {
		r.e = &entry{Step: r.task.Step, Path: r.task.Path, Connection: r.task.Connection, Operation: r.task.Operation,
			StartedAt: now}
	}
	e := r.e
	msg, body := requestMessage(r.t.mask, req)
	if spill := msg.setBody(body); spill != nil {
		msg.Blob = r.keep(ctx, nonce, "request", spill)
	}
	if r.task.Reconcile == nil { // else what it asks about is as it was
		e.Class, e.Status, e.Error, e.Effect, e.Resolution, e.EndedAt = r.class, StatusSending, nil, "", nil, time.Time{}
	}
	e.Attempts++
	r.declare(now)
	a := Attempt{N: e.Attempts, Nonce: nonce, StartedAt: now, Request: &msg, Reconcile: r.task.Reconcile != nil}
	if r.task.Paginate != nil {
		a.Page = page
	}
	e.add(a)
	version, err := r.s.journal.begin(ctx, r.task.Execution, e, r.version)
	if err != nil {
		return err
	}
	r.version = version
	r.s.opts.Sink.AttemptStarted(ctx, r.task.Execution, r.task.Step, r.task.Path, a.N, now)
	return nil
}

// end makes the outcome durable, whatever has become of the caller.
func (r *runner) end(ctx context.Context, nonce string, x *exchange, c content, v verdict, done conclusion) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), journalTime)
	defer cancel()
	now := r.s.opts.Now().UTC()
	var answer *Message
	if x.answered {
		msg, body := answerMessage(r.t.mask, x)
		if spill := msg.setBody(body); spill != nil {
			msg.Blob = r.keep(ctx, nonce, "response", spill)
		}
		msg.Cut = msg.Cut || x.kind() == kindTooLarge
		if x.err == nil {
			msg.Problems, msg.Checked = r.t.checked(x.status, x.header.Get("Content-Type"), c)
			if len(msg.Problems) > 0 {
				r.s.opts.Log.InfoContext(ctx, "call: answer differs from its schema", "connection", r.task.Connection,
					"operation", operationName(r.task.Operation), "status", x.status, "problems", len(msg.Problems))
			}
		}
		answer = &msg
	}
	value, valueBlob := done.value, ""
	if v.failure == nil && !done.more && len(value) > inlineValue {
		if valueBlob = r.keep(ctx, nonce, "value", value); valueBlob != "" {
			value = nil
		}
	}
	n := r.e.Attempts
	e, version, err := r.s.journal.finish(ctx, r.task.Execution, r.e, r.version, nonce, func(e *entry, a *Attempt, mine bool) {
		a.EndedAt, a.LatencyMs, a.Response, a.Error, a.Effect = now, x.latency.Milliseconds(), answer, v.failure, v.effect
		a.Interrupted = false
		if !mine || r.task.Reconcile != nil {
			return
		}
		e.EndedAt, e.Error, e.Effect, e.HTTPStatus = now, v.failure, v.effect, x.status
		if done.undo != nil && e.Undo != nil {
			done.undo(e.Undo)
		}
		switch {
		case v.failure == nil && done.more:
			e.Status, e.EndedAt = StatusSending, time.Time{}
		case v.failure == nil:
			e.Status, e.Value, e.ValueBlob = StatusSucceeded, value, valueBlob
		case v.failure.Name == ErrOutcomeUnknown:
			e.Status = StatusUnknown
		default:
			e.Status = StatusFailed
		}
	})
	if err != nil {
		return err
	}
	r.e, r.version = e, version
	name := ""
	if v.failure != nil {
		name = v.failure.Name
	}
	r.s.opts.Sink.AttemptEnded(ctx, r.task.Execution, r.task.Step, r.task.Path, n, now, x.status, name)
	return nil
}

// keep stores a large part and returns its name, or "" where it could not: the
// record then holds its beginning, and the outcome is recorded all the same.
func (r *runner) keep(ctx context.Context, nonce, what string, data []byte) string {
	name := blobName(r.task.Execution, r.task.Path, nonce, what)
	if err := r.s.journal.spill(ctx, name, data); err != nil {
		if !errors.Is(err, context.Canceled) {
			r.s.opts.Log.WarnContext(ctx, "call: body not kept", "err", err, "what", what)
		}
		return ""
	}
	return name
}
