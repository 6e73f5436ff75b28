package dynamo_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	stand "github.com/apiq/apiq/infra/awstest/dynamodb"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/table/dynamo"
)

// storm refuses a share of all requests, the same ones in each run as far as the
// order of requests is the same.
func storm(share float64, refusals ...*stand.Refusal) stand.Fault {
	var mu sync.Mutex
	dice := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // repeatable, not secret
	return func(string, int) *stand.Refusal {
		mu.Lock()
		defer mu.Unlock()
		if dice.Float64() >= share {
			return nil
		}
		return refusals[dice.IntN(len(refusals))]
	}
}

// TestStorm: with 30 % of all requests throttled, and with 30 % failing in every
// way, nobody sees an error, and nothing is lost or doubled.
func TestStorm(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]stand.Fault{
		"throttled": storm(0.3, stand.Throttled()),
		"failing":   storm(0.3, stand.Throttled(), stand.Internal(), stand.Lost(), &stand.Refusal{Half: true}, &stand.Refusal{Cut: true}),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			const workers, rounds = 8, 25
			h := newHome(t, fault)
			var wg sync.WaitGroup
			for worker := range workers {
				wg.Go(func() {
					for round := range rounds {
						if err := h.round(worker, round); err != nil {
							t.Errorf("worker %d, round %d: %v", worker, round, err)
							return
						}
					}
				})
			}
			wg.Wait()
			for worker := range workers {
				for _, sk := range []string{"own", "counted", "moved", "batched"} {
					h.expect(t, fmt.Sprint(worker, sk), rounds, fmt.Sprintf(`{"n":%d}`, rounds-1))
				}
				for round := range rounds {
					h.expect(t, fmt.Sprint(worker, "once", round), 1, "")
				}
			}
		})
	}
}

// round is one of each kind of call on a worker's own keys.
func (h *home) round(worker, n int) error {
	at := func(sk string) table.Item { return item("p", fmt.Sprint(worker, sk), n) }
	cond := table.IfVersion(int64(n))
	if n == 0 {
		cond = table.Absent()
	}
	stored, err := h.faulty.Put(h.ctx, at("own"), cond)
	if err != nil {
		return fmt.Errorf("put: %w", err)
	}
	counted, err := h.faulty.Put(h.ctx, at("counted"), table.Always())
	if err != nil {
		return fmt.Errorf("put always: %w", err)
	}
	if want := int64(n + 1); stored.Version != want || counted.Version != want {
		return fmt.Errorf("versions %d and %d, want %d", stored.Version, counted.Version, want)
	}
	once := table.Put(item("p", fmt.Sprint(worker, "once", n), n), table.Absent())
	if err := h.faulty.Transact(h.ctx, []table.Op{table.Put(at("moved"), cond), once}); err != nil {
		return fmt.Errorf("transact: %w", err)
	}
	doomed := key("p", fmt.Sprint(worker, "doomed"))
	if err := h.faulty.BatchWrite(h.ctx, []table.Op{table.Put(at("batched"), table.Always()), table.Delete(doomed, table.Always())}); err != nil {
		return fmt.Errorf("batch: %w", err)
	}
	if _, err := h.faulty.Put(h.ctx, item(doomed.PK, doomed.SK, n), table.Absent()); err != nil {
		return fmt.Errorf("put doomed: %w", err)
	}
	if err := h.faulty.Delete(h.ctx, doomed, table.IfVersion(1)); err != nil {
		return fmt.Errorf("delete: %w", err)
	}
	got, err := h.faulty.Get(h.ctx, stored.Key)
	if err != nil || got.Version != stored.Version {
		return fmt.Errorf("get: version %d, %w", got.Version, err)
	}
	page, err := h.faulty.Query(h.ctx, table.Query{PK: "p", Prefix: fmt.Sprint(worker, "own")})
	if err != nil || len(page.Items) != 1 {
		return fmt.Errorf("query: %d items, %w", len(page.Items), err)
	}
	return nil
}

