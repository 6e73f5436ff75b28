package secret

import (
	"context"
	"crypto/cipher"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
)

// Where a tenant's wrapped data keys lie: one item each, and one that names the
// current key.
const (
	dataKeyPK  = "DATAKEY"
	currentSK  = "current"
	keyPrefix  = "key#"
	rotateTrys = 5
)

type wrappedKey struct {
	Wrapped   []byte    `json:"wrapped"`
	CreatedAt time.Time `json:"createdAt"`
	// WrappedAt is when Rewrap last wrapped it; zero where only its making did.
	WrappedAt time.Time `json:"wrappedAt,omitzero"`
	// Master names what it is wrapped under; empty where it was wrapped before this was kept.
	Master string `json:"master,omitempty"`
	// Own is the workspace's own master key, where it is wrapped under that.
	Own string `json:"own,omitempty"`
}

type currentKey struct {
	ID string `json:"id,omitempty"`
	// Shredded is there once the keys were dropped: there is no current one any more.
	Shredded *Shredded `json:"shredded,omitempty"`
}

// dataKey is one plain key, ready for use.
type dataKey struct {
	id   keyID
	aead cipher.AEAD
}

// current returns the key to seal with, from memory where it is there.
func (e *Envelope) current(ctx context.Context, workspace string) (*dataKey, error) {
	if key := e.cache.current(workspace); key != nil {
		return key, nil
	}
	return e.once(ctx, workspace+"/"+currentSK, func(ctx context.Context) (*dataKey, error) {
		key, err := e.readCurrent(ctx, workspace)
		if errors.Is(err, table.ErrNotFound) {
			key, err = e.create(ctx, workspace, table.Absent())
		}
		if errors.Is(err, table.ErrCondition) { // another process was first
			key, err = e.readCurrent(ctx, workspace)
		}
		return key, err
	})
}

func (e *Envelope) readCurrent(ctx context.Context, workspace string) (*dataKey, error) {
	c, version, err := table.GetJSON[currentKey](ctx, e.store, table.Key{PK: dataKeyPK, SK: currentSK})
	if err != nil {
		return nil, err
	}
	id, err := c.key()
	if err != nil {
		return nil, err
	}
	key, err := e.byID(ctx, workspace, id)
	if err != nil {
		return nil, err
	}
	e.cache.putCurrent(workspace, key, version)
	return key, nil
}

// byID returns the key that a value was sealed with; one that the tenant never
// had is ErrTampered.
func (e *Envelope) byID(ctx context.Context, workspace string, id keyID) (*dataKey, error) {
	if key := e.cache.get(workspace, id); key != nil {
		return key, nil
	}
	return e.once(ctx, workspace+"/"+keyPrefix+id.String(), func(ctx context.Context) (*dataKey, error) {
		if key := e.cache.get(workspace, id); key != nil {
			return key, nil // a fetch ended between the look above and this one
		}
		stored, _, err := table.GetJSON[wrappedKey](ctx, e.store, keyItem(id))
		if errors.Is(err, table.ErrNotFound) {
			return nil, e.missing(ctx, id)
		}
		if err != nil {
			return nil, err
		}
		wrap, err := e.under(stored.Own)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrOwnKey, err)
		}
		plain, err := wrap.Unwrap(ctx, stored.Wrapped, encryptionContext(workspace))
		if err != nil {
			return nil, ownKeyError(ctx, stored.Own, err)
		}
		return e.keep(workspace, id, plain)
	})
}

// create makes a new key current, where the item that names the current one
// fits the condition; also joins further operations to the transaction.
func (e *Envelope) create(ctx context.Context, workspace string, cond table.Condition, also ...table.Op) (*dataKey, error) {
	own, err := e.Own(ctx)
	if err != nil {
		return nil, err
	}
	wrap, err := e.under(own)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrOwnKey, err)
	}
	plain, wrapped, err := wrap.Generate(ctx, encryptionContext(workspace))
	if err != nil {
		return nil, ownKeyError(ctx, own, err)
	}
	var id keyID
	rand.Read(id[:]) // never fails (crypto/rand)
	key, err := table.JSONItem(keyItem(id), wrappedKey{Wrapped: wrapped, CreatedAt: e.cache.now().UTC(), Master: wrap.Master(), Own: own})
	if err != nil {
		return nil, err
	}
	current, err := table.JSONItem(table.Key{PK: dataKeyPK, SK: currentSK}, currentKey{ID: id.String()})
	if err != nil {
		return nil, err
	}
	ops := append([]table.Op{table.Put(current, cond), table.Put(key, table.Absent())}, also...)
	if err := e.store.Transact(ctx, ops); err != nil {
		return nil, err
	}
	made, err := e.keep(workspace, id, plain)
	if err != nil {
		return nil, err
	}
	version, _ := cond.Next() // Absent or IfVersion: always known
	e.cache.putCurrent(workspace, made, version)
	return made, nil
}

