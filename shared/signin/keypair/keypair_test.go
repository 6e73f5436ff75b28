package keypair_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/fixture"
	"github.com/apiq/apiq/shared/signin/keypair"
	"github.com/apiq/apiq/shared/tenant"
)

// TestPair: one for a workspace, the same for all who ask at once, and after its data
// key was rotated.
func TestPair(t *testing.T) {
	t.Parallel()
	m := fixture.New(t, time.Now())
	store, sealer := m.Store, m.Sealer
	s, ctx := keypair.New(store, sealer), tenant.With(context.Background(), "wsp_a")
	if n, err := s.Reseal(ctx); n != 0 || err != nil {
		t.Errorf("no key yet: %d, %v", n, err)
	}
	pairs := make([]keypair.Pair, 3)
	var wg sync.WaitGroup
	for i := range pairs {
		wg.Go(func() {
			var err error
			if pairs[i], err = keypair.New(store, sealer).Get(ctx); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	for _, p := range pairs {
		if p.Key == nil || !p.Key.Equal(pairs[0].Key) || !p.Key.PublicKey.Equal(p.Certificate.PublicKey) {
			t.Fatal("they are not one pair")
		}
	}
	other, err := s.Get(tenant.With(context.Background(), "wsp_b"))
	if err != nil || other.Key.Equal(pairs[0].Key) {
		t.Errorf("another workspace has the same: %v", err)
	}
	if _, err := s.Get(context.Background()); err == nil {
		t.Error("made for no workspace")
	}
	if err := sealer.Rotate(ctx); err != nil {
		t.Fatal(err)
	}
	for _, want := range []int{1, 0} {
		if n, err := s.Reseal(ctx); n != want || err != nil {
			t.Errorf("%d, %v, want %d", n, err, want)
		}
	}
	if again, err := s.Get(ctx); err != nil || !again.Key.Equal(pairs[0].Key) {
		t.Errorf("after the rotation: %v", err)
	}
}
