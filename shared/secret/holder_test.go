package secret_test

import (
	"errors"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/secret"
	"github.com/apiq/apiq/shared/table"
)

// ages seals a value under each of n keys, a minute apart.
func (h *house) ages(t *testing.T, n int) (sealed [][]byte) {
	t.Helper()
	for i := range n {
		e := h.envelope()
		if i > 0 {
			h.pass(time.Minute)
			if err := e.Rotate(h.ctx); err != nil {
				t.Fatal(err)
			}
		}
		sealed = append(sealed, seal(t, h.ctx, e, planted))
	}
	return sealed
}

func TestTally(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	sealed := h.ages(t, 3)
	e := h.envelope()
	last := seal(t, h.ctx, e, planted)
	ctx, look := secret.Looking(h.ctx)
	for _, value := range append(sealed, last) {
		again, changed, err := e.Reseal(ctx, place, value)
		if err != nil || changed || string(again) != string(value) {
			t.Fatalf("looking changed something: %v, %v", changed, err)
		}
	}
	if _, _, err := e.Reseal(ctx, place, []byte("not sealed")); !errors.Is(err, secret.ErrTampered) {
		t.Errorf("what is not sealed: %v", err)
	}
	keys, err := e.Keys(h.ctx)
	if err != nil || len(keys) != 3 {
		t.Fatalf("%+v, %v", keys, err)
	}
	for i, want := range []int{1, 1, 2} {
		if got := look.Values()[keys[i].ID]; got != want {
			t.Errorf("key %d: %d values, want %d", i, got, want)
		}
	}
	ctx, count := secret.Counting(h.ctx)
	for _, value := range append(sealed, last) {
		if _, _, err := e.Reseal(ctx, place, value); err != nil {
			t.Fatal(err)
		}
	}
	if got := count.Values(); len(got) != 1 || got[keys[2].ID] != 4 {
		t.Errorf("after the sweep %v, want all four under %s", got, keys[2].ID)
	}
}

// TestKeys: what is told of keys through rotations, and which of them may go when.
func TestKeys(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	e := h.envelope()
	if keys, err := e.Keys(h.ctx); err != nil || keys != nil {
		t.Errorf("of nothing: %v, %v", keys, err)
	}
	seal(t, h.ctx, e, planted)
	start := time.Unix(0, h.now.Load())
	for range 2 {
		h.pass(time.Hour)
		if err := e.Rotate(h.ctx); err != nil {
			t.Fatal(err)
		}
	}
	keys, err := e.Keys(h.ctx)
	if err != nil || len(keys) != 3 {
		t.Fatalf("%+v, %v", keys, err)
	}
	for i, k := range keys {
		if current := i == 2; k.Current != current || k.Master != h.keys.Master() || k.Master == "" ||
			current != k.ReplacedAt.IsZero() || !current && !k.ReplacedAt.Equal(start.Add(time.Duration(i+1)*time.Hour)) {
			t.Errorf("key %d: %+v", i, k)
		}
	}
	for _, c := range []struct {
		key   int
		after time.Duration // since its place was taken
		want  bool
	}{{0, 25*time.Hour - time.Second, false}, {0, 25 * time.Hour, true}, {1, 24 * time.Hour, false}, {1, 25 * time.Hour, true}} {
		if got := keys[c.key].Retirable(keys[c.key].ReplacedAt.Add(c.after)); got != c.want {
			t.Errorf("key %d, %s after: %v", c.key, c.after, got)
		}
	}
	if keys[2].Retirable(start.Add(1000 * time.Hour)) {
		t.Error("the current key may go")
	}
}

func TestRetire(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	sealed := h.ages(t, 2)
	e := h.envelope()
	keys, err := e.Keys(h.ctx)
	if err != nil {
		t.Fatal(err)
	}
	record := table.Put(table.Item{Key: table.Key{PK: "AUDIT", SK: "1"}, Data: []byte(`{}`)}, table.Absent())
	for name, id := range map[string]string{"current": keys[1].ID, "unknown": "00112233445566778899aabbccddeeff"} {
		if err := e.Retire(h.ctx, id, record); !errors.Is(err, table.ErrCondition) {
			t.Errorf("%s: %v, want ErrCondition", name, err)
		}
	}
	var failed *table.ConditionError
	if err := e.Retire(h.ctx, keys[0].ID, table.Check(table.Key{PK: "A", SK: "1"}, table.Present())); !errors.As(err, &failed) || failed.Index != 0 {
		t.Errorf("a joined condition: %v", err)
	}
	h.opens(t, sealed)
	if err := e.Retire(h.ctx, keys[0].ID, record); err != nil {
		t.Fatal(err)
	}
	if _, err := e.Open(h.ctx, place, sealed[0]); !errors.Is(err, secret.ErrTampered) {
		t.Errorf("under the retired key: %v", err)
	}
	h.opens(t, sealed[1:])
	if left, err := e.Keys(h.ctx); err != nil || len(left) != 1 || !left[0].Current {
		t.Errorf("%+v, %v", left, err)
	}
}