// Rotate makes a new data key the tenant's current one. Values sealed before
// still open. also joins further operations, such as the audit record, to the
// same transaction; where one of their conditions fails, the error is
// *table.ConditionError with the index in also.
func (e *Envelope) Rotate(ctx context.Context, also ...table.Op) error {
	workspace, err := tenant.From(ctx)
	if err != nil {
		return err
	}
	const own = 2 // operations that come before also
	for attempt := 1; ; attempt++ {
		cond := table.Absent()
		item, err := e.store.Get(ctx, table.Key{PK: dataKeyPK, SK: currentSK})
		switch {
		case err == nil:
			var c currentKey
			if err := item.Decode(&c); err == nil && c.Shredded != nil {
				return ErrShredded
			}
			cond = table.IfVersion(item.Version)
		case !errors.Is(err, table.ErrNotFound):
			return err
		}
		_, err = e.create(ctx, workspace, cond, also...)
		var failed *table.ConditionError
		switch {
		case err == nil:
			return nil
		case !errors.As(err, &failed):
			return err
		case failed.Index >= own:
			return &table.ConditionError{Index: failed.Index - own}
		case attempt == rotateTrys:
			return err
		}
	}
}

// keep turns a plain key into a cipher, forgets the key's bytes and caches it.
func (e *Envelope) keep(workspace string, id keyID, plain []byte) (*dataKey, error) {
	defer clear(plain)
	aead, err := newAEAD(plain)
	if err != nil {
		return nil, err
	}
	key := &dataKey{id: id, aead: aead}
	e.cache.put(workspace, key)
	return key, nil
}

// once lets one of several callers fetch a key. The fetch outlives a caller who
// leaves, for the others' sake, but not its bound.
func (e *Envelope) once(ctx context.Context, what string, fetch func(context.Context) (*dataKey, error)) (*dataKey, error) {
	result := e.flight.DoChan(what, func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), e.bound)
		defer cancel()
		return fetch(ctx)
	})
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case r := <-result:
		if r.Err != nil {
			return nil, r.Err
		}
		return r.Val.(*dataKey), nil
	}
}

// keyServiceError makes sure that what a key service says has one of the two names.
func keyServiceError(err error) error {
	if errors.Is(err, ErrTampered) || errors.Is(err, ErrUnavailable) {
		return err
	}
	return fmt.Errorf("%w: %w", ErrUnavailable, err)
}

func encryptionContext(workspace string) map[string]string {
	return map[string]string{"app": "apiq", "tenant": workspace, "purpose": "credentials"}
}

func keyItem(id keyID) table.Key { return table.Key{PK: dataKeyPK, SK: keyPrefix + id.String()} }

// key is the id of the current one.
func (c currentKey) key() (keyID, error) {
	if c.Shredded != nil {
		return keyID{}, ErrShredded
	}
	return parseKeyID(c.ID)
}

// missing tells why there is no such key: they were all dropped, or it was never there.
func (e *Envelope) missing(ctx context.Context, id keyID) error {
	c, _, err := table.GetJSON[currentKey](ctx, e.store, table.Key{PK: dataKeyPK, SK: currentSK})
	switch {
	case err != nil && !errors.Is(err, table.ErrNotFound):
		return err
	case err == nil && c.Shredded != nil:
		return ErrShredded
	}
	return fmt.Errorf("%w: no data key %s", ErrTampered, id)
}

func parseKeyID(s string) (id keyID, err error) {
	b, err := hex.DecodeString(s)
	if err != nil || len(b) != keyIDLen {
		return id, fmt.Errorf("%w: the current key's id is damaged", ErrTampered)
	}
	return keyID(b), nil
}
