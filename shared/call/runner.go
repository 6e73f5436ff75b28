package call

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"time"

	"github.com/apiq/apiq/shared/call/request"
	"github.com/apiq/apiq/shared/effect"
	"github.com/apiq/apiq/shared/expr"
	"github.com/apiq/apiq/shared/ratelimit"
)

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
	leave   func() // gives back the place among the requests in flight
	ticket  ticket // of the request under way
	renewed bool   // another token was asked for, which is done once
}

// using takes what other processes noted of the connection; the end of it notes what
// this one has seen.
func (r *runner) using(ctx context.Context) (end func()) {
	r.peer.adopt(r.t.conn.Limits)
	return func() { r.s.connections.Used(context.WithoutCancel(ctx), r.task.Connection, r.peer.seen()) }
}

// conclusion is what follows from an answer that counts as success: the step's
// value, or that a further page is needed first.
type conclusion struct {
	value   json.RawMessage
	more    bool
	failure *Failure
	// undo puts what undoes the step into its journal; nil for nothing.
	undo func(*Undo)
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
		if v.failure.Name == ErrReauthorize && v.effect == EffectNone && !r.renewed {
			r.renewed = true
			if again, failure := r.s.renew(ctx, r.t); again {
				continue
			} else if failure != nil {
				return nil, done, failure
			}
		}
		pause := r.backoff(n) + max(v.wait, r.peer.wait(r.task.Operation, r.s.opts.Now()))
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

// admit waits until the connection's shared state lets a request go. On success the
// caller holds a place, which r.leave gives back. Waiting for others' requests and for
// a turn of the pace takes as long as it takes; the budget is for an API in trouble.
func (r *runner) admit(ctx context.Context) error {
	o := r.s.opts
	r.leave, r.ticket = nil, ticket{}
	for {
		if r.leave == nil {
			if err := r.queue(func() (err error) { r.leave, err = r.peer.enter(ctx); return err }); err != nil {
				return err
			}
		}
		wait, why := r.peer.admit(r.task.Operation, o.Now(), &r.ticket)
		var err error
		switch why {
		case admitted:
			return nil
		case paced: // it keeps its place, for its turn will come
			if err = r.queue(func() error { return o.Sleep(ctx, wait) }); err != nil {
				r.leave()
			}
		case refusedByPeer, circuitOpen:
			r.leave()
			r.leave = nil
			wait += o.Random(o.BackoffBase) // so that those who wait do not all come at once
			if r.spent()+wait > o.Budget {
				return r.notSent(why)
			}
			err = r.sleep(ctx, wait)
		}
		if err != nil {
			return err
		}
	}
}

// queue waits without spending the budget.
func (r *runner) queue(wait func() error) error {
	from := r.s.opts.Now()
	err := wait()
	r.began = r.began.Add(r.s.opts.Now().Sub(from))
	return err
}

// notSent is the failure of a step that has to stay away. Where it was sent before,
// with whatever effect, that must not read as if it never was.
func (r *runner) notSent(why refusal) *Failure {
	so := "nothing was sent."
	if r.e != nil && r.e.Attempts > 0 {
		so = "it was not asked again."
	}
	if why == refusedByPeer {
		return &Failure{"Http.429", "The API asked to be left alone for a while; " + so}
	}
	return &Failure{ErrHTTPNetwork, "The API has failed many times in a row; " + so}
}

// admitted makes an attempt and gives its place back, come what may.
func (r *runner) admitted(ctx context.Context, in request.Input, at *url.URL, page int, conclude concluder) (*exchange, verdict, conclusion, error) {
	defer r.leave()
	return r.attempt(ctx, in, at, page, conclude)
}

// attempt builds, journals, sends, judges and journals again.
func (r *runner) attempt(ctx context.Context, in request.Input, at *url.URL, page int, conclude concluder) (*exchange, verdict, conclusion, error) {
	reported := false
	defer func() {
		if !reported {
			r.peer.withdraw(r.task.Operation, r.ticket)
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
	x := r.s.wire.send(sending, r.t.via, req, r.timeout, r.class.Repeatable())
	defer x.leave()
	defer r.s.wire.room.work(ctx, x.body)()
	v, done, c := r.judge(ctx, req, x, conclude)
	if v.failure != nil && v.failure.Name == ErrOutcomeUnknown {
		v.failure.Cause = r.e.left() + x.back() + v.failure.Cause
	}
	now := r.s.opts.Now()
	if k := x.kind(); k != kindBlocked && k != kindCancelled {
		r.peer.report(r.task.Operation, r.ticket, now, v.sick)
		reported = true
	}
	r.peer.learn(r.task.Operation, ratelimit.Read(x.header, now), v.wait, now)
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
	seen, sc, failure := r.t.scope(r.task.Vars, x, c, r.task.reads())
	var declared *bool
	if failure == nil && r.task.Success != "" {
		var ok bool
		if ok, failure = r.s.project.truth(ctx, r.task.Success, sc); failure == nil {
			declared = &ok
		}
	}
	v := judge(r.class, x, declared, now)
	if r.s.expired(ctx, r.t, sc) {
		v = verdict{failure: &Failure{ErrReauthorize, expired}, effect: EffectNone}
	}
	var done conclusion
	switch {
	case v.failure != nil: // the API's failure comes before one of ours
	case failure != nil:
		v.failure = failure
	default:
		done = conclude(ctx, req, x, seen, sc)
		v.failure = done.failure
	}
	if r.task.Undo != nil && v.effect == EffectDone && !done.more {
		done.undo = r.undo(ctx, sc, done.value)
	}
	if r.class == effect.Safe {
		v.effect = EffectNone
	}
	v = r.reauthorise(v, x)
	done.failure = v.failure
	return v, done, c
}

// scope is what expressions see of an answer, and its content, secrets masked. Of
// what cannot be a step's value they see nothing where none of the step's reads it.
func (t *target) scope(vars map[string]json.RawMessage, x *exchange, c content, read bool) (content, scope, *Failure) {
	c.value = t.mask.Value(c.value)
	headers := plainHeaders(x.header)
	for name, value := range headers {
		headers[name] = t.mask.Text(value)
	}
	body := c.value
	if len(body) > maxValue && !read && t.conn.Settings.ExpiredWhen == "" {
		body = json.RawMessage("null")
	}
	sc, failure := newScope(vars, x.status, headers, body)
	return c, sc, failure
}

const expired = "By the connection's settings, this answer means that its credential has expired: connect again, or give it anew."

// expired says whether an answer means, by the connection's settings, that its credential
// is no longer valid. Only true does: what cannot be evaluated says nothing of it.
func (s *Service) expired(ctx context.Context, t *target, sc scope) bool {
	source, ok := expr.Unwrap(t.conn.Settings.ExpiredWhen)
	if !ok {
		return false
	}
	v, failure := s.project.eval(ctx, source, sc)
	return failure == nil && v == true
}

// refuses says whether an answer means that the credential is not valid (any more): by its
// status, or by the connection's settings.
func (s *Service) refuses(ctx context.Context, t *target, x *exchange) bool {
	if x.err != nil || x.status == http.StatusUnauthorized {
		return x.err == nil
	}
	if t.conn.Settings.ExpiredWhen == "" {
		return false
	}
	_, sc, _ := t.scope(nil, x, decode(x.header.Get("Content-Type"), x.body), false)
	return s.expired(ctx, t, sc)
}

// renew gives the target another token after the API refused the one it has. The failure,
// where there is one, says why there is none; there is no other where the credential is
// not obtained.
func (s *Service) renew(ctx context.Context, t *target) (bool, *Failure) {
	if t.cred.Serial == 0 {
		return false, nil
	}
	cred, err := s.connections.Renew(ctx, t.conn.ID, t.cred)
	if err != nil {
		failure, ok := taskFailure(err)
		if !ok {
			s.opts.Log.WarnContext(ctx, "call: a refused token was not replaced", "connection", t.conn.ID, "err", err)
		}
		return false, failure
	}
	t.cred, t.mask = cred, maskerOf(cred)
	return true, nil
}

// reauthorise names a refused grant: only signing in again helps.
func (r *runner) reauthorise(v verdict, x *exchange) verdict {
	if v.failure != nil && x.status == http.StatusUnauthorized && granted(r.t.conn) {
		v.failure = &Failure{ErrReauthorize, "The API no longer takes the stored grant: connect again."}
	}
	return v
}
