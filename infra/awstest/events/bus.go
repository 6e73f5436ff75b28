package events

import (
	"bytes"
	"slices"
	"sync"
	"testing"
	"time"
)

// Rule hands events to a target.
type Rule struct {
	// Bus, Source: what an event must have.
	Bus, Source string
	// Types are the detail-types that match; Except those that do not. No Types: all
	// but Except.
	Types, Except []string
	// Target is called with the event as Lambda gets it. An error is tried again, up
	// to Tries times in all.
	Target func(payload []byte) error
	// Tries defaults to 3, as of Lambda's asynchronous calls.
	Tries int
}

// BusOptions of a Bus.
type BusOptions struct {
	// Buses are those that exist, by name, besides "default".
	Buses []string
	// Live hands events over by themselves, as they come; else Settle does.
	Live bool
	// Twice hands each event over twice.
	Twice bool
	// Fault is asked before each request. Defaults to no fault.
	Fault func() Fault
	// Now is the time of events that bring none. Defaults to time.Now.
	Now func() time.Time
}

// Bus is an EventBridge. It is an http.Handler, safe for concurrent use.
type Bus struct {
	o       BusOptions
	mu      sync.Mutex
	rules   []Rule
	pending []delivery
	dead    [][]byte
	seen    int
	work    sync.WaitGroup
}

type delivery struct {
	rule    Rule
	payload []byte
	tries   int
}

// NewBus makes a Bus without rules.
func NewBus(opts *BusOptions) *Bus {
	var o BusOptions
	if opts != nil {
		o = *opts
	}
	if o.Fault == nil {
		o.Fault = func() Fault { return Fault{} }
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Bus{o: o}
}

// Start serves b on loopback until the test ends and returns its address.
func (b *Bus) Start(t testing.TB) (endpoint string) {
	t.Helper()
	endpoint = serve(t, b)
	t.Cleanup(b.work.Wait)
	return endpoint
}

// Wait returns when a Live bus has handed over what it took so far.
func (b *Bus) Wait() { b.work.Wait() }

// Add adds a rule.
func (b *Bus) Add(r Rule) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if r.Tries == 0 {
		r.Tries = 3
	}
	b.rules = append(b.rules, r)
}

// Taken is how many entries were taken so far.
func (b *Bus) Taken() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.seen
}

// Dead are the events that were given up.
func (b *Bus) Dead() [][]byte {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.dead)
}

// Settle hands over what waits, and what follows from it, until nothing does.
func (b *Bus) Settle() {
	b.work.Wait()
	for {
		b.mu.Lock()
		all := b.pending
		b.pending = nil
		b.mu.Unlock()
		if len(all) == 0 {
			return
		}
		for _, d := range all {
			b.hand(d)
		}
	}
}

// hand calls a target, again where that fails.
func (b *Bus) hand(d delivery) {
	for d.rule.Target(bytes.Clone(d.payload)) != nil {
		if d.tries++; d.tries >= d.rule.Tries {
			b.mu.Lock()
			b.dead = append(b.dead, d.payload)
			b.mu.Unlock()
			return
		}
	}
}
