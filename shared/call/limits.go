package call

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/apiq/apiq/shared/connection"
	"github.com/apiq/apiq/shared/ratelimit"
)

const (
	// glance is how soon a caller looks again whose request may be one too many,
	// depending on what those under way are answered.
	glance = 100 * time.Millisecond
	// little is the part of a quota from which on requests are spread, and maxGap the
	// longest pause between two: what is left may be used.
	little = 0.1
	maxGap = time.Second
	// sameWindow is how far two answers' resets may be apart that mean one: they are told
	// in whole seconds, and by the answer's way.
	sameWindow = 2 * time.Second
	// maxTold and maxCalled bound what is remembered of one connection.
	maxTold   = 64
	maxCalled = 1_000
)

// limits is what a peer's answers said of its limits, and the pace that follows. A
// quota with another full size is another quota: APIs that count each group of
// operations by itself seldom say so in another way.
type limits struct {
	blocked time.Time // the peer asked to stay away until then
	quotas  map[string]ratelimit.Quota
	// called are the quotas that an operation's last answer told. Those of a scope
	// hold for no others; those of none hold for operations not called yet, too.
	called   map[string][]string
	underWay map[string]int // requests, by operation
	pace     time.Duration  // between two requests, by the connection's settings
	next     time.Time      // the next turn of the pace
	seen     *connection.Limits
}

func newLimits() limits {
	return limits{quotas: map[string]ratelimit.Quota{}, called: map[string][]string{}, underWay: map[string]int{}}
}

func quotaKey(q ratelimit.Quota) string { return fmt.Sprintf("%s\n%s\n%g", q.Scope, q.Name, q.Limit) }

func (l *limits) applies(key string, op string) bool {
	if keys, ok := l.called[op]; ok {
		return slices.Contains(keys, key)
	}
	return strings.HasPrefix(key, "\n")
}

// left is what is left of a quota, those under way taken off: their answers may not
// have been counted in.
func (l *limits) left(key string, now time.Time) (left float64, underWay int) {
	q := l.quotas[key]
	if q.Unit == "" {
		for op, n := range l.underWay {
			if l.applies(key, op) {
				underWay += n
			}
		}
	}
	return q.Left(now, underWay), underWay
}

// wait is how long the peer is to be left alone by an operation.
func (l *limits) wait(op string, now time.Time) time.Duration {
	wait := l.blocked.Sub(now)
	for key, q := range l.quotas {
		if q.ResetAt.IsZero() || !l.applies(key, op) {
			continue
		}
		left, underWay := l.left(key, now)
		switch {
		case left >= 1:
		case underWay > 0:
			wait = max(wait, glance)
		default:
			wait = max(wait, min(q.Next(now, left), ratelimit.Longest))
		}
	}
	return max(wait, 0)
}

// turn takes the next turn of the pace.
func (l *limits) turn(op string, now time.Time) time.Time {
	gap := l.gap(op, now)
	if gap <= 0 {
		return now
	}
	at := now
	if l.next.After(now) {
		at = l.next
	}
	l.next = at.Add(gap)
	return at
}

// gap is the pause between two requests: the settings', longer where little is left.
func (l *limits) gap(op string, now time.Time) time.Duration {
	gap := l.pace
	for key, q := range l.quotas {
		if q.Unit != "" || q.Limit == 0 || !q.ResetAt.After(now) || !l.applies(key, op) {
			continue
		}
		if left, _ := l.left(key, now); left <= little*q.Limit {
			gap = max(gap, min(time.Duration(float64(q.ResetAt.Sub(now))/max(left, 1)), maxGap))
		}
	}
	return gap
}

func (l *limits) leave(op string) {
	if l.underWay[op]--; l.underWay[op] <= 0 {
		delete(l.underWay, op)
	}
}

// learn takes what an answer to an operation told. A quota that has become full again
// is forgotten: whoever counts it tells it anew.
func (l *limits) learn(op string, told []ratelimit.Quota, wait time.Duration, now time.Time) {
	maps.DeleteFunc(l.quotas, func(_ string, q ratelimit.Quota) bool {
		return !q.ResetAt.After(now) && (!q.ResetAt.IsZero() || now.Sub(q.At) > ratelimit.Longest)
	})
	until := now.Add(wait)
	longer := wait > 0 && until.After(l.blocked)
	if longer {
		l.blocked = until
	}
	if len(told) == 0 && !longer {
		return
	}
	if len(l.quotas) > maxTold || len(l.called) > maxCalled {
		clear(l.quotas)
		clear(l.called)
	}
	if len(told) > 0 {
		keys := make([]string, len(told))
		for i, q := range told {
			keys[i] = quotaKey(q)
			l.quotas[keys[i]] = newer(l.quotas[keys[i]], q, now)
		}
		l.called[op] = keys
	}
	l.seen = &connection.Limits{At: now.UTC(), Quotas: make([]ratelimit.Quota, 0, len(l.quotas))}
	if l.blocked.After(now) {
		l.seen.BlockedUntil = l.blocked.UTC()
	}
	for _, key := range slices.Sorted(maps.Keys(l.quotas)) {
		l.seen.Quotas = append(l.seen.Quotas, l.quotas[key])
	}
}

// newer puts together what two answers told of a quota, which may come in another order
// than they were made in: within one window less is left with each, and one whose window
// is over says nothing of the next.
func newer(known, told ratelimit.Quota, now time.Time) ratelimit.Quota {
	switch {
	case !known.ResetAt.After(now) || told.Refills:
		return told
	case !told.ResetAt.IsZero() && !told.ResetAt.After(now):
		return known
	case told.ResetAt.Sub(known.ResetAt).Abs() < sameWindow:
		told.Remaining, told.ResetAt = min(told.Remaining, known.Remaining), known.ResetAt
	}
	return told
}

// adopt takes what another process noted, where it is newer.
func (l *limits) adopt(noted *connection.Limits) {
	if noted == nil || l.seen != nil && !noted.At.After(l.seen.At) {
		return
	}
	l.seen = noted
	if noted.BlockedUntil.After(l.blocked) {
		l.blocked = noted.BlockedUntil
	}
	for _, q := range noted.Quotas {
		if key := quotaKey(q); q.At.After(l.quotas[key].At) {
			l.quotas[key] = q
		}
	}
}
