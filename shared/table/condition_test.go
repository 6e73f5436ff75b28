package table_test

import (
	"testing"

	"github.com/apiq/apiq/shared/table"
)

// TestUnchanged: what was read is there still, also where it was nothing.
func TestUnchanged(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		read, stored int64
		holds        bool
	}{{0, 0, true}, {0, 1, false}, {1, 1, true}, {1, 2, false}, {1, 0, false}} {
		if got := table.Unchanged(c.read).Holds(c.stored, c.stored > 0); got != c.holds {
			t.Errorf("read %d, stored %d: %v", c.read, c.stored, got)
		}
	}
}
