package audit_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/table"
)

// TestAfter: by steps of any length every record comes once, oldest first, and what
// is written meanwhile follows.
func TestAfter(t *testing.T) {
	t.Parallel()
	h, _ := spread(t, 60)
	end, err := h.End(h.ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, limit := range []int{1, 7, 100} {
		seen := map[string]bool{}
		var last time.Time
		position := ""
		for {
			recs, next, err := h.After(h.ctx, position, limit)
			if err != nil || len(recs) > limit {
				t.Fatal(len(recs), err)
			}
			for _, r := range recs {
				if seen[r.ID] || r.At.Before(last) {
					t.Errorf("%s of %s follows %s", r.ID, r.At, last)
				}
				seen[r.ID], last = true, r.At
			}
			if len(recs) == 0 {
				if next != position {
					t.Errorf("the end moves from %q to %q", position, next)
				}
				break
			}
			position = next
		}
		if len(seen) != 60 || position != end {
			t.Errorf("steps of %d: %d records, the end is %q, want %q", limit, len(seen), position, end)
		}
	}
	for i := range 5 {
		h.add(t, audit.Entry{Action: "later", Resource: fmt.Sprint("thg_", i)})
	}
	if recs, _, err := h.After(h.ctx, end, 100); err != nil || len(recs) != 5 || recs[0].Action != "later" {
		t.Errorf("%d, %v", len(recs), err)
	}
	if _, _, err := h.After(h.ctx, "x", 1); !errors.Is(err, table.ErrCursor) {
		t.Errorf("got %v", err)
	}
}
