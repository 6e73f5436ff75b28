package table

import (
	"context"
	"time"
)

// Driver is what an adapter implements. Keys, index keys included, arrive
// tenant-prefixed and everything is validated; a driver gives atomicity, order,
// durability and versions:
//
//   - A write that returned nil survives a crash of the process and machine.
//   - Transact applies all or nothing, isolated from other writes.
//   - Get, and Query of the base table, see every write that returned before
//     they began. Query of an index may lag.
//   - A put leaves the stored version plus one, whatever its condition, or 1
//     where nothing was stored; the driver decides it inside its own
//     transaction (in DynamoDB: UpdateItem … ADD version 1). An item expired at
//     now counts as none for every condition, and a put under Absent over one
//     leaves 1; under Always it may leave 1 or go on counting.
//   - Sort keys are ordered by their bytes. Items with equal keys in an index
//     come in a stable order.
//   - Reads return expired items too, if they are still there.
//   - A cancelled context makes a call return ctx.Err(); a write may have
//     happened then. A driver that retries does so without a second effect: a
//     condition that fails only because the first try succeeded is a success
//     (in DynamoDB: compare a written request id, or ClientRequestToken).
type Driver interface {
	// Get returns the item or ErrNotFound.
	Get(ctx context.Context, key Key) (Item, error)
	// Query reads at most q.Limit items (always set) and MaxPageBytes of Item.Bytes,
	// but at least one, after a position; q.Cursor is for the Store only. The
	// position returned is where the next page starts, nil at the end.
	Query(ctx context.Context, q Query, after *Position) ([]Item, *Position, error)
	// Write applies one put or delete and returns the version that a put left.
	Write(ctx context.Context, op Op, now time.Time) (int64, error)
	// Transact applies 1..MaxTransact operations on distinct keys. A failed
	// condition is a *ConditionError.
	Transact(ctx context.Context, ops []Op, now time.Time) error
	// BatchWrite applies 1..MaxBatch unconditional puts and deletes, each by
	// itself, in no order; on an error some may have been applied.
	BatchWrite(ctx context.Context, ops []Op, now time.Time) error
	// Close lets calls under way finish and releases everything. Calls after it
	// return ErrClosed.
	Close() error
}

// Position is the last item of a page: where it stands in the base table and its
// sort key in what was queried (Key.SK for the base table).
type Position struct {
	Key  Key
	Sort string
}
