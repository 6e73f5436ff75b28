package audit_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/table"
)

func TestListCursorRefused(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	h.add(t, audit.Entry{Action: "a"})
	for _, cursor := range []string{"x", "!!!!", "MQ==", "LTE", "MA", "MS4w", strings.Repeat("OTk5", 10), "\xff"} {
		if _, err := h.List(h.ctx, audit.Filter{}, 10, cursor); !errors.Is(err, table.ErrCursor) {
			t.Errorf("%q: %v", cursor, err)
		}
	}
}

// TestList: every filter alone, over pages of every length, gives the same
// records as picking them by hand.
func TestList(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	start := time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)
	for i := range 300 {
		h.at = start.Add(time.Duration(i) * time.Hour)
		e := audit.Entry{Action: []string{"user.login", "user.invite", "connection.create"}[i%3], Resource: fmt.Sprint("r", i%5)}
		if i%10 == 0 {
			e.Outcome, e.Level, e.Message = audit.Refused, audit.Warn, "Wrong Password"
		}
		h.add(t, e)
	}
	for name, c := range map[string]struct {
		filter audit.Filter
		want   func(i int) bool
	}{
		"all":          {audit.Filter{}, func(int) bool { return true }},
		"an action":    {audit.Filter{Action: "user.login"}, func(i int) bool { return i%3 == 0 }},
		"a prefix":     {audit.Filter{Action: "user."}, func(i int) bool { return i%3 < 2 }},
		"no prefix":    {audit.Filter{Action: "user"}, func(int) bool { return false }},
		"a resource":   {audit.Filter{Resource: "r4"}, func(i int) bool { return i%5 == 4 }},
		"an actor":     {audit.Filter{Actor: "usr_1"}, func(int) bool { return true }},
		"by e-mail":    {audit.Filter{Actor: "ADA@example.com"}, func(int) bool { return true }},
		"nobody":       {audit.Filter{Actor: "usr_2"}, func(int) bool { return false }},
		"outcome":      {audit.Filter{Outcome: audit.Refused}, func(i int) bool { return i%10 == 0 }},
		"level":        {audit.Filter{Level: audit.Info}, func(i int) bool { return i%10 != 0 }},
		"from":         {audit.Filter{From: start.Add(290 * time.Hour)}, func(i int) bool { return i >= 290 }},
		"from, narrow": {audit.Filter{From: start.Add(100 * time.Hour), Action: "user.login"}, func(i int) bool { return i >= 100 && i%3 == 0 }},
		"to":           {audit.Filter{To: start.Add(10 * time.Hour)}, func(i int) bool { return i <= 10 }},
		"between":      {audit.Filter{From: start.Add(100 * time.Hour), To: start.Add(103 * time.Hour)}, func(i int) bool { return i >= 100 && i <= 103 }},
		"text":         {audit.Filter{Text: "wrong pass"}, func(i int) bool { return i%10 == 0 }},
	} {
		t.Run(name, func(t *testing.T) {
			var want []int64
			for i := 299; i >= 0; i-- {
				if c.want(i) {
					want = append(want, int64(i+1))
				}
			}
			for _, limit := range []int{1, 7, 25, 100, 500} {
				if limit == 1 && len(want) > 40 {
					continue // as many pages as records: enough of the short ones
				}
				var have []int64
				pages := 0
				for cursor := ""; ; pages++ {
					page, err := h.List(h.ctx, c.filter, limit, cursor)
					if err != nil || len(page.Records) > limit {
						t.Fatal(len(page.Records), err)
					}
					for _, r := range page.Records {
						have = append(have, r.Seq)
					}
					if cursor = page.Next; cursor == "" {
						break
					}
				}
				if !slices.Equal(have, want) {
					t.Errorf("pages of %d: %v, want %v", limit, have, want)
				}
				if most := max(0, (len(want)-1)/limit); pages > most {
					t.Errorf("pages of %d: %d cursors for %d records", limit, pages, len(want))
				}
			}
		})
	}
}

// TestListSkewed: a clock that went back hides nothing of the time asked for.
func TestListSkewed(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	start := time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)
	for _, after := range []time.Duration{0, time.Minute, -time.Minute, 2 * time.Minute, -2 * time.Minute} {
		h.at = start.Add(after)
		h.add(t, audit.Entry{Action: "a"})
	}
	page, err := h.List(h.ctx, audit.Filter{From: start}, 10, "")
	if err != nil || len(page.Records) != 3 {
		t.Errorf("%d records, %v", len(page.Records), err)
	}
}

// TestListBounded: a filter that nothing fits reads a stretch, then gives a cursor.
func TestListBounded(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	var ops []table.Op
	for seq := 1; seq <= 2300; seq++ { // past the trail, many at once: listing judges no chain
		data := fmt.Appendf(nil, `{"seq":%d,"action":"a"}`, seq)
		ops = append(ops, table.Put(table.Item{Key: table.Key{PK: "AUD#0", SK: fmt.Sprintf("%012d", seq)}, Data: data}, table.Always()))
		if len(ops) == table.MaxBatch {
			if err := h.store.BatchWrite(h.ctx, ops); err != nil {
				t.Fatal(err)
			}
			ops = nil
		}
	}
	page, err := h.List(h.ctx, audit.Filter{Action: "b"}, 10, "")
	if err != nil || len(page.Records) != 0 || page.Next == "" {
		t.Fatalf("%d records, next %q, %v", len(page.Records), page.Next, err)
	}
	page, err = h.List(h.ctx, audit.Filter{Action: "b"}, 10, page.Next)
	if err != nil || page.Next != "" {
		t.Fatalf("next %q, %v", page.Next, err)
	}
}
