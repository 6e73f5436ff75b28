package resuming

import (
	"context"
	"errors"
	"slices"
	"testing"
)

// TestSweepGoesOn: the next sweep begins where the time of this one was over.
func TestSweepGoesOn(t *testing.T) {
	t.Parallel()
	broken := errors.New("one run")
	pages := map[string]string{"": "b", "b": "c", "c": ""}
	var seen []string
	ctx, cancel := context.WithCancel(t.Context())
	s := &sweep{page: func(ctx context.Context, cursor string, _ int) (string, error) {
		seen = append(seen, cursor)
		if len(seen) == 2 {
			cancel()
			return "", ctx.Err()
		}
		return pages[cursor], broken
	}}
	if err := s.run(ctx); !errors.Is(err, context.Canceled) || !errors.Is(err, broken) {
		t.Error(err)
	}
	for range 2 {
		if err := s.run(t.Context()); !errors.Is(err, broken) {
			t.Error(err)
		}
	}
	if want := []string{"", "b", "b", "c", "", "b", "c"}; !slices.Equal(seen, want) {
		t.Errorf("%q, want %q", seen, want)
	}
}

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
