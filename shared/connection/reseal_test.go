package connection_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/apiq/apiq/shared/connection"
	"github.com/apiq/apiq/shared/egress"
	"github.com/apiq/apiq/shared/secret"
	"github.com/apiq/apiq/shared/secret/keyfile"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
)

// rotating is a home whose data keys rotate. at opens a service in a process of
// its own, which has nothing cached.
type rotating struct {
	*home
	keys *secret.Envelope
	wrap secret.KeyWrap
}

func newRotating(t *testing.T) *rotating {
	t.Helper()
	h := newHome(t, options{})
	wrap, err := keyfile.Open(filepath.Join(h.path, "key"))
	check(t, err)
	return &rotating{home: h, wrap: wrap, keys: secret.NewEnvelope(h.store, wrap, nil)}
}

func (r *rotating) at(t *testing.T, sealer secret.Sealer) *connection.Service {
	t.Helper()
	s := connection.New(r.store, r.trail, sealer, r.lib, egress.New(nil), nil)
	t.Cleanup(s.Close)
	return s
}

func (r *rotating) fresh() *secret.Envelope { return secret.NewEnvelope(r.store, r.wrap, nil) }

// fill makes n connections with a credential and a sealed address, and one with
// nothing that is secret.
func (r *rotating) fill(t *testing.T, ctx context.Context, n int) []string {
	t.Helper()
	base := serve(t, (&source{body: pets}).ServeHTTP)
	var ids []string
	for i := range n {
		c, err := r.Create(ctx, connection.CreateInput{Name: fmt.Sprint("c", i), SpecURL: fmt.Sprintf("%s/spec.json?access_token=u%d", base, i),
			AuthType: connection.AuthBearer, AuthConfig: connection.AuthConfig{Token: secret.New(fmt.Sprint("token-", i))}})
		check(t, err)
		ids = append(ids, c.ID)
	}
	_, err := r.Create(ctx, connection.CreateInput{Name: "open", SpecURL: base + "/spec.json", AuthType: connection.AuthNone})
	check(t, err)
	return ids
}

// opens checks each credential in a new process, and that the address opens too.
func (r *rotating) opens(t *testing.T, ctx context.Context, ids []string) {
	t.Helper()
	s := r.at(t, r.fresh())
	for i, id := range ids {
		cred, err := s.Credential(trying(ctx), id)
		if err != nil || cred.Token.Reveal() != fmt.Sprint("token-", i) {
			t.Errorf("credential %d: %v", i, err)
		}
		item := r.sealed(t, ctx, id)
		url, err := r.fresh().Open(ctx, secret.Scope{Resource: id, Field: "specUrl"}, item.SpecURL)
		if err != nil || !strings.HasSuffix(string(url), fmt.Sprintf("?access_token=u%d", i)) {
			t.Errorf("address %d: %v", i, err)
		}
	}
}

type sealedItem struct {
	Credential []byte `json:"credential"`
	SpecURL    []byte `json:"specUrl"`
}

func (r *rotating) sealed(t *testing.T, ctx context.Context, id string) sealedItem {
	t.Helper()
	item, _, err := table.GetJSON[sealedItem](ctx, r.store, table.Key{PK: "CON-CRED", SK: id})
	check(t, err)
	return item
}

// forget removes every data key but the current one.
func (r *rotating) forget(t *testing.T, ctx context.Context) (n int) {
	t.Helper()
	current, err := r.keys.CurrentKey(ctx)
	check(t, err)
	for item, err := range r.store.All(ctx, table.Query{PK: "DATAKEY", Prefix: "key#"}) {
		check(t, err)
		if item.SK != "key#"+current.ID {
			check(t, r.store.Delete(ctx, item.Key, table.Present()))
			n++
		}
	}
	return n
}

// TestReseal rotates, seals anew, removes the old keys' items: all opens still.
func TestReseal(t *testing.T) {
	t.Parallel()
	r, ctx, other := newRotating(t), in(t, "wsp_a"), in(t, "wsp_b")
	ids := r.fill(t, ctx, 3)
	foreign := r.fill(t, other, 1)
	before := r.sealed(t, other, foreign[0])
	s := r.at(t, r.keys)
	if n, err := s.Reseal(ctx); n != 0 || err != nil {
		t.Errorf("nothing to do: %d, %v", n, err)
	}
	for range 2 {
		check(t, r.keys.Rotate(ctx))
	}
	if n, err := s.Reseal(ctx); n != 3 || err != nil {
		t.Fatalf("%d connections, %v, want 3", n, err)
	}
	if n := r.forget(t, ctx); n != 2 {
		t.Fatalf("%d old keys, want 2", n)
	}
	r.opens(t, ctx, ids)
	if n, err := s.Reseal(ctx); n != 0 || err != nil {
		t.Errorf("once more: %d, %v, want nothing done", n, err)
	}
	if after := r.sealed(t, other, foreign[0]); string(after.Credential) != string(before.Credential) {
		t.Error("another workspace's credential was sealed anew")
	}
	r.opens(t, other, foreign)
	if _, err := s.Reseal(t.Context()); !errors.Is(err, tenant.ErrNone) {
		t.Errorf("no workspace: %v, want tenant.ErrNone", err)
	}
}

