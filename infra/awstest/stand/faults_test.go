package stand_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/apiq/apiq/infra/awstest/dynamodb"
	"github.com/apiq/apiq/infra/awstest/kms"
	"github.com/apiq/apiq/infra/awstest/stand"
	"github.com/apiq/apiq/infra/awstest/states"
	"github.com/apiq/apiq/infra/hometest"
)

// TestThrottledTable: three requests of ten are refused by the table; people see no
// error, every run completes, each effect is there once.
func TestThrottledTable(t *testing.T) {
	t.Parallel()
	home := stand.Start(t, stand.Options{Table: func(string, int) *dynamodb.Refusal {
		if rand.IntN(10) < 3 {
			return dynamodb.Throttled()
		}
		return nil
	}})
	p := hometest.Register(t, home, "ada")
	shop := hometest.NewShop(t)
	con := p.Connect("Shop", shop.URL)
	const runs = 5
	var ids [runs]string
	for i := range ids {
		ids[i] = p.Run(hometest.Obj{"steps": []any{hometest.OrderStep("one", con, fmt.Sprintf("a%d", i)), hometest.OrderStep("two", con, fmt.Sprintf("b%d", i))}}, nil)
	}
	for i, id := range ids {
		if e := p.Wait(id); e.Status != "COMPLETED" {
			t.Errorf("run %d: %s %+v", i, e.Status, e.Error)
		}
		for _, item := range []string{"a", "b"} {
			if n := shop.Seen(fmt.Sprintf("POST /orders %s%d", item, i)); n != 1 {
				t.Errorf("order %s%d reached the shop %d times", item, i, n)
			}
		}
	}
	p.Verified()
}

// TestKeyServiceOutage: while the key service is out, environments that have the
// keys in memory go on, others answer 503 and say when to come again; afterwards all
// is as it was.
func TestKeyServiceOutage(t *testing.T) {
	t.Parallel()
	var out atomic.Bool
	home := stand.Start(t, stand.Options{Keys: func(string) kms.Fault {
		if out.Load() {
			return kms.Internal
		}
		return kms.None
	}})
	p := hometest.Register(t, home, "ada")
	p.Must(http.StatusOK, "GET", "/api/apis", nil) // its environment has the keys now
	out.Store(true)
	p.Must(http.StatusOK, "GET", "/api/apis", nil)
	home.Fleet.Recycle() // the next is a cold start
	a := p.Send("GET", "/api/apis", nil)
	if a.Status != http.StatusServiceUnavailable || a.Code != "UNAVAILABLE" || a.Header.Get("Retry-After") == "" {
		t.Errorf("cold, without keys: %d %s", a.Status, a.Raw)
	}
	out.Store(false)
	p.Must(http.StatusOK, "GET", "/api/apis", nil)
}

// TestDuplicateEvents: the log of express runs, the bus and the clocks hand
// everything over twice, and in any order; each run's log has each event once, and
// each event starts one run.
func TestDuplicateEvents(t *testing.T) {
	t.Parallel()
	for name, logs := range map[string]states.Logs{"twice": {Duplicate: true}, "twice, backwards": {Duplicate: true, Reverse: true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			home := stand.Start(t, stand.Options{Logs: logs, Twice: true})
			p := hometest.Register(t, home, "ada")
			shop := hometest.NewShop(t)
			con := p.Connect("Shop", shop.URL)
			flow := p.Save(hometest.Obj{"name": "On order", "steps": []any{hometest.CallStep("look", con, "listItems")}})
			p.Must(http.StatusOK, "PUT", "/api/workflows/"+flow, hometest.Obj{"status": "ACTIVE"})
			p.Must(http.StatusCreated, "POST", "/api/workflows/"+flow+"/triggers", hometest.Obj{"type": "event", "event": "order.placed"})
			for range 2 { // the same event told twice, each handed over twice
				p.Must(http.StatusAccepted, "POST", "/api/events", hometest.Obj{"name": "order.placed", "id": "order-1", "data": hometest.Obj{}})
			}
			run := firstRun(t, p, flow)
			if e := p.Wait(run); e.Status != "COMPLETED" {
				t.Fatalf("%s %+v", e.Status, e.Error)
			}
			if n := shop.Seen("GET /items"); n != 1 {
				t.Errorf("the shop was asked %d times", n)
			}
			home.Bus.Wait()
			var all []struct{ ID string }
			p.Must(http.StatusOK, "GET", "/api/executions?workflowId="+flow, nil).Into(t, &all)
			if len(all) != 1 {
				t.Errorf("%d runs of one event", len(all))
			}
			p.Verified()
		})
	}
}

// firstRun waits until a workflow has a run.
func firstRun(t *testing.T, p hometest.Person, flow string) string {
	t.Helper()
	ticks := time.NewTicker(100 * time.Millisecond)
	defer ticks.Stop()
	for end := time.Now().Add(time.Minute); time.Now().Before(end); <-ticks.C {
		var all []struct{ ID string }
		if p.Must(http.StatusOK, "GET", "/api/executions?workflowId="+flow, nil).Into(t, &all); len(all) > 0 {
			return all[0].ID
		}
	}
	t.Fatal("no run was started")
	return ""
}
