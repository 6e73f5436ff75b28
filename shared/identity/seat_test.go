package identity_test

import (
	"errors"
	"testing"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/identity"
	"github.com/apiq/apiq/shared/route"
	"github.com/apiq/apiq/shared/table"
)

func ptr[T any](v T) *T { return &v }

// TestPlanSeat: a new account, a member, and somebody who has an account elsewhere.
func TestPlanSeat(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	admin := h.register(t, "ada@example.com", "")
	eve := h.register(t, "eve@example.com", "")
	ctx := in(t, admin)
	for name, c := range map[string]struct {
		email, who string
		role       route.Role
		path       string
	}{
		"no e-mail": {"grace", "Grace", route.RoleUser, "/email"},
		"no name":   {"grace@example.com", " ", route.RoleUser, "/name"},
		"no role":   {"grace@example.com", "Grace", "OWNER", "/role"},
	} {
		_, err := h.PlanSeat(ctx, c.email, c.who, c.role, true)
		if apierr.CodeOf(err) != apierr.ValidationFailed {
			t.Errorf("%s: %v", name, err)
			continue
		}
		wantCode(t, err, apierr.ValidationFailed, c.path)
	}
	seat, err := h.PlanSeat(ctx, "Grace@Example.com", "Grace", route.RoleAuditor, true)
	if err != nil || seat.Taken || seat.Member.ID == "" || seat.Member.Email != "grace@example.com" {
		t.Fatalf("%+v, %v", seat, err)
	}
	if _, err := h.MemberByEmail(ctx, "grace@example.com"); !errors.Is(err, table.ErrNotFound) {
		t.Errorf("planned only, but there: %v", err)
	}
	if err := h.trail.Commit(ctx, seat.Ops, audit.Entry{Action: "t"}); err != nil {
		t.Fatal(err)
	}
	m, err := h.MemberByEmail(ctx, "GRACE@example.com")
	if err != nil || m.ID != seat.Member.ID || m.Role != route.RoleAuditor || !m.Active {
		t.Errorf("%+v, %v", m, err)
	}
	for _, password := range []string{"", password} {
		if _, err := h.Login(t.Context(), "grace@example.com", password, ""); apierr.CodeOf(err) != apierr.Unauthenticated {
			t.Errorf("without a password of theirs: %v", err)
		}
	}
	if seat, err := h.PlanSeat(ctx, "grace@example.com", "G", route.RoleUser, true); err != nil || !seat.Taken || len(seat.Ops) != 0 || seat.Member.ID != m.ID {
		t.Errorf("%+v, %v", seat, err)
	}
	// Eve's account is not ours: what we make is another, and hers stays as it is.
	seat, err = h.PlanSeat(ctx, "eve@example.com", "Eve", route.RoleAdmin, true)
	if err != nil || seat.Taken || seat.Member.ID == eve.User.ID {
		t.Fatalf("%+v, %v", seat, err)
	}
	if err := h.trail.Commit(ctx, seat.Ops, audit.Entry{Action: "t"}); err != nil {
		t.Fatal(err)
	}
	if m, err := h.MemberByEmail(ctx, "eve@example.com"); err != nil || m.ID != seat.Member.ID {
		t.Errorf("%+v, %v", m, err)
	}
	if _, err := h.Member(ctx, eve.User.ID); !errors.Is(err, table.ErrNotFound) {
		t.Errorf("a member without having said so: %v", err)
	}
	if g, err := h.Login(t.Context(), "eve@example.com", password, ""); err != nil || g.User.ID != eve.User.ID || g.Workspace.ID != eve.Workspace.ID {
		t.Errorf("her own sign-in: %+v, %v", g, err)
	}
	// The workspace's sign-in leads to the account that was made, in this workspace.
	g, err := h.SignInExternal(t.Context(), identity.External{Provider: "p", Issuer: "https://idp.example", Subject: "1", Email: "eve@example.com", EmailVerified: true, Workspace: admin.Workspace.ID})
	if err != nil || g.User.ID != seat.Member.ID || g.Workspace.ID != admin.Workspace.ID || g.Role != route.RoleAdmin {
		t.Errorf("%+v, %v", g, err)
	}
}

