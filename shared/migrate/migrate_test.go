package migrate_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/fixture"
	"github.com/apiq/apiq/shared/id"
	"github.com/apiq/apiq/shared/identity"
	"github.com/apiq/apiq/shared/migrate"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/table/sqlite"
	"github.com/apiq/apiq/shared/tenant"
)

type home struct {
	db    *sqlite.DB
	store *table.Store
	now   func() time.Time
	pass  func(time.Duration)
}

func newHome(t *testing.T) *home {
	t.Helper()
	m := fixture.New(t, time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
	return &home{db: m.DB, store: m.Store, now: m.Now, pass: m.Pass}
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (h *home) new(t *testing.T, steps []migrate.Step, o migrate.Options) *migrate.Migrator {
	t.Helper()
	o.Now = h.now
	m, err := migrate.New(h.store, steps, &o)
	check(t, err)
	return m
}

func (h *home) up(t *testing.T, steps ...migrate.Step) migrate.Report {
	t.Helper()
	r, err := h.new(t, steps, migrate.Options{}).Up(context.Background())
	check(t, err)
	return r
}

// counting goes through numbered places and counts how often each is done; stop
// says where to fail.
type counting struct {
	done []string
	stop func(place int) error
}

func (c *counting) step(version, places int) migrate.Step {
	return migrate.Step{Version: version, Name: fmt.Sprint("count ", version), Run: func(ctx context.Context, _ *table.Store, p *migrate.Progress) error {
		from := 0
		if p.Cursor() != "" {
			if _, err := fmt.Sscan(p.Cursor(), &from); err != nil {
				return err
			}
		}
		for i := from; i < places; i++ {
			if c.stop != nil {
				if err := c.stop(i); err != nil {
					return err
				}
			}
			c.done = append(c.done, fmt.Sprint(version, ".", i))
			if err := p.Save(ctx, fmt.Sprint(i+1), 10); err != nil {
				return err
			}
		}
		return nil
	}}
}

func TestUp(t *testing.T) {
	t.Parallel()
	h, c := newHome(t), &counting{}
	if r := h.up(t); r.From != 0 || r.To != 0 || r.Applied == nil {
		t.Errorf("%+v", r)
	}
	r := h.up(t, c.step(1, 2), c.step(2, 1))
	if r.From != 0 || r.To != 2 || len(r.Applied) != 2 || r.Applied[0].Changed != 20 || r.Applied[1].Changed != 10 || !r.Applied[0].At.Equal(h.now()) {
		t.Errorf("%+v", r)
	}
	r = h.up(t, c.step(1, 2), c.step(2, 1), c.step(3, 1))
	if r.From != 2 || r.To != 3 || len(r.Applied) != 1 {
		t.Errorf("%+v", r)
	}
	if want := []string{"1.0", "1.1", "2.0", "3.0"}; !slices.Equal(c.done, want) {
		t.Errorf("did %v", c.done)
	}
	answer, err := h.new(t, []migrate.Step{c.step(1, 2), c.step(2, 1), c.step(3, 1)}, migrate.Options{}).Handle(context.Background(), json.RawMessage(`{"x":1}`))
	if err != nil || string(answer) != `{"from":3,"to":3,"applied":[]}` {
		t.Errorf("%s, %v", answer, err)
	}
}

// TestKilled in the middle: the next one goes on from the place that was saved,
// when the lease is over, or at once where it is alone.
func TestKilled(t *testing.T) {
	t.Parallel()
	for _, alone := range []bool{false, true} {
		h, c := newHome(t), &counting{}
		// A process that is killed gives no lease back: its context's end stands for
		// it, and the lease is put back as it was.
		boom := errors.New("killed")
		c.stop = func(place int) error {
			if place == 3 {
				return boom
			}
			return nil
		}
		var lease json.RawMessage
		steps := []migrate.Step{c.step(1, 5)}
		inner := steps[0].Run
		steps[0].Run = func(ctx context.Context, s *table.Store, p *migrate.Progress) error {
			err := inner(ctx, s, p)
			lease = h.state(t)["lease"]
			return err
		}
		if _, err := h.new(t, steps, migrate.Options{}).Up(context.Background()); !errors.Is(err, boom) {
			t.Fatalf("got %v", err)
		}
		h.putLease(t, lease)
		c.stop = nil
		m := h.new(t, []migrate.Step{c.step(1, 5)}, migrate.Options{Alone: alone})
		if !alone {
			if _, err := m.Up(context.Background()); !errors.Is(err, migrate.ErrBusy) {
				t.Errorf("got %v", err)
			}
			h.pass(3 * time.Minute)
		}
		r, err := m.Up(context.Background())
		if err != nil || r.To != 1 || r.Applied[0].Changed != 50 {
			t.Errorf("%+v, %v", r, err)
		}
		if want := []string{"1.0", "1.1", "1.2", "1.3", "1.4"}; !slices.Equal(c.done, want) {
			t.Errorf("did %v", c.done)
		}
	}
}

// TestFailed: a step that fails gives its lease back and keeps its place.
func TestFailed(t *testing.T) {
	t.Parallel()
	h, c := newHome(t), &counting{}
	boom := errors.New("no")
	c.stop = func(place int) error {
		if place == 1 {
			return boom
		}
		return nil
	}
	ctx, end := context.WithCancel(context.Background())
	r, err := h.new(t, []migrate.Step{c.step(1, 1), c.step(2, 2)}, migrate.Options{}).Up(ctx)
	if !errors.Is(err, boom) || r.To != 1 {
		t.Fatalf("%+v, %v", r, err)
	}
	c.stop = func(int) error { end(); return ctx.Err() }
	if _, err := h.new(t, []migrate.Step{c.step(1, 1), c.step(2, 2)}, migrate.Options{}).Up(ctx); !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v", err)
	}
	c.stop = nil
	if r := h.up(t, c.step(1, 1), c.step(2, 2)); r.From != 1 || r.To != 2 || r.Applied[0].Changed != 20 {
		t.Errorf("%+v", r)
	}
}

// TestTwoAtOnce: many processes, each step once.
func TestTwoAtOnce(t *testing.T) {
	t.Parallel()
	h, c := newHome(t), &counting{}
	running, most := 0, 0
	var mu sync.Mutex
	c.stop = func(int) error {
		mu.Lock()
		defer mu.Unlock()
		running++
		most = max(most, running)
		return nil
	}
	step := c.step(1, 20)
	inner := step.Run
	step.Run = func(ctx context.Context, s *table.Store, p *migrate.Progress) error {
		defer func() { mu.Lock(); running -= 20; mu.Unlock() }()
		return inner(ctx, s, p)
	}
	m := h.new(t, []migrate.Step{step}, migrate.Options{Wait: func(ctx context.Context, _ time.Time) error { return ctx.Err() }})
	other := h.new(t, []migrate.Step{step}, migrate.Options{})
	var wg sync.WaitGroup
	var applied, busy int
	for i := range 8 {
		wg.Go(func() {
			one := m
			if i%2 == 1 {
				one = other
			}
			r, err := one.Up(context.Background())
			mu.Lock()
			defer mu.Unlock()
			applied += len(r.Applied)
			switch {
			case errors.Is(err, migrate.ErrBusy) && i%2 == 1:
				busy++
			case err != nil || r.To != 1:
				t.Errorf("%+v, %v", r, err)
			}
		})
	}
	wg.Wait()
	if applied != 1 || len(c.done) != 20 || most > 20 {
		t.Errorf("applied %d times, %d places; %d were busy", applied, len(c.done), busy)
	}
}

// TestTakenOver: who did not get on in time must not go on.
func TestTakenOver(t *testing.T) {
	t.Parallel()
	h, slow, fast := newHome(t), &counting{}, &counting{}
	slow.stop = func(place int) error {
		if place == 2 {
			h.pass(3 * time.Minute)
			h.up(t, fast.step(1, 4))
		}
		return nil
	}
	_, err := h.new(t, []migrate.Step{slow.step(1, 4)}, migrate.Options{}).Up(context.Background())
	if !errors.Is(err, migrate.ErrLost) || !slices.Equal(fast.done, []string{"1.2", "1.3"}) || len(slow.done) != 3 {
		t.Errorf("%v; the slow one did %v, the fast one %v", err, slow.done, fast.done)
	}
	if r := h.up(t, fast.step(1, 4)); r.From != 1 {
		t.Errorf("%+v", r)
	}
}

// TestNewer: code that does not know the table's schema refuses it, unless the
// steps since say that it may go on.
func TestNewer(t *testing.T) {
	t.Parallel()
	h, c := newHome(t), &counting{}
	tolerated := c.step(2, 1)
	tolerated.Tolerated = true
	h.up(t, c.step(1, 1), tolerated)
	if r := h.up(t, c.step(1, 1)); r.From != 2 || r.To != 2 {
		t.Errorf("%+v", r)
	}
	h.up(t, c.step(1, 1), tolerated, c.step(3, 1))
	for n := range 3 {
		steps := []migrate.Step{c.step(1, 1), tolerated}[:n]
		if _, err := h.new(t, steps, migrate.Options{}).Up(context.Background()); !errors.Is(err, migrate.ErrNewer) {
			t.Errorf("code of version %d: %v", n, err)
		}
	}
}

func TestSleep(t *testing.T) {
	t.Parallel()
	check(t, migrate.Sleep(context.Background(), time.Now().Add(-time.Hour)))
	check(t, migrate.Sleep(context.Background(), time.Now().Add(time.Millisecond)))
	ctx, end := context.WithCancel(context.Background())
	end()
	if err := migrate.Sleep(ctx, time.Now().Add(time.Hour)); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	c := &counting{}
	for name, steps := range map[string][]migrate.Step{
		"a gap": {c.step(1, 1), c.step(3, 1)}, "from 2": {c.step(2, 1)}, "twice": {c.step(1, 1), c.step(1, 1)},
		"no name": {{Version: 1, Run: c.step(1, 1).Run}}, "nothing to do": {{Version: 1, Name: "x"}},
	} {
		if _, err := migrate.New(nil, steps, nil); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
}

func stateKey() table.Key { return table.Key{PK: "MIGRATION", SK: "0"} }

func (h *home) state(t *testing.T) map[string]json.RawMessage {
	t.Helper()
	s, _, err := table.GetJSON[map[string]json.RawMessage](tenant.WithSystem(context.Background()), h.store, stateKey())
	check(t, err)
	return s
}

func (h *home) putLease(t *testing.T, lease json.RawMessage) {
	t.Helper()
	_, _, err := table.Modify(tenant.WithSystem(context.Background()), h.store, stateKey(), func(s *map[string]json.RawMessage) error {
		if _, there := (*s)["lease"]; there {
			t.Error("the lease was not given back")
		}
		(*s)["lease"] = lease
		return nil
	})
	check(t, err)
}

// old makes a workspace as it was made before there was a list.
func (h *home) old(t *testing.T) string {
	t.Helper()
	workspace := id.New(id.Workspace)
	item, err := table.JSONItem(table.Key{PK: "WORKSPACE#" + workspace, SK: "0"}, identity.Workspace{ID: workspace})
	check(t, err)
	_, err = h.store.Put(tenant.WithSystem(context.Background()), item, table.Absent())
	check(t, err)
	for _, pk := range []string{"CON", "AUD#0"} {
		_, err := h.store.Put(tenant.With(context.Background(), workspace), table.Item{Key: table.Key{PK: pk, SK: "1"}, Data: []byte(`{}`)}, table.Absent())
		check(t, err)
	}
	return workspace
}

// TestSteps: a fresh table, one that is old, one whose migration was cut off.
func TestSteps(t *testing.T) {
	t.Parallel()
	for name, n := range map[string]int{"fresh": 0, "old": 250} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHome(t)
			var want []string
			for range n {
				want = append(want, h.old(t))
			}
			slices.Sort(want)
			cut := errors.New("cut off")
			pages := 0
			_, err := h.new(t, migrate.Steps(tenants(func(ctx context.Context, after string, limit int) ([]string, error) {
				if pages++; pages == 3 {
					return nil, cut
				}
				return h.db.Tenants(ctx, after, limit)
			})), migrate.Options{}).Up(context.Background())
			if n > 0 && !errors.Is(err, cut) {
				t.Fatalf("got %v", err)
			}
			pages = 10
			r, err := h.new(t, migrate.Steps(tenants(func(ctx context.Context, after string, limit int) ([]string, error) {
				if n > 0 && after == "" {
					t.Error("it began anew")
				}
				return h.db.Tenants(ctx, after, limit)
			})), migrate.Options{}).Up(context.Background())
			if err != nil || n > 0 && (len(r.Applied) != 1 || r.Applied[0].Changed != n) {
				t.Errorf("%+v, %v", r, err)
			}
			got, next, err := identity.NewDirectory(h.store).Workspaces(context.Background(), "", 999)
			if err != nil || next != "" || !slices.Equal(got, want) {
				t.Errorf("%d workspaces listed, want %d; %v", len(got), len(want), err)
			}
		})
	}
	t.Run("never without a list", func(t *testing.T) {
		t.Parallel()
		if r := newHome(t).up(t, migrate.Steps(nil)...); r.To != 1 {
			t.Errorf("%+v", r)
		}
	})
}

type tenants func(ctx context.Context, after string, limit int) ([]string, error)

func (f tenants) Tenants(ctx context.Context, after string, limit int) ([]string, error) {
	return f(ctx, after, limit)
}
