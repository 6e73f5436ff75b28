package tabletest

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/table"
)

func testExpiry(t *testing.T, f *fixture) {
	soon := item("p", "soon", 1)
	soon.ExpiresAt = f.clock.now().Add(1500 * time.Millisecond)
	soon.Index = map[string]table.Key{table.Index1: key("ip", "soon")}
	stored := f.put(t, soon)
	if want := f.clock.now().Add(2 * time.Second); !stored.ExpiresAt.Equal(want) {
		t.Errorf("expiry %v, want it rounded up to %v", stored.ExpiresAt, want)
	}
	f.put(t, soon)
	f.clock.add(1999 * time.Millisecond)
	if v := f.get(t, soon.Key).Version; v != 2 {
		t.Errorf("version %d before expiry, want 2", v)
	}
	f.clock.add(time.Millisecond)
	if _, err := f.store.Get(f.ctx, soon.Key); !errors.Is(err, table.ErrNotFound) {
		t.Errorf("Get of an expired item: %v, want ErrNotFound", err)
	}
	for _, q := range []table.Query{{PK: "p"}, {Index: table.Index1, PK: "ip"}} {
		if got := f.sorts(t, q); len(got) != 0 {
			t.Errorf("Query %+v shows expired %v", q, got)
		}
	}
	for _, cond := range []table.Condition{table.Present(), table.IfVersion(2)} {
		if _, err := f.store.Put(f.ctx, item("p", "soon", 2), cond); !errors.Is(err, table.ErrCondition) {
			t.Errorf("Put over an expired item under %+v: %v, want ErrCondition", cond, err)
		}
		if err := f.store.Delete(f.ctx, soon.Key, cond); !errors.Is(err, table.ErrCondition) {
			t.Errorf("Delete of an expired item under %+v: %v, want ErrCondition", cond, err)
		}
		if err := f.store.Transact(f.ctx, []table.Op{table.Check(soon.Key, cond)}); !errors.Is(err, table.ErrCondition) {
			t.Errorf("Check of an expired item under %+v: %v, want ErrCondition", cond, err)
		}
	}
	fresh, err := f.store.Put(f.ctx, item("p", "soon", 3), table.Absent())
	if err != nil || fresh.Version != 1 {
		t.Errorf("Put under Absent over an expired item: version %d, %v, want 1", fresh.Version, err)
	}
	if got := f.get(t, soon.Key); string(got.Data) != `{"n":3}` || len(got.Index) != 0 || !got.ExpiresAt.IsZero() {
		t.Errorf("what expired shows through: %+v", got)
	}
}

func testExpiryInPages(t *testing.T, f *fixture) {
	var want []string
	for i := range 20 {
		it := item("p", fmt.Sprintf("%02d", i), i)
		if i%4 != 0 {
			it.ExpiresAt = f.clock.now().Add(time.Second)
		} else {
			want = append(want, it.SK)
		}
		f.put(t, it)
	}
	f.clock.add(time.Minute)
	if got := f.sorts(t, table.Query{PK: "p", Limit: 3}); !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

func testIncrement(t *testing.T, f *fixture) {
	const each = 10
	f.put(t, item("p", "s", 0))
	var wg sync.WaitGroup
	var refused atomic.Int64
	for range f.Workers {
		wg.Go(func() {
			for done := 0; done < each; {
				var v struct {
					N int `json:"n"`
				}
				it, err := f.store.Get(f.ctx, key("p", "s"))
				if err == nil {
					err = it.Decode(&v)
				}
				if err == nil {
					_, err = f.store.Put(f.ctx, item("p", "s", v.N+1), table.IfVersion(it.Version))
				}
				switch {
				case err == nil:
					done++
				case errors.Is(err, table.ErrCondition):
					refused.Add(1)
				case !errors.Is(err, table.ErrThrottled):
					t.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	got := f.get(t, key("p", "s"))
	if want := fmt.Sprintf(`{"n":%d}`, f.Workers*each); string(got.Data) != want || got.Version != int64(f.Workers*each)+1 {
		t.Errorf("%s at version %d, want %s (%d races refused)", got.Data, got.Version, want, refused.Load())
	}
}

func testAbsentRace(t *testing.T, f *fixture) {
	for round := range 10 {
		var wg sync.WaitGroup
		var won atomic.Int64
		for worker := range f.Workers {
			wg.Go(func() {
				_, err := f.store.Put(f.ctx, item("p", fmt.Sprint(round), worker), table.Absent())
				switch {
				case err == nil:
					won.Add(1)
				case !errors.Is(err, table.ErrCondition):
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if won.Load() != 1 {
			t.Errorf("round %d: %d created the item, want 1", round, won.Load())
		}
	}
}

func testModify(t *testing.T, f *fixture) {
	type counter struct {
		N    int
		Seen map[string]bool `json:",omitempty"`
	}
	start := item("p", "s", 0)
	start.Index = map[string]table.Key{table.Index1: key("ip", "is")}
	start.ExpiresAt = f.clock.now().Add(time.Hour)
	f.put(t, start)
	var wg sync.WaitGroup
	for worker := range f.Workers {
		wg.Go(func() {
			_, _, err := table.Modify(f.ctx, f.store, start.Key, func(c *counter) error {
				c.N++
				if c.Seen == nil {
					c.Seen = map[string]bool{}
				}
				c.Seen[fmt.Sprint(worker)] = true
				return nil
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	c, version, err := table.GetJSON[counter](f.ctx, f.store, start.Key)
	if err != nil || c.N != f.Workers || len(c.Seen) != f.Workers || version != int64(f.Workers)+1 {
		t.Errorf("%+v at version %d, %v, want %d", c, version, err, f.Workers)
	}
	got := f.get(t, start.Key)
	if got.Index[table.Index1] != key("ip", "is") || got.ExpiresAt.IsZero() {
		t.Errorf("Modify lost index keys or expiry: %+v", got)
	}

	stop := errors.New("stop")
	if _, _, err := table.Modify(f.ctx, f.store, start.Key, func(*counter) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("the change's error: %v", err)
	}
	if _, _, err := table.Modify(f.ctx, f.store, key("p", "none"), func(*counter) error { return nil }); !errors.Is(err, table.ErrNotFound) {
		t.Errorf("a missing item: %v, want ErrNotFound", err)
	}
	if f.get(t, start.Key).Version != version {
		t.Error("a refused change wrote")
	}
}
