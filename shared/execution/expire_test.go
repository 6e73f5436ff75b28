package execution_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/execution"
	"github.com/apiq/apiq/shared/table"
)

// forgetful is a puppet that can forget.
type forgetful struct{ *puppet }

func (f forgetful) Forget(_ context.Context, name string) error { return f.do("Forget", name) }

// left counts the items of a run, and the notes that something of it is left.
func (p *pair) left(t *testing.T, run string) (items, notes int) {
	t.Helper()
	for _, pk := range []string{"EXE", "EXE#" + run, "EXEGONE"} {
		for item, err := range p.store.All(p.ctx, table.Query{PK: pk}) {
			switch {
			case err != nil:
				t.Fatal(err)
			case pk == "EXEGONE":
				notes++
			case pk != "EXE" || item.SK == run:
				items++
			}
		}
	}
	return items, notes
}

func (p *pair) expired(t *testing.T) (records int) {
	t.Helper()
	page, err := audit.New(p.store, nil).List(p.ctx, audit.Filter{}, 100, "")
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range page.Records {
		if r.Action == execution.ActionExpire {
			records++
		}
	}
	return records
}

// TestExpire: what ended before a time goes, whole; what has not, or ended after,
// stays. One record tells of several.
func TestExpire(t *testing.T) {
	t.Parallel()
	p := two(t)
	p.a.Use(forgetful{p.engine}, p.journal)
	var old []string
	for range 12 {
		old = append(old, p.failed(t))
	}
	open := start(t, p.a, p.ctx)
	p.pass(48 * time.Hour)
	fresh := p.failed(t)
	before := p.now().Add(-24 * time.Hour)
	if n, err := p.a.Expire(p.ctx, before); err != nil || n != 12 {
		t.Fatalf("%d removed, %v", n, err)
	}
	for _, run := range old {
		if items, notes := p.left(t, run); items+notes > 0 {
			t.Errorf("%d items are left of %s, %d notes", items, run, notes)
		}
		if _, err := p.a.Get(p.ctx, run); apierr.CodeOf(err) != apierr.NotFound {
			t.Errorf("a removed run: %v", err)
		}
	}
	for _, run := range []string{open, fresh} {
		if items, _ := p.left(t, run); items < 2 {
			t.Errorf("%s has %d items", run, items)
		}
	}
	if n := p.expired(t); n != 2 || p.engine.count("Forget") != 12 {
		t.Errorf("%d records of 12 runs; the engine forgot %d", n, p.engine.count("Forget"))
	}
	if n, err := p.a.Expire(p.ctx, before); err != nil || n != 0 || p.expired(t) != 2 {
		t.Errorf("again: %d removed, %v", n, err)
	}
}

// TestExpireUnsettled: a run whose end is not settled is left for another time.
func TestExpireUnsettled(t *testing.T) {
	t.Parallel()
	p := two(t)
	run := start(t, p.a, p.ctx)
	p.fail(run)
	p.status(t, run, execution.Failed) // as a reader sees it, who settles nothing
	p.pass(48 * time.Hour)
	if n, err := p.a.Expire(p.ctx, p.now()); err != nil || n != 0 {
		t.Fatalf("%d removed, %v", n, err)
	}
	p.sweep(t, p.b)
	if n, err := p.a.Expire(p.ctx, p.now()); err != nil || n != 1 {
		t.Errorf("%d removed, %v", n, err)
	}
}

// TestExpireCutOff: a removal that is cut off is finished by the next.
func TestExpireCutOff(t *testing.T) {
	t.Parallel()
	p := two(t)
	p.a.Use(forgetful{p.engine}, p.journal)
	one, other := p.failed(t), p.failed(t)
	cut := errors.New("cut off")
	p.engine.on("Forget", func(name string) error {
		if name == one {
			return cut
		}
		return nil
	})
	p.pass(48 * time.Hour)
	if n, err := p.a.Expire(p.ctx, p.now()); n != 2 || !errors.Is(err, cut) || !strings.Contains(err.Error(), one) {
		t.Fatalf("%d removed, %v", n, err)
	}
	if items, notes := p.left(t, one); items == 0 || notes != 1 {
		t.Errorf("%d items and %d notes are left", items, notes)
	}
	if _, err := p.a.Retry(p.ctx, one); apierr.CodeOf(err) != apierr.NotFound {
		t.Errorf("what is half removed can be continued: %v", err)
	}
	if items, _ := p.left(t, other); items > 0 {
		t.Errorf("one kept another: %d items", items)
	}
	p.engine.on("Forget", func(string) error { return nil })
	if n, err := p.a.Expire(p.ctx, p.now()); n != 0 || err != nil {
		t.Fatalf("%d removed, %v", n, err)
	}
	if items, notes := p.left(t, one); items+notes > 0 || p.expired(t) != 1 {
		t.Errorf("%d items and %d notes are left", items, notes)
	}
}

// TestExpireContinued: a run that is continued while it is about to be removed
// stays, and the others with it go.
func TestExpireContinued(t *testing.T) {
	t.Parallel()
	p := two(t)
	runs := []string{p.failed(t), p.failed(t), p.failed(t)}
	p.engine.on("Redrive", func(string) error { p.engine.add(runs[1], "ExecutionRedriven", `{}`); return nil })
	n, err := p.a.RemoveAfter(p.ctx, runs, func() {
		if _, err := p.b.Retry(p.ctx, runs[1]); err != nil {
			t.Error(err)
		}
	})
	if err != nil || n != 2 {
		t.Fatalf("%d removed, %v", n, err)
	}
	p.status(t, runs[1], execution.Running)
}
