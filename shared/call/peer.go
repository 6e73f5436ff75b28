package call

import (
	"cmp"
	"context"
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/apiq/apiq/shared/connection"
	"github.com/apiq/apiq/shared/ratelimit"
)

// PeerOptions bound what one connection's API is asked for, over all runs of
// this process.
type PeerOptions struct {
	// Concurrent is how many requests may be in flight where the connection's settings
	// do not say. Defaults to 32.
	Concurrent int
	// RetryBurst is how many retries may be spent at once, and RetryPerSecond how
	// fast they come back: a peer in trouble is not helped by everybody's
	// retries. Default to 20 and 2.
	RetryBurst     float64
	RetryPerSecond float64
	// OpenAfter is how many failures in a row open the circuit. Defaults to 8.
	OpenAfter int
	// OpenFor is how long it stays open at first; each failed probe doubles it up
	// to 30 s. Defaults to 1 s.
	OpenFor time.Duration
}

const maxOpenFor = 30 * time.Second

func (o *PeerOptions) defaults() {
	setDefault(&o.Concurrent, 32)
	setDefault(&o.RetryBurst, 20)
	setDefault(&o.RetryPerSecond, 2)
	setDefault(&o.OpenAfter, 8)
	setDefault(&o.OpenFor, time.Second)
}

// peers holds the state of each connection, the least recently used forgotten.
type peers struct {
	mu   sync.Mutex
	byID *lru.Cache[string, *peer]
	opts PeerOptions
}

func newPeers(opts PeerOptions) *peers {
	cache, err := lru.New[string, *peer](10_000)
	if err != nil { // only for a size below one
		panic(err)
	}
	return &peers{byID: cache, opts: opts}
}

// of returns the peer of a connection in a workspace, which goes by the settings from
// now on.
func (ps *peers) of(workspace, id string, settings connection.Settings) *peer {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	key := workspace + "/" + id
	p, ok := ps.byID.Get(key)
	if !ok {
		p = &peer{opts: ps.opts, tokens: ps.opts.RetryBurst, limits: newLimits()}
		ps.byID.Add(key, p)
	}
	p.set(settings)
	return p
}

// peer is one connection's shared state: what the API said of its limits, what is
// left of the retry budget, and the circuit. failsafe-go's breaker keeps its own
// clock and knows no Retry-After, so the few lines are ours.
type peer struct {
	opts PeerOptions

	mu       sync.Mutex
	slots    chan struct{} // another one where the settings give another number
	limits   limits
	tokens   float64
	filled   time.Time
	failures int
	openTill time.Time
	openFor  time.Duration
	probing  bool
}

func (p *peer) set(settings connection.Settings) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if n := cmp.Or(settings.MaxInFlight, p.opts.Concurrent); cap(p.slots) != n {
		p.slots = make(chan struct{}, n) // those under way leave the old one
	}
	p.limits.pace = 0
	if settings.RequestsPerSecond > 0 {
		p.limits.pace = time.Duration(float64(time.Second) / settings.RequestsPerSecond)
	}
}

// enter waits for a place among the requests in flight; leave gives it back.
func (p *peer) enter(ctx context.Context) (leave func(), _ error) {
	p.mu.Lock()
	slots := p.slots
	p.mu.Unlock()
	select {
	case slots <- struct{}{}:
		return func() { <-slots }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// admit says how long to wait before the next request of an operation, and why. Zero
// means go: it must be followed by report or withdraw. After an open circuit one
// caller goes as its probe. The caller keeps the ticket while it waits.
func (p *peer) admit(op string, now time.Time, t *ticket) (wait time.Duration, why refusal) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if wait := p.limits.wait(op, now); wait > 0 {
		return wait, refusedByPeer
	}
	if !p.openTill.IsZero() {
		if wait := p.openTill.Sub(now); wait > 0 {
			return wait, circuitOpen
		}
		if p.probing {
			return p.openFor, circuitOpen
		}
	}
	if t.turn.IsZero() {
		t.turn = p.limits.turn(op, now)
	}
	if wait := t.turn.Sub(now); wait > 0 {
		return wait, paced
	}
	t.probe = !p.openTill.IsZero()
	p.probing = t.probe
	p.limits.underWay[op]++
	return 0, admitted
}

// ticket is one request's admission.
type ticket struct {
	turn  time.Time // its place in the pace
	probe bool
}

type refusal int

const (
	admitted refusal = iota
	refusedByPeer
	circuitOpen
	paced
)

// report tells how a request that was admitted went. A failure is one of the
// peer's: no answer, or an answer above 499. Of those that were under way when the
// circuit opened, a success closes it, and another failure says nothing new.
func (p *peer) report(op string, t ticket, now time.Time, failed bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.end(op, t)
	if !failed {
		p.failures, p.openTill, p.openFor = 0, time.Time{}, 0
		return
	}
	p.failures++
	switch {
	case t.probe:
		p.openFor = min(2*p.openFor, maxOpenFor)
	case p.failures >= p.opts.OpenAfter && p.openTill.IsZero():
		p.openFor = p.opts.OpenFor
	default:
		return
	}
	p.openTill = now.Add(p.openFor)
}

// withdraw gives back an admission that led to no request.
func (p *peer) withdraw(op string, t ticket) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.end(op, t)
}

func (p *peer) end(op string, t ticket) {
	if t.probe {
		p.probing = false
	}
	p.limits.leave(op)
}

// learn takes what an answer told of the peer's limits: its quotas, and how long it
// asked to be left alone.
func (p *peer) learn(op string, told []ratelimit.Quota, wait time.Duration, now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.limits.learn(op, told, wait, now)
}

// wait is how long an operation has to wait for its quotas.
func (p *peer) wait(op string, now time.Time) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.limits.wait(op, now)
}

// adopt takes what another process noted of the peer's limits.
func (p *peer) adopt(noted *connection.Limits) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.limits.adopt(noted)
}

// seen is what is known of the peer's limits; nil for nothing.
func (p *peer) seen() *connection.Limits {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.limits.seen
}

// takeRetry spends one retry of the shared budget, if there is one.
func (p *peer) takeRetry(now time.Time) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.filled.IsZero() {
		gained := max(now.Sub(p.filled).Seconds(), 0) * p.opts.RetryPerSecond
		p.tokens = min(p.tokens+gained, p.opts.RetryBurst)
	}
	p.filled = now
	if p.tokens < 1 {
		return false
	}
	p.tokens--
	return true
}
