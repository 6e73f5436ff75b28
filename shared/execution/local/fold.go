package local

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/apiq/apiq/shared/execution"
	"github.com/apiq/apiq/shared/execution/local/asl"
	"github.com/apiq/apiq/shared/table"
)

const (
	foldPK = "ENGINEFOLD"
	// foldAfter is how long a run rests before its journal is folded: until then it is
	// what people look at, and continue.
	foldAfter = 24 * time.Hour
	// foldItems bounds what one transaction replaces; foldBytes what a batch holds, so
	// that reading a page of a long history does not unpack all of it.
	foldItems = 16
	foldBytes = 256 << 10
)

// unfolded says that a run has ended, and its journal is as it was written.
type unfolded struct {
	Workspace string    `json:"workspace"`
	Name      string    `json:"name"`
	At        time.Time `json:"at"`
}

func (u unfolded) op() (table.Op, error) {
	raw, err := json.Marshal(u)
	if err != nil {
		return table.Op{}, fmt.Errorf("local: end of %s: %w", u.Name, err)
	}
	return table.Global(table.Put(table.Item{Key: u.key(), Data: raw}, table.Always())), nil
}

func (u unfolded) key() table.Key { return table.Key{PK: foldPK, SK: u.Workspace + " " + u.Name} }

// Fold packs the journals of runs that ended a day ago or before: the same entries
// in a few items in place of one for each commit. Nothing is lost by it, and a run can
// be continued after it as before. It may be called at any time, and repeated.
func (e *Engine) Fold(ctx context.Context) error {
	var faults []error
	for item, err := range e.store.All(systemOf(ctx), table.Query{PK: foldPK, Limit: table.MaxQueryLimit}) {
		if err != nil {
			return errors.Join(append(faults, err)...)
		}
		var u unfolded
		err := json.Unmarshal(item.Data, &u)
		if err == nil && e.opts.Now().Sub(u.At) < foldAfter {
			continue
		}
		if err == nil {
			err = e.fold(ctx, runKey{u.Workspace, u.Name})
		}
		if err == nil {
			// One that was continued and has ended anew meanwhile has another version.
			if err = e.store.Delete(systemOf(ctx), item.Key, table.IfVersion(item.Version)); errors.Is(err, table.ErrCondition) {
				err = nil
			}
		}
		if err != nil {
			faults = append(faults, fmt.Errorf("local: fold %s: %w", item.SK, err))
		}
	}
	return errors.Join(faults...)
}

func (e *Engine) fold(ctx context.Context, key runKey) error {
	ctx = key.context(ctx)
	l := e.hold(key)
	defer e.drop(l)
	l.mu.Lock()
	defer l.mu.Unlock()
	switch h, err := e.readHead(ctx, key.name); {
	case errors.Is(err, execution.ErrNoRun): // it was removed
		return nil
	case err != nil:
		return err
	case h.Status == asl.Running: // it was continued: its next end is noted again
		return nil
	}
	l.run = nil // its next batch is numbered after what is stored then
	for {
		if fewer, err := e.foldOnce(ctx, key.name); err != nil || !fewer {
			return err
		}
	}
}

// foldOnce puts neighbouring batches together, as many as go into one transaction,
// and says whether there are fewer now.
func (e *Engine) foldOnce(ctx context.Context, name string) (fewer bool, err error) {
	var group []storedBatch
	items, size := 0, 0
	flush := func() error {
		together := group
		group, items, size = nil, 0, 0
		if len(together) < 2 {
			return nil
		}
		fewer = true
		return e.replace(ctx, name, together)
	}
	for b, err := range e.stored(ctx, name, batchSK) {
		if err != nil {
			return fewer, err
		}
		if items+len(b.keys) > foldItems || size+len(b.doc) > foldBytes {
			if err := flush(); err != nil {
				return fewer, err
			}
		}
		group, items, size = append(group, b), items+len(b.keys), size+len(b.doc)
	}
	return fewer, flush()
}

// replace writes one batch in place of several, in one transaction. It takes the
// place of the first: whoever looks for a later event begins to read there.
func (e *Engine) replace(ctx context.Context, name string, group []storedBatch) error {
	var entries []json.RawMessage
	for _, b := range group {
		var some []json.RawMessage
		if err := json.Unmarshal(b.doc, &some); err != nil {
			return err
		}
		entries = append(entries, some...)
	}
	items, err := batchItems(name, batchOf(group[0].keys[0].SK), entries)
	if err != nil {
		return err
	}
	var ops []table.Op
	written := map[table.Key]bool{}
	for _, item := range items {
		ops, written[item.Key] = append(ops, table.Put(item, table.Always())), true
	}
	for _, b := range group {
		for _, key := range b.keys {
			if !written[key] {
				ops = append(ops, table.Delete(key, table.Always()))
			}
		}
	}
	e.folding.Lock() // who reads page by page must not meet half of it
	defer e.folding.Unlock()
	return e.store.Transact(ctx, ops)
}
