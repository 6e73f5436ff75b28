package tabletest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
)

func testRefusals(t *testing.T, f *fixture) {
	big := func(n int) []byte {
		return []byte(`"` + strings.Repeat("x", n-2) + `"`)
	}
	workspace, _ := tenant.From(f.ctx)
	maxPK := table.MaxPartition - len(workspace) - 1
	for name, it := range map[string]table.Item{
		"empty partition key":    item("", "s", 1),
		"empty sort key":         item("p", "", 1),
		"long partition key":     item(strings.Repeat("p", maxPK+1), "s", 1),
		"long sort key":          item("p", strings.Repeat("s", table.MaxSort+1), 1),
		"invalid UTF-8 in a key": item("p\xff", "s", 1),
		"NUL in a key":           item("p", "a\x00b", 1),
		"no data":                {Key: key("p", "s")},
		"data not JSON":          {Key: key("p", "s"), Data: []byte(`{"a":`)},
		"two documents":          {Key: key("p", "s"), Data: []byte(`{} {}`)},
		"data not UTF-8":         {Key: key("p", "s"), Data: []byte("\"\xff\"")},
		"item too large":         {Key: key("p", "s"), Data: big(table.MaxItemBytes)},
		"unknown index":          {Key: key("p", "s"), Data: []byte(`1`), Index: map[string]table.Key{"gsi4": key("a", "b")}},
		"empty index key":        {Key: key("p", "s"), Data: []byte(`1`), Index: map[string]table.Key{table.Index1: key("a", "")}},
		"long index key":         {Key: key("p", "s"), Data: []byte(`1`), Index: map[string]table.Key{table.Index1: key("a", strings.Repeat("s", table.MaxSort+1))}},
		"expiry before 1970":     {Key: key("p", "s"), Data: []byte(`1`), ExpiresAt: time.Unix(-1, 0)},
	} {
		if _, err := f.store.Put(f.ctx, it, table.Always()); !errors.Is(err, table.ErrInvalid) {
			t.Errorf("Put with %s: %v, want ErrInvalid", name, err)
		}
		if err := f.store.Transact(f.ctx, []table.Op{table.Put(it, table.Always())}); !errors.Is(err, table.ErrInvalid) {
			t.Errorf("Transact with %s: %v, want ErrInvalid", name, err)
		}
		if err := f.store.BatchWrite(f.ctx, []table.Op{table.Put(it, table.Always())}); !errors.Is(err, table.ErrInvalid) {
			t.Errorf("BatchWrite with %s: %v, want ErrInvalid", name, err)
		}
	}
	if _, err := f.store.Get(f.ctx, key("p", "")); !errors.Is(err, table.ErrInvalid) {
		t.Errorf("Get with an empty key: %v", err)
	}
	if err := f.store.Delete(f.ctx, key("", "s"), table.Always()); !errors.Is(err, table.ErrInvalid) {
		t.Errorf("Delete with an empty key: %v", err)
	}
	for name, q := range map[string]table.Query{
		"no partition":      {},
		"unknown index":     {Index: "gsi9", PK: "p"},
		"prefix and bounds": {PK: "p", Prefix: "a", From: "b"},
		"bounds crossed":    {PK: "p", From: "b", To: "a"},
		"negative limit":    {PK: "p", Limit: -1},
		"limit too high":    {PK: "p", Limit: table.MaxQueryLimit + 1},
		"long bound":        {PK: "p", From: strings.Repeat("s", table.MaxSort+1)},
		"junk cursor":       {PK: "p", Cursor: "junk"},
		"cursor not base64": {PK: "p", Cursor: "***"},
		"endless cursor":    {PK: "p", Cursor: strings.Repeat("A", 1<<20)},
	} {
		if _, err := f.store.Query(f.ctx, q); !errors.Is(err, table.ErrInvalid) {
			t.Errorf("Query with %s: %v, want ErrInvalid", name, err)
		}
	}

	// What just fits is taken, and comes back whole.
	full := item(strings.Repeat("p", maxPK), strings.Repeat("s", table.MaxSort), 1)
	full.PK = strings.Repeat("p", maxPK)
	full.Data = big(table.MaxItemBytes - table.MaxPartition - table.MaxSort - 256)
	f.put(t, full)
	if got := f.get(t, full.Key); !bytes.Equal(got.Data, full.Data) {
		t.Error("the largest item did not come back whole")
	}
}

