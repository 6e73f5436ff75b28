package plan_test

import (
	"context"
	"encoding/json"
	"errors"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/blob"
	"github.com/apiq/apiq/shared/plan"
	"github.com/apiq/apiq/shared/plan/catalog"
	"github.com/apiq/apiq/shared/spec"
)

// kept are catalogues in memory, for one workspace.
type kept struct {
	conns *connections
	// down is what a store that does not answer gives.
	down error
	// unreadable is what opening a document gives.
	unreadable error

	mu           sync.Mutex
	bytes        map[string][]byte
	saved, loads int
}

func (k *kept) Save(_ context.Context, hash string, api *catalog.API) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.saved++
	if k.down != nil {
		return k.down
	}
	b, err := api.Encode()
	k.bytes[hash] = b
	return err
}

func (k *kept) Load(_ context.Context, hash string) (*catalog.API, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	b, ok := k.bytes[hash]
	if k.down != nil {
		return nil, k.down
	}
	if !ok {
		return nil, blob.ErrNotFound
	}
	k.loads++
	return catalog.Decode(b, hash, func() (*spec.Document, error) {
		for _, doc := range k.conns.docs {
			if doc.Info().Hash == hash && k.unreadable == nil {
				return doc, nil
			}
		}
		return nil, k.unreadable
	})
}

const kidsGoal = `List the members, create a loan of book 3 for the first and send an email to "kid@example.com" with subject "Loan"`

// TestCatalogues: a plan over stored catalogues is the plan over the documents; what
// was not stored is, for the next process; and a store that fails costs no plan.
func TestCatalogues(t *testing.T) {
	t.Parallel()
	conns := connect(t, "library.yaml", "courier.yaml")
	k := &kept{conns: conns, bytes: map[string][]byte{}}
	made := func(c plan.Catalogues) string {
		h := newHouseOver(t, nil, conns, c)
		p := h.mustDraft(t, kidsGoal)
		p.PlanID, p.ConversationID, p.LatencyMs = "", "", 0
		raw, err := json.MarshalIndent(p, "", " ")
		if err != nil {
			t.Fatal(err)
		}
		return string(raw)
	}
	want := made(nil)
	for _, tt := range []struct {
		name         string
		before       func()
		saved, loads int
	}{
		{"none are stored yet", func() {}, 2, 0},
		{"stored", func() {}, 2, 2},
		{"damaged", func() {
			for hash := range k.bytes {
				k.bytes[hash] = k.bytes[hash][:100]
			}
		}, 4, 4},
		{"stored again", func() {}, 4, 6},
		{"the store is down", func() { k.down = errors.New("down") }, 6, 6},
	} {
		tt.before()
		if diff := cmp.Diff(want, made(k)); diff != "" {
			t.Errorf("%s: the plan differs (-from documents +from what is stored):\n%s", tt.name, diff)
		}
		if k.saved != tt.saved || k.loads != tt.loads {
			t.Errorf("%s: saved %d times, loaded %d times; want %d and %d", tt.name, k.saved, k.loads, tt.saved, tt.loads)
		}
	}
}

// TestCataloguesWithoutDocument: where a document cannot be read there is no plan that
// was made without it, and the next one is.
func TestCataloguesWithoutDocument(t *testing.T) {
	t.Parallel()
	conns := connect(t, "library.yaml", "courier.yaml")
	k := &kept{conns: conns, bytes: map[string][]byte{}}
	newHouseOver(t, nil, conns, k).mustDraft(t, kidsGoal) // stores them
	h := newHouseOver(t, nil, conns, k)
	k.unreadable = apierr.New(apierr.Unavailable, "The stored document cannot be read at the moment.")
	if _, err := h.Draft(h.ctx, plan.Request{Message: kidsGoal}); code(err) != apierr.Unavailable {
		t.Errorf("without the documents: %v", err)
	}
	k.unreadable = nil
	h.mustDraft(t, kidsGoal)
}
