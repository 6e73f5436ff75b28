// Package table is the port to one small item store with DynamoDB's rules, and
// the Store that enforces those rules and the tenant on top of any Driver, so
// that no driver can accept what another refuses. It knows nothing of what the
// items mean, and never lets a caller name another tenant.
package table

import (
	"errors"
	"fmt"
	"time"
)

// Errors of the port; drivers return them wrapped, callers use errors.Is.
var (
	// ErrNotFound: no item under the key, or it has expired.
	ErrNotFound = errors.New("table: not found")
	// ErrCondition: a condition did not hold; nothing was written. In Transact it
	// comes as *ConditionError, which names the operation.
	ErrCondition = errors.New("table: condition failed")
	// ErrThrottled: try again later. Drivers retry by themselves first.
	ErrThrottled = errors.New("table: throttled")
	// ErrInDoubt: the table did not answer, and whether the write happened is open.
	// Who asks again must expect either.
	ErrInDoubt = errors.New("table: the outcome is open")
	// ErrInvalid: the request breaks a rule of the port (size, keys, counts).
	ErrInvalid = errors.New("table: invalid request")
	// ErrCursor is the ErrInvalid of a cursor that no page of this query gave:
	// a fault of who sent it, not of the program.
	ErrCursor = fmt.Errorf("%w: the cursor is not one of this query", ErrInvalid)
	// ErrClosed: the driver has been closed.
	ErrClosed = errors.New("table: closed")
)

// ConditionError says which operation of a transaction failed its condition.
// Where several fail, Index is the first of them.
type ConditionError struct{ Index int }

func (e *ConditionError) Error() string { return "table: condition failed" }

// Is makes errors.Is(err, ErrCondition) true.
func (e *ConditionError) Is(target error) bool { return target == ErrCondition }

// Limits, as DynamoDB has them (Amazon DynamoDB Developer Guide, "Quotas").
// Bytes of keys are counted with the tenant's prefix.
const (
	MaxItemBytes     = 400 * 1024
	MaxPageBytes     = 1 << 20
	MaxTransact      = 25
	MaxTransactBytes = 4 << 20
	MaxBatch         = 25
	MaxPartition     = 2048
	MaxSort          = 1024
	MaxIndexes       = 3
	MaxQueryLimit    = 1000
	DefaultPageLen   = 100
)

// itemOverhead stands for the attribute names, the version, the expiry and the
// driver's own attributes, all of which DynamoDB counts as part of an item.
const itemOverhead = 256

// Key names an item inside its tenant. Neither part may be empty.
type Key struct{ PK, SK string }

// Index names: each item may appear in each index once, under a key of its own.
const (
	Base   = ""
	Index1 = "gsi1"
	Index2 = "gsi2"
	Index3 = "gsi3"
)

// Item is one record. Data is a JSON document of the owner's.
type Item struct {
	Key
	// Version is raised by the store with each write: 1 on creation. It is what
	// a condition compares, and what clients see as the resource's version.
	// It is ignored where an item is written.
	Version int64
	Data    []byte
	// Index gives the item's key in each secondary index that it appears in.
	Index map[string]Key
	// ExpiresAt, when set, hides the item from then on; it is deleted some time
	// later. It is kept in whole seconds, rounded up.
	ExpiresAt time.Time
}

// Bytes is the item's size as the limits count it: keys, index keys, data and a
// fixed overhead.
func (i Item) Bytes() int {
	n := itemOverhead + len(i.PK) + len(i.SK) + len(i.Data)
	for _, k := range i.Index {
		n += len(k.PK) + len(k.SK)
	}
	return n
}

// ExpiredAt says whether the item counts as absent at that moment.
func (i Item) ExpiredAt(now time.Time) bool {
	return !i.ExpiresAt.IsZero() && !now.Before(i.ExpiresAt)
}
