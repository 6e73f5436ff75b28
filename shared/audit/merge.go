package audit

import (
	"context"
	"encoding/base64"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/apiq/apiq/shared/table"
)

// merge reads all chains of a workspace backwards as one sequence: the record with
// the latest time is next. In a chain the order is that of its numbers, whatever the
// clocks said.
type merge struct {
	t      *Trail
	from   time.Time // records before it are not asked for
	chunk  int
	chains [shards]backwards
	next   int // the chain of the record that peek gave
}

// backwards is how far the reading of one chain has come.
type backwards struct {
	last  int64 // the number of the record that was passed last, or where the reading began; 0: nothing was there yet
	read  []Record
	ended bool
}

// merge begins where a cursor says.
func (t *Trail) merge(ctx context.Context, cursor string, f Filter, chunk int) (*merge, error) {
	m := &merge{t: t, chunk: chunk}
	if !f.From.IsZero() {
		m.from = f.From.Add(-clockSkew)
	}
	lasts, err := decodeCursor(cursor)
	if err != nil {
		return nil, err
	}
	var all errgroup.Group
	for i := range m.chains {
		c := &m.chains[i]
		c.last = lasts[i]
		if f.Resource != "" && i != t.shardOf(Entry{Resource: f.Resource}) && i != 0 {
			c.ended = true // a resource's records are in one chain, and before there were several in the first
			continue
		}
		all.Go(func() error { return m.fill(ctx, i) })
	}
	return m, all.Wait()
}

// fill reads on in one chain, where there is nothing read left.
func (m *merge) fill(ctx context.Context, shard int) error {
	c := &m.chains[shard]
	if c.ended || len(c.read) > 0 {
		return nil
	}
	if c.last == 1 {
		c.ended = true
		return nil
	}
	q := table.Query{PK: shardPK(shard), Limit: m.chunk, Reverse: true}
	if c.last > 0 {
		q.From, q.To = recordKey(shard, 0).SK, recordKey(shard, c.last-1).SK
	}
	got, err := m.t.store.Query(ctx, q)
	if err != nil {
		return err
	}
	for _, item := range got.Items {
		rec, err := decode(item)
		if err != nil {
			return err
		}
		c.read = append(c.read, rec)
	}
	c.ended = len(c.read) == 0
	if c.last == 0 && !c.ended {
		c.last = c.read[0].Seq + 1 // so that what is written between two pages does not come into a later one
	}
	return nil
}

// peek gives the next record, nil at the end.
func (m *merge) peek(ctx context.Context) (*Record, error) {
	var best *Record
	for i := range m.chains {
		if err := m.fill(ctx, i); err != nil {
			return nil, err
		}
		c := &m.chains[i]
		if len(c.read) > 0 && c.read[0].At.Before(m.from) {
			c.read, c.ended = nil, true // older ones follow
		}
		if len(c.read) > 0 && (best == nil || c.read[0].later(*best)) {
			best, m.next = &c.read[0], i
		}
	}
	return best, nil
}

// later says whether a record of one chain comes after one of another: by their
// times, and within a millisecond by their ids, which are in the order of time too.
func (r Record) later(other Record) bool {
	if !r.At.Equal(other.At) {
		return r.At.After(other.At)
	}
	return r.ID > other.ID
}

// pass goes on behind the record that peek gave.
func (m *merge) pass() {
	c := &m.chains[m.next]
	c.last, c.read = c.read[0].Seq, c.read[1:]
}

// A cursor names the record of each chain that was passed last, by its number. It is
// not signed: a forged one only chooses another place in the trail that its sender
// may read anyway.
func (m *merge) cursor() string {
	var lasts [shards]int64
	for i, c := range m.chains {
		lasts[i] = c.last
	}
	return encodeCursor(lasts)
}

func encodeCursor(lasts [shards]int64) string {
	parts := make([]string, shards)
	for i, last := range lasts {
		parts[i] = strconv.FormatInt(last, 36)
	}
	return base64.RawURLEncoding.EncodeToString([]byte(strings.Join(parts, ".")))
}

func decodeCursor(cursor string) (lasts [shards]int64, err error) {
	if cursor == "" {
		return lasts, nil
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(cursor)
	if err != nil || len(raw) > shards*(keyDigits+1) {
		return lasts, table.ErrCursor
	}
	parts := strings.Split(string(raw), ".")
	if len(parts) != shards {
		return lasts, table.ErrCursor
	}
	for i, part := range parts {
		if lasts[i], err = strconv.ParseInt(part, 36, 64); err != nil || lasts[i] < 0 || strconv.FormatInt(lasts[i], 36) != part {
			return lasts, table.ErrCursor
		}
	}
	return lasts, nil
}
