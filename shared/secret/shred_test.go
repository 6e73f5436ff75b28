package secret_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/secret"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
)

// dataKeys are the ids of the tenant's keys in the table.
func (h *house) keyIDs(t *testing.T) (ids []string) {
	t.Helper()
	for item, err := range h.store.All(h.ctx, table.Query{PK: "DATAKEY", Prefix: "key#"}) {
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, item.SK[len("key#"):])
	}
	return ids
}

// TestShred drops thirty keys: nothing opens or is sealed any more, here at once,
// in another process when its memory has expired; the other tenant goes on.
func TestShred(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	e, elsewhere := h.envelope(), h.envelope()
	other := tenant.With(t.Context(), "wsp_2")
	theirs := seal(t, other, e, planted)
	var all [][]byte
	for range 30 { // more than one batch
		all = append(all, seal(t, h.ctx, e, planted))
		if err := e.Rotate(h.ctx); err != nil {
			t.Fatal(err)
		}
	}
	last := seal(t, h.ctx, elsewhere, planted)
	ids := h.keyIDs(t)
	record := table.Item{Key: table.Key{PK: "AUDIT", SK: "1"}, Data: []byte(`{}`)}
	proof, err := e.Shred(h.ctx, table.Put(record, table.Absent()))
	if err != nil {
		t.Fatal(err)
	}
	if proof.Workspace != "wsp_1" || !slices.Equal(proof.Keys, ids) || len(proof.Hash) != 64 || proof.At.IsZero() {
		t.Errorf("proof %+v, want of the keys %v", proof, ids)
	}
	if left := h.keyIDs(t); left != nil {
		t.Errorf("keys are left: %v", left)
	}
	if _, err := h.store.Get(h.ctx, record.Key); err != nil {
		t.Errorf("what was joined: %v", err)
	}
	refuses := func(where string, e *secret.Envelope, sealed []byte) {
		t.Helper()
		if _, err := e.Open(h.ctx, place, sealed); !errors.Is(err, secret.ErrShredded) || !errors.Is(err, secret.ErrTampered) {
			t.Errorf("%s, Open: %v, want ErrShredded", where, err)
		}
		if _, err := e.Seal(h.ctx, place, []byte("x")); !errors.Is(err, secret.ErrShredded) {
			t.Errorf("%s, Seal: %v, want ErrShredded", where, err)
		}
		if err := e.Rotate(h.ctx); !errors.Is(err, secret.ErrShredded) {
			t.Errorf("%s, Rotate: %v, want ErrShredded", where, err)
		}
	}
	for _, sealed := range append(all, last) {
		refuses("here", e, sealed)
		refuses("a process that starts now", h.envelope(), sealed)
	}
	if _, err := elsewhere.Open(h.ctx, place, last); err != nil {
		t.Errorf("elsewhere, still in memory: %v", err)
	}
	h.pass(5 * time.Minute)
	refuses("elsewhere, five minutes later", elsewhere, last)
	if got, err := e.Open(other, place, theirs); err != nil || string(got) != planted {
		t.Errorf("the other tenant: %v", err)
	}
	again, err := e.Shred(h.ctx, table.Put(record, table.Absent()))
	if err != nil || again.Hash != proof.Hash || !slices.Equal(again.Keys, proof.Keys) || !again.At.Equal(proof.At) {
		t.Errorf("once more: %+v, %v", again, err)
	}
	if _, err := e.CurrentKey(h.ctx); !errors.Is(err, secret.ErrShredded) {
		t.Errorf("CurrentKey: %v", err)
	}
}

// TestShredJoins: where a joined condition fails nothing is dropped, and the index
// is the caller's.
func TestShredJoins(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	e := h.envelope()
	sealed := seal(t, h.ctx, e, planted)
	fine := table.Put(table.Item{Key: table.Key{PK: "A", SK: "1"}, Data: []byte(`{}`)}, table.Absent())
	gone := table.Check(table.Key{PK: "A", SK: "2"}, table.Present())
	var failed *table.ConditionError
	if _, err := e.Shred(h.ctx, fine, gone); !errors.As(err, &failed) || failed.Index != 1 {
		t.Fatalf("got %v, want the condition at 1", err)
	}
	if got, err := h.envelope().Open(h.ctx, place, sealed); err != nil || string(got) != planted {
		t.Errorf("nothing was to be dropped: %v", err)
	}
}

// TestShredOfNothing: a tenant that never sealed anything is closed to it.
func TestShredOfNothing(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	proof, err := h.envelope().Shred(h.ctx)
	if err != nil || len(proof.Keys) != 0 || proof.Hash == "" {
		t.Fatalf("%+v, %v", proof, err)
	}
	if _, err := h.envelope().Seal(h.ctx, place, []byte("x")); !errors.Is(err, secret.ErrShredded) {
		t.Errorf("Seal: %v, want ErrShredded", err)
	}
	if _, err := h.envelope().Shred(t.Context()); !errors.Is(err, tenant.ErrNone) {
		t.Errorf("no tenant: %v", err)
	}
}

// TestShredCutOff: the keys that a cut left behind go at the next call.
func TestShredCutOff(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	e := h.envelope()
	sealed := seal(t, h.ctx, e, planted)
	item, err := h.store.Get(h.ctx, table.Key{PK: "DATAKEY", SK: "key#" + h.keyIDs(t)[0]})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := e.Shred(h.ctx); err != nil {
		t.Fatal(err)
	}
	if _, err := h.store.Put(h.ctx, item, table.Absent()); err != nil { // as if it had not been deleted yet
		t.Fatal(err)
	}
	if _, err := e.Shred(h.ctx); err != nil || h.keyIDs(t) != nil {
		t.Errorf("%v; left: %v", err, h.keyIDs(t))
	}
	if _, err := h.envelope().Open(h.ctx, place, sealed); !errors.Is(err, secret.ErrShredded) {
		t.Errorf("Open: %v", err)
	}
}
