package quota_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"github.com/apiq/apiq/shared/blob"
	"github.com/apiq/apiq/shared/blob/dir"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/id"
	"github.com/apiq/apiq/shared/quota"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/table/sqlite"
	"github.com/apiq/apiq/shared/tenant"
)

func TestParse(t *testing.T) {
	t.Parallel()
	one := id.New(id.Workspace)
	p, err := quota.Parse(" requests=600, runs=100,storage=5GB ; " + one + ":runs=5, storage = 10 MB,tokens=7;")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		workspace string
		kind      quota.Kind
		want      int64
	}{
		{"wsp_other", quota.Requests, 600}, {"wsp_other", quota.Runs, 100}, {"wsp_other", quota.Storage, 5e9}, {"wsp_other", quota.Tokens, 0},
		{one, quota.Requests, 600}, {one, quota.Runs, 5}, {one, quota.Storage, 1e7}, {one, quota.Tokens, 7}, {one, quota.Members, 0},
	} {
		if n := p.Of(c.workspace, c.kind); n != c.want {
			t.Errorf("%s of %s: %d, want %d", c.kind, c.workspace, n, c.want)
		}
	}
	for _, kind := range quota.Kinds() {
		if _, err := quota.Parse(string(kind) + "=1000"); err != nil {
			t.Error(err)
		}
	}
	for _, bad := range []string{"runs", "runs=", "runs=-1", "runs=x", "runs=5GB", "walks=3", "wsp_x:runs=1", "runs=99999999999", "=1", "storage=5gb", "storage=1001TB", "storage=99999999999999GB"} {
		if _, err := quota.Parse(bad); err == nil {
			t.Errorf("%q was taken", bad)
		}
	}
}

// home is a table whose clock is moved.
type home struct {
	store *table.Store
	at    atomic.Int64
}

func newHome(t *testing.T, at time.Time) *home {
	t.Helper()
	db, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "t.db"), &sqlite.Options{SweepEvery: -1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	h := &home{}
	h.at.Store(at.Unix())
	h.store = table.New(db, &table.Options{Now: h.now})
	return h
}

func (h *home) now() time.Time { return time.Unix(h.at.Load(), 0) }

func (h *home) pass(d time.Duration) { h.at.Add(int64(d / time.Second)) }

func (h *home) keeper(t *testing.T, text string) *quota.Keeper {
	t.Helper()
	plan, err := quota.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return quota.New(h.store, plan, &quota.Options{Now: h.now, Log: slog.New(slog.DiscardHandler)})
}