func testTransactionRefusals(t *testing.T, f *fixture) {
	many := func(n int) []table.Op {
		ops := make([]table.Op, n)
		for i := range ops {
			ops[i] = table.Put(item("p", fmt.Sprint(i), i), table.Always())
		}
		return ops
	}
	heavy := many(table.MaxTransact)
	for i := range heavy {
		heavy[i].Item.Data = []byte(`"` + strings.Repeat("x", 200<<10) + `"`)
	}
	for name, ops := range map[string][]table.Op{
		"no operation":            nil,
		"too many":                many(table.MaxTransact + 1),
		"too heavy":               heavy,
		"the same key twice":      {table.Put(item("p", "s", 1), table.Always()), table.Delete(key("p", "s"), table.Always())},
		"a check without purpose": {table.Check(key("p", "s"), table.Always())},
		"version zero":            {table.Put(item("p", "s", 1), table.IfVersion(0))},
		"an unknown kind":         {{Kind: 9, Item: item("p", "s", 1)}},
	} {
		if err := f.store.Transact(f.ctx, ops); !errors.Is(err, table.ErrInvalid) {
			t.Errorf("Transact with %s: %v, want ErrInvalid", name, err)
		}
	}
	for name, ops := range map[string][]table.Op{
		"no operation":       nil,
		"too many":           many(table.MaxBatch + 1),
		"a condition":        {table.Put(item("p", "s", 1), table.Absent())},
		"a check":            {table.Check(key("p", "s"), table.Present())},
		"the same key twice": {table.Put(item("p", "s", 1), table.Always()), table.Put(item("p", "s", 2), table.Always())},
	} {
		if err := f.store.BatchWrite(f.ctx, ops); !errors.Is(err, table.ErrInvalid) {
			t.Errorf("BatchWrite with %s: %v, want ErrInvalid", name, err)
		}
	}
	if got := f.sorts(t, table.Query{PK: "p"}); len(got) != 0 {
		t.Errorf("refused writes left %v", got)
	}
	if err := f.store.Transact(f.ctx, many(table.MaxTransact)); err != nil {
		t.Errorf("a full transaction: %v", err)
	}
}

func testNoTenant(t *testing.T, f *fixture) {
	for name, ctx := range map[string]context.Context{
		"none":  t.Context(),
		"empty": tenant.With(t.Context(), ""),
	} {
		for call, err := range everyCall(ctx, f.store) {
			if !errors.Is(err, tenant.ErrNone) {
				t.Errorf("%s with %s workspace: %v, want tenant.ErrNone", call, name, err)
			}
		}
	}
	for _, odd := range []string{"a/b", "a b", "é", "a\x00", strings.Repeat("a", 65)} {
		for call, err := range everyCall(tenant.With(t.Context(), odd), f.store) {
			if !errors.Is(err, table.ErrInvalid) {
				t.Errorf("%s with workspace %q: %v, want ErrInvalid", call, odd, err)
			}
		}
	}
}

// everyCall makes one valid call of each method and returns its error.
func everyCall(ctx context.Context, s *table.Store) map[string]error {
	_, get := s.Get(ctx, key("p", "s"))
	_, put := s.Put(ctx, item("p", "s", 1), table.Always())
	_, query := s.Query(ctx, table.Query{PK: "p"})
	_, _, modify := table.Modify(ctx, s, key("p", "s"), func(*map[string]int) error { return nil })
	var all error
	for _, err := range s.All(ctx, table.Query{PK: "p"}) {
		all = err
	}
	return map[string]error{
		"Get": get, "Put": put, "Query": query, "All": all, "Modify": modify,
		"Delete":     s.Delete(ctx, key("p", "s"), table.Always()),
		"Transact":   s.Transact(ctx, []table.Op{table.Put(item("p", "s", 1), table.Always())}),
		"BatchWrite": s.BatchWrite(ctx, []table.Op{table.Put(item("p", "s", 1), table.Always())}),
	}
}

func testCancelled(t *testing.T, f *fixture) {
	ctx, cancel := context.WithCancel(f.ctx)
	cancel()
	for call, err := range everyCall(ctx, f.store) {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s with a cancelled context: %v, want context.Canceled", call, err)
		}
	}
	if _, err := f.store.Get(f.ctx, key("p", "s")); !errors.Is(err, table.ErrNotFound) {
		t.Errorf("a cancelled write was done: %v", err)
	}
}
