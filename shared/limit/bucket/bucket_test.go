package bucket_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/limit/bucket"
	"github.com/apiq/apiq/shared/route"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
)

// TestLimiterBurstAndWait: what one process alone gets, the same as from limit.Local
// but for blocks above 400 a minute.
func TestLimiterBurstAndWait(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		perMinute, burst, atOnce int
		block                    time.Duration
	}{{60, 1, 1, 1}, {60, 5, 5, 1}, {30, 20, 20, 1}, {10, 20, 20, 1}, {60, 0, 1, 1}, {240, 60, 60, 1}, {1200, 240, 240, 3}, {1200, 2, 2, 2}} {
		h := newHome(t, 1, bucket.Options{})
		n := 0
		for ; n <= c.atOnce; n++ {
			if ok, _ := h.allow(t, 0, "k", c.perMinute, c.burst); !ok {
				break
			}
		}
		if n != c.atOnce {
			t.Errorf("%+v: %d at once", c, n)
		}
		_, wait := h.allow(t, 0, "k", c.perMinute, c.burst)
		if want := c.block * time.Minute / time.Duration(c.perMinute); wait < want-time.Millisecond || wait > want+time.Millisecond {
			t.Errorf("%+v: wait %v, want %v", c, wait, want)
		}
		writes := h.driver.writes.Load()
		h.clock.pass(wait - 2*time.Millisecond)
		if ok, _ := h.allow(t, 0, "k", c.perMinute, c.burst); ok {
			t.Errorf("%+v: too soon", c)
		}
		if h.driver.writes.Load() != writes {
			t.Errorf("%+v: a refusal wrote", c)
		}
		h.clock.pass(3 * time.Millisecond)
		if ok, _ := h.allow(t, 0, "k", c.perMinute, c.burst); !ok {
			t.Errorf("%+v: not after its wait", c)
		}
	}
	h := newHome(t, 1, bucket.Options{})
	for range 1000 {
		if ok, _ := h.allow(t, 0, "k", 0, 0); !ok {
			t.Fatal("no rate is no limit")
		}
	}
}

// TestLimiterShared: over 60 s, four processes together get the rate of one bucket,
// within 2 % and never 1 % more, however the load is spread over them.
func TestLimiterShared(t *testing.T) {
	t.Parallel()
	for name, asks := range map[string]func(step, process int) int{
		"evenly pressed":  func(int, int) int { return 2 },
		"one presses":     func(step, process int) int { return map[bool]int{true: 3, false: min(1, step%70/69)}[process == 0] },
		"in turns":        func(step, process int) int { return map[bool]int{true: 3}[step/150%4 == process] },
		"all at a second": func(step, process int) int { return map[bool]int{true: 30}[step%100 == 0] },
	} {
		for _, perMinute := range []int{30, 60, 240, 600, 1200} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				const step = 10 * time.Millisecond
				h := newHome(t, 4, bucket.Options{})
				burst := max(1, perMinute/4)
				for i := 0; ; i++ { // the burst is spent first
					if ok, _ := h.allow(t, i%4, "k", perMinute, burst); !ok {
						break
					}
				}
				h.clock.pass(time.Minute / time.Duration(perMinute) / 2) // between two tokens
				taken := 0
				for s := range int(time.Minute / step) {
					h.clock.pass(step)
					for p := range h.each {
						for range asks(s, p) {
							if ok, _ := h.allow(t, p, "k", perMinute, burst); ok {
								taken++
							}
						}
					}
				}
				t.Logf("%d a minute: %d (%+.2f %%), %d writes, %d of them lost, %d reads", perMinute, taken,
					100*float64(taken-perMinute)/float64(perMinute), h.driver.writes.Load(), h.driver.lost.Load(), h.driver.gets.Load())
				if taken*100 < perMinute*98 || (taken-1)*100 > perMinute*101 {
					t.Errorf("%d in a minute, want %d", taken, perMinute)
				}
			})
		}
	}
}

// TestLimiterSparse: many processes that rarely ask do not hold what others need.
func TestLimiterSparse(t *testing.T) {
	t.Parallel()
	h := newHome(t, 15, bucket.Options{})
	for range 20 { // 15 requests a second of 20 allowed, each from another process
		for p := range h.each {
			h.clock.pass(time.Second / 15)
			if ok, _ := h.allow(t, p, "k", 1200, 20); !ok {
				t.Fatal("refused below the limit")
			}
		}
	}
}

// TestLimiterConcurrent: four processes with four requests at once each, against the
// real clock: the bucket gives what it has, and refusals take nothing.
func TestLimiterConcurrent(t *testing.T) {
	t.Parallel()
	h := newHome(t, 4, bucket.Options{Now: time.Now, Patience: 30 * time.Second})
	const perMinute, burst, length = 1200, 100, 2 * time.Second
	began := time.Now()
	var taken atomic.Int64
	var last atomic.Int64
	var wg sync.WaitGroup
	for p := range h.each {
		for range 4 {
			wg.Go(func() {
				for time.Since(began) < length {
					ok, wait, err := h.each[p].Allow(context.Background(), "k", perMinute, burst)
					switch {
					case err != nil:
						t.Error(err)
						return
					case ok:
						taken.Add(1)
						last.Store(int64(time.Since(began)))
					default:
						time.Sleep(min(wait, 20*time.Millisecond)) // as a client would
					}
				}
			})
		}
	}
	wg.Wait()
	elapsed := time.Since(began)
	// From above by what has filled in; from below by what had until the last one.
	most := burst + int64(elapsed.Seconds()*perMinute/60) + 1
	least := (burst + int64(time.Duration(last.Load()).Seconds()*perMinute/60)) * 95 / 100
	if n := taken.Load(); n > most || n < least {
		t.Errorf("%d in %v, want %d to %d", n, elapsed, least, most)
	}
}

