// Package audit owns the trail: one hash-chained sequence of records for each
// workspace, written in the transaction of the change that it tells of. It never
// holds a secret, a request body or a response body.
package audit

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"sync"
	"time"

	"github.com/apiq/apiq/shared/id"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
)

const (
	headPK     = "AUDHEAD"
	headSK     = "0"
	recordPK   = "AUD#0" // shard 0; more shards follow by resource when one chain is too slow
	stripes    = 64
	maxCommits = 64 // attempts against other processes; in one process the stripe lock leaves none
	// maxOps leaves room in a transaction for the record and the chain's head.
	maxOps = table.MaxTransact - 2
)

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
	Details  any // encoded as JSON; never a secret, never a body
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
	h, version, err := t.head(ctx)
	if err != nil {
		return err
	}
	rec, err := t.record(ctx, h, e)
	if err != nil {
		return err
	}
	data, err := json.Marshal(rec)
	if err != nil {
		return err
	}
	next, err := json.Marshal(head{Seq: rec.Seq, Hash: rec.Hash})
	if err != nil {
		return err
	}
	cond := table.IfVersion(version)
	if version == 0 {
		cond = table.Absent()
	}
	all := make([]table.Op, 0, len(ops)+2)
	all = append(all, ops...)
	all = append(all,
		table.Put(table.Item{Key: recordKey(rec.Seq), Data: data}, table.Absent()),
		table.Put(table.Item{Key: table.Key{PK: headPK, SK: headSK}, Data: next}, cond))
	return t.store.Transact(ctx, all)
}

func (t *Trail) head(ctx context.Context) (head, int64, error) {
	item, err := t.store.Get(ctx, table.Key{PK: headPK, SK: headSK})
	if errors.Is(err, table.ErrNotFound) {
		return head{}, 0, nil
	}
	if err != nil {
		return head{}, 0, err
	}
	var h head
	return h, item.Version, json.Unmarshal(item.Data, &h)
}

func (t *Trail) record(ctx context.Context, h head, e Entry) (Record, error) {
	actor := tenant.ActorFrom(ctx)
	rec := Record{
		ID: id.New(id.Audit), Seq: h.Seq + 1, At: t.now().UTC().Truncate(time.Millisecond),
		Actor: actor.ID, ActorName: actor.Email, RequestID: actor.RequestID, IP: actor.IP,
		Action: e.Action, Resource: e.Resource, Outcome: e.Outcome, Level: e.Level,
		Code: e.Code, Message: e.Message, PrevHash: h.Hash,
	}
	if rec.Outcome == "" {
		rec.Outcome = Done
	}
	if rec.Level == "" {
		rec.Level = Info
	}
	if e.Details != nil {
		b, err := json.Marshal(e.Details)
		if err != nil {
			return rec, err
		}
		rec.Details = b
	}
	sum, err := rec.sum()
	rec.Hash = sum
	return rec, err
}

func (t *Trail) lock(workspace string) *sync.Mutex {
	h := fnv.New32a()
	_, _ = h.Write([]byte(workspace))
	return &t.locks[h.Sum32()%stripes]
}

func recordKey(seq int64) table.Key {
	return table.Key{PK: recordPK, SK: fmt.Sprintf("%012d", seq)}
}
