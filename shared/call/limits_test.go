package call

import (
	"testing"
	"time"

	"github.com/apiq/apiq/shared/connection"
	"github.com/apiq/apiq/shared/ratelimit"
)

func TestLimits(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	at := func(seconds float64) time.Time { return start.Add(time.Duration(seconds * float64(time.Second))) }
	quota := func(scope string, limit, remaining, reset float64) ratelimit.Quota {
		return ratelimit.Quota{Scope: scope, Limit: limit, Remaining: remaining, ResetAt: at(reset), At: start}
	}
	wait := func(t *testing.T, l *limits, op string, seconds float64, want time.Duration) {
		t.Helper()
		if got := l.wait(op, at(seconds)); got != want {
			t.Errorf("%s after %g s waits %v, want %v", op, seconds, got, want)
		}
	}
	t.Run("used up for all", func(t *testing.T) {
		t.Parallel()
		l := newLimits()
		l.learn("a", []ratelimit.Quota{quota("", 10, 0, 30)}, 0, start)
		wait(t, &l, "a", 0, 30*time.Second)
		wait(t, &l, "never called", 10, 20*time.Second)
		wait(t, &l, "a", 30, 0)
	})
	t.Run("each its own", func(t *testing.T) {
		t.Parallel()
		l := newLimits()
		l.learn("search", []ratelimit.Quota{quota("search", 30, 0, 60)}, 0, start)
		l.learn("small", []ratelimit.Quota{quota("", 75, 0, 900)}, 0, start)
		l.learn("large", []ratelimit.Quota{quota("", 900, 899, 900)}, 0, start)
		wait(t, &l, "search", 0, time.Minute)
		wait(t, &l, "small", 0, 15*time.Minute)
		wait(t, &l, "large", 0, 0)
	})
	t.Run("those under way count", func(t *testing.T) {
		t.Parallel()
		l := newLimits()
		l.learn("a", []ratelimit.Quota{quota("", 10, 2, 30)}, 0, start)
		l.underWay["a"] = 1
		wait(t, &l, "a", 0, 0)
		l.underWay["b"] = 1
		wait(t, &l, "a", 0, glance)
		l.leave("b")
		wait(t, &l, "a", 0, 0)
	})
	t.Run("tokens are not requests", func(t *testing.T) {
		t.Parallel()
		l := newLimits()
		q := quota("", 1000, 1, 30)
		q.Unit = "tokens"
		l.learn("a", []ratelimit.Quota{q}, 0, start)
		l.underWay["a"] = 5
		wait(t, &l, "a", 0, 0)
	})
	t.Run("told but once", func(t *testing.T) {
		t.Parallel()
		l := newLimits()
		l.learn("a", []ratelimit.Quota{quota("", 0, 0, 30)}, 0, start)
		l.underWay["a"] = 1
		wait(t, &l, "a", 31, glance) // one goes first
		l.learn("a", nil, 0, at(32))
		wait(t, &l, "a", 32, 0)
	})
	t.Run("no time told", func(t *testing.T) {
		t.Parallel()
		l := newLimits()
		l.learn("a", []ratelimit.Quota{{Limit: 10, At: start}}, 0, start)
		wait(t, &l, "a", 0, 0)
	})
	t.Run("little left is spread", func(t *testing.T) {
		t.Parallel()
		l := newLimits()
		l.learn("a", []ratelimit.Quota{quota("", 100, 50, 2)}, 0, start)
		for range 3 {
			if turn := l.turn("a", start); !turn.Equal(start) {
				t.Errorf("half is left, and a turn is at %v", turn.Sub(start))
			}
		}
		l.learn("a", []ratelimit.Quota{quota("", 100, 10, 2)}, 0, start)
		for i := range 3 {
			if turn := l.turn("a", start); turn.Sub(start) != time.Duration(i)*200*time.Millisecond {
				t.Errorf("turn %d is at %v", i, turn.Sub(start))
			}
		}
		l.learn("a", []ratelimit.Quota{quota("", 100, 10, 3600)}, 0, start)
		l.next = time.Time{}
		l.turn("a", start)
		if turn := l.turn("a", start); turn.Sub(start) != maxGap {
			t.Errorf("what is left may be used, and the next turn is at %v", turn.Sub(start))
		}
	})
	t.Run("asked to stay away", func(t *testing.T) {
		t.Parallel()
		l := newLimits()
		l.learn("a", nil, 10*time.Second, start)
		l.learn("b", nil, time.Second, start)
		wait(t, &l, "c", 0, 10*time.Second)
		if !l.seen.BlockedUntil.Equal(at(10)) {
			t.Errorf("%+v", l.seen)
		}
	})
	t.Run("noted by another process", func(t *testing.T) {
		t.Parallel()
		l := newLimits()
		noted := &connection.Limits{At: start, BlockedUntil: at(5), Quotas: []ratelimit.Quota{quota("", 10, 0, 30)}}
		l.adopt(noted)
		l.adopt(nil)
		wait(t, &l, "a", 0, 30*time.Second)
		l.learn("a", []ratelimit.Quota{{Limit: 10, Remaining: 9, ResetAt: at(60), At: at(6)}}, 0, at(6))
		l.adopt(noted) // older than what is known
		wait(t, &l, "a", 6, 0)
	})
	t.Run("answers overtake each other", func(t *testing.T) {
		t.Parallel()
		l := newLimits()
		told := func(remaining, reset, now float64) {
			l.learn("a", []ratelimit.Quota{quota("", 10, remaining, reset)}, 0, at(now))
		}
		left := func() float64 { return l.quotas[quotaKey(quota("", 10, 0, 0))].Remaining }
		told(3, 30, 0)
		told(7, 31, 1) // made before the other
		if left() != 3 {
			t.Errorf("%g left, and less is left with each answer", left())
		}
		told(8, 33, 2) // of a window that moves on
		if left() != 8 {
			t.Errorf("%g left in a later window", left())
		}
		told(9, 95, 35)
		told(0, 33, 36) // of the window before
		if left() != 9 {
			t.Errorf("%g left, by an answer of the window before", left())
		}
	})
	t.Run("bounded", func(t *testing.T) {
		t.Parallel()
		l := newLimits()
		for i := range 5_000 {
			l.learn(string(rune(i)), []ratelimit.Quota{quota(string(rune(i)), 10, 5, 1e6)}, 0, start)
		}
		if len(l.quotas) > maxTold+1 || len(l.called) > maxCalled+1 {
			t.Errorf("%d quotas, %d operations", len(l.quotas), len(l.called))
		}
	})
}
