package audit

import (
	"context"
	"sync/atomic"
)

type trackerKey struct{}

// Track returns a context in which Committed tells whether a change was
// committed with its record. The web layer uses it to record what was refused or
// failed, so that each mutating request leaves exactly one record.
func Track(ctx context.Context) context.Context {
	return context.WithValue(ctx, trackerKey{}, new(atomic.Bool))
}

// Committed says whether a Commit succeeded under this context.
func Committed(ctx context.Context) bool {
	b, ok := ctx.Value(trackerKey{}).(*atomic.Bool)
	return ok && b != nil && b.Load()
}

func markCommitted(ctx context.Context) {
	if b, ok := ctx.Value(trackerKey{}).(*atomic.Bool); ok && b != nil {
		b.Store(true)
	}
}

func withoutTracker(ctx context.Context) context.Context {
	return context.WithValue(ctx, trackerKey{}, (*atomic.Bool)(nil))
}
