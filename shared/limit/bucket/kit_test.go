package bucket_test

import (
	"context"
	"io"
	"log/slog"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/limit/bucket"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/table/sqlite"
)

type clock struct{ at atomic.Int64 }

func (c *clock) now() time.Time       { return time.Unix(1_800_000_000, c.at.Load()) }
func (c *clock) pass(d time.Duration) { c.at.Add(int64(d)) }

// watched counts what a driver is asked, notes what it is given, and fails on demand.
type watched struct {
	table.Driver
	gets, writes, lost atomic.Int64

	mu    sync.Mutex
	ops   []table.Op
	fault func(ctx context.Context) error
}

func (w *watched) failing(ctx context.Context) error {
	w.mu.Lock()
	fault := w.fault
	w.mu.Unlock()
	if fault == nil {
		return nil
	}
	return fault(ctx)
}

func (w *watched) fail(fault func(context.Context) error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.fault = fault
}

func (w *watched) Get(ctx context.Context, key table.Key) (table.Item, error) {
	w.gets.Add(1)
	if err := w.failing(ctx); err != nil {
		return table.Item{}, err
	}
	return w.Driver.Get(ctx, key)
}

func (w *watched) Write(ctx context.Context, op table.Op, now time.Time) (int64, error) {
	w.writes.Add(1)
	w.mu.Lock()
	w.ops = append(w.ops, op)
	w.mu.Unlock()
	if err := w.failing(ctx); err != nil {
		return 0, err
	}
	version, err := w.Driver.Write(ctx, op, now)
	if err != nil {
		w.lost.Add(1)
	}
	return version, err
}

// home is one table and several processes' limiters over it.
type home struct {
	clock  *clock
	driver *watched
	each   []*bucket.Limiter
}

func newHome(t *testing.T, processes int, o bucket.Options) *home {
	t.Helper()
	db, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "table.db"), &sqlite.Options{SweepEvery: -1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	h := &home{clock: &clock{}, driver: &watched{Driver: db}}
	if o.Now == nil {
		o.Now = h.clock.now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.NewTextHandler(io.Discard, nil))
	}
	store := table.New(h.driver, &table.Options{Now: o.Now})
	for range processes {
		l, err := bucket.New(store, &o)
		if err != nil {
			t.Fatal(err)
		}
		h.each = append(h.each, l)
	}
	return h
}

func (h *home) allow(t *testing.T, process int, key string, perMinute, burst int) (bool, time.Duration) {
	t.Helper()
	ok, wait, err := h.each[process].Allow(t.Context(), key, perMinute, burst)
	if err != nil {
		t.Fatal(err)
	}
	if ok != (wait == 0) {
		t.Fatalf("allowed %v with a wait of %v", ok, wait)
	}
	return ok, wait
}
