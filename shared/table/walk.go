package table

import (
	"context"
	"errors"
	"iter"
)

// Walker is a Driver that can go through all that a tenant has, whatever its keys. It
// is for what is done once to a whole tenant: in DynamoDB it reads the whole table.
type Walker interface {
	// Walk gives at most limit items whose partition keys begin with prefix, in an
	// order of its own, behind the key after (nil from the start), and the key to go on
	// from, nil at the end. It sees what was written before it began; a page may be
	// short, even empty, and still have a key to go on from.
	Walk(ctx context.Context, prefix string, after *Key, limit int) (items []Item, next *Key, err error)
}

// errNoWalk: the driver is no Walker.
var errNoWalk = errors.New("table: this driver cannot go through a tenant")

// Walk ranges over every item of the tenant in the context, expired ones that are
// still there too, whatever their keys and in no order. An error ends it, as the last
// pair. What is written meanwhile may be missing.
func (s *Store) Walk(ctx context.Context) iter.Seq2[Item, error] {
	return func(yield func(Item, error) bool) {
		scope, err := scopeOf(ctx)
		driver, ok := s.driver.(Walker)
		if err == nil && !ok {
			err = errNoWalk
		}
		for after := (*Key)(nil); err == nil; {
			var items []Item
			if items, after, err = driver.Walk(ctx, scope.prefix, after, MaxQueryLimit); err != nil {
				break
			}
			for _, item := range items {
				if item, err = scope.out(item); err != nil {
					break
				}
				if !yield(item, nil) {
					return
				}
			}
			if after == nil && err == nil {
				return
			}
		}
		yield(Item{}, err)
	}
}

// Wipe deletes every item of the tenant in the context. saw is given each before it
// goes. After an error the rest is there, and Wipe may be called again; nobody may
// write for the tenant meanwhile.
func (s *Store) Wipe(ctx context.Context, saw func(Item)) error {
	ops := make([]Op, 0, MaxBatch)
	flush := func() error {
		if len(ops) == 0 {
			return nil
		}
		err := s.BatchWrite(ctx, ops)
		ops = ops[:0]
		return err
	}
	for item, err := range s.Walk(ctx) {
		if err != nil {
			return err
		}
		saw(item)
		if ops = append(ops, Delete(item.Key, Always())); len(ops) == MaxBatch {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	return flush()
}