// TestLimiterStored: what is written has no readable key, expires, and belongs to
// the system; high rates write nothing.
func TestLimiterStored(t *testing.T) {
	t.Parallel()
	h := newHome(t, 1, bucket.Options{})
	const key = "login|ada@example.com|203.0.113.9"
	h.allow(t, 0, key, 30, 20)
	if len(h.driver.ops) != 1 {
		t.Fatalf("%d writes", len(h.driver.ops))
	}
	op := h.driver.ops[0]
	if !strings.HasPrefix(op.Item.PK, tenant.System+"/LIMIT#") {
		t.Errorf("it is kept under %q", op.Item.PK)
	}
	for _, part := range []string{"ada", "example", "203.0", "login"} {
		if strings.Contains(op.Item.PK+op.Item.SK+string(op.Item.Data), part) {
			t.Errorf("%q is readable in %q %s", part, op.Item.PK, op.Item.Data)
		}
	}
	if left := op.Item.ExpiresAt.Sub(h.clock.now()); left < time.Minute || left > 2*time.Minute {
		t.Errorf("it expires in %v", left)
	}
	h.clock.pass(time.Hour) // expired: the bucket is full, and made anew
	for i := range 20 {
		if ok, _ := h.allow(t, 0, key, 30, 20); !ok {
			t.Fatalf("refused after %d", i)
		}
	}
	before := h.driver.writes.Load() + h.driver.gets.Load()
	for range 50 {
		h.allow(t, 0, key, 1201, 100)
	}
	if n := h.driver.writes.Load() + h.driver.gets.Load(); n != before {
		t.Errorf("a high rate asked the table %d times", n-before)
	}
}

// TestLimiterWithoutTable: this process's own bucket decides while the table is out
// of reach, the table is left alone for a while, and then it is back.
func TestLimiterWithoutTable(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]func(context.Context) error{
		"throttled": func(context.Context) error { return table.ErrThrottled },
		"failing":   func(context.Context) error { return errors.New("no") },
		"hanging":   func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var log bytes.Buffer
			h := newHome(t, 2, bucket.Options{Patience: 50 * time.Millisecond, Log: slog.New(slog.NewTextHandler(&log, nil))})
			h.driver.fail(fault)
			for p := range h.each {
				n := 0
				for range 10 {
					if ok, _ := h.allow(t, p, "ada@example.com", 60, 5); ok {
						n++
					}
				}
				if n != 5 {
					t.Errorf("process %d allowed %d without the table, want its own 5", p, n)
				}
			}
			if n := h.driver.gets.Load() + h.driver.writes.Load(); n != 2 {
				t.Errorf("the table was asked %d times, want once by each process", n)
			}
			if got := log.String(); strings.Count(got, "out of reach") != 2 || strings.Contains(got, "ada") {
				t.Errorf("logged %q", got)
			}
			h.driver.fail(nil)
			h.clock.pass(2 * time.Second)
			n := 0
			for i := range 20 {
				if ok, _ := h.allow(t, i%2, "ada@example.com", 60, 5); ok {
					n++
				}
			}
			if n != 5 {
				t.Errorf("%d once the table is back, want the shared 5", n)
			}
		})
	}
}

// TestLimiterCancelled: the caller's own end is its own error.
func TestLimiterCancelled(t *testing.T) {
	t.Parallel()
	h := newHome(t, 1, bucket.Options{Patience: time.Minute})
	h.driver.fail(func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() })
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	for range 3 { // one waits for the table, the others for that one
		wg.Go(func() {
			if _, _, err := h.each[0].Allow(ctx, "k", 60, 5); !errors.Is(err, context.Canceled) {
				t.Errorf("%v, want context.Canceled", err)
			}
		})
	}
	cancel()
	wg.Wait()
}

// TestLimiterWrongClock: what a process with a clock far ahead left blocks nobody for
// long; the bucket fills up again from there.
func TestLimiterWrongClock(t *testing.T) {
	t.Parallel()
	h := newHome(t, 1, bucket.Options{})
	ahead := h.clock.now().Add(24 * time.Hour)
	wrong, err := bucket.New(table.New(h.driver, &table.Options{Now: h.clock.now}), &bucket.Options{Now: func() time.Time { return ahead }})
	if err != nil {
		t.Fatal(err)
	}
	if ok, _, err := wrong.Allow(t.Context(), "k", 60, 5); err != nil || !ok {
		t.Fatal(ok, err)
	}
	if ok, _ := h.allow(t, 0, "k", 60, 5); !ok {
		t.Fatal("the one token that such a bucket counts for was not given")
	}
	ok, wait := h.allow(t, 0, "k", 60, 5)
	if ok || wait > time.Second {
		t.Fatalf("allowed %v, wait %v, want an empty bucket then", ok, wait)
	}
	for i := range 3 {
		h.clock.pass(wait)
		if ok, _ := h.allow(t, 0, "k", 60, 5); !ok {
			t.Fatalf("still blocked in second %d", i)
		}
		_, wait = h.allow(t, 0, "k", 60, 5)
	}
}

// TestLimiterGrants: each function that keeps its route's bucket in the table is
// allowed to write there.
func TestLimiterGrants(t *testing.T) {
	t.Parallel()
	kept := 0
	for _, r := range route.Table() {
		if r.Rate.PerMinute <= 0 || r.Rate.PerMinute > bucket.LocalAbove {
			continue
		}
		kept++
		if r.Effective().Table < route.Write {
			t.Errorf("%s may not write its bucket", r.ID)
		}
	}
	if kept == 0 {
		t.Error("no route has a bucket in the table")
	}
}
