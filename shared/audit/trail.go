// Package audit owns the trail: hash-chained records for each workspace, written in
// the transaction of the change that they tell of. Several chains share the writing,
// each resource's records in one of them. It never holds a secret, a request body or
// a response body.
package audit

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
)

const (
	headPK   = "AUDHEAD"
	recordPK = "AUD#"
	// shards is how many chains a workspace has. Each is judged by itself; all records
	// of a resource are in one, so that their order is known. Chain 0 was the only one
	// at first, and goes on. It may be raised, never lowered.
	shards     = 8
	stripes    = 512
	keyDigits  = 12
	maxCommits = 64 // attempts against other processes; in one process the stripe lock leaves none
	// maxOps leaves room in a transaction for the record and the chain's head.
	maxOps = table.MaxTransact - 2
)

// errHead: the item that names the end of the chain is not as it was written.
var errHead = errors.New("audit: the head of the chain is damaged")

// Options of a Trail.
type Options struct {
	// Now is the clock. Defaults to time.Now.
	Now func() time.Time
	// Shards is among how many of its chains a workspace's records are spread, at most
	// 8; all are read in any case. Defaults to 8.
	Shards int
}

// Trail appends to and reads the chain of the workspace in the context.
type Trail struct {
	store *table.Store
	now   func() time.Time
	width int
	locks [stripes]sync.Mutex
}

// New makes a Trail on a store.
func New(store *table.Store, o *Options) *Trail {
	t := &Trail{store: store, now: time.Now, width: shards}
	if o != nil && o.Now != nil {
		t.now = o.Now
	}
	if o != nil && o.Shards > 0 && o.Shards < shards {
		t.width = o.Shards
	}
	return t
}

// Entry is what a domain says of a change; actor, request and time are added.
type Entry struct {
	Action   string
	Resource string
	Outcome  Outcome // zero: Done
	Level    Level   // zero: Info
	Code     string
	Message  string
	// Details are encoded as JSON, at most maxDetails bytes; never a secret, never a body.
	Details any
}

type head struct {
	Seq  int64  `json:"seq"`
	Hash string `json:"hash"`
}

// Commit applies ops and appends the record, all or nothing. When a condition of
// the caller's own operations fails it returns *table.ConditionError with the
// caller's index and nothing is written, the record included.
func (t *Trail) Commit(ctx context.Context, ops []table.Op, e Entry) error {
	if len(ops) > maxOps {
		return fmt.Errorf("audit: %d operations, at most %d fit beside the record", len(ops), maxOps)
	}
	workspace, err := tenant.From(ctx)
	if err != nil {
		return err
	}
	shard := t.shardOf(e)
	lock := t.lock(workspace, shard)
	lock.Lock()
	defer lock.Unlock()
	for range maxCommits {
		err = t.try(ctx, shard, ops, e)
		var failed *table.ConditionError
		if errors.As(err, &failed) && failed.Index >= len(ops) {
			continue // another process moved the chain on
		}
		if err == nil {
			markCommitted(ctx)
		}
		return err
	}
	return fmt.Errorf("audit: chain of %s too busy: %w", workspace, table.ErrThrottled)
}

// Note appends a record that tells of no stored change.
func (t *Trail) Note(ctx context.Context, e Entry) error {
	return t.Commit(withoutTracker(ctx), nil, e)
}

func (t *Trail) try(ctx context.Context, shard int, ops []table.Op, e Entry) error {
	record, err := t.link(ctx, shard, e)
	if err != nil {
		return err
	}
	return t.store.Transact(ctx, slices.Concat(ops, record))
}

// link gives the operations that append a record to the chain as it is now.
func (t *Trail) link(ctx context.Context, shard int, e Entry) ([]table.Op, error) {
	h, version, err := t.head(ctx, shard)
	if err != nil {
		return nil, err
	}
	rec, err := newRecord(ctx, shard, h, t.now(), e)
	if err != nil {
		return nil, err
	}
	data, err := json.Marshal(rec)
	if err != nil {
		return nil, err
	}
	next, err := json.Marshal(head{Seq: rec.Seq, Hash: rec.Hash})
	if err != nil {
		return nil, err
	}
	return []table.Op{
		table.Put(table.Item{Key: recordKey(shard, rec.Seq), Data: data}, table.Absent()),
		table.Put(table.Item{Key: headKey(shard), Data: next}, table.Unchanged(version)),
	}, nil
}

func (t *Trail) head(ctx context.Context, shard int) (head, int64, error) {
	item, err := t.store.Get(ctx, headKey(shard))
	if errors.Is(err, table.ErrNotFound) {
		return head{}, 0, nil
	}
	if err != nil {
		return head{}, 0, err
	}
	h, err := decodeHead(item)
	return h, item.Version, err
}

// decodeHead refuses a head that is not the very bytes that were written: going
// on from it would make a break in the chain look like one of its own.
func decodeHead(item table.Item) (head, error) {
	var h head
	if err := json.Unmarshal(item.Data, &h); err != nil {
		return h, fmt.Errorf("%w: %w", errHead, err)
	}
	if same, err := json.Marshal(h); err != nil || !bytes.Equal(same, item.Data) {
		return h, errHead
	}
	return h, nil
}

// shardOf gives the records of a resource one chain; those of none are in the first.
func (t *Trail) shardOf(e Entry) int {
	if e.Resource == "" {
		return 0
	}
	return int(hash(text(e.Resource, maxText)) % uint32(t.width)) //nolint:gosec // at most 8
}

func (t *Trail) lock(workspace string, shard int) *sync.Mutex {
	return &t.locks[(hash(workspace)*shards+uint32(shard))%stripes] //nolint:gosec // at most 8
}

func hash(s string) uint32 {
	h := fnv.New32a()
	_, _ = h.Write([]byte(s))
	return h.Sum32()
}

func headKey(shard int) table.Key { return table.Key{PK: headPK, SK: strconv.Itoa(shard)} }

func shardPK(shard int) string { return recordPK + strconv.Itoa(shard) }

func recordKey(shard int, seq int64) table.Key {
	return table.Key{PK: shardPK(shard), SK: fmt.Sprintf("%0*d", keyDigits, seq)}
}
