package expr

import (
	"testing"
)

// TestMemoryOfNeighbours: growth of the process ends the evaluation that can have
// caused it, and no other.
func TestMemoryOfNeighbours(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		heap, live uint64 // what the process grows by
		given      any
		steps      int
		spent      bool
	}{
		"small, beside an import":       {1 << 30, 1 << 30, "text", 10_000, false},
		"large value, few steps":        {1 << 30, 1 << 30, make([]any, 100_000), 64, false},
		"large value, many steps":       {1 << 30, 1 << 30, make([]any, 100_000), 1000, true},
		"many steps, nothing has grown": {1 << 20, 1 << 20, make([]any, 100_000), 1000, false},
		"garbage of others":             {300 << 20, 1 << 20, make([]any, 100_000), 1000, false},
		"kept, and slowly":              {300 << 20, 200 << 20, make([]any, 100_000), 1000, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := (*Options)(nil).withDefaults()
			b := newBudget(t.Context(), &o, false)
			b.given = []any{c.given}
			b.memory = func() (uint64, uint64) { return 1, 1 }
			b.sample()
			b.steps = c.steps
			b.memory = func() (uint64, uint64) { return 1 + c.heap, 1 + c.live }
			b.sample()
			if got := b.spent != nil; got != c.spent {
				t.Errorf("spent: %v", b.spent)
			}
		})
	}
}
