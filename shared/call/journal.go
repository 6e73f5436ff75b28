package call

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/apiq/apiq/shared/blob"
	"github.com/apiq/apiq/shared/table"
)

// journal keeps the entries of steps: one item each, so that an attempt's start
// and end are one durable write each. A rehearsal's is memory, and has no stores.
type journal struct {
	store  *table.Store
	blobs  *blob.Store
	memory *memory
	now    func() time.Time
}

// errGone: the entry was changed by somebody else who runs the same step.
var errGone = errors.New("call: the step is being run elsewhere")

// maxValueBlob bounds what is read back of a stored value.
const maxValueBlob = 1 << 20

func journalKey(execution, path string) table.Key {
	if len(path) > 900 { // sort keys end at 1,024 bytes
		sum := sha256.Sum256([]byte(path))
		path = path[:800] + "~" + hex.EncodeToString(sum[:])
	}
	return table.Key{PK: "EXE#" + execution, SK: "CALL#" + path}
}

// load returns the entry and its version, or nil and 0 where there is none.
func (j *journal) load(ctx context.Context, execution, path string) (*entry, int64, error) {
	if j.memory != nil {
		return j.memory.load(execution, path)
	}
	e, version, err := table.GetJSON[entry](ctx, j.store, journalKey(execution, path))
	if errors.Is(err, table.ErrNotFound) {
		return nil, 0, nil
	}
	if err != nil {
		return nil, 0, fmt.Errorf("call: read journal: %w", err)
	}
	return &e, version, nil
}

// save writes the entry over the version it was read at; 0 means it must be new.
// errGone where somebody else was quicker.
func (j *journal) save(ctx context.Context, execution string, e *entry, version int64) (int64, error) {
	if j.memory != nil {
		return j.memory.save(execution, e, version)
	}
	data, err := e.encode()
	if err != nil {
		return 0, fmt.Errorf("call: encode journal: %w", err)
	}
	item, err := j.store.Put(ctx, table.Item{Key: journalKey(execution, e.Path), Data: data}, table.Unchanged(version))
	if errors.Is(err, table.ErrCondition) {
		return 0, errGone
	}
	if err != nil {
		return 0, fmt.Errorf("call: write journal: %w", err)
	}
	return item.Version, nil
}

// endTries bounds how often the end of an attempt is merged into an entry that
// others are writing too.
const endTries = 16

// finish records the end of an attempt: change is applied to the entry as it is
// now, with the attempt in it. Where another invocation has gone on meanwhile,
// the attempt's own record is still completed, but the step's state is theirs —
// except that it is no longer unknown what this attempt did.
func (j *journal) finish(ctx context.Context, execution string, e *entry, version int64, nonce string,
	change func(e *entry, a *Attempt, mine bool)) (*entry, int64, error) {
	for range endTries {
		a := e.find(nonce)
		if a == nil {
			a = &Attempt{Nonce: nonce} // dropped from the log: only the state matters
		}
		last := e.last()
		change(e, a, last != nil && last.Nonce == nonce && e.Status != StatusSucceeded && e.Resolution == nil)
		v, err := j.save(ctx, execution, e, version)
		if !errors.Is(err, errGone) {
			return e, v, err
		}
		fresh, v, err := j.load(ctx, execution, e.Path)
		if err != nil {
			return nil, 0, err
		}
		if fresh == nil {
			return nil, 0, errGone
		}
		e, version = fresh, v
	}
	return nil, 0, errGone
}

// spill keeps a body whole in the blob store.
func (j *journal) spill(ctx context.Context, name string, data []byte) error {
	if j.memory != nil {
		j.memory.keep(name, data)
		return nil
	}
	if _, err := j.blobs.Put(ctx, name, bytes.NewReader(data)); err != nil {
		return fmt.Errorf("call: keep body: %w", err)
	}
	return nil
}

// value returns a succeeded step's value.
func (j *journal) value(ctx context.Context, e *entry) ([]byte, error) {
	if e.ValueBlob == "" {
		return e.Value, nil
	}
	if j.memory != nil {
		return j.memory.object(e.ValueBlob), nil
	}
	data, err := j.blobs.ReadAll(ctx, e.ValueBlob, maxValueBlob)
	if err != nil {
		return nil, fmt.Errorf("call: read stored value: %w", err)
	}
	return data, nil
}

// newNonce is 64 random bits.
func newNonce() string {
	b := make([]byte, 8)
	_, _ = rand.Read(b) // never fails (crypto/rand)
	return hex.EncodeToString(b)
}
