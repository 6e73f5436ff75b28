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

// Day ranges over the records of a day (UTC), one chain after the other, each oldest
// first; each record is checked against the one before it. A day begins in a chain
// with the first record at or after its midnight and ends before the next day's
// first: days are whole pieces of the chains, and every record is in one. An error
// ends it, as the last pair.
func (t *Trail) Day(ctx context.Context, day time.Time) iter.Seq2[Record, error] {
	start := day.UTC().Truncate(24 * time.Hour)
	return func(yield func(Record, error) bool) {
		for shard := range shards {
			if !t.dayOf(ctx, shard, start, yield) {
				return
			}
		}
	}
}

// dayOf is Day in one chain; false where it is to end.
func (t *Trail) dayOf(ctx context.Context, shard int, start time.Time, yield func(Record, error) bool) bool {
	end := start.Add(24 * time.Hour)
	from, prev, err := t.near(ctx, shard, start)
	if err != nil {
		yield(Record{}, err)
		return false
	}
	begun := false
	for item, err := range t.store.All(ctx, table.Query{PK: shardPK(shard), From: recordKey(shard, from).SK, Limit: 500}) {
		if err != nil {
			yield(Record{}, err)
			return false
		}
		rec, why := checkLink(item, shard, from, prev)
		if why != "" {
			yield(rec, fmt.Errorf("%w: record %d: %s", ErrBroken, from, why))
			return false
		}
		from, prev = rec.Seq+1, rec.Hash
		if begun = begun || !rec.At.Before(start); !begun {
			continue
		}
		if !rec.At.Before(end) {
			return true
		}
		if !yield(rec, nil) {
			return false
		}
	}
	return true
}

// near finds a record at or before a day's first, and the hash of the one before
// it. Records are in the order of their times but for the clocks' differences.
func (t *Trail) near(ctx context.Context, shard int, start time.Time) (seq int64, prev string, err error) {
	h, _, err := t.head(ctx, shard)
	if err != nil {
		return 0, "", err
	}
	at := func(seq int64) (rec Record) {
		if err != nil {
			return rec
		}
		var item table.Item
		item, err = t.store.Get(ctx, recordKey(shard, seq))
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
