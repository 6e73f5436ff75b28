package main

import (
	"context"
	"slices"
	"strings"
	"time"
)

// cell is a class in a row.
type cell struct {
	class   string
	runs    []outcome
	ends    map[string]int // how many runs came to what
	precise int            // of them to what the row says, not by the breaker
	arrived int
	effects int
	longest time.Duration // a call
	spared  int           // runs that the breaker kept from sending
}

// outcome is one run.
type outcome struct {
	id, thing string
	unknown   bool
}

// slack is what a call may take beyond its bound: it is measured from the
// journal's write before to the one after, on a machine with other work.
const slack = 2 * time.Second

// sick says whether the fault is the peer's, so that the breaker may keep runs from sending.
func (e ends) sick(class string) bool {
	return !slices.Contains(e.of(class), completed) && !slices.Contains(e.of(class), tooLarge)
}

// judge holds a run to what the row says.
func (b *bench) judge(ctx context.Context, r row, s *stage, c *cell, o *outcome) error {
	got, err := b.user.run(ctx, o.id)
	if err != nil {
		return err
	}
	end, cause := got.Status, ""
	if got.Error != nil {
		end, cause = got.Error.Name, got.Error.Cause
	}
	at := slices.IndexFunc(got.Steps, func(s step) bool { return s.Path == "call" })
	if at < 0 {
		b.fault("%s, %s: run %s shows no call", r.name, c.class, o.id)
		return nil
	}
	call := got.Steps[at]
	if got.Status == "WAITING" && call.Status == "UNKNOWN" {
		end, o.unknown = unknown, true
		if call.Message == "" {
			b.fault("%s, %s: run %s waits and does not say for what", r.name, c.class, o.id)
		}
	}
	c.ends[end]++
	arrived, effects := s.ledger.of(c.class, o.thing)
	c.arrived, c.effects = c.arrived+arrived, c.effects+effects
	spared := (strings.Contains(cause, notSent) || strings.Contains(cause, notAgain)) && r.ends.sick(c.class)
	want := r.ends.of(c.class)
	if slices.Contains(want, end) || slices.ContainsFunc(call.Attempts, func(a attempt) bool { return a.Error != nil && slices.Contains(want, a.Error.Name) }) {
		c.precise++
	}
	switch {
	case slices.Contains(want, end):
	case spared && end == network:
		c.spared++
	default:
		b.fault("%s, %s: run %s came to %s %q, want %v", r.name, c.class, o.id, end, cause, want)
	}
	b.calls(r, c, o, call, arrived)
	b.effects(r, c, o, end, effects)
	return nil
}

// calls holds the attempts of a call to their bound, and the server's count to the journal's.
func (b *bench) calls(r row, c *cell, o *outcome, call step, arrived int) {
	if most := call.Attempt * max(r.hops, 1); arrived > most {
		b.fault("%s, %s: run %s tells of %d attempts, and %d requests arrived", r.name, c.class, o.id, call.Attempt, arrived)
	}
	for _, a := range call.Attempts {
		took := a.EndedAt.Sub(a.StartedAt)
		c.longest = max(c.longest, took)
		if a.EndedAt.IsZero() || took > r.longest()+slack {
			b.fault("%s, %s: a call of run %s took %s, its bound is %s", r.name, c.class, o.id, took, r.longest())
		}
		if r.bound != 0 && took < r.bound-slack && a.Status != "succeeded" {
			b.fault("%s, %s: a call of run %s took %s, which is not what the bound of %s ends", r.name, c.class, o.id, took, r.bound)
		}
		if r.problems && a.Status == "succeeded" && len(a.Response.Problems) == 0 {
			b.fault("%s, %s: nothing is noted of an answer in run %s that is not what it says", r.name, c.class, o.id)
		}
	}
}

// effects: a completed run had its effect, once; nothing that is not shown as
// unknown had it more often.
func (b *bench) effects(r row, c *cell, o *outcome, end string, effects int) {
	want, most := 0, 1
	if end == completed && c.class != safe {
		want = 1
	}
	if c.class == unsafe && end == unknown {
		most = max(r.hops, 1) // a redirect asks for the same once more
	}
	if effects < want || effects > most {
		b.fault("%s, %s: run %s is %s, and had %d effects", r.name, c.class, o.id, end, effects)
	}
}
