package secret_test

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/secret"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
)

// storedKey is a data key's item, as it lies in the table.
type storedKey struct {
	Wrapped   []byte    `json:"wrapped"`
	CreatedAt time.Time `json:"createdAt"`
	WrappedAt time.Time `json:"wrappedAt"`
}

// dataKeys are the tenant's wrapped keys by sort key.
func (h *house) dataKeys(t *testing.T) map[string]storedKey {
	t.Helper()
	all := map[string]storedKey{}
	for item, err := range h.store.All(h.ctx, table.Query{PK: "DATAKEY", Prefix: "key#"}) {
		if err != nil {
			t.Fatal(err)
		}
		var k storedKey
		if err := item.Decode(&k); err != nil {
			t.Fatal(err)
		}
		all[item.SK] = k
	}
	return all
}

// generations seals a value, rotates, and so on: values under n keys.
func (h *house) generations(t *testing.T, n int) [][]byte {
	t.Helper()
	e := h.envelope()
	var sealed [][]byte
	for i := range n {
		if i > 0 {
			if err := e.Rotate(h.ctx); err != nil {
				t.Fatal(err)
			}
		}
		sealed = append(sealed, seal(t, h.ctx, e, planted))
	}
	return sealed
}

// opens checks that every value opens in a process that has nothing cached.
func (h *house) opens(t *testing.T, sealed [][]byte) {
	t.Helper()
	e := h.envelope()
	for i, s := range sealed {
		if got, err := e.Open(h.ctx, place, s); err != nil || string(got) != planted {
			t.Errorf("value %d: %v", i, err)
		}
	}
}

func TestRewrap(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	sealed := h.generations(t, 5)
	other := tenant.With(t.Context(), "wsp_2")
	seal(t, other, h.envelope(), planted)
	before := h.dataKeys(t)
	e := h.envelope()
	current, err := e.CurrentKey(h.ctx)
	if err != nil {
		t.Fatal(err)
	}
	h.pass(24 * time.Hour)
	if n, err := e.Rewrap(h.ctx); n != 5 || err != nil {
		t.Fatalf("%d keys, %v, want 5", n, err)
	}
	if n := h.keys.rewrapped.Load(); n != 5 {
		t.Errorf("%d keys were wrapped, want this tenant's 5", n)
	}
	after := h.dataKeys(t)
	for sk, k := range after {
		was := before[sk]
		if bytes.Equal(k.Wrapped, was.Wrapped) || !k.CreatedAt.Equal(was.CreatedAt) || k.WrappedAt.Sub(was.CreatedAt) < 23*time.Hour {
			t.Errorf("%s: was %v, is %v", sk, was.CreatedAt, k)
		}
	}
	if len(after) != 5 {
		t.Errorf("%d keys, want 5", len(after))
	}
	now, err := e.CurrentKey(h.ctx)
	if err != nil || now.ID != current.ID || !now.CreatedAt.Equal(current.CreatedAt) || now.WrappedAt.Sub(current.WrappedAt) < 23*time.Hour {
		t.Errorf("the current key was %+v, is %+v, %v", current, now, err)
	}
	h.opens(t, sealed)
	if _, err := e.Rewrap(t.Context()); !errors.Is(err, tenant.ErrNone) {
		t.Errorf("no tenant: %v, want tenant.ErrNone", err)
	}
	if n, err := e.Rewrap(tenant.With(t.Context(), "wsp_3")); n != 0 || err != nil {
		t.Errorf("a tenant without keys: %d, %v", n, err)
	}
}

// TestRewrapResumes cuts a run off in the middle; the next one does all.
func TestRewrapResumes(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	sealed := h.generations(t, 5)
	before := h.dataKeys(t)
	h.keys.failFrom.Store(3)
	if n, err := h.envelope().Rewrap(h.ctx); n != 2 || !errors.Is(err, secret.ErrUnavailable) {
		t.Fatalf("%d keys, %v, want 2 and ErrUnavailable", n, err)
	}
	h.opens(t, sealed)
	h.keys.failFrom.Store(0)
	if n, err := h.envelope().Rewrap(h.ctx); n != 5 || err != nil {
		t.Fatalf("the next run: %d keys, %v, want 5", n, err)
	}
	for sk, k := range h.dataKeys(t) {
		if bytes.Equal(k.Wrapped, before[sk].Wrapped) {
			t.Errorf("%s is as it was", sk)
		}
	}
	h.opens(t, sealed)
}

