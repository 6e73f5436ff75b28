package local_test

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/apiq/apiq/shared/execution"
	"github.com/apiq/apiq/shared/execution/local"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
)

// history reads a run's events, so many at a time.
func history(t *testing.T, e *local.Engine, ctx context.Context, run string, page int) (all []execution.HistoryEvent) {
	t.Helper()
	for {
		after := int64(0)
		if n := len(all); n > 0 {
			after = all[n-1].ID
		}
		some, err := e.History(ctx, run, after, page)
		if err != nil {
			t.Fatal(err)
		}
		if len(some) == 0 {
			return all
		}
		all = append(all, some...)
	}
}

// items counts what the engine keeps in a partition.
func items(t *testing.T, o *opened, ctx context.Context, pk string) (n int) {
	t.Helper()
	for _, err := range o.store.All(ctx, table.Query{PK: pk}) {
		if err != nil {
			t.Fatal(err)
		}
		n++
	}
	return n
}

// TestFold: a folded journal has few items and tells the same, page by page; a run
// that failed goes on from it, also in another process, and is folded again.
func TestFold(t *testing.T) {
	t.Parallel()
	const steps, broken = 60, 45
	var ahead atomic.Int64
	var mu sync.Mutex
	calls, mended := map[string]int{}, false
	do := func(_ context.Context, task execution.Task) (json.RawMessage, error) {
		mu.Lock()
		defer mu.Unlock()
		calls[string(task.Payload)]++
		if !mended && string(task.Payload) == fmt.Sprintf(`{"n":%d}`, broken) {
			return nil, &execution.TaskError{Name: "Broken", Cause: "not mended"}
		}
		return task.Payload, nil
	}
	moved := make(chan struct{}, 1)
	opts := func() *local.Options {
		return &local.Options{Now: func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) },
			Observer: func(context.Context, string) {
				select {
				case moved <- struct{}{}:
				default:
				}
			}}
	}
	path := filepath.Join(t.TempDir(), "apiq.db")
	o := openEngine(t, path, map[string]execution.Handler{"call": do}, opts())
	defer func() { o.close() }()
	ctx, system, run := tenant.With(t.Context(), "wsp_1"), tenant.WithSystem(t.Context()), "exe_1"
	ended := func(want execution.RunStatus) {
		t.Helper()
		for {
			r, err := o.engine.Describe(ctx, run)
			if err != nil {
				t.Fatal(err)
			}
			if r.Status == want {
				return
			}
			select {
			case <-moved:
			case <-time.After(time.Minute):
				t.Fatalf("the run is %s", r.Status)
			}
		}
	}
	// folded folds, and looks that all is told as before.
	folded := func(most int) {
		t.Helper()
		want, was := history(t, o.engine, ctx, run, 1000), items(t, o, ctx, "ENGINE#"+run)
		before, err := o.engine.Describe(ctx, run)
		if err != nil {
			t.Fatal(err)
		}
		for range 2 { // the second finds nothing to do
			if err := o.engine.Fold(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		now := items(t, o, ctx, "ENGINE#"+run)
		if now > most || now >= was {
			t.Errorf("%d items, were %d", now, was)
		}
		if n := items(t, o, system, "ENGINEFOLD"); n != 0 {
			t.Errorf("%d runs are to be folded still", n)
		}
		for _, page := range []int{1, 7, 1000} {
			if diff := cmp.Diff(want, history(t, o.engine, ctx, run, page)); diff != "" {
				t.Fatalf("in pages of %d: %s", page, diff)
			}
		}
		if after, err := o.engine.Describe(ctx, run); err != nil || !cmp.Equal(before, after) {
			t.Errorf("%+v, was %+v: %v", after, before, err)
		}
	}

	if err := o.engine.Start(ctx, execution.StartInput{Name: run, Definition: chain(steps), Input: json.RawMessage(`{"n":0}`)}); err != nil {
		t.Fatal(err)
	}
	ended(execution.RunFailed)
	unfolded := items(t, o, ctx, "ENGINE#"+run)
	if err := o.engine.Fold(t.Context()); err != nil || items(t, o, ctx, "ENGINE#"+run) != unfolded {
		t.Errorf("a run that has just ended was folded: %v", err)
	}
	ahead.Store(int64(25 * time.Hour))
	folded(2) // its head and one batch
	o.close()
	o = openEngine(t, path, map[string]execution.Handler{"call": do}, opts())
	mu.Lock()
	mended = true
	mu.Unlock()
	if err := o.engine.Redrive(ctx, run); err != nil {
		t.Fatal(err)
	}
	ended(execution.RunSucceeded)
	all := history(t, o.engine, ctx, run, 1000)
	for i, e := range all {
		if e.ID != int64(i+1) {
			t.Fatalf("event %d has the number %d", i+1, e.ID)
		}
	}
	ahead.Store(int64(50 * time.Hour))
	folded(2)
	mu.Lock()
	defer mu.Unlock()
	for n := 1; n <= steps; n++ {
		want := 1
		if n == broken {
			want = 2
		}
		if got := calls[fmt.Sprintf(`{"n":%d}`, n)]; got != want {
			t.Errorf("step %d was done %d times", n, got)
		}
	}
}

// TestNumberAfter: after folding there are fewer batches than their numbers tell,
// and none may come before one that is there.
func TestNumberAfter(t *testing.T) {
	t.Parallel()
	for sk, want := range map[string]int{"": 0, "H#00000001#00000000#00": 1, "H#00000123#00000040#03": 41, "H#123456789#00000007#00": 8} {
		if got, err := local.NumberAfter(sk); err != nil || got != want {
			t.Errorf("%q: %d, %v", sk, got, err)
		}
	}
	for _, sk := range []string{"HEAD", "H#", "H#1", "H#1#x#0"} {
		if got, err := local.NumberAfter(sk); err == nil {
			t.Errorf("%q: %d", sk, got)
		}
	}
}
