package resuming

import (
	"context"
	"errors"
	"testing"
)

// TestTogether: no part waits for another, and each one's fault is told.
func TestTogether(t *testing.T) {
	t.Parallel()
	one, two := errors.New("one"), errors.New("two")
	met := make(chan struct{})
	err := together(t.Context(), func(context.Context) error { <-met; return one }, func(context.Context) error { close(met); return two })
	if !errors.Is(err, one) || !errors.Is(err, two) {
		t.Error(err)
	}
}
