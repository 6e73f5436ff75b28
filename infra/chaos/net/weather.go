package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"golang.org/x/sync/errgroup"
)

// weather is one server behind faults that change all the time, and runs of many
// steps through them; afterwards it is calm, people decide what is unknown, runs
// that failed are continued, and all must have come to their end with each effect
// once.
type weather struct {
	*bench
	stage  *stage
	flow   string
	seed   uint64
	random *rand.Rand

	started  int
	ends     map[string]int
	decided  int
	resumed  int
	requests int // that arrived
}

// A fault lasts between shortest and shortest + longestFault; a run is started
// every startEvery.
const (
	shortest     = 200 * time.Millisecond
	longestFault = 2 * time.Second
	startEvery   = 150 * time.Millisecond
)

// turns is how often the loop of a run goes round.
const turns = 3

// last goes through the weather for a time.
func (b *bench) last(ctx context.Context, d time.Duration, seed uint64) (*weather, error) {
	s, err := set(ctx, row{name: "weather"})
	if err != nil {
		return nil, err
	}
	defer s.close()
	w := &weather{bench: b, stage: s, seed: seed, ends: map[string]int{}, random: rand.New(rand.NewPCG(seed, seed))} //nolint:gosec // faults need no secret
	con, err := b.user.connect(ctx, "weather", b.spec, s.base)
	if err != nil {
		return nil, err
	}
	if w.flow, err = b.user.save(ctx, "weather", w.steps(con)...); err != nil {
		return nil, err
	}
	runs, err := w.storm(ctx, d)
	if err != nil {
		return nil, err
	}
	return w, w.calm(ctx, runs)
}

// steps are a call of each class, thing by thing.
func (w *weather) steps(con string) []any {
	var do []any
	thing := "{% $input.name & '-' & $string($n) %}"
	for _, class := range classes() {
		s := obj{"id": class, "type": "api_call", "connection": con, "operation": class, "timeoutSeconds": 1, "output": "{% $response.body.name %}"}
		if class == safe || class == idempotent {
			s["parameters"] = obj{"name": thing}
		}
		if class != safe {
			s["body"] = obj{"name": thing}
		}
		do = append(do, s)
	}
	return []any{obj{"id": "each", "type": "loop", "over": fmt.Sprintf("{%% [1..%d] %%}", turns), "as": "n", "maxConcurrency": turns, "do": do}}
}

// storm starts runs while faults come and go.
func (w *weather) storm(ctx context.Context, d time.Duration) (runs []string, _ error) {
	stormy, over := context.WithTimeout(ctx, d)
	defer over()
	var both errgroup.Group
	both.Go(func() error {
		for stormy.Err() == nil {
			if err := w.change(ctx); err != nil {
				return err
			}
			_ = wait(stormy, shortest+time.Duration(w.random.Int64N(int64(longestFault)))) // its end is the loop's
		}
		return nil
	})
	both.Go(func() error {
		for stormy.Err() == nil {
			id, err := w.user.start(ctx, w.flow, fmt.Sprintf("weather-%d", len(runs)), "")
			if err != nil {
				return err
			}
			runs = append(runs, id)
			_ = wait(stormy, startEvery)
		}
		return nil
	})
	err := both.Wait()
	w.started = len(runs)
	return runs, err
}

// change puts another fault in the place of the one that is: an hour of sun, a
// server that is down, or a toxic.
func (w *weather) change(ctx context.Context) error {
	bad := []toxic{
		{Type: "latency", Attributes: obj{"latency": 300, "jitter": 300}}, {Type: "latency", Attributes: obj{"latency": 3000}},
		{Type: "bandwidth", Attributes: obj{"rate": 5}}, {Type: "slow_close", Attributes: obj{"delay": 500}},
		{Type: "timeout", Attributes: obj{"timeout": 0}}, {Type: "timeout", Attributes: obj{"timeout": 100}},
		{Type: "reset_peer", Attributes: obj{"timeout": 0}}, {Type: "slicer", Attributes: obj{"average_size": 64, "size_variation": 32, "delay": 500}},
		{Type: "limit_data", Attributes: obj{"bytes": 150}}, {Type: "limit_data", Attributes: obj{"bytes": 2000}},
	}
	switch n := w.random.IntN(len(bad) * 3 / 2); {
	case n == len(bad):
		w.stage.proxy.Stop()
		return nil
	case n > len(bad):
		return w.stage.swap(ctx)
	default:
		t := bad[n]
		t.Stream, t.Toxicity = []string{up, down}[w.random.IntN(2)], 0.7
		return w.stage.swap(ctx, t)
	}
}

// calm brings every run to its end and counts what has been done.
func (w *weather) calm(ctx context.Context, runs []string) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Minute)
	defer cancel()
	if err := w.stage.swap(ctx); err != nil {
		return err
	}
	if err := w.user.settled(ctx, w.flow); err != nil {
		return err
	}
	var all errgroup.Group
	for i, id := range runs {
		got, err := w.user.run(ctx, id)
		if err != nil {
			return err
		}
		w.ends[got.Status]++
		all.Go(func() error { return w.bring(ctx, id, fmt.Sprintf("weather-%d", i)) })
	}
	if err := all.Wait(); err != nil {
		return err
	}
	w.count(len(runs))
	return nil
}

// bring decides and continues until a run is completed.
func (w *weather) bring(ctx context.Context, id, thing string) error {
	for {
		got, err := w.user.run(ctx, id)
		if err != nil {
			return err
		}
		switch got.Status {
		case completed:
			return nil
		case "FAILED":
			if err := w.user.again(ctx, id); err != nil {
				return err
			}
			w.add(&w.resumed)
		case "WAITING":
			for _, s := range got.Steps {
				if s.Status != "UNKNOWN" {
					continue
				}
				var n int
				if _, err := fmt.Sscanf(s.Path, "each[%d]/", &n); err != nil {
					return fmt.Errorf("step %s is unknown: %w", s.Path, err)
				}
				decision := "retry"
				if _, effects := w.stage.ledger.of(s.ID, fmt.Sprintf("%s-%d", thing, n+1)); effects > 0 {
					decision = "done"
				}
				if err := w.user.decide(ctx, id, s.Path, decision); err != nil {
					return err
				}
				w.add(&w.decided)
			}
		}
		if err := wait(ctx, pollEvery); err != nil {
			return fmt.Errorf("run %s is %s: %w", id, got.Status, err)
		}
	}
}

func (w *weather) add(n *int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	*n++
}

// count asks the server for what every step of every run has done.
func (w *weather) count(runs int) {
	for i := range runs {
		for n := 1; n <= turns; n++ {
			for _, class := range classes() {
				thing := fmt.Sprintf("weather-%d-%d", i, n)
				arrived, effects := w.stage.ledger.of(class, thing)
				w.requests += arrived
				if class != safe && effects != 1 {
					w.fault("weather: %s %s had %d effects", class, thing, effects)
				}
			}
		}
	}
}
