package dynamo_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	stand "github.com/apiq/apiq/infra/awstest/dynamodb"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/table/dynamo"
	"github.com/apiq/apiq/shared/tenant"
)

// home is one table, reached directly and through a proxy that fails as told.
type home struct {
	ctx    context.Context
	name   string
	direct *table.Store
	driver *dynamo.DB
	proxy  *stand.Proxy
	faulty *table.Store
}

// newHome is a fresh table behind a fault. Pauses are short: nobody else waits.
func newHome(t *testing.T, fault stand.Fault) *home {
	t.Helper()
	endpoint := stand.Start(t)
	h := &home{ctx: tenant.With(t.Context(), "wsp_1"), name: stand.Table(t, endpoint), proxy: stand.NewProxy(t, endpoint, fault)}
	h.direct = table.New(open(t, dynamo.New(stand.Client(endpoint), h.name, nil)), nil)
	h.driver = open(t, dynamo.New(stand.Client(h.proxy.URL), h.name, &dynamo.Options{MaxBackoff: 20 * time.Millisecond}))
	h.faulty = table.New(h.driver, nil)
	return h
}

// first makes a fault of the first request of any write, and of no other.
func first(r *stand.Refusal) stand.Fault {
	return func(target string, n int) *stand.Refusal {
		if n > 1 || target == "GetItem" || target == "Query" || target == "BatchGetItem" {
			return nil
		}
		return r
	}
}

func key(pk, sk string) table.Key { return table.Key{PK: pk, SK: sk} }

func item(pk, sk string, n int) table.Item {
	return table.Item{Key: key(pk, sk), Data: fmt.Appendf(nil, `{"n":%d}`, n)}
}

// put writes past the faults, n times, and leaves version n.
func (h *home) put(t *testing.T, sk string, n int) {
	t.Helper()
	for range n {
		if _, err := h.direct.Put(h.ctx, item("p", sk, 0), table.Always()); err != nil {
			t.Fatal(err)
		}
	}
}

// expect reads past the faults: version 0 means that there is no item.
func (h *home) expect(t *testing.T, sk string, version int64, data string) {
	t.Helper()
	got, err := h.direct.Get(h.ctx, key("p", sk))
	switch {
	case version == 0 && err == nil:
		t.Errorf("%s is there, at version %d", sk, got.Version)
	case version != 0 && (err != nil || got.Version != version || data != "" && string(got.Data) != data):
		t.Errorf("%s: %s at version %d, %v, want %s at %d", sk, got.Data, got.Version, err, data, version)
	}
}