// TestRefusedToTheEnd: what the port promises of a table that never recovers.
func TestRefusedToTheEnd(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fault         *stand.Refusal
		reads, writes error
	}{
		"throttled": {stand.Throttled(), table.ErrThrottled, table.ErrThrottled},
		"internal":  {stand.Internal(), table.ErrThrottled, table.ErrInDoubt},
		"cut":       {&stand.Refusal{Cut: true}, table.ErrThrottled, table.ErrInDoubt},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHome(t, func(string, int) *stand.Refusal { return c.fault })
			for call, err := range everyCall(h.ctx, h.faulty) {
				want, reads := c.writes, call == "Get" || call == "Query" || call == "Index"
				if reads {
					want = c.reads
				}
				if !errors.Is(err, want) || errors.Is(err, table.ErrCondition) || want != table.ErrThrottled && errors.Is(err, table.ErrThrottled) {
					t.Errorf("%s: %v, want %v", call, err, want)
				}
			}
			if n := h.proxy.Seen("GetItem"); n > 14 {
				t.Errorf("%d requests for one call", n)
			}
		})
	}
}

// TestDeadline: a call ends with its context, whatever the table does.
func TestDeadline(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]*stand.Refusal{"slow": {Delay: time.Minute}, "throttled": stand.Throttled()} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHome(t, func(string, int) *stand.Refusal { return fault })
			ctx, cancel := context.WithCancel(h.ctx)
			began := time.Now()
			if name == "slow" {
				time.AfterFunc(100*time.Millisecond, cancel)
			} else {
				cancel()
			}
			for call, err := range everyCall(ctx, h.faulty) {
				if !errors.Is(err, context.Canceled) {
					t.Errorf("%s: %v, want context.Canceled", call, err)
				}
			}
			if took := time.Since(began); took > 10*time.Second {
				t.Errorf("it took %v", took)
			}
		})
	}
}

// TestHanging: an attempt without an answer is given up for another in its time.
func TestHanging(t *testing.T) {
	t.Parallel()
	h := newHome(t, func(_ string, n int) *stand.Refusal {
		if n == 1 {
			return &stand.Refusal{Delay: time.Minute}
		}
		return nil
	})
	db := open(t, dynamo.New(stand.Client(h.proxy.URL), h.name, &dynamo.Options{Timeout: 300 * time.Millisecond}))
	began := time.Now()
	for call, err := range everyCall(h.ctx, table.New(db, nil)) {
		if err != nil && !errors.Is(err, table.ErrNotFound) && !errors.Is(err, table.ErrCondition) {
			t.Errorf("%s: %v", call, err)
		}
	}
	if took := time.Since(began); took > 30*time.Second {
		t.Errorf("it took %v", took)
	}
}

func everyCall(ctx context.Context, s *table.Store) map[string]error {
	_, get := s.Get(ctx, key("p", "s"))
	_, query := s.Query(ctx, table.Query{PK: "p"})
	_, index := s.Query(ctx, table.Query{Index: table.Index1, PK: "p"})
	_, put := s.Put(ctx, item("p", "s", 1), table.Always())
	return map[string]error{
		"Get": get, "Query": query, "Index": index, "Put": put,
		"Delete":         s.Delete(ctx, key("p", "s"), table.Always()),
		"Delete present": s.Delete(ctx, key("p", "s"), table.Present()),
		"Transact":       s.Transact(ctx, []table.Op{table.Put(item("p", "s", 1), table.Always())}),
		"Batch put":      s.BatchWrite(ctx, []table.Op{table.Put(item("p", "s", 1), table.Always())}),
		"Batch delete":   s.BatchWrite(ctx, []table.Op{table.Delete(key("p", "s"), table.Always())}),
	}
}

// TestClosed: calls after Close are refused.
func TestClosed(t *testing.T) {
	t.Parallel()
	h := newHome(t, func(string, int) *stand.Refusal { return nil })
	if err := h.driver.Close(); err != nil {
		t.Fatal(err)
	}
	for call, err := range everyCall(h.ctx, h.faulty) {
		if !errors.Is(err, table.ErrClosed) {
			t.Errorf("%s: %v, want ErrClosed", call, err)
		}
	}
	if n := h.proxy.Seen("GetItem") + h.proxy.Seen("UpdateItem"); n != 0 {
		t.Errorf("%d requests after Close", n)
	}
}