// failing is a sealer that is out after so many seals anew.
type failing struct {
	secret.Sealer
	mu   sync.Mutex
	left int
}

func (f *failing) Reseal(ctx context.Context, scope secret.Scope, sealed []byte) ([]byte, bool, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.left--; f.left < 0 {
		return nil, false, secret.ErrUnavailable
	}
	return f.Sealer.Reseal(ctx, scope, sealed)
}

// TestResealResumes cuts a run off in the middle of a connection: nothing is half
// done, and the next run does the rest and no more.
func TestResealResumes(t *testing.T) {
	t.Parallel()
	r, ctx := newRotating(t), in(t, "wsp_a")
	ids := r.fill(t, ctx, 4)
	check(t, r.keys.Rotate(ctx))
	n, err := r.at(t, &failing{Sealer: r.keys, left: 5}).Reseal(ctx) // two values each
	if n != 2 || !errors.Is(err, secret.ErrUnavailable) {
		t.Fatalf("%d connections, %v, want 2 and ErrUnavailable", n, err)
	}
	r.opens(t, ctx, ids)
	if n, err := r.at(t, r.keys).Reseal(ctx); n != 2 || err != nil {
		t.Fatalf("the next run: %d connections, %v, want the other 2", n, err)
	}
	r.forget(t, ctx)
	r.opens(t, ctx, ids)
}

// TestResealTampered leaves what does not open as it is, and does the others.
func TestResealTampered(t *testing.T) {
	t.Parallel()
	r, ctx := newRotating(t), in(t, "wsp_a")
	ids := r.fill(t, ctx, 3)
	damaged := r.sealed(t, ctx, ids[1])
	damaged.Credential[len(damaged.Credential)-1] ^= 1
	item, err := table.JSONItem(table.Key{PK: "CON-CRED", SK: ids[1]}, damaged)
	check(t, err)
	_, err = r.store.Put(ctx, item, table.Present())
	check(t, err)
	check(t, r.keys.Rotate(ctx))
	n, err := r.at(t, r.keys).Reseal(ctx)
	if n != 2 || !errors.Is(err, secret.ErrTampered) || !strings.Contains(err.Error(), ids[1]) {
		t.Errorf("%d connections, %v, want 2 and ErrTampered that names the third", n, err)
	}
	if got := r.sealed(t, ctx, ids[1]); string(got.Credential) != string(damaged.Credential) || string(got.SpecURL) != string(damaged.SpecURL) {
		t.Error("the damaged one was written")
	}
}

// meddling changes the credential between a run's reading and its writing.
type meddling struct {
	secret.Sealer
	once sync.Once
	then func()
}

func (m *meddling) Reseal(ctx context.Context, scope secret.Scope, sealed []byte) ([]byte, bool, error) {
	again, changed, err := m.Sealer.Reseal(ctx, scope, sealed)
	m.once.Do(m.then)
	return again, changed, err
}

// TestResealLosesToAChange: a credential that is given meanwhile stays.
func TestResealLosesToAChange(t *testing.T) {
	t.Parallel()
	r, ctx := newRotating(t), in(t, "wsp_a")
	ids := r.fill(t, ctx, 1)
	check(t, r.keys.Rotate(ctx))
	m := &meddling{Sealer: r.keys}
	m.then = func() {
		if _, err := r.Update(ctx, ids[0], 0, connection.UpdateInput{AuthConfig: &connection.AuthConfig{Token: secret.New("newer")}}); err != nil {
			t.Error(err)
		}
	}
	if n, err := r.at(t, m).Reseal(ctx); n != 1 || err != nil {
		t.Fatalf("%d connections, %v", n, err)
	}
	r.forget(t, ctx)
	cred, err := r.at(t, r.fresh()).Credential(trying(ctx), ids[0])
	if err != nil || cred.Token.Reveal() != "newer" {
		t.Errorf("%v", err)
	}
}

// TestResealRace: calls go on while keys rotate and two runs seal anew.
func TestResealRace(t *testing.T) {
	t.Parallel()
	r, ctx := newRotating(t), in(t, "wsp_a")
	ids := r.fill(t, ctx, 4)
	s := r.at(t, r.keys)
	var writers, readers sync.WaitGroup
	done := make(chan struct{})
	for range 2 {
		readers.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				for i, id := range ids {
					cred, err := s.Credential(trying(ctx), id)
					if err != nil || cred.Token.Reveal() != fmt.Sprint("token-", i) {
						t.Errorf("a call in between: %v", err)
					}
				}
			}
		})
	}
	for range 2 {
		writers.Go(func() {
			for range 3 {
				if err := r.keys.Rotate(ctx); err != nil {
					t.Error(err)
				}
				if _, err := s.Reseal(ctx); err != nil {
					t.Error(err)
				}
			}
		})
	}
	writers.Wait()
	close(done)
	readers.Wait()
	if _, err := s.Reseal(ctx); err != nil {
		t.Fatal(err)
	}
	r.forget(t, ctx)
	r.opens(t, ctx, ids)
}
