package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
)

// bench is where rows are tried.
type bench struct {
	home *home
	user *client
	spec string // the address of everybody's document
	held int    // files that are open when nothing is under way
	runs int    // for each class
	many int    // of those of heavy rows

	mu     sync.Mutex
	faults []string
}

// fault takes down that something is not as it must be.
func (b *bench) fault(format string, args ...any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.faults = append(b.faults, fmt.Sprintf(format, args...))
}

// try starts runs of each class through a fault, waits for their ends and judges them.
func (b *bench) try(whole context.Context, r row) (*report, error) {
	s, err := set(whole, r)
	if err != nil {
		return nil, err
	}
	defer s.close()
	out := &report{row: r, cells: make([]cell, len(classes()))}
	b.home.forget()
	all, ctx := errgroup.WithContext(whole)
	all.Go(func() error { return s.later(ctx, r) })
	for i, class := range classes() {
		out.cells[i] = cell{class: class, ends: map[string]int{}}
		all.Go(func() error { return b.class(ctx, r, s, &out.cells[i]) })
	}
	if err := all.Wait(); err != nil {
		return nil, fmt.Errorf("%s: %w", r.name, err)
	}
	out.peak = b.home.peak()
	return out, b.resolve(whole, r, s, out)
}

// class tries one class. It has a connection of its own: what an API's failures
// lead to - breaker, budget - is the connection's.
func (b *bench) class(ctx context.Context, r row, s *stage, c *cell) error {
	con, err := b.user.connect(ctx, r.name+", "+c.class, b.spec, s.base)
	if err != nil {
		return err
	}
	flow, err := b.user.save(ctx, r.name+", "+c.class, step1(r, con, c.class))
	if err != nil {
		return err
	}
	n := b.runs
	if r.heavy {
		n = b.many
	}
	pad := ""
	if r.pad {
		pad = strings.Repeat("x", bulk)
	}
	c.runs = make([]outcome, n)
	var started errgroup.Group
	for i := range c.runs {
		started.Go(func() (err error) {
			c.runs[i].thing = fmt.Sprintf("%s-%d", slug(r.name), i)
			c.runs[i].id, err = b.user.start(ctx, flow, c.runs[i].thing, pad)
			return err
		})
	}
	if err := started.Wait(); err != nil {
		return err
	}
	patient, cancel := context.WithTimeout(ctx, r.patience())
	defer cancel()
	if err := b.user.settled(patient, flow); patient.Err() != nil {
		b.fault("%s, %s: after %s %v", r.name, c.class, r.patience(), err)
	} else if err != nil {
		return err
	}
	for i := range c.runs {
		if err := b.judge(ctx, r, s, c, &c.runs[i]); err != nil {
			return err
		}
	}
	if r.ends.sick(c.class) && c.precise == 0 {
		b.fault("%s, %s: no run came to %v itself", r.name, c.class, r.ends.of(c.class))
	}
	return nil
}

// step1 is the only step: the call.
func step1(r row, con, class string) obj {
	s := obj{"id": "call", "type": "api_call", "connection": con, "operation": class}
	if n := r.seconds(); n > 0 {
		s["timeoutSeconds"] = n
	}
	if !r.retried {
		s["retry"] = []any{}
	}
	if class == safe || class == idempotent {
		s["parameters"] = obj{"name": "{% $input.name %}"}
	}
	if class != safe {
		s["body"] = obj{"name": "{% $input.name %}", "pad": "{% $input.pad %}"}
	}
	return s
}

// slug is a text that can stand in a path.
func slug(text string) string {
	return strings.Map(func(c rune) rune {
		if c >= 'a' && c <= 'z' || c >= '0' && c <= '9' {
			return c
		}
		return '-'
	}, strings.ToLower(text))
}

// resolve decides what is unknown by what has become of it, which the server
// knows: what had its effect is done; what had none is sent again where the way is
// good now, and given up where it is not. Every run ends by it.
func (b *bench) resolve(ctx context.Context, r row, s *stage, out *report) error {
	healed, err := s.heal(ctx, r)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, r.patience())
	defer cancel()
	var all errgroup.Group
	for i := range out.cells {
		c := &out.cells[i]
		for j := range c.runs {
			if o := &c.runs[j]; o.unknown {
				all.Go(func() error { return b.resolveOne(ctx, r, s, c, o, healed) })
			}
		}
	}
	return all.Wait()
}

func (b *bench) resolveOne(ctx context.Context, r row, s *stage, c *cell, o *outcome, healed bool) error {
	_, effects := s.ledger.of(c.class, o.thing)
	decision, want, wantEffects := "done", completed, effects
	switch {
	case effects == 0 && healed:
		decision, wantEffects = "retry", 1
	case effects == 0:
		decision, want = "fail", "FAILED"
	}
	if err := b.user.decide(ctx, o.id, "call", decision); err != nil {
		return err
	}
	got, err := b.ended(ctx, o.id)
	if err != nil {
		return fmt.Errorf("%s, %s: after %s: %w", r.name, c.class, decision, err)
	}
	if _, effects := s.ledger.of(c.class, o.thing); got.Status != want || effects != wantEffects {
		b.fault("%s, %s: run %s is %s with %d effects after %s, want %s with %d", r.name, c.class, o.id, got.Status, effects, decision, want, wantEffects)
	}
	return nil
}

// ended waits for a run's end.
func (b *bench) ended(ctx context.Context, id string) (run, error) {
	for {
		got, err := b.user.run(ctx, id)
		if err != nil {
			return run{}, err
		}
		spared := got.Status == "FAILED" && got.Error != nil && (strings.Contains(got.Error.Cause, notSent) || strings.Contains(got.Error.Cause, notAgain))
		switch {
		case spared: // the breaker has not learnt yet that the way is good
			if err := b.user.again(ctx, id); err != nil {
				return run{}, err
			}
		case got.Status == completed || got.Status == "FAILED" || got.Status == "CANCELLED":
			return got, nil
		}
		if err := wait(ctx, pollEvery); err != nil {
			return run{}, errors.Join(fmt.Errorf("run %s is %s", id, got.Status), err)
		}
	}
}

// What a failure says that the breaker, or the API's own wish, led to.
const (
	notSent  = "nothing was sent"
	notAgain = "it was not asked again"
)

// patience is how long the runs of a row may take: each attempt its bound, within
// and beyond the budget of an invocation, and the pauses of the engine's retries.
func (r row) patience() time.Duration {
	return time.Minute + 4*r.longest()
}
