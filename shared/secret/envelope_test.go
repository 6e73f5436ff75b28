package secret_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/secret"
	"github.com/apiq/apiq/shared/secret/keyfile"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/table/sqlite"
	"github.com/apiq/apiq/shared/tenant"
)

var place = secret.Scope{Resource: "con_1", Field: "token"}

// service is a key service that counts and can be out.
type service struct {
	secret.KeyWrap
	generated, unwrapped atomic.Int64
	out                  atomic.Bool
	gate                 chan struct{} // where set, Unwrap waits for it
	rewrapped            atomic.Int64
	failFrom             atomic.Int64 // where set, Rewrap fails from that call on
}

var errDown = errors.New("connection refused")

func (s *service) Generate(ctx context.Context, ec map[string]string) ([]byte, []byte, error) {
	s.generated.Add(1)
	if s.out.Load() {
		return nil, nil, errDown
	}
	return s.KeyWrap.Generate(ctx, ec)
}

func (s *service) Unwrap(ctx context.Context, wrapped []byte, ec map[string]string) ([]byte, error) {
	s.unwrapped.Add(1)
	if s.gate != nil {
		<-s.gate
	}
	if s.out.Load() {
		return nil, errDown
	}
	return s.KeyWrap.Unwrap(ctx, wrapped, ec)
}

func (s *service) Rewrap(ctx context.Context, wrapped []byte, ec map[string]string) ([]byte, error) {
	n, from := s.rewrapped.Add(1), s.failFrom.Load()
	if s.out.Load() || from > 0 && n >= from {
		return nil, errDown
	}
	return s.KeyWrap.Rewrap(ctx, wrapped, ec)
}

// house is one table and key service, with any number of envelopes (processes).
type house struct {
	driver *sqlite.DB
	store  *table.Store
	keys   *service
	now    atomic.Int64
	ctx    context.Context
}

