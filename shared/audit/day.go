package audit

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"sort"
	"time"

	"github.com/apiq/apiq/shared/table"
)

// ErrBroken: a record does not fit the one before it, or is not as it was written.
var ErrBroken = errors.New("audit: the chain is broken")

// Settled is how long after a day's end no record can come that belongs to it,
// whatever the clocks of the machines that write the chain.
const Settled = clockSkew + 5*time.Minute

// Day ranges over the records of a day (UTC), oldest first; each is checked
// against the one before it. A day begins with the first record at or after its
// midnight and ends before the next day's first: days are whole pieces of the
// chain, and every record is in one. An error ends it, as the last pair.
func (t *Trail) Day(ctx context.Context, day time.Time) iter.Seq2[Record, error] {
	start := day.UTC().Truncate(24 * time.Hour)
	end := start.Add(24 * time.Hour)
	return func(yield func(Record, error) bool) {
		from, prev, err := t.near(ctx, start)
		if err != nil {
			yield(Record{}, err)
			return
		}
		begun := false
		for item, err := range t.store.All(ctx, table.Query{PK: recordPK, From: recordKey(from).SK, Limit: 500}) {
			if err != nil {
				yield(Record{}, err)
				return
			}
			rec, why := checkLink(item, from, prev)
			if why != "" {
				yield(rec, fmt.Errorf("%w: record %d: %s", ErrBroken, from, why))
				return
			}
			from, prev = rec.Seq+1, rec.Hash
			if begun = begun || !rec.At.Before(start); !begun {
				continue
			}
			if !rec.At.Before(end) || !yield(rec, nil) {
				return
			}
		}
	}
}

// near finds a record at or before a day's first, and the hash of the one before
// it. Records are in the order of their times but for the clocks' differences.
func (t *Trail) near(ctx context.Context, start time.Time) (seq int64, prev string, err error) {
	h, _, err := t.head(ctx)
	if err != nil {
		return 0, "", err
	}
	at := func(seq int64) (rec Record) {
		if err != nil {
			return rec
		}
		var item table.Item
		item, err = t.store.Get(ctx, recordKey(seq))
		if errors.Is(err, table.ErrNotFound) {
			err = fmt.Errorf("%w: record %d is missing", ErrBroken, seq)
		}
		if err == nil {
			rec, err = decode(item)
		}
		return rec
	}
	early := start.Add(-clockSkew)
	seq = 1 + int64(sort.Search(int(h.Seq), func(i int) bool { return !at(int64(i) + 1).At.Before(early) }))
	if seq > 1 {
		prev = at(seq - 1).Hash
	}
	return seq, prev, err
}
