package audit_test

import (
	"bytes"
	"context"
	"testing"

	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
)

// TestErase: a person's name and address go from the records, whose chains hold before
// and after; nobody else's go, and no other change passes for an erasure.
func TestErase(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	ctx := tenant.With(t.Context(), "wsp_a")
	as := func(id, email string) context.Context {
		return tenant.WithActor(ctx, tenant.Actor{ID: id, Email: email, IP: "192.0.2.7"})
	}
	for range 5 {
		for who, email := range map[string]string{"usr_ada": "ada@example.com", "usr_eve": "eve@example.com"} {
			if err := h.Note(as(who, email), audit.Entry{Action: "t", Resource: "con_1"}); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := h.Note(as("anonymous", ""), audit.Entry{Action: "user.login", Resource: "usr_ada", Outcome: audit.Refused}); err != nil {
		t.Fatal(err)
	}
	verified := func(want bool) {
		t.Helper()
		if v, err := h.Verify(ctx); err != nil || v.OK != want {
			t.Errorf("%+v, %v, want %v", v, err, want)
		}
	}
	verified(true)
	if n, err := h.Erase(ctx, "usr_ada"); err != nil || n != 6 {
		t.Errorf("erased %d, %v", n, err)
	}
	verified(true)
	if n, err := h.Erase(ctx, "usr_ada"); err != nil || n != 0 {
		t.Errorf("erased %d once more, %v", n, err)
	}
	named := 0
	var one table.Item
	for item, err := range h.store.Walk(ctx) {
		if err != nil || bytes.Contains(item.Data, []byte("ada@example.com")) {
			t.Errorf("%s %v", item.Data, err)
		}
		if bytes.Contains(item.Data, []byte("eve@example.com")) {
			one = item
			named++
		}
	}
	if named != 5 {
		t.Errorf("%d records name the other person", named)
	}
	for _, forged := range [][2]string{{"eve@example.com", "ada@example.com"}, {"192.0.2.7", "192.0.2.8"}, {`"actorName":"eve@example.com",`, ""}} {
		changed := one
		changed.Data = bytes.Replace(one.Data, []byte(forged[0]), []byte(forged[1]), 1)
		if _, err := h.store.Put(ctx, changed, table.Always()); err != nil {
			t.Fatal(err)
		}
		verified(false)
	}
	if _, err := h.store.Put(ctx, one, table.Always()); err != nil {
		t.Fatal(err)
	}
	verified(true)
}
