// Package tabletest is the one conformance suite of the table: every driver
// runs it, through the Store, as domains use it. It owns no driver.
package tabletest

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
)

// Harness says how to reach one driver.
type Harness struct {
	// Open returns a driver, closed by the harness when the test ends. It may be
	// shared between tests: each uses tenants of its own.
	Open func(t *testing.T) table.Driver
	// IndexLag is how long an index may take to show a write; zero where it
	// shows it at once.
	IndexLag time.Duration
	// Workers is how many writers contend in the test of concurrency. Defaults to 16.
	Workers int
}

// Run runs the whole suite.
func Run(t *testing.T, h Harness) {
	if h.Workers == 0 {
		h.Workers = 16
	}
	for name, test := range map[string]func(*testing.T, *fixture){
		"Refusals":             testRefusals,
		"TransactionRefusals":  testTransactionRefusals,
		"NoTenant":             testNoTenant,
		"Tenants":              testTenants,
		"RoundTrip":            testRoundTrip,
		"Conditions":           testConditions,
		"Versions":             testVersions,
		"TransactAllOrNothing": testTransactAllOrNothing,
		"TransactIsolated":     testTransactIsolated,
		"TransactHeavy":        testTransactHeavy,
		"Batch":                testBatch,
		"Order":                testOrder,
		"Index":                testIndex,
		"IndexTies":            testIndexTies,
		"IndexPages":           testIndexPages,
		"Cursor":               testCursor,
		"CursorUnderInserts":   testCursorUnderInserts,
		"CursorForeign":        testCursorForeign,
		"PageBytes":            testPageBytes,
		"Expiry":               testExpiry,
		"ExpiryInPages":        testExpiryInPages,
		"Increment":            testIncrement,
		"AbsentRace":           testAbsentRace,
		"Cancelled":            testCancelled,
		"Modify":               testModify,
		"Wipe":                 testWipe,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			driver := h.Open(t)
			clock := &clock{at: time.Now().Truncate(time.Second)}
			test(t, &fixture{
				Harness: h, clock: clock, driver: driver,
				store: table.New(driver, &table.Options{Now: clock.now}),
				ctx:   newTenant(t.Context()),
			})
		})
	}
}

// fixture is one test's own store, clock and tenant.
type fixture struct {
	Harness
	driver table.Driver
	store  *table.Store
	clock  *clock
	ctx    context.Context
}

func newTenant(ctx context.Context) context.Context {
	return tenant.With(ctx, "wsp_"+uuid.NewString())
}

// clock is moved by hand.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

func key(pk, sk string) table.Key { return table.Key{PK: pk, SK: sk} }

func item(pk, sk string, n int) table.Item {
	return table.Item{Key: key(pk, sk), Data: fmt.Appendf(nil, `{"n":%d}`, n)}
}

func (f *fixture) put(t *testing.T, it table.Item) table.Item {
	t.Helper()
	stored, err := f.store.Put(f.ctx, it, table.Always())
	if err != nil {
		t.Fatalf("Put %v: %v", it.Key, err)
	}
	return stored
}

func (f *fixture) get(t *testing.T, k table.Key) table.Item {
	t.Helper()
	it, err := f.store.Get(f.ctx, k)
	if err != nil {
		t.Fatalf("Get %v: %v", k, err)
	}
	return it
}

// sorts reads all pages of a query and returns the sort keys, those of the index
// where one is asked.
func (f *fixture) sorts(t *testing.T, q table.Query) []string {
	t.Helper()
	var out []string
	for it, err := range f.store.All(f.ctx, q) {
		if err != nil {
			t.Fatalf("query %+v: %v", q, err)
		}
		sort := it.SK
		if q.Index != table.Base {
			sort = it.Index[q.Index].SK
		}
		out = append(out, sort)
	}
	return out
}

// settled runs a check of an index until it holds or the index has had its time.
func (f *fixture) settled(t *testing.T, check func() error) {
	t.Helper()
	deadline := time.Now().Add(f.IndexLag)
	for {
		err := check()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Millisecond) // the index is only polled
	}
}