// TestPlanSeats: several at once, with one admin left whatever else happens.
func TestPlanSeats(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	one := h.register(t, "ada@example.com", "")
	ctx := in(t, one)
	join := func(email string, role route.Role) string {
		seat, err := h.PlanSeat(ctx, email, "x", role, true)
		if err != nil {
			t.Fatal(err)
		}
		if err := h.trail.Commit(ctx, seat.Ops, audit.Entry{Action: "t"}); err != nil {
			t.Fatal(err)
		}
		return seat.Member.ID
	}
	two, user := join("b@example.com", route.RoleAdmin), join("c@example.com", route.RoleUser)
	change := func(changes ...identity.SeatChange) error {
		_, ops, err := h.PlanSeats(ctx, changes...)
		if err != nil {
			return err
		}
		return h.trail.Commit(ctx, ops, audit.Entry{Action: "t"})
	}
	wantCode(t, change(identity.SeatChange{ID: one.User.ID, Role: ptr(route.RoleUser)}, identity.SeatChange{ID: two, Active: ptr(false)}), apierr.Conflict, "")
	wantCode(t, change(identity.SeatChange{ID: user, Role: ptr(route.Role("x"))}), apierr.ValidationFailed, "/role")
	wantCode(t, change(identity.SeatChange{ID: user, Name: ptr("")}), apierr.ValidationFailed, "/name")
	if err := change(identity.SeatChange{ID: "usr_none"}); !errors.Is(err, table.ErrNotFound) {
		t.Error(err)
	}
	// Whoever is left must still be an admin when it is written.
	_, first, err := h.PlanSeats(ctx, identity.SeatChange{ID: one.User.ID, Role: ptr(route.RoleUser)})
	if err != nil {
		t.Fatal(err)
	}
	_, second, err := h.PlanSeats(ctx, identity.SeatChange{ID: two, Role: ptr(route.RoleUser)})
	if err != nil {
		t.Fatal(err)
	}
	if err := h.trail.Commit(ctx, first, audit.Entry{Action: "t"}); err != nil {
		t.Fatal(err)
	}
	if err := h.trail.Commit(ctx, second, audit.Entry{Action: "t"}); !errors.Is(err, table.ErrCondition) {
		t.Errorf("no admin is left: %v", err)
	}
	// The last one hands over to another in one go.
	if err := change(identity.SeatChange{ID: two, Role: ptr(route.RoleUser)}, identity.SeatChange{ID: user, Role: ptr(route.RoleAdmin)}); err != nil {
		t.Error(err)
	}
	if m, err := h.Member(ctx, user); err != nil || m.Role != route.RoleAdmin {
		t.Errorf("%+v, %v", m, err)
	}
	members, ops, err := h.PlanSeats(ctx, identity.SeatChange{ID: user, Role: ptr(route.RoleAdmin), Active: ptr(true)})
	if err != nil || len(ops) != 0 || len(members) != 1 || members[0].ID != user {
		t.Errorf("nothing changes: %+v, %d operations, %v", members, len(ops), err)
	}
}

// TestProvisioner: a token that opens one workspace, until it is revoked.
func TestProvisioner(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	admin, other := h.register(t, "ada@example.com", ""), h.register(t, "eve@example.com", "")
	ctx := in(t, admin)
	if _, _, err := h.NewProvisioner(t.Context()); err == nil {
		t.Error("made for no workspace")
	}
	p, token, err := h.NewProvisioner(ctx)
	if err != nil || p.CreatedBy != admin.User.ID || p.Hint != token[len(token)-4:] {
		t.Fatalf("%+v, %v", p, err)
	}
	if got, err := h.Provisioner(t.Context(), token); err != nil || got.ID != p.ID || got.WorkspaceID != admin.Workspace.ID {
		t.Errorf("%+v, %v", got, err)
	}
	for _, bad := range []string{"", "scim_", token + "x", token[:len(token)-1], token[5:], admin.Token, "scim_" + string(make([]byte, 100))} {
		if _, err := h.Provisioner(t.Context(), bad); apierr.CodeOf(err) != apierr.Unauthenticated {
			t.Errorf("%q: %v", bad, err)
		}
	}
	if _, err := h.Authenticate(t.Context(), token); apierr.CodeOf(err) != apierr.Unauthenticated {
		t.Errorf("it is a session too: %v", err)
	}
	second, _, err := h.NewProvisioner(ctx)
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = h.NewProvisioner(ctx)
	wantCode(t, err, apierr.Conflict, "")
	if all, err := h.Provisioners(ctx); err != nil || len(all) != 2 || all[0].ID != p.ID || all[1].ID != second.ID {
		t.Errorf("%+v, %v", all, err)
	}
	wantCode(t, h.RevokeProvisioner(in(t, other), p.ID), apierr.NotFound, "")
	if err := h.RevokeProvisioner(ctx, p.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Provisioner(t.Context(), token); apierr.CodeOf(err) != apierr.Unauthenticated {
		t.Errorf("revoked: %v", err)
	}
	wantCode(t, h.RevokeProvisioner(ctx, p.ID), apierr.NotFound, "")
}
