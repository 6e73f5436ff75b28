// Package limit owns how often callers may ask: rate limits for one caller on
// one route. It never knows who the caller is, only a key.
package limit

import (
	"context"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"golang.org/x/time/rate"
)

// Limiter decides whether a request under a key may go on.
type Limiter interface {
	// Allow takes one token of the key's bucket. When there is none it returns
	// false and how long until there is.
	Allow(ctx context.Context, key string, perMinute, burst int) (ok bool, retryAfter time.Duration, err error)
}

// Local is a Limiter for one process: token buckets in memory, the least
// recently used forgotten first, so that many keys cannot fill the memory.
type Local struct {
	buckets *lru.Cache[string, *rate.Limiter]
	now     func() time.Time
}

// Options of a Local limiter.
type Options struct {
	// Keys is how many buckets are kept. Defaults to 65,536.
	Keys int
	// Now is the clock. Defaults to time.Now.
	Now func() time.Time
}

// NewLocal makes a limiter for one process.
func NewLocal(o *Options) (*Local, error) {
	keys, now := 1<<16, time.Now
	if o != nil && o.Keys > 0 {
		keys = o.Keys
	}
	if o != nil && o.Now != nil {
		now = o.Now
	}
	buckets, err := lru.New[string, *rate.Limiter](keys)
	if err != nil {
		return nil, err
	}
	return &Local{buckets: buckets, now: now}, nil
}

// Allow implements Limiter. A bucket keeps the rate that its key was first seen with.
func (l *Local) Allow(_ context.Context, key string, perMinute, burst int) (bool, time.Duration, error) {
	if perMinute <= 0 {
		return true, 0, nil
	}
	bucket, found := l.buckets.Get(key) // Get also marks it as used
	if !found {
		fresh := rate.NewLimiter(rate.Limit(float64(perMinute)/60), max(1, burst))
		var there bool
		if bucket, there, _ = l.buckets.PeekOrAdd(key, fresh); !there {
			bucket = fresh
		}
	}
	// Not a reservation taken back: those of others meanwhile would lose tokens.
	now := l.now()
	if bucket.AllowN(now, 1) {
		return true, 0, nil
	}
	missing := max(0, 1-bucket.TokensAt(now))
	return false, max(time.Millisecond, time.Duration(missing/float64(bucket.Limit())*float64(time.Second))), nil
}
