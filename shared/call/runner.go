package call

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/apiq/apiq/shared/call/request"
	"github.com/apiq/apiq/shared/effect"
)

// journalTime bounds a write that must happen although the caller has gone.
const journalTime = 10 * time.Second

// runner is one invocation of one step.
type runner struct {
	s       *Service
	task    Task
	t       *target
	class   effect.Class
	peer    *peer
	timeout time.Duration

	e       *entry
	version int64
	began   time.Time
	waited  time.Duration
}

// conclusion is what follows from an answer that counts as success: the step's
// value, or that a further page is needed first.
type conclusion struct {
	value   json.RawMessage
	more    bool
	failure *Failure
}

type concluder func(ctx context.Context, req *http.Request, x *exchange, c content, sc scope) conclusion

// call makes one exchange with its retries; page counts the pages from 1.
func (r *runner) call(ctx context.Context, in request.Input, at *url.URL, page int, conclude concluder) (*exchange, conclusion, error) {
	for n := 1; ; n++ {
		if err := r.admit(ctx); err != nil {
			return nil, conclusion{}, err
		}
		x, v, done, err := r.admitted(ctx, in, at, page, conclude)
		if err != nil || v.failure == nil {
			return x, done, err
		}
		if err := ctx.Err(); err != nil && v.failure.Name != ErrOutcomeUnknown {
			return nil, done, err
		}
		pause := r.backoff(n) + v.wait
		if !v.again || n >= r.s.opts.Attempts || r.spent()+pause > r.s.opts.Budget || !r.peer.takeRetry(r.s.opts.Now()) {
			return nil, done, v.failure
		}
		if err := r.sleep(ctx, pause); err != nil {
			return nil, done, err
		}
	}
}

// backoff draws the pause after the nth attempt (full jitter: Brooker,
// "Exponential Backoff And Jitter").
func (r *runner) backoff(n int) time.Duration {
	o := r.s.opts
	return o.Random(min(o.BackoffBase<<min(n-1, 20), o.BackoffMax))
}

// spent is how much of the invocation's budget is gone.
func (r *runner) spent() time.Duration { return max(r.s.opts.Now().Sub(r.began), r.waited) }

func (r *runner) sleep(ctx context.Context, d time.Duration) error {
	r.waited += d
	return r.s.opts.Sleep(ctx, d)
}

// admit waits until the connection's shared state lets a request go, within the
// invocation's budget. On success the caller holds a place and must leave it.
func (r *runner) admit(ctx context.Context) error {
	o := r.s.opts
	for {
		full, cancel := context.WithTimeout(ctx, max(o.Budget-r.spent(), time.Millisecond))
		err := r.peer.enter(full)
		cancel()
		if err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			return &Failure{ErrHTTPTimeout, "Too many requests to this API are under way."}
		}
		wait, why := r.peer.admit(o.Now())
		if why == admitted {
			return nil
		}
		r.peer.leave()
		wait += o.Random(o.BackoffBase) // so that those who wait do not all come at once
		if r.spent()+wait > o.Budget {
			if why == refusedByPeer {
				return &Failure{"Http.429", "The API asked to be left alone for a while; nothing was sent."}
			}
			return &Failure{ErrHTTPNetwork, "The API has failed many times in a row; nothing was sent."}
		}
		if err := r.sleep(ctx, wait); err != nil {
			return err
		}
	}
}

// admitted makes an attempt and gives its place back, come what may.
func (r *runner) admitted(ctx context.Context, in request.Input, at *url.URL, page int, conclude concluder) (*exchange, verdict, conclusion, error) {
	defer r.peer.leave()
	return r.attempt(ctx, in, at, page, conclude)
}

// attempt builds, journals, sends, judges and journals again.
func (r *runner) attempt(ctx context.Context, in request.Input, at *url.URL, page int, conclude concluder) (*exchange, verdict, conclusion, error) {
	reported := false
	defer func() {
		if !reported {
			r.peer.withdraw()
		}
	}()
	key := ""
	if r.class == effect.Keyed {
		key = idempotencyKey(r.task.Execution, r.task.Path, page)
	}
	req, err := r.t.build(ctx, in, key, at)
	if err != nil {
		return nil, verdict{}, conclusion{}, err
	}
	nonce := newNonce()
	if err := r.start(ctx, req, nonce, page); err != nil {
		return nil, verdict{}, conclusion{}, err
	}
	// An unsafe request in flight is never cut: its outcome would be unknown.
	sending := ctx
	if !r.class.Repeatable() {
		sending = context.WithoutCancel(ctx)
	}
	x := r.s.wire.send(sending, req, r.timeout, r.class.Repeatable())
	v, done, c := r.judge(ctx, req, x, conclude)
	now := r.s.opts.Now()
	if k := x.kind(); k != kindBlocked && k != kindCancelled {
		r.peer.report(now, v.sick)
		reported = true
	}
	if v.wait > 0 {
		r.peer.block(now.Add(v.wait))
	}
	return x, v, done, r.end(ctx, nonce, x, c, v, done)
}

// judge evaluates what the step says of its answer and applies the class's rules.
func (r *runner) judge(ctx context.Context, req *http.Request, x *exchange, conclude concluder) (verdict, conclusion, content) {
	now := r.s.opts.Now()
	// A deadline that ended the exchange must not end the evaluation of its answer.
	ctx = context.WithoutCancel(ctx)
	if !x.answered || x.err != nil {
		v := judge(r.class, x, nil, now)
		return r.reauthorise(v, x), conclusion{failure: v.failure}, content{}
	}
	c := decode(x.header.Get("Content-Type"), x.body)
	seen := c
	seen.value = r.t.mask.Value(c.value)
	headers := plainHeaders(x.header)
	for name, value := range headers {
		headers[name] = r.t.mask.Text(value)
	}
	sc, failure := newScope(r.task.Vars, x.status, headers, seen.value)
	var declared *bool
	if failure == nil && r.task.Success != "" {
		var ok bool
		if ok, failure = r.s.project.truth(ctx, r.task.Success, sc); failure == nil {
			declared = &ok
		}
	}
	v := judge(r.class, x, declared, now)
	var done conclusion
	switch {
	case v.failure != nil: // the API's failure comes before one of ours
	case failure != nil:
		v.failure = failure
	default:
		done = conclude(ctx, req, x, seen, sc)
		v.failure = done.failure
	}
	if r.class == effect.Safe {
		v.effect = EffectNone
	}
	v = r.reauthorise(v, x)
	done.failure = v.failure
	return v, done, c
}

// reauthorise names a refused grant: only signing in again helps.
func (r *runner) reauthorise(v verdict, x *exchange) verdict {
	if v.failure != nil && x.status == http.StatusUnauthorized && granted(r.t.conn) {
		v.failure = &Failure{ErrReauthorize, "The API no longer takes the stored grant: connect again."}
	}
	return v
}

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
	e.Class, e.Status, e.Error, e.Effect, e.Resolution, e.EndedAt = r.class, StatusSending, nil, "", nil, time.Time{}
	e.Attempts++
	a := Attempt{N: e.Attempts, Nonce: nonce, StartedAt: now, Request: &msg}
	if r.task.Paginate != nil {
		a.Page = page
	}
	e.add(a)
	version, err := r.s.journal.save(ctx, r.task.Execution, e, r.version)
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
		if x.err == nil {
			msg.Problems, msg.Checked = r.t.checked(x.status, c)
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
		if !mine {
			return
		}
		e.EndedAt, e.Error, e.Effect, e.HTTPStatus = now, v.failure, v.effect, x.status
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
