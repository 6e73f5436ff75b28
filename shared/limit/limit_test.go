package limit_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/limit"
)

type clock struct{ at atomic.Int64 }

func (c *clock) now() time.Time       { return time.Unix(1_800_000_000, c.at.Load()) }
func (c *clock) pass(d time.Duration) { c.at.Add(int64(d)) }

func newLocal(t *testing.T, keys int) (*limit.Local, *clock) {
	t.Helper()
	c := &clock{}
	l, err := limit.NewLocal(&limit.Options{Keys: keys, Now: c.now})
	if err != nil {
		t.Fatal(err)
	}
	return l, c
}

func allow(t *testing.T, l *limit.Local, key string, perMinute, burst int) (bool, time.Duration) {
	t.Helper()
	ok, wait, err := l.Allow(t.Context(), key, perMinute, burst)
	if err != nil {
		t.Fatal(err)
	}
	if ok != (wait == 0) {
		t.Fatalf("allowed %v with a wait of %v", ok, wait)
	}
	return ok, wait
}

func TestLimiterBurstAndWait(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ perMinute, burst, atOnce int }{{60, 1, 1}, {60, 5, 5}, {30, 20, 20}, {60, 0, 1}, {6000, 1200, 1200}} {
		l, clock := newLocal(t, 0)
		n := 0
		for ; n <= c.atOnce; n++ {
			if ok, _ := allow(t, l, "k", c.perMinute, c.burst); !ok {
				break
			}
		}
		if n != c.atOnce {
			t.Errorf("%+v: %d at once", c, n)
		}
		_, wait := allow(t, l, "k", c.perMinute, c.burst)
		if want := time.Minute / time.Duration(c.perMinute); wait < want-time.Millisecond || wait > want+time.Millisecond {
			t.Errorf("%+v: wait %v, want %v", c, wait, want)
		}
		clock.pass(wait - 2*time.Millisecond)
		if ok, _ := allow(t, l, "k", c.perMinute, c.burst); ok && wait > 2*time.Millisecond && c.perMinute < 6000 {
			t.Errorf("%+v: too soon", c)
		}
		clock.pass(3 * time.Millisecond)
		if ok, _ := allow(t, l, "k", c.perMinute, c.burst); !ok {
			t.Errorf("%+v: not after its wait", c)
		}
	}
	l, _ := newLocal(t, 0)
	for range 1000 {
		if ok, _ := allow(t, l, "k", 0, 0); !ok {
			t.Fatal("no rate is no limit")
		}
	}
}

// TestLimiterSustained: within 2 % of the rate over a minute, however hard it is pressed.
func TestLimiterSustained(t *testing.T) {
	t.Parallel()
	l, clock := newLocal(t, 0)
	const perMinute, step = 1200, 10 * time.Millisecond
	for ok := true; ok; { // the burst is spent first
		ok, _ = allow(t, l, "k", perMinute, 240)
	}
	taken := 0
	for range int(time.Minute / step) {
		clock.pass(step)
		for range 3 {
			if ok, _ := allow(t, l, "k", perMinute, 240); ok {
				taken++
			}
		}
	}
	if taken < perMinute*98/100 || taken > perMinute*102/100 {
		t.Errorf("%d in a minute, want %d", taken, perMinute)
	}
}

// TestLimiterConcurrent: refusals take nothing from anyone.
func TestLimiterConcurrent(t *testing.T) {
	t.Parallel()
	l, _ := newLocal(t, 0)
	var taken atomic.Int64
	var wait sync.WaitGroup
	for range 16 {
		wait.Go(func() {
			for range 200 {
				if ok, _, err := l.Allow(context.Background(), "k", 60, 500); err == nil && ok {
					taken.Add(1)
				}
			}
		})
	}
	wait.Wait()
	if taken.Load() != 500 {
		t.Errorf("%d of 500", taken.Load())
	}
}

func TestLimiterKeys(t *testing.T) {
	t.Parallel()
	l, _ := newLocal(t, 3)
	for _, key := range []string{"a", "b"} {
		if ok, _ := allow(t, l, key, 1, 1); !ok {
			t.Fatal("keys are not apart")
		}
	}
	// Others come and go: the one in use is not forgotten.
	for i := range 100 {
		if ok, _ := allow(t, l, "a", 1, 1); ok {
			t.Fatal("forgotten while in use")
		}
		allow(t, l, fmt.Sprint("x", i), 1, 1)
	}
	if ok, _ := allow(t, l, "b", 1, 1); !ok {
		t.Error("nothing is ever forgotten: the memory is not bounded")
	}
}
