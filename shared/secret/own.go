package secret

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
)

// Errors of keys that workspaces bring.
var (
	// ErrNoOwnKeys: the key service of this home takes none, or not this one.
	ErrNoOwnKeys = errors.New("secret: no key of a workspace's own can be used here")
	// ErrOwnKey: the key that the workspace brought cannot be used now: it is switched
	// off, gone, or does not let us. It is ErrUnavailable too: it may pass.
	ErrOwnKey = fmt.Errorf("%w: the workspace's own key cannot be used", ErrUnavailable)
)

// OwnKeys is what a KeyWrap is besides where workspaces may bring master keys of
// their own.
type OwnKeys interface {
	// Under wraps under another master key, "" for the home's. What is to be wrapped
	// again may lie under one of from. A key that can never be used here is
	// ErrNoOwnKeys; nobody is asked.
	Under(key string, from ...string) (KeyWrap, error)
	// Principal is who the policy of such a key has to let in.
	Principal() string
}

const ownSK = "own"

// ownKey is the master key that the workspace has chosen.
type ownKey struct {
	Key string `json:"key"`
}

// Principal is who the policy of a key that a workspace brings has to let in, "" where
// none can be brought.
func (e *Envelope) Principal() string {
	if own, ok := e.wrap.(OwnKeys); ok {
		return own.Principal()
	}
	return ""
}

// Own tells which master key of its own the workspace uses, "" for the home's.
func (e *Envelope) Own(ctx context.Context) (string, error) {
	own, _, err := table.GetJSON[ownKey](ctx, e.store, table.Key{PK: dataKeyPK, SK: ownSK})
	if errors.Is(err, table.ErrNotFound) {
		return "", nil
	}
	return own.Key, err
}

// Use has the data keys of the workspace wrapped under a master key of its own, or
// under the home's again where key is "". The key is tried first: a data key is made
// and unwrapped under it with the encryption context that will be used. Then the
// choice is kept, in one transaction with the operations given (where a condition of
// theirs fails, the error is *table.ConditionError with the index in also), and what
// is there is wrapped again. What an end of that leaves is Rewrap's: each data key
// says what it lies under, so all of them open meanwhile. Errors: ErrNoOwnKeys,
// ErrOwnKey, those of Rewrap.
func (e *Envelope) Use(ctx context.Context, key string, also ...table.Op) error {
	workspace, err := tenant.From(ctx)
	if err != nil {
		return err
	}
	if err := e.tryKey(ctx, workspace, key); err != nil {
		return err
	}
	item, err := table.JSONItem(table.Key{PK: dataKeyPK, SK: ownSK}, ownKey{Key: key})
	if err != nil {
		return err
	}
	const own = 1
	err = e.store.Transact(ctx, append([]table.Op{table.Put(item, table.Always())}, also...))
	var failed *table.ConditionError
	if errors.As(err, &failed) {
		return &table.ConditionError{Index: failed.Index - own}
	}
	if err != nil {
		return err
	}
	_, err = e.Rewrap(ctx)
	return err
}

// tryKey makes a round trip under a key.
func (e *Envelope) tryKey(ctx context.Context, workspace, key string) error {
	wrap, err := e.under(key)
	if err != nil {
		return err
	}
	plain, wrapped, err := wrap.Generate(ctx, encryptionContext(workspace))
	if err != nil {
		return ownKeyError(ctx, key, err)
	}
	defer clear(plain)
	again, err := wrap.Rewrap(ctx, wrapped, encryptionContext(workspace))
	if err != nil {
		return ownKeyError(ctx, key, err)
	}
	opened, err := wrap.Unwrap(ctx, again, encryptionContext(workspace))
	if err != nil {
		return ownKeyError(ctx, key, err)
	}
	defer clear(opened)
	if !bytes.Equal(opened, plain) {
		return fmt.Errorf("%w: another data key came back", ErrOwnKey)
	}
	return nil
}

// under is the key service with a workspace's own master key, "" for the home's.
func (e *Envelope) under(key string, from ...string) (KeyWrap, error) {
	other := key != ""
	for _, f := range from {
		other = other || f != ""
	}
	if !other {
		return e.wrap, nil
	}
	own, ok := e.wrap.(OwnKeys)
	if !ok {
		return nil, ErrNoOwnKeys
	}
	return own.Under(key, from...)
}

// ownKeyError names what a key service says of a workspace's own key.
func ownKeyError(ctx context.Context, key string, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	err = keyServiceError(err)
	if key != "" && errors.Is(err, ErrUnavailable) {
		return fmt.Errorf("%w: %w", ErrOwnKey, err)
	}
	return err
}