func newHouse(t testing.TB) *house {
	t.Helper()
	dir := t.TempDir()
	db, err := sqlite.Open(t.Context(), filepath.Join(dir, "table.db"), &sqlite.Options{SweepEvery: -1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	wrap, err := keyfile.OpenOrCreate(filepath.Join(dir, "key"))
	if err != nil {
		t.Fatal(err)
	}
	h := &house{driver: db, store: table.New(db, nil), keys: &service{KeyWrap: wrap}, ctx: tenant.With(t.Context(), "wsp_1")}
	h.now.Store(time.Now().UnixNano())
	return h
}

func (h *house) envelope() *secret.Envelope {
	return secret.NewEnvelope(h.store, h.keys, &secret.Options{Now: func() time.Time { return time.Unix(0, h.now.Load()) }})
}

func (h *house) pass(d time.Duration) { h.now.Add(int64(d)) }

func seal(t testing.TB, ctx context.Context, e *secret.Envelope, plain string) []byte {
	t.Helper()
	sealed, err := e.Seal(ctx, place, []byte(plain))
	if err != nil {
		t.Fatal(err)
	}
	return sealed
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	e := h.envelope()
	sealed := seal(t, h.ctx, e, planted)
	other := tenant.With(t.Context(), "wsp_2")
	seal(t, other, e, "x") // so that it has a key of its own

	for name, scope := range map[string]secret.Scope{
		"another resource": {Resource: "con_2", Field: "token"},
		"another field":    {Resource: "con_1", Field: "password"},
		"moved bytes":      {Resource: "con_1t", Field: "oken"},
	} {
		if _, err := e.Open(h.ctx, scope, sealed); !errors.Is(err, secret.ErrTampered) {
			t.Errorf("%s: %v, want ErrTampered", name, err)
		}
	}
	if _, err := e.Open(other, place, sealed); !errors.Is(err, secret.ErrTampered) {
		t.Errorf("another tenant: %v, want ErrTampered", err)
	}
	if _, err := e.Open(t.Context(), place, sealed); !errors.Is(err, tenant.ErrNone) {
		t.Errorf("no tenant: %v, want tenant.ErrNone", err)
	}
	if _, err := e.Seal(t.Context(), place, nil); !errors.Is(err, tenant.ErrNone) {
		t.Errorf("no tenant: %v, want tenant.ErrNone", err)
	}
	for _, scope := range []secret.Scope{{}, {Resource: "r"}, {Field: "f"}} {
		if _, err := e.Seal(h.ctx, scope, []byte("x")); err == nil {
			t.Errorf("sealed for %+v", scope)
		}
		if _, err := e.Open(h.ctx, scope, sealed); err == nil {
			t.Errorf("opened for %+v", scope)
		}
	}
	for i := range sealed {
		for bit := range 8 {
			damaged := bytes.Clone(sealed)
			damaged[i] ^= 1 << bit
			if got, err := e.Open(h.ctx, place, damaged); !errors.Is(err, secret.ErrTampered) || got != nil {
				t.Fatalf("bit %d of byte %d changed: %v, want ErrTampered", bit, i, err)
			}
		}
	}
	for n := range sealed {
		if _, err := e.Open(h.ctx, place, sealed[:n]); !errors.Is(err, secret.ErrTampered) {
			t.Fatalf("cut to %d bytes: %v, want ErrTampered", n, err)
		}
	}
	if _, err := e.Open(h.ctx, place, append(bytes.Clone(sealed), 0)); !errors.Is(err, secret.ErrTampered) {
		t.Errorf("one byte more: %v, want ErrTampered", err)
	}
	if _, err := e.Open(h.ctx, place, []byte(planted)); !errors.Is(err, secret.ErrTampered) {
		t.Errorf("plain text: %v, want ErrTampered", err)
	}
	got, err := e.Open(h.ctx, place, sealed)
	if err != nil || string(got) != planted {
		t.Errorf("its own place: %q, %v", got, err)
	}
}

func TestRoundTrip(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	e := h.envelope()
	seen := map[string]bool{}
	for _, plain := range []string{"", "x", planted, string(bytes.Repeat([]byte{0}, 100_000))} {
		for range 3 {
			sealed := seal(t, h.ctx, e, plain)
			if seen[string(sealed)] {
				t.Fatal("the same bytes twice")
			}
			seen[string(sealed)] = true
			if string(sealed[:4]) != "AQ\x01\x01" || len(sealed) != len(plain)+secret.Overhead {
				t.Fatalf("form %x…, %d bytes for %d", sealed[:4], len(sealed), len(plain))
			}
			if len(plain) > 4 && bytes.Contains(sealed, []byte(plain)) {
				t.Fatal("the sealed value shows the plain one")
			}
			got, err := h.envelope().Open(h.ctx, place, sealed) // another process
			if err != nil || string(got) != plain {
				t.Fatalf("%d bytes came back as %d, %v", len(plain), len(got), err)
			}
		}
	}
}

// TestRowMoved copies a tenant's wrapped keys to another tenant's rows, as who
// can write the table could: the key service must not unwrap them there.
func TestRowMoved(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	sealed := seal(t, h.ctx, h.envelope(), planted)
	thief := tenant.With(t.Context(), "wsp_2")
	for item, err := range h.store.All(h.ctx, table.Query{PK: "DATAKEY"}) {
		if err != nil {
			t.Fatal(err)
		}
		if _, err := h.store.Put(thief, item, table.Absent()); err != nil {
			t.Fatal(err)
		}
	}
	e := h.envelope()
	if _, err := e.Open(thief, place, sealed); !errors.Is(err, secret.ErrTampered) {
		t.Errorf("Open with a moved key: %v, want ErrTampered", err)
	}
	if _, err := e.Seal(thief, place, nil); !errors.Is(err, secret.ErrTampered) {
		t.Errorf("Seal with a moved key: %v, want ErrTampered", err)
	}
}

// lax is a key service that does not look at the encryption context.
type lax struct{ secret.KeyWrap }

func (l lax) Generate(ctx context.Context, _ map[string]string) ([]byte, []byte, error) {
	return l.KeyWrap.Generate(ctx, nil)
}

func (l lax) Unwrap(ctx context.Context, wrapped []byte, _ map[string]string) ([]byte, error) {
	return l.KeyWrap.Unwrap(ctx, wrapped, nil)
}

// TestTenantIsBound moves key and value to another tenant under such a service:
// the value's own binding must hold.
func TestTenantIsBound(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.keys.KeyWrap = lax{h.keys.KeyWrap}
	sealed := seal(t, h.ctx, h.envelope(), planted)
	thief := tenant.With(t.Context(), "wsp_2")
	for item, err := range h.store.All(h.ctx, table.Query{PK: "DATAKEY"}) {
		if err != nil {
			t.Fatal(err)
		}
		if _, err := h.store.Put(thief, item, table.Absent()); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := h.envelope().Open(thief, place, sealed); !errors.Is(err, secret.ErrTampered) || got != nil {
		t.Errorf("a moved value: %v, want ErrTampered", err)
	}
}

func TestKeyServiceOut(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	e := h.envelope()
	h.keys.out.Store(true)
	if _, err := e.Seal(h.ctx, place, []byte(planted)); !errors.Is(err, secret.ErrUnavailable) || !errors.Is(err, errDown) {
		t.Fatalf("the first Seal: %v, want ErrUnavailable", err)
	}
	h.keys.out.Store(false)
	sealed := seal(t, h.ctx, e, planted)
	h.keys.out.Store(true)
	h.pass(5*time.Minute - time.Second)
	if got, err := e.Open(h.ctx, place, sealed); err != nil || string(got) != planted {
		t.Errorf("with the key cached: %v", err)
	}
	seal(t, h.ctx, e, planted)
	if _, err := h.envelope().Open(h.ctx, place, sealed); !errors.Is(err, secret.ErrUnavailable) {
		t.Errorf("with nothing cached: %v, want ErrUnavailable", err)
	}
	h.pass(time.Second)
	if _, err := e.Open(h.ctx, place, sealed); !errors.Is(err, secret.ErrUnavailable) {
		t.Errorf("after five minutes: %v, want ErrUnavailable", err)
	}
	if sealed, err := e.Seal(h.ctx, place, []byte(planted)); !errors.Is(err, secret.ErrUnavailable) || sealed != nil {
		t.Errorf("after five minutes: %v, want ErrUnavailable", err)
	}
	if err := e.Rotate(h.ctx); !errors.Is(err, secret.ErrUnavailable) {
		t.Errorf("Rotate: %v, want ErrUnavailable", err)
	}
	h.keys.out.Store(false)
	if got, err := e.Open(h.ctx, place, sealed); err != nil || string(got) != planted {
		t.Errorf("after the outage: %v", err)
	}
}

// TestFirstUseRace lets many processes seal for a tenant that has no key yet:
// one key must come of it.
func TestFirstUseRace(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	const processes, each = 8, 4
	sealed := make([][]byte, processes*each)
	var wg sync.WaitGroup
	for p := range processes {
		e := h.envelope()
		for i := range each {
			wg.Go(func() {
				var err error
				if sealed[p*each+i], err = e.Seal(h.ctx, place, []byte(planted)); err != nil {
					t.Error(err)
				}
			})
		}
	}
	wg.Wait()
	if t.Failed() {
		t.FailNow()
	}
	e := h.envelope()
	for _, s := range sealed {
		if !bytes.Equal(s[:20], sealed[0][:20]) {
			t.Errorf("two keys: %x, %x", s[:20], sealed[0][:20])
		}
		if got, err := e.Open(h.ctx, place, s); err != nil || string(got) != planted {
			t.Errorf("does not open: %v", err)
		}
	}
	items := 0
	for _, err := range h.store.All(h.ctx, table.Query{PK: "DATAKEY"}) {
		if err != nil {
			t.Fatal(err)
		}
		items++
	}
	if items != 2 {
		t.Errorf("%d items, want the key and the pointer to it", items)
	}
}

func TestOneFetchForMany(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	sealed := seal(t, h.ctx, h.envelope(), planted)
	h.keys.gate = make(chan struct{})
	e := h.envelope()
	leaver, leave := context.WithCancel(h.ctx)
	left := make(chan error)
	go func() {
		_, err := e.Open(leaver, place, sealed)
		left <- err
	}()
	for h.keys.unwrapped.Load() == 0 {
		time.Sleep(time.Millisecond) // until the first fetch is at the gate
	}
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			if got, err := e.Open(h.ctx, place, sealed); err != nil || string(got) != planted {
				t.Errorf("%v", err)
			}
		})
	}
	leave()
	if err := <-left; !errors.Is(err, context.Canceled) {
		t.Errorf("who left: %v, want context.Canceled", err)
	}
	close(h.keys.gate)
	wg.Wait()
	if n := h.keys.unwrapped.Load(); n != 1 {
		t.Errorf("%d fetches, want 1", n)
	}
}

