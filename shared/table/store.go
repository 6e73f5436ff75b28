package table

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/apiq/apiq/shared/tenant"
)

// Store is the table as domains see it: one tenant's, the one the context names.
// Every method returns tenant.ErrNone where there is none. It is safe for
// concurrent use.
type Store struct {
	driver Driver
	now    func() time.Time
}

// Options of a Store.
type Options struct {
	// Now is the clock that expiry is judged by. Defaults to time.Now.
	Now func() time.Time
}

// New returns a Store over a driver, which stays the caller's to close.
func New(d Driver, opts *Options) *Store {
	s := &Store{driver: d, now: time.Now}
	if opts != nil && opts.Now != nil {
		s.now = opts.Now
	}
	return s
}

// Get returns the item, consistently, or ErrNotFound.
func (s *Store) Get(ctx context.Context, key Key) (Item, error) {
	scope, err := scopeOf(ctx)
	if err != nil {
		return Item{}, err
	}
	stored, err := scope.key(key)
	if err != nil {
		return Item{}, err
	}
	item, err := s.driver.Get(ctx, stored)
	if err != nil {
		return Item{}, err
	}
	if item.ExpiredAt(s.now()) {
		return Item{}, ErrNotFound
	}
	return scope.out(item)
}

// Answers is what a health check asks: whether the driver can be read at all. It
// needs no workspace.
func (s *Store) Answers(ctx context.Context) error {
	_, err := s.Get(tenant.WithSystem(ctx), Key{PK: "HEALTH", SK: "0"})
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	return err
}

// Put writes the whole item and returns it as stored, with its new version.
//
// An error that is none of ErrCondition, ErrInvalid and tenant.ErrNone leaves
// open whether the write happened (the machine may have gone while it answered):
// write under Absent or IfVersion, so that trying again does no harm.
func (s *Store) Put(ctx context.Context, item Item, cond Condition) (Item, error) {
	scope, err := scopeOf(ctx)
	if err != nil {
		return Item{}, err
	}
	op, err := scope.op(Put(item, cond))
	if err != nil {
		return Item{}, err
	}
	version, err := s.driver.Write(ctx, op, s.now())
	if err != nil {
		return Item{}, err
	}
	item.Version, item.ExpiresAt = version, op.Item.ExpiresAt
	return item, nil
}

// Delete removes the item. Under Always a missing item is no error; under
// Present and IfVersion it is ErrCondition.
func (s *Store) Delete(ctx context.Context, key Key, cond Condition) error {
	scope, err := scopeOf(ctx)
	if err != nil {
		return err
	}
	op, err := scope.op(Delete(key, cond))
	if err != nil {
		return err
	}
	_, err = s.driver.Write(ctx, op, s.now())
	return err
}

// Transact applies 1..MaxTransact operations on distinct keys, at most
// MaxTransactBytes together, all or none. A failed condition is a
// *ConditionError with the operation's index. Condition.Next tells the versions
// it leaves. As with Put, any other error from the driver leaves the outcome open.
func (s *Store) Transact(ctx context.Context, ops []Op) error {
	scope, err := scopeOf(ctx)
	if err != nil {
		return err
	}
	stored, err := scope.ops(ops, MaxTransact)
	if err != nil {
		return err
	}
	return s.driver.Transact(ctx, stored, s.now())
}

// BatchWrite applies 1..MaxBatch unconditional puts and deletes on distinct
// keys, at most MaxTransactBytes together, each by itself: on an error some may
// have been applied. For bulk work that may be repeated; what must hold together
// goes through Transact.
func (s *Store) BatchWrite(ctx context.Context, ops []Op) error {
	scope, err := scopeOf(ctx)
	if err != nil {
		return err
	}
	for i, op := range ops {
		if op.Kind == OpCheck || op.If.Kind() != CondAlways {
			return fmt.Errorf("operation %d: %w: a batch takes no conditions", i, ErrInvalid)
		}
	}
	stored, err := scope.ops(ops, MaxBatch)
	if err != nil {
		return err
	}
	return s.driver.BatchWrite(ctx, stored, s.now())
}
