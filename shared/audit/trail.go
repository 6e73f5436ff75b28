// Package audit owns the trail: one hash-chained sequence of records for each
// workspace, written in the transaction of the change that it tells of. It never
// holds a secret, a request body or a response body.
package audit

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"slices"
	"sync"
	"time"

	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
)

const (
	headPK     = "AUDHEAD"
	headSK     = "0"
	recordPK   = "AUD#0" // shard 0; more shards follow by resource when one chain is too slow
	stripes    = 64
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
}

// Trail appends to and reads the chain of the workspace in the context.
type Trail struct {
	store *table.Store
	now   func() time.Time
	locks [stripes]sync.Mutex
}

// New makes a Trail on a store.
func New(store *table.Store, o *Options) *Trail {
	t := &Trail{store: store, now: time.Now}
	if o != nil && o.Now != nil {
		t.now = o.Now
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
	lock := t.lock(workspace)
	lock.Lock()
	defer lock.Unlock()
	for range maxCommits {
		err = t.try(ctx, ops, e)
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

func (t *Trail) try(ctx context.Context, ops []table.Op, e Entry) error {
	record, err := t.link(ctx, e)
	if err != nil {
		return err
	}
	return t.store.Transact(ctx, slices.Concat(ops, record))
}

// link gives the operations that append a record to the chain as it is now.
func (t *Trail) link(ctx context.Context, e Entry) ([]table.Op, error) {
	h, version, err := t.head(ctx)
	if err != nil {
		return nil, err
	}
	rec, err := newRecord(ctx, h, t.now(), e)
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
		table.Put(table.Item{Key: recordKey(rec.Seq), Data: data}, table.Absent()),
		table.Put(table.Item{Key: table.Key{PK: headPK, SK: headSK}, Data: next}, table.Unchanged(version)),
	}, nil
}

func (t *Trail) head(ctx context.Context) (head, int64, error) {
	item, err := t.store.Get(ctx, table.Key{PK: headPK, SK: headSK})
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

func (t *Trail) lock(workspace string) *sync.Mutex {
	h := fnv.New32a()
	_, _ = h.Write([]byte(workspace))
	return &t.locks[h.Sum32()%stripes]
}

func recordKey(seq int64) table.Key {
	return table.Key{PK: recordPK, SK: fmt.Sprintf("%0*d", keyDigits, seq)}
}