func TestCacheIsBounded(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	e := secret.NewEnvelope(h.store, h.keys, &secret.Options{CacheTenants: 2})
	for round := range 2 {
		for i := range 5 {
			ctx := tenant.With(t.Context(), fmt.Sprint("wsp_", i))
			sealed := seal(t, ctx, e, planted)
			if got, err := e.Open(ctx, place, sealed); err != nil || string(got) != planted {
				t.Fatalf("round %d, tenant %d: %v", round, i, err)
			}
		}
	}
	if n := h.keys.unwrapped.Load(); n < 3 {
		t.Errorf("%d unwraps: the cache kept more than two tenants", n)
	}
}

// FuzzOpen feeds arbitrary bytes: nothing but what was sealed may open.
func FuzzOpen(f *testing.F) {
	h := newHouse(f)
	e := h.envelope()
	sealed := seal(f, h.ctx, e, planted)
	f.Add(sealed)
	f.Add([]byte{})
	f.Add([]byte("AQ"))
	f.Add(sealed[:20])
	f.Add(append(bytes.Clone(sealed), sealed...))
	f.Add(binary.BigEndian.AppendUint32([]byte("AQ\x01\x01"), 1<<31))
	f.Fuzz(func(t *testing.T, b []byte) {
		got, err := e.Open(h.ctx, place, b)
		switch {
		case bytes.Equal(b, sealed):
			if err != nil || string(got) != planted {
				t.Fatalf("the sealed value: %q, %v", got, err)
			}
		case !errors.Is(err, secret.ErrTampered) || got != nil:
			t.Fatalf("%x: %q, %v, want ErrTampered", b, got, err)
		}
	})
}
