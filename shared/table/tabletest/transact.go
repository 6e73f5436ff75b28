package tabletest

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/apiq/apiq/shared/table"
)

func testTransactAllOrNothing(t *testing.T, f *fixture) {
	f.put(t, item("p", "there", 1))
	good := func() []table.Op {
		return []table.Op{
			table.Put(item("p", "new", 1), table.Absent()),
			table.Put(item("p", "there", 2), table.IfVersion(1)),
			table.Check(key("p", "never"), table.Absent()),
			table.Delete(key("q", "never"), table.Always()),
		}
	}
	for at := range len(good()) + 1 {
		for name, bad := range map[string]table.Op{
			"check":  table.Check(key("r", "none"), table.Present()),
			"put":    table.Put(item("r", "none", 1), table.IfVersion(7)),
			"delete": table.Delete(key("r", "none"), table.Present()),
		} {
			ops := good()
			ops = append(ops[:at:at], append([]table.Op{bad}, ops[at:]...)...)
			err := f.store.Transact(f.ctx, ops)
			var failed *table.ConditionError
			if !errors.As(err, &failed) || failed.Index != at {
				t.Fatalf("a bad %s at %d: %v, want *ConditionError with that index", name, at, err)
			}
			if got := f.sorts(t, table.Query{PK: "p"}); fmt.Sprint(got) != "[there]" {
				t.Fatalf("a bad %s at %d left %v", name, at, got)
			}
			if v := f.get(t, key("p", "there")).Version; v != 1 {
				t.Fatalf("a bad %s at %d left version %d", name, at, v)
			}
		}
	}
	if err := f.store.Transact(f.ctx, good()); err != nil {
		t.Fatal(err)
	}
	if got := f.sorts(t, table.Query{PK: "p"}); fmt.Sprint(got) != "[new there]" {
		t.Errorf("after the transaction: %v", got)
	}
	for sk, want := range map[string]int64{"new": 1, "there": 2} {
		if v := f.get(t, key("p", sk)).Version; v != want {
			t.Errorf("%s has version %d, want %d", sk, v, want)
		}
	}
	if v, known := table.IfVersion(1).Next(); !known || v != 2 {
		t.Errorf("IfVersion(1).Next() = %d, %v", v, known)
	}
}

// testTransactHeavy writes as much as one transaction may, and all of it is there.
func testTransactHeavy(t *testing.T, f *fixture) {
	ops := make([]table.Op, table.MaxTransact)
	for i := range ops {
		ops[i] = table.Put(item("p", fmt.Sprint(i), i), table.Absent())
		ops[i].Item.Data = fmt.Appendf(nil, `"%0*d"`, table.MaxTransactBytes/len(ops)-512, i)
	}
	if err := f.store.Transact(f.ctx, ops); err != nil {
		t.Fatal(err)
	}
	for _, op := range ops {
		if got := f.get(t, op.Item.Key); string(got.Data) != string(op.Item.Data) || got.Version != 1 {
			t.Errorf("%v: %d bytes at version %d", op.Item.Key, len(got.Data), got.Version)
		}
	}
}

// testTransactIsolated moves one unit between two counters from many writers:
// whoever reads both in a transaction's conditions must find the same sum.
func testTransactIsolated(t *testing.T, f *fixture) {
	type account struct{ N int }
	const rounds = 10
	for _, sk := range []string{"a", "b"} {
		f.put(t, table.Item{Key: key("p", sk), Data: []byte(`{"N":1000}`)})
	}
	var wg sync.WaitGroup
	for worker := range f.Workers / 2 {
		wg.Go(func() {
			for done := 0; done < rounds; {
				var ops []table.Op
				for sk, by := range map[string]int{"a": worker + 1, "b": -worker - 1} {
					v, version, err := table.GetJSON[account](f.ctx, f.store, key("p", sk))
					if err != nil {
						t.Error(err)
						return
					}
					v.N += by
					it, err := table.JSONItem(key("p", sk), v)
					if err != nil {
						t.Error(err)
						return
					}
					ops = append(ops, table.Put(it, table.IfVersion(version)))
				}
				err := f.store.Transact(f.ctx, ops)
				switch {
				case err == nil:
					done++
				case !errors.Is(err, table.ErrCondition) && !errors.Is(err, table.ErrThrottled):
					t.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	a, va, errA := table.GetJSON[account](f.ctx, f.store, key("p", "a"))
	b, vb, errB := table.GetJSON[account](f.ctx, f.store, key("p", "b"))
	if errA != nil || errB != nil {
		t.Fatal(errA, errB)
	}
	moved := rounds * (f.Workers / 2) * (f.Workers/2 + 1) / 2
	writes := int64(1 + rounds*(f.Workers/2))
	if a.N != 1000+moved || b.N != 1000-moved || va != writes || vb != writes {
		t.Errorf("a=%d (version %d) b=%d (version %d), want %d and %d, version %d", a.N, va, b.N, vb, 1000+moved, 1000-moved, writes)
	}
}
