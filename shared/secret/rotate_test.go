package secret_test

import (
	"bytes"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/secret"
	"github.com/apiq/apiq/shared/table"
)

func TestRotate(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	e, elsewhere := h.envelope(), h.envelope()
	var all [][]byte
	for range 12 { // more than the cache keeps of one tenant
		all = append(all, seal(t, h.ctx, e, planted))
		if err := e.Rotate(h.ctx); err != nil {
			t.Fatal(err)
		}
		if stale, err := e.Stale(h.ctx, all[len(all)-1]); err != nil || !stale {
			t.Errorf("after Rotate, Stale = %v, %v", stale, err)
		}
	}
	fresh := seal(t, h.ctx, e, planted)
	ids := map[string]bool{string(fresh[4:20]): true}
	for _, sealed := range all {
		ids[string(sealed[4:20])] = true
		for name, opener := range map[string]*secret.Envelope{"rotator": e, "elsewhere": elsewhere} {
			if got, err := opener.Open(h.ctx, place, sealed); err != nil || string(got) != planted {
				t.Errorf("an old value at the %s: %v", name, err)
			}
		}
	}
	if len(ids) != 13 {
		t.Errorf("%d keys, want 13", len(ids))
	}
	if stale, err := e.Stale(h.ctx, fresh); err != nil || stale {
		t.Errorf("a fresh value: Stale = %v, %v", stale, err)
	}
	// Elsewhere learns of it when its choice of the current key has expired.
	seal(t, h.ctx, elsewhere, planted)
	if err := e.Rotate(h.ctx); err != nil {
		t.Fatal(err)
	}
	h.pass(5 * time.Minute)
	if stale, err := e.Stale(h.ctx, seal(t, h.ctx, elsewhere, planted)); err != nil || stale {
		t.Errorf("five minutes after Rotate another process sealed under the old key: %v, %v", stale, err)
	}
}

func TestRotateJoinsOperations(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	e := h.envelope()
	before := seal(t, h.ctx, e, planted)
	record := table.Item{Key: table.Key{PK: "AUDIT", SK: "1"}, Data: []byte(`{}`)}
	if err := e.Rotate(h.ctx, table.Put(record, table.Absent())); err != nil {
		t.Fatal(err)
	}
	if _, err := h.store.Get(h.ctx, record.Key); err != nil {
		t.Errorf("the record was not written: %v", err)
	}
	after := seal(t, h.ctx, e, planted)
	if bytes.Equal(before[:20], after[:20]) {
		t.Error("the key is the same")
	}
	err := e.Rotate(h.ctx, table.Check(table.Key{PK: "a", SK: "b"}, table.Absent()), table.Put(record, table.Absent()))
	var failed *table.ConditionError
	if !errors.As(err, &failed) || failed.Index != 1 {
		t.Errorf("%v, want *ConditionError with index 1", err)
	}
	if stale, err := h.envelope().Stale(h.ctx, after); err != nil || stale {
		t.Errorf("a refused rotation made a key current: %v, %v", stale, err)
	}
}

func TestRotateRace(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	var wg sync.WaitGroup
	for range 3 {
		e := h.envelope()
		wg.Go(func() {
			if err := e.Rotate(h.ctx); err != nil {
				t.Error(err)
			}
			sealed, err := e.Seal(h.ctx, place, []byte(planted))
			if err != nil {
				t.Error(err)
				return
			}
			if got, err := h.envelope().Open(h.ctx, place, sealed); err != nil || string(got) != planted {
				t.Errorf("%v", err)
			}
		})
	}
	wg.Wait()
}
