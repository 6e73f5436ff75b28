package tabletest

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/table"
)

func testTenants(t *testing.T, f *fixture) {
	other := *f
	other.ctx = newTenant(t.Context())
	mine := item("p", "s", 1)
	mine.Index = map[string]table.Key{table.Index1: key("ip", "is")}
	f.put(t, mine)

	if _, err := other.store.Get(other.ctx, mine.Key); !errors.Is(err, table.ErrNotFound) {
		t.Errorf("another tenant's Get: %v, want ErrNotFound", err)
	}
	if got := other.sorts(t, table.Query{PK: "p"}); len(got) != 0 {
		t.Errorf("another tenant's Query: %v", got)
	}
	f.settled(t, func() error {
		if got := f.sorts(t, table.Query{Index: table.Index1, PK: "ip"}); len(got) != 1 {
			return fmt.Errorf("own index query: %v, want one item", got)
		}
		return nil
	})
	if got := other.sorts(t, table.Query{Index: table.Index1, PK: "ip"}); len(got) != 0 {
		t.Errorf("another tenant's Query of the index: %v", got)
	}
	if err := other.store.Transact(other.ctx, []table.Op{table.Check(mine.Key, table.Present())}); !errors.Is(err, table.ErrCondition) {
		t.Errorf("another tenant's Check: %v, want ErrCondition", err)
	}
	if err := other.store.Delete(other.ctx, mine.Key, table.Always()); err != nil {
		t.Errorf("another tenant's Delete: %v", err)
	}
	if theirs := other.put(t, item("p", "s", 2)); theirs.Version != 1 {
		t.Errorf("another tenant's Put left version %d, want 1", theirs.Version)
	}
	if got := f.get(t, mine.Key); string(got.Data) != `{"n":1}` || got.Version != 1 {
		t.Errorf("after another tenant's writes: %s version %d", got.Data, got.Version)
	}
}

func testRoundTrip(t *testing.T, f *fixture) {
	expires := f.clock.now().Add(time.Hour)
	for name, want := range map[string]table.Item{
		"plain":   item("p", "plain", 1),
		"spaces":  {Key: key("p", "white space #é/\U0001F600"), Data: []byte(" { \"b\" : 1.0,\n\"a\" : 1e400, \"a\": null } ")},
		"odd":     {Key: key("p", "odd\x01\x7f\u2028\uffff\"\\"), Data: []byte("[\"\x7f\u2028\u2029\ufffe<&>\U0010FFFF\\u0000\"]")},
		"scalar":  {Key: key("p", "scalar"), Data: []byte(`null`)},
		"expires": {Key: key("p", "expires"), Data: []byte(`{}`), ExpiresAt: expires},
		"indexed": {Key: key("p", "indexed"), Data: []byte(`[]`), Index: map[string]table.Key{
			table.Index1: key("a", "b"), table.Index3: key("e", "f")}},
	} {
		put := f.put(t, want)
		if put.Version != 1 {
			t.Errorf("%s: version %d, want 1", name, put.Version)
		}
		for source, got := range map[string]table.Item{"Put": put, "Get": f.get(t, want.Key)} {
			if got.Key != want.Key || got.Version != 1 || !bytes.Equal(got.Data, want.Data) ||
				!got.ExpiresAt.Equal(want.ExpiresAt) || !maps.Equal(got.Index, want.Index) {
				t.Errorf("%s: %s gave %+v, want %+v", name, source, got, want)
			}
		}
	}
	// A put is of the whole item: what it leaves out is gone.
	f.put(t, item("p", "indexed", 2))
	if got := f.get(t, key("p", "indexed")); len(got.Index) != 0 {
		t.Errorf("index keys outlived a put without them: %v", got.Index)
	}
	f.put(t, item("p", "expires", 2))
	if got := f.get(t, key("p", "expires")); !got.ExpiresAt.IsZero() {
		t.Errorf("expiry outlived a put without it: %v", got.ExpiresAt)
	}
}

