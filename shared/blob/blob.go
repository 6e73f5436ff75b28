// Package blob is the port to a store of immutable objects, and the Store that
// keeps tenants apart on top of any Driver. It never changes an object in place,
// and never lets a caller name another tenant.
package blob

import (
	"context"
	"errors"
	"io"
	"time"
)

// Errors of the port; drivers return them wrapped, callers use errors.Is.
var (
	ErrNotFound = errors.New("blob: not found")
	ErrExists   = errors.New("blob: exists")
	// ErrInvalid: a name, a range or a count that the port does not allow.
	ErrInvalid = errors.New("blob: invalid name or size")
	// ErrTooLarge: the object is larger than MaxBytes, or than ReadAll may read.
	ErrTooLarge = errors.New("blob: too large")
	// ErrUnavailable: the store does not answer, or asks to slow down, after the
	// driver's own retries. Whether a Put took place is open.
	ErrUnavailable = errors.New("blob: store unavailable")
)

// Limits.
const (
	// MaxBytes is the largest object: ours are documents and bodies, not films.
	MaxBytes = 64 << 20
	// MaxName is the longest name in bytes, the tenant's prefix included (S3 has 1,024).
	MaxName = 512
	// MaxSegment is the longest part between slashes (file systems have 255).
	MaxSegment = 128
	// MaxList is the longest list.
	MaxList = 1000
)

// Info describes an object.
type Info struct {
	Name      string
	Size      int64
	CreatedAt time.Time
}

// Driver is what an adapter implements. Names arrive tenant-prefixed and
// validated: segments of [A-Za-z0-9._-] joined by "/", none of them "." or "..".
// One name may be the folder of another ("a" and "a/b").
//   - Put is atomic and durable: readers see nothing or the whole object, and
//     what returned nil survives a crash. With exclusive set it returns ErrExists
//     where one is there; else it replaces. An error of r is returned wrapped,
//     and leaves what was there.
//   - Get and GetRange of a missing object are ErrNotFound; who has begun to read
//     reads to the end whatever is put or deleted meanwhile.
//   - Delete of a missing object is no error.
type Driver interface {
	Put(ctx context.Context, name string, r io.Reader, exclusive bool) (Info, error)
	Get(ctx context.Context, name string) (io.ReadCloser, Info, error)
	// GetRange reads length (> 0) bytes from offset; a short object gives what
	// there is, possibly nothing.
	GetRange(ctx context.Context, name string, offset, length int64) (io.ReadCloser, error)
	Delete(ctx context.Context, name string) error
	// List returns at most limit names that start with prefix, in the order of
	// their bytes, after the name after ("" from the start).
	List(ctx context.Context, prefix, after string, limit int) ([]Info, error)
}
