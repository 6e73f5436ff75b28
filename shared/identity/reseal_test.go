package identity_test

import (
	"strings"
	"testing"

	"github.com/apiq/apiq/shared/secret"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
)

// TestReseal rotates the data key of the system records and removes the old one:
// a process that starts then still takes the tokens of before.
func TestReseal(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	keys, ok := h.sealer.(*secret.Envelope)
	if !ok {
		t.Fatalf("the home seals with %T", h.sealer)
	}
	if n, err := h.Reseal(t.Context()); n != 0 || err != nil {
		t.Errorf("no key yet: %d, %v", n, err)
	}
	g := h.register(t, "ada@example.com", "")
	if n, err := h.Reseal(t.Context()); n != 0 || err != nil {
		t.Errorf("nothing to do: %d, %v", n, err)
	}
	system := tenant.WithSystem(t.Context())
	if err := keys.Rotate(system); err != nil {
		t.Fatal(err)
	}
	if n, err := h.Reseal(t.Context()); n != 1 || err != nil {
		t.Fatalf("%d, %v, want 1", n, err)
	}
	current, err := keys.CurrentKey(system)
	if err != nil {
		t.Fatal(err)
	}
	for item, err := range h.store.All(system, table.Query{PK: "DATAKEY", Prefix: "key#"}) {
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(item.SK, current.ID) {
			continue
		}
		if err := h.store.Delete(system, item.Key, table.Present()); err != nil {
			t.Fatal(err)
		}
	}
	if p, err := h.another(t).Authenticate(t.Context(), g.Token); err != nil || p.UserID != g.User.ID {
		t.Errorf("%+v, %v", p, err)
	}
}