// TestRewrapTampered leaves a damaged key as it is, does the others and tells.
func TestRewrapTampered(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.generations(t, 3)
	var damaged table.Key
	for item, err := range h.store.All(h.ctx, table.Query{PK: "DATAKEY", Prefix: "key#", Limit: 1}) {
		if err != nil {
			t.Fatal(err)
		}
		var k storedKey
		if err := item.Decode(&k); err != nil {
			t.Fatal(err)
		}
		k.Wrapped[len(k.Wrapped)-1] ^= 1
		damaged = item.Key
		item.Data, _ = json.Marshal(k)
		if _, err := h.store.Put(h.ctx, item, table.Always()); err != nil {
			t.Fatal(err)
		}
		break
	}
	before, err := h.store.Get(h.ctx, damaged)
	if err != nil {
		t.Fatal(err)
	}
	n, err := h.envelope().Rewrap(h.ctx)
	if n != 2 || !errors.Is(err, secret.ErrTampered) || !strings.Contains(err.Error(), strings.TrimPrefix(damaged.SK, "key#")) {
		t.Errorf("%d keys, %v, want 2 and ErrTampered that names the key", n, err)
	}
	after, err := h.store.Get(h.ctx, damaged)
	if err != nil || after.Version != before.Version {
		t.Errorf("the damaged key was written: %v", err)
	}
}

func TestRewrapRace(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	sealed := h.generations(t, 4)
	var wg sync.WaitGroup
	for range 4 {
		e := h.envelope()
		wg.Go(func() {
			if _, err := e.Rewrap(h.ctx); err != nil {
				t.Error(err)
			}
			if err := e.Rotate(h.ctx); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	h.opens(t, sealed)
}

func TestCurrentKey(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	e := h.envelope()
	if _, err := e.CurrentKey(h.ctx); !errors.Is(err, table.ErrNotFound) {
		t.Errorf("nothing sealed yet: %v, want table.ErrNotFound", err)
	}
	seal(t, h.ctx, e, planted)
	first, err := e.CurrentKey(h.ctx)
	if err != nil || first.CreatedAt.UnixNano() != h.now.Load() || !first.WrappedAt.Equal(first.CreatedAt) {
		t.Fatalf("%+v, %v", first, err)
	}
	h.pass(90 * 24 * time.Hour)
	h.keys.out.Store(true) // it does not ask the key service
	if same, err := h.envelope().CurrentKey(h.ctx); err != nil || same != first {
		t.Errorf("%+v, %v, want %+v", same, err, first)
	}
	h.keys.out.Store(false)
	if err := e.Rotate(h.ctx); err != nil {
		t.Fatal(err)
	}
	second, err := e.CurrentKey(h.ctx)
	if err != nil || second.ID == first.ID || second.CreatedAt.UnixNano() != h.now.Load() {
		t.Errorf("after Rotate: %+v, %v", second, err)
	}
}

func TestReseal(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	e := h.envelope()
	sealed := seal(t, h.ctx, e, planted)
	if again, changed, err := e.Reseal(h.ctx, place, sealed); changed || err != nil || !bytes.Equal(again, sealed) {
		t.Errorf("under the current key: changed %v, %v", changed, err)
	}
	if err := e.Rotate(h.ctx); err != nil {
		t.Fatal(err)
	}
	if again, changed, err := e.Reseal(h.ctx, secret.Scope{Resource: "con_2", Field: "token"}, sealed); changed || again != nil || !errors.Is(err, secret.ErrTampered) {
		t.Errorf("another resource: changed %v, %v, want ErrTampered", changed, err)
	}
	again, changed, err := e.Reseal(h.ctx, place, sealed)
	if err != nil || !changed || bytes.Equal(again[:20], sealed[:20]) {
		t.Fatalf("changed %v, %v", changed, err)
	}
	// The old key is no longer needed.
	if err := h.store.Delete(h.ctx, table.Key{PK: "DATAKEY", SK: "key#" + hex.EncodeToString(sealed[4:20])}, table.Present()); err != nil {
		t.Fatal(err)
	}
	h.opens(t, [][]byte{again})
	h.keys.out.Store(true)
	h.pass(5 * time.Minute)
	if again, changed, err := e.Reseal(h.ctx, place, again); changed || again != nil || !errors.Is(err, secret.ErrUnavailable) {
		t.Errorf("the key service is out: changed %v, %v, want ErrUnavailable", changed, err)
	}
}

// remover is a key service during whose Rewrap somebody removes the keys.
type remover struct {
	secret.KeyWrap
	remove func()
}

func (r remover) Rewrap(ctx context.Context, wrapped []byte, ec map[string]string) ([]byte, error) {
	r.remove()
	return r.KeyWrap.Rewrap(ctx, wrapped, ec)
}

// TestRewrapDoesNotBringBack: a key that was removed meanwhile stays removed.
func TestRewrapDoesNotBringBack(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.generations(t, 2)
	e := secret.NewEnvelope(h.store, remover{h.keys, func() {
		for sk := range h.dataKeys(t) {
			if err := h.store.Delete(h.ctx, table.Key{PK: "DATAKEY", SK: sk}, table.Always()); err != nil {
				t.Error(err)
			}
		}
	}}, nil)
	if n, err := e.Rewrap(h.ctx); n != 0 || err != nil {
		t.Errorf("%d keys, %v, want none", n, err)
	}
	if left := h.dataKeys(t); len(left) != 0 {
		t.Errorf("%d keys came back", len(left))
	}
}
