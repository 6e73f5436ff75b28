package audit_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/table"
)

func (h *home) day(t *testing.T, day time.Time) []audit.Record {
	t.Helper()
	var all []audit.Record
	for rec, err := range h.Day(h.ctx, day) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, rec)
	}
	return all
}

// TestDay: days are whole pieces of the chain, and every record is in one, though
// the machines' clocks are minutes apart.
func TestDay(t *testing.T) {
	t.Parallel()
	for seed := range uint64(8) {
		h := newHome(t)
		chance := rand.New(rand.NewPCG(seed, 1))
		first := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
		at, total := first.Add(20*time.Hour), 0
		for at.Before(first.Add(4 * 24 * time.Hour)) {
			step := time.Duration(chance.IntN(180)) * time.Minute
			if near := at.Add(time.Hour).Truncate(24 * time.Hour); at.Sub(near).Abs() < time.Hour {
				step = time.Duration(chance.IntN(60)) * time.Second // many around midnight
			}
			if at.Day() == 3 && at.Hour() > 1 {
				step = 30 * time.Hour // a day without any
			}
			at = at.Add(step)
			h.at = at.Add(time.Duration(chance.IntN(570)-285) * time.Second)
			h.add(t, audit.Entry{Action: "a"})
			total++
		}
		seq, sum := int64(1), 0
		for d := range 7 {
			start := first.Add(time.Duration(d-1) * 24 * time.Hour)
			recs := h.day(t, start.Add(13*time.Hour))
			for _, r := range recs {
				if r.Seq != seq {
					t.Fatalf("seed %d: record %d where %d follows", seed, r.Seq, seq)
				}
				seq++
				if d := r.At.Sub(start); d < -10*time.Minute || d > 24*time.Hour+10*time.Minute {
					t.Errorf("seed %d: record of %s in the day of %s", seed, r.At, start)
				}
			}
			sum += len(recs)
		}
		if sum != total {
			t.Errorf("seed %d: %d records in days, %d in the chain", seed, sum, total)
		}
	}
}

func TestDayOfNothing(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	if recs := h.day(t, h.at); len(recs) != 0 {
		t.Errorf("%d records", len(recs))
	}
	h.add(t, audit.Entry{Action: "a"})
	for _, d := range []time.Duration{-24 * time.Hour, 24 * time.Hour} {
		if recs := h.day(t, h.at.Add(d)); len(recs) != 0 {
			t.Errorf("%d records of another day", len(recs))
		}
	}
}

// TestDayBroken: a record changed, gone, or cut from the one before is told.
func TestDayBroken(t *testing.T) {
	t.Parallel()
	for name, harm := range map[string]func(*testing.T, *home){
		"changed": func(t *testing.T, h *home) { h.forge(t, 5, func(r *audit.Record) { r.Message = "x" }) },
		"before it": func(t *testing.T, h *home) {
			h.forge(t, 3, func(r *audit.Record) { r.Hash = strings.Repeat("0", len(r.Hash)) })
		},
		"gone": func(t *testing.T, h *home) {
			if err := h.store.Delete(h.ctx, key(5), table.Present()); err != nil {
				t.Fatal(err)
			}
		},
		"looked for": func(t *testing.T, h *home) {
			if err := h.store.Delete(h.ctx, key(4), table.Present()); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHome(t)
			for range 3 {
				h.add(t, audit.Entry{Action: "a"})
			}
			h.at = h.at.Add(24 * time.Hour)
			for range 4 {
				h.add(t, audit.Entry{Action: "b"})
			}
			harm(t, h)
			var last error
			for _, err := range h.Day(h.ctx, h.at) {
				last = err
			}
			if !errors.Is(last, audit.ErrBroken) {
				t.Errorf("got %v", last)
			}
		})
	}
}

func key(seq int64) table.Key { return table.Key{PK: "AUD#0", SK: fmt.Sprintf("%012d", seq)} }

// forge changes a record behind the trail's back.
func (h *home) forge(t *testing.T, seq int64, change func(*audit.Record)) {
	t.Helper()
	item, err := h.store.Get(h.ctx, key(seq))
	if err != nil {
		t.Fatal(err)
	}
	var r audit.Record
	if err := item.Decode(&r); err != nil {
		t.Fatal(err)
	}
	change(&r)
	if item.Data, err = json.Marshal(r); err != nil {
		t.Fatal(err)
	}
	if _, err := h.store.Put(h.ctx, item, table.Present()); err != nil {
		t.Fatal(err)
	}
}

// TestJoin: the record is in the other's transaction, and follows the chain when
// it moves on meanwhile.
func TestJoin(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	elsewhere := audit.New(h.store, nil)
	calls := 0
	err := h.Join(h.ctx, audit.Entry{Action: "joined"}, func(record ...table.Op) error {
		if calls++; calls == 1 {
			if err := elsewhere.Commit(h.ctx, nil, audit.Entry{Action: "between"}); err != nil {
				return err
			}
		}
		return h.store.Transact(h.ctx, append(record, table.Put(item("change"), table.Absent())))
	})
	if err != nil || calls != 2 {
		t.Fatalf("%v after %d calls", err, calls)
	}
	if _, err := h.store.Get(h.ctx, item("change").Key); err != nil {
		t.Error(err)
	}
	mine := errors.New("mine")
	if err := h.Join(h.ctx, audit.Entry{Action: "not"}, func(...table.Op) error { return mine }); !errors.Is(err, mine) {
		t.Errorf("got %v", err)
	}
	if err := h.Join(t.Context(), audit.Entry{Action: "nowhere"}, func(...table.Op) error { return nil }); err == nil {
		t.Error("a record of no workspace")
	}
	if v := h.verify(t); !v.OK || v.Records != 2 {
		t.Errorf("%+v", v)
	}
	never := &table.ConditionError{}
	if err := h.Join(h.ctx, audit.Entry{Action: "never"}, func(...table.Op) error { return never }); !errors.Is(err, table.ErrThrottled) {
		t.Errorf("got %v", err)
	}
}
