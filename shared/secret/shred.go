package secret

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
)

// ErrShredded: the tenant's data keys were dropped for good. It is ErrTampered
// too: no other try will open the value.
var ErrShredded = fmt.Errorf("%w: its data keys were dropped for good", ErrTampered)

// Shredded is the proof that a tenant's data keys were dropped. It holds nothing
// that opens anything and may be kept for ever, outside of the tenant.
type Shredded struct {
	Workspace string    `json:"workspace"`
	At        time.Time `json:"at"`
	// Keys are the ids of the data keys that were dropped: each sealed value names
	// its own, so that a copy that is found later is known to lie under one of them.
	Keys []string `json:"keys"`
	// Hash is SHA-256, in hexadecimal, over the workspace, the time and each key's id
	// with the digest of its wrapped form. Who has a copy of the wrapped keys can
	// show that they are the ones that were dropped.
	Hash string `json:"hash"`
}

// maxShredOps is how many operations a transaction of Shred has beside also.
const maxShredOps = 1

// Shred drops all data keys of the tenant in the context: what was sealed opens no
// more, here at once, and in other processes when their memory of the keys has
// expired (five minutes at most). Nothing is sealed for the tenant afterwards
// either: Seal and Open are ErrShredded. also joins operations, such as the audit
// record, to the transaction that decides it; where one of their conditions fails,
// the error is *table.ConditionError with the index in also, and nothing was done.
//
// Done again it finishes what was cut off and gives the same proof, without also.
// The proof lies among the tenant's items: keep it elsewhere before they go too.
// Copies of the table made before hold the wrapped keys: they open for whoever has
// such a copy and may use the master key (docs/operations.md, Shredding).
func (e *Envelope) Shred(ctx context.Context, also ...table.Op) (Shredded, error) {
	workspace, err := tenant.From(ctx)
	if err != nil {
		return Shredded{}, err
	}
	for attempt := 1; ; attempt++ {
		proof, err := e.shred(ctx, workspace, also)
		var failed *table.ConditionError
		if errors.As(err, &failed) {
			if failed.Index >= maxShredOps {
				return Shredded{}, &table.ConditionError{Index: failed.Index - maxShredOps}
			}
			if attempt < rotateTrys {
				continue // a key was made at this moment
			}
		}
		if err != nil {
			return Shredded{}, err
		}
		e.cache.drop(workspace)
		return proof, e.dropKeys(ctx)
	}
}

// shred decides it: from then on there is no current key.
func (e *Envelope) shred(ctx context.Context, workspace string, also []table.Op) (Shredded, error) {
	at := table.Key{PK: dataKeyPK, SK: currentSK}
	c, version, err := table.GetJSON[currentKey](ctx, e.store, at)
	switch {
	case err == nil && c.Shredded != nil:
		return *c.Shredded, nil
	case err != nil && !errors.Is(err, table.ErrNotFound):
		return Shredded{}, err
	}
	proof := Shredded{Workspace: workspace, At: e.cache.now().UTC().Truncate(time.Millisecond), Keys: []string{}}
	sum := sha256.New()
	fmt.Fprintf(sum, "apiq shredded keys\n%s\n%s\n", workspace, proof.At.Format(time.RFC3339Nano)) // a hash never fails
	for item, err := range e.store.All(ctx, table.Query{PK: dataKeyPK, Prefix: keyPrefix}) {
		if err != nil {
			return Shredded{}, err
		}
		var key wrappedKey
		if err := item.Decode(&key); err != nil {
			return Shredded{}, err
		}
		id := strings.TrimPrefix(item.SK, keyPrefix)
		proof.Keys = append(proof.Keys, id)
		fmt.Fprintf(sum, "%s %x\n", id, sha256.Sum256(key.Wrapped))
	}
	proof.Hash = hex.EncodeToString(sum.Sum(nil))
	item, err := table.JSONItem(at, currentKey{Shredded: &proof})
	if err != nil {
		return Shredded{}, err
	}
	// A key that is made meanwhile changes the item: it would be missing in the proof.
	return proof, e.store.Transact(ctx, append([]table.Op{table.Put(item, table.Unchanged(version))}, also...))
}

// dropKeys deletes the items of the keys, some at a time.
func (e *Envelope) dropKeys(ctx context.Context) error {
	for {
		page, err := e.store.Query(ctx, table.Query{PK: dataKeyPK, Prefix: keyPrefix, Limit: table.MaxBatch})
		if err != nil {
			return err
		}
		var ops []table.Op
		for _, item := range page.Items {
			ops = append(ops, table.Delete(item.Key, table.Always()))
		}
		if len(ops) > 0 {
			if err := e.store.BatchWrite(ctx, ops); err != nil {
				return err
			}
		}
		if page.Next == "" {
			return nil
		}
	}
}
