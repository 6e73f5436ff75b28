package execution_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/execution"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
)

// TestSweepOn: who has no time for all runs takes up a part each time, and every run
// has its turn.
func TestSweepOn(t *testing.T) {
	t.Parallel()
	p := two(t)
	tries := map[string]int{}
	p.engine.on("Start", func(name string) error {
		p.mu.Lock()
		defer p.mu.Unlock()
		tries[name]++
		return table.ErrThrottled
	})
	const runs, most = 25, 10
	for range runs {
		start(t, p.a, p.ctx)
	}
	for call, want := range []int{10, 20, 25, 35} {
		s := p.a
		if call%2 == 1 { // the place is everybody's
			s = p.b
		}
		if err := s.SweepOn(t.Context(), most); err == nil {
			t.Error("no fault is told")
		}
		if got := p.engine.count("Start") - runs; got != want {
			t.Errorf("after call %d: %d tries, not %d", call+1, got, want)
		}
	}
	for name, n := range tries {
		if n < 2 || n > 3 {
			t.Errorf("%s was tried %d times", name, n)
		}
	}
}

// TestSweepOnTime: a sweep ends before its caller's time does, and the place is kept.
func TestSweepOnTime(t *testing.T) {
	t.Parallel()
	p := two(t)
	start(t, p.a, p.ctx)
	ctx, cancel := context.WithTimeout(t.Context(), time.Second) // less than what it leaves
	defer cancel()
	before := p.engine.read()
	if err := p.b.SweepOn(ctx, 100); err != nil || p.engine.read() != before {
		t.Errorf("%d reads: %v", p.engine.read()-before, err)
	}
}

// TestOldPointer: a run that was started before pointers were spread is found, and
// closed where it lies.
func TestOldPointer(t *testing.T) {
	t.Parallel()
	p := two(t)
	run := start(t, p.a, p.ctx)
	key := table.Key{PK: "EXE", SK: run}
	var pk string
	if _, err := table.ModifyItem(p.ctx, p.store, key, func(item *table.Item) error {
		fields := map[string]json.RawMessage{}
		if err := item.Decode(&fields); err != nil {
			return err
		}
		if err := json.Unmarshal(fields["open"], &pk); err != nil {
			return err
		}
		delete(fields, "open")
		var err error
		item.Data, err = json.Marshal(fields)
		return err
	}); err != nil || !strings.HasPrefix(pk, "EXEOPEN#") {
		t.Fatalf("%q: %v", pk, err)
	}
	system := tenant.WithSystem(t.Context())
	pointer, err := p.store.Get(system, table.Key{PK: pk, SK: run})
	if err != nil {
		t.Fatal(err)
	}
	old := table.Item{Key: table.Key{PK: "EXEOPEN", SK: run}, Data: pointer.Data}
	if err := p.store.Transact(system, []table.Op{table.Delete(pointer.Key, table.Present()), table.Put(old, table.Absent())}); err != nil {
		t.Fatal(err)
	}
	p.fail(run)
	p.sweep(t, p.b)
	p.status(t, run, execution.Failed)
	if _, err := p.store.Get(system, old.Key); err == nil {
		t.Error("it counts as open still")
	}
}
