package dynamo_test

import (
	"fmt"
	"testing"

	stand "github.com/apiq/apiq/infra/awstest/dynamodb"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/table/dynamo"
	"github.com/apiq/apiq/shared/tenant"
)

// BenchmarkLocal times calls against DynamoDB Local: mostly that server's own time.
func BenchmarkLocal(b *testing.B) {
	endpoint := stand.Start(b)
	store := table.New(dynamo.New(stand.Client(endpoint), stand.Table(b, endpoint), nil), nil)
	ctx := tenant.With(b.Context(), "wsp_1")
	indexed := item("p", "indexed", 1)
	indexed.Index = map[string]table.Key{table.Index1: key("all", "1")}
	for _, it := range []table.Item{item("p", "s", 1), indexed} {
		if _, err := store.Put(ctx, it, table.Always()); err != nil {
			b.Fatal(err)
		}
	}
	n := 0
	for _, c := range []struct {
		name string
		call func() error
	}{
		{"Get", func() error { _, err := store.Get(ctx, key("p", "s")); return err }},
		{"PutAlways", func() error { _, err := store.Put(ctx, item("p", "s", 2), table.Always()); return err }},
		{"PutAbsent", func() error {
			n++
			_, err := store.Put(ctx, item("new", fmt.Sprint(n), 2), table.Absent())
			return err
		}},
		{"Transact3", func() error {
			n++
			return store.Transact(ctx, []table.Op{
				table.Put(item("t", fmt.Sprint(n), 1), table.Absent()), table.Put(item("p", "t", n), table.Always()), table.Check(key("p", "s"), table.Present()),
			})
		}},
		{"Query", func() error { _, err := store.Query(ctx, table.Query{PK: "p"}); return err }},
		{"QueryIndex", func() error { _, err := store.Query(ctx, table.Query{Index: table.Index1, PK: "all"}); return err }},
	} {
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				if err := c.call(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
