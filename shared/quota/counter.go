package quota

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"

	"github.com/apiq/apiq/shared/pause"
	"github.com/apiq/apiq/shared/table"
)

const (
	quotaPK = "QUOTA"
	// shards is how many items a count lies in: writes of one item follow each other.
	shards = 8
	// tries is how often a count is written against others who write it, backOff the
	// longest of the first pauses in between.
	tries      = 40
	backOff    = 2 * time.Millisecond
	backOffMax = 100 * time.Millisecond
)

// counter is a sum that many add to at once, in several items. It may have a limit,
// which is then split among the items: of those that add at the same moment none
// exceeds its item's part, so that together they never exceed the whole, and whoever
// is refused is so because all of it is used.
type counter struct {
	store *table.Store
	name  string
	// parts is how many items the limit is split among: one, where what is added may be
	// larger than a part.
	parts int
	// expires is when it may be forgotten; zero: never.
	expires time.Time
}

type count struct {
	N int64 `json:"n"`
	// Pending are parts of N whose objects are just being stored: see Keeper.recount.
	Pending map[string]pending `json:"pending,omitempty"`
}

// errFull ends a count that has reached its limit.
var errFull = errors.New("quota: used up")

// shardKey names an item; the first is that of when there was only one.
func (c counter) shardKey(i int) table.Key {
	if i == 0 {
		return table.Key{PK: quotaPK, SK: c.name}
	}
	return table.Key{PK: quotaPK, SK: c.name + "#" + strconv.Itoa(i)}
}

// tally is a counter as it was read.
type tally struct {
	items    [shards]count
	versions [shards]int64
	sum      int64
}

func (c counter) read(ctx context.Context) (t tally, err error) {
	for item, err := range c.store.All(ctx, table.Query{PK: quotaPK, Prefix: c.name}) {
		if err != nil {
			return t, err
		}
		at, err := shardOf(item.SK, c.name)
		if err != nil {
			return t, err
		}
		if err := item.Decode(&t.items[at]); err != nil {
			return t, err
		}
		t.versions[at] = item.Version
		t.sum += t.items[at].N
	}
	return t, nil
}

func shardOf(sk, name string) (int, error) {
	rest := strings.TrimPrefix(sk, name)
	if rest == "" {
		return 0, nil
	}
	at, err := strconv.Atoi(strings.TrimPrefix(rest, "#"))
	if err != nil || at < 1 || at >= shards {
		return 0, fmt.Errorf("quota: %q counts nothing", sk)
	}
	return at, nil
}

// add adds n and returns the sum, or errFull and the sum as it is where it would come
// over the limit, 0 for none.
func (c counter) add(ctx context.Context, n, limit int64) (sum int64, err error) {
	return c.write(ctx, func(t *tally) (int, error) {
		at := 0
		switch {
		case limit == 0:
			at = rand.IntN(shards) // #nosec G404 -- spreads writes
		case t.sum+n > limit:
			return 0, errFull
		default:
			at = c.withRoom(t, n, limit)
		}
		t.add(at, n)
		return at, nil
	})
}

// settle adds n, which may be negative, whatever the limit.
func (c counter) settle(ctx context.Context, n int64) (sum int64, err error) {
	return c.write(ctx, func(t *tally) (int, error) {
		t.add(0, n)
		return 0, nil
	})
}

func (t *tally) add(at int, n int64) {
	t.items[at].N += n
	t.sum += n
}

// write lets change alter one item, which it names, as often as somebody else was faster,
// and returns the sum.
func (c counter) write(ctx context.Context, change func(*tally) (at int, err error)) (sum int64, err error) {
	for try, wait := 0, backOff; try < tries; try++ {
		t, err := c.read(ctx)
		if err != nil {
			return 0, err
		}
		at, err := change(&t)
		if err != nil {
			return t.sum, err
		}
		item, err := table.JSONItem(c.shardKey(at), t.items[at])
		if err != nil {
			return 0, err
		}
		item.ExpiresAt = c.expires
		switch _, err := c.store.Put(ctx, item, table.Unchanged(t.versions[at])); {
		case err == nil:
			return t.sum, nil
		case !errors.Is(err, table.ErrCondition):
			return 0, err
		}
		if err := pause.For(ctx, rand.N(wait)); err != nil { // #nosec G404 -- jitter
			return 0, err
		}
		wait = min(2*wait, backOffMax)
	}
	return 0, fmt.Errorf("quota: the count of %s is too busy: %w", c.name, table.ErrThrottled)
}

// withRoom picks an item whose part of the limit takes n more. There is one: n is 1
// where there are several parts, and the sum has room.
func (c counter) withRoom(t *tally, n, limit int64) int {
	first := rand.IntN(c.parts) // #nosec G404 -- spreads writes
	for i := range c.parts {
		at := (first + i) % c.parts
		part := limit / int64(c.parts)
		if int64(at) < limit%int64(c.parts) {
			part++
		}
		if t.items[at].N+n <= part {
			return at
		}
	}
	return first
}
