package bucket

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"github.com/apiq/apiq/shared/pause"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
)

const (
	// leaseLife is how long leased tokens may be spent. What is left then is lost.
	leaseLife = time.Second
	// growWithin: a lease that is spent sooner is followed by one twice its size;
	// else by a single token, so that a process that rarely asks holds nothing that
	// others could use.
	growWithin = 500 * time.Millisecond
	// races is how often a refill tries against other processes; raceWait is the
	// longest pause between two tries.
	races    = 16
	raceWait = 10 * time.Millisecond
	// kept is how long a full bucket stays in the table, for processes whose clocks
	// differ. A bucket that is not there is full.
	kept = time.Minute
)

// record is a bucket in the table.
type record struct {
	FullAt int64 `json:"fullAt"` // Unix nanoseconds
}

// lease is what this process holds of one bucket and knows about it. Its holder is
// whoever put into lock.
type lease struct {
	key     table.Key
	lock    chan struct{}
	waiting atomic.Int64 // callers, the holder included

	tokens  int64
	since   time.Time // when the tokens were leased
	size    int64     // of the next lease, within the rate's block
	blocked time.Time // there is no token before: others can only put it off

	known   bool // version and fullAt are what this process wrote last
	version int64
	fullAt  time.Time
}

func newLease(name string) *lease {
	return &lease{key: table.Key{PK: "LIMIT#" + name, SK: "BUCKET"}, lock: make(chan struct{}, 1), size: 1}
}

// enter makes the caller the holder, or returns the context's error.
func (l *lease) enter(ctx context.Context) error {
	l.waiting.Add(1)
	select {
	case l.lock <- struct{}{}:
		return nil
	case <-ctx.Done():
		l.waiting.Add(-1)
		return ctx.Err()
	}
}

func (l *lease) leave() {
	<-l.lock
	l.waiting.Add(-1)
}

// spend takes one of the leased tokens.
func (l *lease) spend(now time.Time) bool {
	if l.tokens < 1 || now.Sub(l.since) >= leaseLife {
		return false
	}
	l.tokens--
	return true
}

// refill leases tokens from the table: as many as callers wait for, or a block where
// the last one was spent at once. Without an error there are tokens afterwards, or
// blocked says when to ask again. A lease that two processes want is decided by the
// item's version.
func (l *lease) refill(ctx context.Context, store *table.Store, r rate, clock func() time.Time) error {
	ctx = tenant.WithSystem(ctx)
	now := clock()
	l.tokens = 0
	if now.Sub(l.since) < growWithin {
		l.size = min(r.block, 2*l.size)
	} else {
		l.size = 1
	}
	for try := 1; ; try++ {
		if err := l.learn(ctx, store); err != nil {
			return err
		}
		now = clock()
		tokens, next := r.take(l.fullAt, now, max(l.size, l.waiting.Load()))
		if tokens < 1 {
			// Whoever asks after that time asks the table anew: others may have been faster.
			l.known, l.blocked = false, now.Add(r.until(l.fullAt, now, l.size))
			return nil
		}
		switch err := l.write(ctx, store, next); {
		case err == nil:
			l.tokens, l.since = tokens, now
			return nil
		case !errors.Is(err, table.ErrCondition):
			l.known = false
			return err
		case try == races:
			// Hotter than any limit that is kept here: whoever asks may wait.
			l.known, l.blocked = false, now.Add(r.every)
			return nil
		}
		l.known = false
		if err := pause.For(ctx, rand.N(raceWait)); err != nil { // #nosec G404 -- jitter
			return err
		}
	}
}

// learn reads the bucket unless this process wrote it last, as far as it knows.
func (l *lease) learn(ctx context.Context, store *table.Store) error {
	if l.known {
		return nil
	}
	stored, version, err := table.GetJSON[record](ctx, store, l.key)
	if err != nil && !errors.Is(err, table.ErrNotFound) {
		return err
	}
	l.version, l.fullAt = version, time.Unix(0, stored.FullAt)
	return nil
}

func (l *lease) write(ctx context.Context, store *table.Store, fullAt time.Time) error {
	item, err := table.JSONItem(l.key, record{FullAt: fullAt.UnixNano()})
	if err != nil {
		return err
	}
	item.ExpiresAt = fullAt.Add(kept)
	stored, err := store.Put(ctx, item, table.Unchanged(l.version))
	if err != nil {
		return err
	}
	l.known, l.version, l.fullAt = true, stored.Version, fullAt
	return nil
}