func testConditions(t *testing.T, f *fixture) {
	there := func(sk string) { // version 2
		f.put(t, item("p", sk, 0))
		f.put(t, item("p", sk, 0))
	}
	for i, c := range []struct {
		name    string
		cond    table.Condition
		onThere bool // holds over version 2
		onNone  bool
		version int64
	}{
		{"Always", table.Always(), true, true, 3},
		{"Absent", table.Absent(), false, true, 0},
		{"Present", table.Present(), true, false, 3},
		{"IfVersion(1)", table.IfVersion(1), false, false, 0},
		{"IfVersion(2)", table.IfVersion(2), true, false, 3},
		{"IfVersion(3)", table.IfVersion(3), false, false, 0},
	} {
		for _, exists := range []bool{true, false} {
			for _, kind := range []string{"put", "delete", "check"} {
				sk := fmt.Sprint(i, exists, kind)
				want, version := c.onNone, int64(1)
				if exists {
					there(sk)
					want, version = c.onThere, c.version
				}
				var err error
				switch kind {
				case "put":
					var put table.Item
					put, err = f.store.Put(f.ctx, item("p", sk, 9), c.cond)
					if err == nil && put.Version != version {
						t.Errorf("put under %s (exists %v): version %d, want %d", c.name, exists, put.Version, version)
					}
				case "delete":
					err = f.store.Delete(f.ctx, key("p", sk), c.cond)
				case "check":
					if c.cond.Kind() == table.CondAlways {
						continue
					}
					err = f.store.Transact(f.ctx, []table.Op{table.Check(key("p", sk), c.cond)})
				}
				if want && err != nil || !want && !errors.Is(err, table.ErrCondition) {
					t.Errorf("%s under %s (exists %v): %v, want it to hold: %v", kind, c.name, exists, err, want)
				}
				got, err := f.store.Get(f.ctx, key("p", sk))
				switch {
				case want && kind == "put":
					if err != nil || string(got.Data) != `{"n":9}` {
						t.Errorf("put under %s (exists %v) left %s, %v", c.name, exists, got.Data, err)
					}
				case want && kind == "delete" || !exists:
					if !errors.Is(err, table.ErrNotFound) {
						t.Errorf("%s under %s (exists %v) left an item: %v", kind, c.name, exists, err)
					}
				case got.Version != 2:
					t.Errorf("%s under %s (exists %v) touched the item: version %d", kind, c.name, exists, got.Version)
				}
			}
		}
	}
}

func testVersions(t *testing.T, f *fixture) {
	for want := int64(1); want <= 5; want++ {
		it := item("p", "s", 0)
		it.Version = 99 // ignored
		var err error
		switch want {
		case 2:
			err = f.store.Transact(f.ctx, []table.Op{table.Put(it, table.Always())})
		case 3:
			err = f.store.BatchWrite(f.ctx, []table.Op{table.Put(it, table.Always())})
		default:
			_, err = f.store.Put(f.ctx, it, table.Always())
		}
		if err != nil {
			t.Fatal(err)
		}
		if got := f.get(t, it.Key).Version; got != want {
			t.Fatalf("write %d left version %d", want, got)
		}
	}
	if err := f.store.Delete(f.ctx, key("p", "s"), table.IfVersion(5)); err != nil {
		t.Fatal(err)
	}
	if got := f.put(t, item("p", "s", 0)).Version; got != 1 {
		t.Errorf("a new item has version %d, want 1", got)
	}
}

func testBatch(t *testing.T, f *fixture) {
	f.put(t, item("p", "old", 1))
	f.put(t, item("p", "gone", 1))
	err := f.store.BatchWrite(f.ctx, []table.Op{
		table.Put(item("p", "old", 2), table.Always()),
		table.Put(item("p", "new", 2), table.Always()),
		table.Delete(key("p", "gone"), table.Always()),
		table.Delete(key("p", "never"), table.Always()),
	})
	if err != nil {
		t.Fatal(err)
	}
	got := f.sorts(t, table.Query{PK: "p"})
	if fmt.Sprint(got) != "[new old]" {
		t.Errorf("after the batch: %v", got)
	}
	if v := f.get(t, key("p", "old")).Version; v != 2 {
		t.Errorf("version %d, want 2", v)
	}
}
