package bucket

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"log/slog"
	"sync/atomic"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/apiq/apiq/shared/limit"
	"github.com/apiq/apiq/shared/table"
)

// Limiter is a limit.Limiter over a table that several processes share. It is safe
// for concurrent use.
type Limiter struct {
	store  *table.Store
	local  *limit.Local
	leases *lru.Cache[string, *lease]
	o      Options

	// downUntil, in Unix nanoseconds: until then the table is left alone.
	downUntil atomic.Int64
}

var _ limit.Limiter = (*Limiter)(nil)

// LocalAbove is the default of Options.LocalAbove. A function whose route has a lower
// rate must be allowed to write to the table.
const LocalAbove = 1200

// Options of a Limiter.
type Options struct {
	// LocalAbove is the rate, per minute, above which buckets stay in this process's
	// memory. Defaults to 1,200.
	LocalAbove int
	// Keys is how many keys this process remembers, the least recently used
	// forgotten first; forgetting loses what was leased, never the bucket. Defaults
	// to 65,536.
	Keys int
	// Patience is how long one request waits for the table. Defaults to 500 ms.
	Patience time.Duration
	// Pause is how long the table is left alone after it failed. Defaults to 2 s.
	Pause time.Duration
	// Now is the clock. Those of all processes should agree to a second: a clock
	// that is ahead gives its process that much more, once. Defaults to time.Now.
	Now func() time.Time
	// Log gets what made the table's buckets unavailable. Defaults to slog.Default().
	Log *slog.Logger
}

// New makes a limiter over a store, whose clock should be the same.
func New(store *table.Store, opts *Options) (*Limiter, error) {
	var o Options
	if opts != nil {
		o = *opts
	}
	if o.LocalAbove <= 0 {
		o.LocalAbove = LocalAbove
	}
	if o.Keys <= 0 {
		o.Keys = 1 << 16
	}
	if o.Patience <= 0 {
		o.Patience = 500 * time.Millisecond
	}
	if o.Pause <= 0 {
		o.Pause = 2 * time.Second
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	local, err := limit.NewLocal(&limit.Options{Keys: o.Keys, Now: o.Now})
	if err != nil {
		return nil, err
	}
	leases, err := lru.New[string, *lease](o.Keys)
	if err != nil {
		return nil, err
	}
	return &Limiter{store: store, local: local, leases: leases, o: o}, nil
}

// Allow implements limit.Limiter. Its errors are the context's only. The time until
// there is a token is exact for rates up to 400 a minute, and up to 150 ms longer
// above.
func (l *Limiter) Allow(ctx context.Context, key string, perMinute, burst int) (bool, time.Duration, error) {
	if perMinute <= 0 {
		return true, 0, nil
	}
	if perMinute > l.o.LocalAbove {
		return l.local.Allow(ctx, key, perMinute, burst)
	}
	mine := l.leaseOf(digest(key))
	if err := mine.enter(ctx); err != nil {
		return false, 0, err
	}
	defer mine.leave()
	now := l.o.Now()
	if now.UnixNano() < l.downUntil.Load() {
		return l.local.Allow(ctx, key, perMinute, burst)
	}
	if mine.spend(now) {
		return true, 0, nil
	}
	if wait := mine.blocked.Sub(now); wait > 0 {
		return false, wait, nil
	}
	inner, cancel := context.WithTimeout(ctx, l.o.Patience)
	defer cancel()
	err := mine.refill(inner, l.store, rateOf(perMinute, burst), l.o.Now)
	now = l.o.Now()
	switch {
	case ctx.Err() != nil:
		return false, 0, ctx.Err()
	case err != nil:
		l.downUntil.Store(now.Add(l.o.Pause).UnixNano())
		l.o.Log.WarnContext(ctx, "shared rate limits out of reach: this process limits by itself", "for", l.o.Pause, "err", err)
		return l.local.Allow(ctx, key, perMinute, burst)
	case mine.spend(now):
		return true, 0, nil
	}
	return false, max(time.Millisecond, mine.blocked.Sub(now)), nil
}

func (l *Limiter) leaseOf(name string) *lease {
	if found, ok := l.leases.Get(name); ok { // Get also marks it as used
		return found
	}
	fresh := newLease(name)
	if first, there, _ := l.leases.PeekOrAdd(name, fresh); there {
		return first
	}
	return fresh
}

// digest stands for a key in the table: keys hold e-mail addresses and networks,
// which need not be readable there.
func digest(key string) string {
	sum := sha256.Sum256([]byte(key))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}
