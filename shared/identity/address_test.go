package identity_test

import (
	"testing"
	"time"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/identity"
	"github.com/apiq/apiq/shared/tenant"
)

func TestVerify(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	g := h.register(t, "ada@example.com", "")
	if g.User.EmailVerified {
		t.Error("verified by itself")
	}
	me := h.principal(t, g)
	h.late()
	if err := h.ResendVerification(in(t, g), me); err != nil {
		t.Fatal(err)
	}
	token := h.link(t, asksVerify, "ada@example.com")
	c, err := h.ConfirmEmail(from("192.0.2.1"), token)
	if err != nil || c != (identity.Confirmed{Email: "ada@example.com", Outcome: identity.AddressVerified}) {
		t.Fatalf("%+v %v", c, err)
	}
	if user, _, err := h.Me(in(t, g), me); err != nil || !user.EmailVerified {
		t.Errorf("%+v %v", user, err)
	}
	_, err = h.ConfirmEmail(from("192.0.2.1"), token)
	wantCode(t, err, apierr.ValidationFailed, "/token")
	wantCode(t, h.ResendVerification(in(t, g), me), apierr.Conflict, "")
}

// change makes the account have another address.
func (h *home) change(t testing.TB, g identity.Grant, to string) {
	t.Helper()
	h.late()
	if err := h.ChangeEmail(in(t, g), h.principal(t, g), to, password); err != nil {
		t.Fatal(err)
	}
	if c, err := h.ConfirmEmail(from("192.0.2.1"), h.link(t, asksChange, to)); err != nil || c != (identity.Confirmed{Email: to, Outcome: identity.AddressChanged}) {
		t.Fatalf("%+v %v", c, err)
	}
}

func TestChangeEmail(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	g := h.register(t, "ada@example.com", "")
	h.register(t, "eve@example.com", "")
	me := h.principal(t, g)
	wantCode(t, h.ChangeEmail(in(t, g), me, "new@example.com", "wrong"), apierr.ValidationFailed, "/password")
	wantCode(t, h.ChangeEmail(in(t, g), me, "new", password), apierr.ValidationFailed, "/email")
	wantCode(t, h.ChangeEmail(in(t, g), me, "ada@example.com", password), apierr.ValidationFailed, "/email")
	// That the address is somebody's is not told, and nothing comes of it.
	if err := h.ChangeEmail(in(t, g), me, "eve@example.com", password); err != nil || len(h.letters(t, asksChange)) != 0 {
		t.Errorf("%v, %d letters", err, len(h.letters(t, asksChange)))
	}
	h.change(t, g, "new@example.com")
	undo := h.link(t, tellsChange, "ada@example.com")
	if p := h.principal(t, g); p.Email != "new@example.com" {
		t.Errorf("%+v", p)
	}
	if _, err := h.Login(from("192.0.2.1"), "ada@example.com", password, ""); apierr.CodeOf(err) != apierr.Unauthenticated {
		t.Errorf("by the old address: %v", err)
	}
	if in, err := h.Login(from("192.0.2.1"), "new@example.com", password, ""); err != nil || !in.User.EmailVerified {
		t.Errorf("by the new address: %+v %v", in.User, err)
	}
	// The old address is nobody else's for a week.
	_, err := h.Register(t.Context(), identity.Registration{Email: "ada@example.com", Name: "Eve", Password: password})
	wantCode(t, err, apierr.Conflict, "")
	h.pass(7*24*time.Hour + time.Minute)
	h.register(t, "ada@example.com", "")
	_, err = h.ConfirmEmail(from("192.0.2.1"), undo)
	wantCode(t, err, apierr.ValidationFailed, "/token")
}

// TestRestoreEmail: who has taken an account over and changed address and password is out
// again by one link.
func TestRestoreEmail(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	g := h.register(t, "ada@example.com", "")
	h.change(t, g, "eve@example.com")
	undo := h.link(t, tellsChange, "ada@example.com")
	if err := h.ChangePassword(in(t, g), h.principal(t, g), password, another); err != nil {
		t.Fatal(err)
	}
	taken, err := h.Login(from("203.0.113.9"), "eve@example.com", another, "")
	if err != nil {
		t.Fatal(err)
	}
	c, err := h.ConfirmEmail(from("192.0.2.1"), undo)
	if err != nil || c != (identity.Confirmed{Email: "ada@example.com", Outcome: identity.AddressRestored}) {
		t.Fatalf("%+v %v", c, err)
	}
	for _, s := range []identity.Grant{g, taken} {
		if _, err := h.Authenticate(t.Context(), s.Token); apierr.CodeOf(err) != apierr.Unauthenticated {
			t.Errorf("a session lives on: %v", err)
		}
	}
	for _, c := range [][2]string{{"eve@example.com", another}, {"ada@example.com", another}, {"ada@example.com", password}, {"ada@example.com", ""}} {
		if _, err := h.Login(from("192.0.2.1"), c[0], c[1], ""); apierr.CodeOf(err) != apierr.Unauthenticated {
			t.Errorf("%v: %v", c, err)
		}
	}
	if err := h.ResetPassword(from("192.0.2.1"), h.link(t, asksReset, "ada@example.com"), "a third horse altogether"); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Login(from("192.0.2.1"), "ada@example.com", "a third horse altogether", ""); err != nil {
		t.Error(err)
	}
	if _, err := h.ConfirmEmail(from("192.0.2.1"), undo); apierr.CodeOf(err) != apierr.ValidationFailed {
		t.Errorf("twice: %v", err)
	}
	h.register(t, "eve@example.com", "") // that address is free
}

func TestRename(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	g := h.register(t, "ada@example.com", "")
	me := h.principal(t, g)
	name := func(n string) identity.Self { return identity.Self{Name: &n} }
	_, err := h.UpdateSelf(in(t, g), me, name(" "))
	wantCode(t, err, apierr.ValidationFailed, "/name")
	second, err := h.CreateWorkspace(in(t, g), me, "Second")
	if err != nil {
		t.Fatal(err)
	}
	user, err := h.UpdateSelf(in(t, g), me, name(" Ada Lovelace "))
	if err != nil || user.Name != "Ada Lovelace" || user.Version != g.User.Version+1 {
		t.Fatalf("%+v %v", user, err)
	}
	if p := h.principal(t, g); p.Name != "Ada Lovelace" {
		t.Errorf("%+v", p)
	}
	members, _, err := h.Members(tenant.With(t.Context(), second.Workspace.ID), 10, "")
	if err != nil || len(members) != 1 || members[0].Name != "Ada Lovelace" {
		t.Errorf("in the other workspace: %+v %v", members, err)
	}
}