func (h *home) usage(t *testing.T, k *quota.Keeper, ctx context.Context) quota.Usage {
	t.Helper()
	u, err := k.Usage(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// used is what an item of the usage tells.
func used(t *testing.T, u quota.Usage, kind quota.Kind) int64 {
	t.Helper()
	for _, i := range u.Items {
		if i.What == kind && i.Used != nil {
			return *i.Used
		}
	}
	t.Fatalf("no use of %s in %+v", kind, u.Items)
	return 0
}

// several does something many times at once and says how often it was done, and how
// often refused.
func several(t *testing.T, times int, do func(i int) error) (done, refused int) {
	t.Helper()
	var ok, full atomic.Int64
	var wg sync.WaitGroup
	for i := range times {
		wg.Go(func() {
			switch err := do(i); {
			case err == nil:
				ok.Add(1)
			case apierr.CodeOf(err) == apierr.QuotaExceeded:
				full.Add(1)
			default:
				t.Error(err)
			}
		})
	}
	wg.Wait()
	return int(ok.Load()), int(full.Load())
}

// TestLimiterRuns: of many who ask at once, from two processes, exactly as many as may
// get a run; the day after counts anew, and another workspace by itself.
func TestLimiterRuns(t *testing.T) {
	t.Parallel()
	h := newHome(t, time.Date(2026, 3, 1, 23, 0, 0, 0, time.UTC))
	keepers := []*quota.Keeper{h.keeper(t, "runs=25"), h.keeper(t, "runs=25")}
	a, b := tenant.With(t.Context(), "wsp_a"), tenant.With(t.Context(), "wsp_b")
	done, refused := several(t, 60, func(i int) error {
		err := keepers[i%2].TakeRun(a)
		if err != nil && apierr.From(err).RetryAfter != time.Hour {
			t.Errorf("try again after %v", apierr.From(err).RetryAfter)
		}
		return err
	})
	if done != 25 || refused != 35 {
		t.Errorf("%d got one, %d were refused", done, refused)
	}
	if err := keepers[0].TakeRun(b); err != nil {
		t.Errorf("the other workspace: %v", err)
	}
	h.pass(time.Hour)
	if err := keepers[1].TakeRun(a); err != nil {
		t.Errorf("the day after: %v", err)
	}
	u := h.usage(t, keepers[0], a)
	if u.RunsToday != 1 || len(u.Days) != 2 || u.Days[1] != (quota.Day{Day: "2026-03-01", Runs: 25}) || u.Limits.RunsPerDay != 25 || !u.RenewsAt.Equal(time.Date(2026, 3, 3, 0, 0, 0, 0, time.UTC)) {
		t.Errorf("%+v", u)
	}
	if n := used(t, u, quota.Runs); n != 1 {
		t.Errorf("%d", n)
	}
}

// TestCounted: without limits everything is counted, exactly, and for 31 days.
func TestCounted(t *testing.T) {
	t.Parallel()
	h := newHome(t, time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
	k, ctx := h.keeper(t, ""), tenant.With(t.Context(), "wsp_a")
	for range 35 {
		if done, _ := several(t, 10, func(int) error { return k.TakeRun(ctx) }); done != 10 {
			t.Fatalf("%d", done)
		}
		settle, err := k.Hold(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if err := settle(ctx, 1234); err != nil {
			t.Fatal(err)
		}
		h.pass(24 * time.Hour)
	}
	h.pass(-24 * time.Hour)
	u := h.usage(t, k, ctx)
	if len(u.Days) != 31 {
		t.Errorf("%d days", len(u.Days))
	}
	for _, d := range u.Days {
		if d.Runs != 10 || d.Tokens != 1234 {
			t.Errorf("%+v", d)
		}
	}
	if used(t, u, quota.Tokens) != 1234 || u.Items[0].Limit != nil {
		t.Errorf("%+v", u.Items)
	}
}

// TestLimitChanged: a limit that comes in the middle of a day holds for what is left of
// it, whatever was counted where before.
func TestLimitChanged(t *testing.T) {
	t.Parallel()
	h := newHome(t, time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
	ctx := tenant.With(t.Context(), "wsp_a")
	free := h.keeper(t, "")
	for range 30 {
		if err := free.TakeRun(ctx); err != nil {
			t.Fatal(err)
		}
	}
	for limit, want := range map[string]int{"runs=20": 0, "runs=37": 7} {
		k := h.keeper(t, limit)
		if done, _ := several(t, 20, func(int) error { return k.TakeRun(ctx) }); done != want {
			t.Errorf("%s: %d more, want %d", limit, done, want)
		}
	}
}

// TestTokens: questions at once share what is left, and settling tells what was used.
func TestTokens(t *testing.T) {
	t.Parallel()
	h := newHome(t, time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
	k, ctx := h.keeper(t, "tokens=20000"), tenant.With(t.Context(), "wsp_a")
	var mu sync.Mutex
	var settles []func(context.Context, int64) error
	done, refused := several(t, 12, func(int) error {
		settle, err := k.Hold(ctx)
		mu.Lock()
		defer mu.Unlock()
		if err == nil {
			settles = append(settles, settle)
		}
		return err
	})
	if done != 3 || refused != 9 { // 8,000, 8,000, and 4,000 that are left
		t.Fatalf("%d asked, %d were refused", done, refused)
	}
	if n := used(t, h.usage(t, k, ctx), quota.Tokens); n != 20000 {
		t.Errorf("%d set aside", n)
	}
	for _, settle := range settles {
		if err := settle(ctx, 1000); err != nil {
			t.Fatal(err)
		}
	}
	if n := used(t, h.usage(t, k, ctx), quota.Tokens); n != 3000 {
		t.Errorf("%d used", n)
	}
	if settle, err := k.Hold(ctx); err != nil || settle(ctx, 18_000) != nil {
		t.Errorf("%v", err)
	}
	if _, err := k.Hold(ctx); apierr.CodeOf(err) != apierr.QuotaExceeded || apierr.From(err).RetryAfter != 12*time.Hour || !strings.Contains(apierr.From(err).Detail, "20,000") {
		t.Errorf("%v", err)
	}
}

// TestRoom: of many who make things at once no more than the limit do, and what is
// deleted makes room.
func TestRoom(t *testing.T) {
	t.Parallel()
	h := newHome(t, time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
	ctx := tenant.With(t.Context(), "wsp_a")
	keepers := []*quota.Keeper{h.keeper(t, "connections=5,members=5"), h.keeper(t, "connections=5,members=5")}
	for _, global := range []bool{false, true} {
		pk, in := "THING", ctx
		if global {
			in = tenant.WithSystem(ctx)
		}
		key := func(i int) table.Key { return table.Key{PK: pk, SK: fmt.Sprintf("%03d", i)} }
		room := func(i int) *quota.Room {
			if global {
				return keepers[i%2].GlobalRoom(quota.Members)
			}
			return keepers[i%2].Room(quota.Connections)
		}
		make := func(i int) error {
			done, err := room(i).Reserve(ctx, key(i))
			if err != nil {
				return err
			}
			defer done()
			item, err := table.JSONItem(key(i), struct{}{})
			if err == nil {
				_, err = h.store.Put(in, item, table.Absent())
			}
			return err
		}
		if done, refused := several(t, 40, make); done != 5 || refused != 35 {
			t.Fatalf("%d made, %d refused", done, refused)
		}
		err := make(100)
		if e := apierr.From(err); e.Code != apierr.QuotaExceeded || e.RetryAfter != 0 || !strings.Contains(e.Detail, "This workspace has 5 ") {
			t.Errorf("%v", err)
		}
		for item, err := range h.store.All(in, table.Query{PK: pk}) {
			if err != nil {
				t.Fatal(err)
			}
			if err := h.store.Delete(in, item.Key, table.Always()); err != nil {
				t.Fatal(err)
			}
			break
		}
		if err := make(101); err != nil {
			t.Errorf("after one was deleted: %v", err)
		}
	}
	if _, err := (*quota.Room)(nil).Reserve(ctx, table.Key{PK: "X", SK: "x"}); err != nil {
		t.Error(err)
	}
}

// TestRoomNotUsed: a place that nobody used is free after two minutes.
func TestRoomNotUsed(t *testing.T) {
	t.Parallel()
	h := newHome(t, time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
	ctx := tenant.With(t.Context(), "wsp_a")
	room := h.keeper(t, "workflows=1").Room(quota.Workflows)
	at := func(sk string) table.Key { return table.Key{PK: "THING", SK: sk} }
	if _, err := room.Reserve(ctx, at("a")); err != nil {
		t.Fatal(err)
	}
	if _, err := room.Reserve(ctx, at("a")); err != nil {
		t.Errorf("the same again: %v", err)
	}
	if _, err := room.Reserve(ctx, at("b")); apierr.CodeOf(err) != apierr.QuotaExceeded {
		t.Errorf("%v", err)
	}
	h.pass(2 * time.Minute)
	if _, err := room.Reserve(ctx, at("b")); err != nil {
		t.Errorf("two minutes later: %v", err)
	}
}

// TestStorage: documents stop at the limit, whoever stores at once; what runs leave is
// counted and stored; what was deleted makes room.
func TestStorage(t *testing.T) {
	t.Parallel()
	h := newHome(t, time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
	ctx := tenant.With(t.Context(), "wsp_a")
	objects, err := dir.Open(t.TempDir(), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = objects.Close() })
	plain := blob.New(objects)
	k := h.keeper(t, "storage=10KB").Counting(plain)
	store := plain.Metered(k.Meter())
	body := bytes.Repeat([]byte("x"), 1000)
	put := func(name string) error {
		_, err := store.Put(ctx, name, bytes.NewReader(body))
		return err
	}
	if done, refused := several(t, 25, func(i int) error { return put(fmt.Sprintf("spec/%d", i)) }); done != 10 || refused != 15 {
		t.Fatalf("%d stored, %d refused", done, refused)
	}
	if err := put("body/1"); err != nil {
		t.Errorf("what belongs to a run: %v", err)
	}
	if n := used(t, h.usage(t, k, ctx), quota.Storage); n != 11_000 {
		t.Errorf("%d bytes", n)
	}
	if err := k.TakeRun(ctx); apierr.CodeOf(err) != apierr.QuotaExceeded || !strings.Contains(apierr.From(err).Detail, "11 KB of the 10 KB") {
		t.Errorf("a run over a full storage: %v", err)
	}
	deleted := 0
	for info, err := range plain.All(ctx, "spec/") {
		if err != nil {
			t.Fatal(err)
		}
		if deleted++; deleted > 5 {
			break
		}
		if err := store.Delete(ctx, info.Name); err != nil {
			t.Fatal(err)
		}
	}
	h.pass(time.Minute)
	if err := put("spec/new"); err != nil {
		t.Errorf("after documents were deleted: %v", err)
	}
	if n := used(t, h.usage(t, k, ctx), quota.Storage); n != 7000 {
		t.Errorf("%d bytes", n)
	}
	if _, err := store.Create(ctx, "spec/new", bytes.NewReader(body)); !errors.Is(err, blob.ErrExists) {
		t.Errorf("%v", err)
	}
	if n := used(t, h.usage(t, k, ctx), quota.Storage); n != 7000 {
		t.Errorf("%d bytes after what was not stored", n)
	}
}

// told notes warnings.
type told struct{ all []quota.Warning }

func (n *told) Near(ctx context.Context, w quota.Warning) ([]table.Op, func(context.Context), error) {
	workspace, err := tenant.From(ctx)
	if workspace != w.Workspace {
		err = errors.New("told in another workspace")
	}
	n.all = append(n.all, w)
	return nil, func(context.Context) {}, err
}

// TestNear: at 80 % of a limit there is one warning a period, told once.
func TestNear(t *testing.T) {
	t.Parallel()
	h := newHome(t, time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
	ctx := tenant.With(t.Context(), "wsp_a")
	var n told
	tell := func(want ...int64) {
		t.Helper()
		n.all = nil
		for range 2 {
			if err := h.keeper(t, "runs=10").Tell(t.Context(), &n); err != nil {
				t.Fatal(err)
			}
		}
		var got []int64
		for _, w := range n.all {
			got = append(got, w.Used)
			if w.Kind != quota.Runs || w.Limit != 10 || !w.RenewsAt.After(h.now()) {
				t.Errorf("%+v", w)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("told at %v, want %v", got, want)
		}
	}
	for range 2 {
		for range 7 {
			if err := h.keeper(t, "runs=10").TakeRun(ctx); err != nil {
				t.Fatal(err)
			}
		}
		tell()
		several(t, 3, func(int) error { return h.keeper(t, "runs=10").TakeRun(ctx) })
		n.all = nil
		if err := h.keeper(t, "runs=10").Tell(t.Context(), &n); err != nil || len(n.all) != 1 || n.all[0].Used < 8 {
			t.Errorf("%+v %v", n.all, err)
		}
		tell()
		h.pass(24 * time.Hour)
	}
}
