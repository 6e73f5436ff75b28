package audit_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	stand "github.com/apiq/apiq/infra/awstest/dynamodb"
	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/table/dynamo"
	"github.com/apiq/apiq/shared/table/sqlite"
	"github.com/apiq/apiq/shared/tenant"
)

// BenchmarkAppend has 100 writers change a hundred resources of one workspace, in one
// chain and in as many as there are: on one machine they share a process, over
// DynamoDB Local (APIQ_AWS_TESTS=1) each has one of its own, as functions do.
//
//	go test ./shared/audit -run '^$' -bench Append -benchtime 1x
func BenchmarkAppend(b *testing.B) {
	const writers, each = 100, 10
	for _, home := range []struct {
		name   string
		shared bool
		open   func(b *testing.B) *table.Store
	}{
		{"sqlite", true, func(b *testing.B) *table.Store {
			db, err := sqlite.Open(b.Context(), filepath.Join(b.TempDir(), "table.db"), &sqlite.Options{SweepEvery: -1})
			if err != nil {
				b.Fatal(err)
			}
			b.Cleanup(func() { _ = db.Close() })
			return table.New(db, nil)
		}},
		{"dynamodb", false, func(b *testing.B) *table.Store {
			endpoint := stand.Start(b)
			return table.New(dynamo.New(stand.Client(endpoint), stand.Table(b, endpoint), nil), nil)
		}},
	} {
		for _, shards := range []int{1, 0} {
			b.Run(fmt.Sprintf("%s/shards=%d", home.name, shards), func(b *testing.B) {
				store := home.open(b)
				ctx := tenant.With(b.Context(), "wsp_1")
				var busy atomic.Int64
				var took time.Duration
				for b.Loop() {
					one := audit.New(store, &audit.Options{Shards: shards})
					start := time.Now()
					var all sync.WaitGroup
					for w := range writers {
						trail := one
						if !home.shared {
							trail = audit.New(store, &audit.Options{Shards: shards})
						}
						all.Go(func() {
							for i := range each {
								op := table.Put(table.Item{Key: table.Key{PK: fmt.Sprint("thing", w), SK: "0"}, Data: fmt.Appendf(nil, `{"n":%d}`, i)}, table.Always())
								err := trail.Commit(ctx, []table.Op{op}, audit.Entry{Action: "thing.change", Resource: fmt.Sprint("thg_", w)})
								if errors.Is(err, table.ErrThrottled) {
									busy.Add(1)
								} else if err != nil {
									b.Error(err)
								}
							}
						})
					}
					all.Wait()
					took += time.Since(start)
				}
				b.ReportMetric(float64(writers*each*b.N)/took.Seconds(), "appends/s")
				b.ReportMetric(float64(busy.Load())/float64(b.N), "refused")
			})
		}
	}
}
