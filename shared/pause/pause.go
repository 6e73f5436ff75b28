// Package pause waits, for as long as somebody still wants what comes after.
package pause

import (
	"context"
	"time"
)

// For returns after d, or with the context's error as soon as that ends.
func For(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
