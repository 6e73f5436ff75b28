package call

import (
	"context"
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
)

// PeerOptions bound what one connection's API is asked for, over all runs of
// this process.
type PeerOptions struct {
	// Concurrent is how many requests may be in flight. Defaults to 32.
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

// of returns the peer of a connection in a workspace.
func (ps *peers) of(workspace, connection string) *peer {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	key := workspace + "/" + connection
	p, ok := ps.byID.Get(key)
	if !ok {
		p = &peer{opts: ps.opts, tokens: ps.opts.RetryBurst, slots: make(chan struct{}, ps.opts.Concurrent)}
		ps.byID.Add(key, p)
	}
	return p
}

// peer is one connection's shared state: how long to stay away, what is left of
// the retry budget, and the circuit. failsafe-go's breaker keeps its own clock
// and knows no Retry-After, so the few lines are ours.
type peer struct {
	opts  PeerOptions
	slots chan struct{}

	mu       sync.Mutex
	blocked  time.Time // the peer asked to stay away until then
	tokens   float64
	filled   time.Time
	failures int
	openTill time.Time
	openFor  time.Duration
	probing  bool
}

// enter waits for a place among the requests in flight.
func (p *peer) enter(ctx context.Context) error {
	select {
	case p.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (p *peer) leave() { <-p.slots }

// admit says how long to wait before the next request, and why. Zero means go;
// after an open circuit one caller goes as its probe and must call report.
func (p *peer) admit(now time.Time) (wait time.Duration, why refusal) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if wait := p.blocked.Sub(now); wait > 0 {
		return wait, refusedByPeer
	}
	if p.openTill.IsZero() {
		return 0, admitted
	}
	if wait := p.openTill.Sub(now); wait > 0 {
		return wait, circuitOpen
	}
	if p.probing {
		return p.openFor, circuitOpen
	}
	p.probing = true
	return 0, admitted
}

type refusal int

const (
	admitted refusal = iota
	refusedByPeer
	circuitOpen
)

// report tells how a request that was admitted went. A failure is one of the
// peer's: no answer, or an answer above 499.
func (p *peer) report(now time.Time, failed bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	wasProbe := p.probing
	p.probing = false
	if !failed {
		p.failures, p.openTill, p.openFor = 0, time.Time{}, 0
		return
	}
	p.failures++
	switch {
	case wasProbe:
		p.openFor = min(2*p.openFor, maxOpenFor)
	case p.failures >= p.opts.OpenAfter && p.openTill.IsZero():
		p.openFor = p.opts.OpenFor
	default:
		return
	}
	p.openTill = now.Add(p.openFor)
}

// withdraw gives back an admission that led to no request.
func (p *peer) withdraw() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.probing = false
}

// block keeps everybody away until then.
func (p *peer) block(until time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if until.After(p.blocked) {
		p.blocked = until
	}
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
