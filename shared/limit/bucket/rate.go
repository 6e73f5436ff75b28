package bucket

import "time"

// rate is how a bucket fills.
type rate struct {
	every time.Duration // between two tokens
	burst int64         // tokens of a full bucket
	block int64         // most tokens of a lease that nobody waits for
}

// blocksPerMinute makes the unspent leases of four processes 1 % of a minute's tokens
// at most, which is what a caller can get in excess; and a bucket takes fewer than 800
// leases a minute, however high its rate.
const blocksPerMinute = 400

func rateOf(perMinute, burst int) rate {
	return rate{every: time.Minute / time.Duration(perMinute), burst: int64(max(1, burst)), block: int64(max(1, perMinute/blocksPerMinute))}
}

// maxSkew is how far the clocks of two processes may be apart.
const maxSkew = 30 * time.Second

// take gives up to want tokens from a bucket that is full again at fullAt, and when
// it is full after that. (The generic cell rate algorithm, ITU-T I.371, annex A: one
// time says all about a bucket.)
func (r rate) take(fullAt, now time.Time, want int64) (tokens int64, next time.Time) {
	missing := r.missing(fullAt, now)
	tokens = max(0, min(want, int64((r.whole()-missing)/r.every)))
	return tokens, now.Add(missing + time.Duration(tokens)*r.every)
}

// until is how long it takes until the bucket has n tokens, at most its burst.
func (r rate) until(fullAt, now time.Time, n int64) time.Duration {
	return max(0, r.missing(fullAt, now)+time.Duration(min(n, r.burst))*r.every-r.whole())
}

// whole is how long an empty bucket takes to fill.
func (r rate) whole() time.Duration { return time.Duration(r.burst) * r.every }

func (r rate) missing(fullAt, now time.Time) time.Duration {
	missing := max(0, fullAt.Sub(now))
	if missing > r.whole()+maxSkew {
		// Left by a clock that was wrong, or by a slower rate. It counts as a bucket with
		// one token: whoever takes that sets the record right.
		return r.whole() - r.every
	}
	return missing
}
