package domain_test

import (
	"context"
	"testing"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/identity"
	"github.com/apiq/apiq/shared/route"
)

func (h *home) invited(t testing.TB, ctx context.Context, email string) identity.Grant {
	t.Helper()
	invite, err := h.people.Invite(ctx, email, route.RoleUser)
	if err != nil {
		t.Fatal(err)
	}
	return h.register(t, email, invite.Token)
}

func (h *home) principal(t testing.TB, g identity.Grant) identity.Principal {
	t.Helper()
	p, err := h.people.Authenticate(t.Context(), g.Token)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// singleSignOn is the refusal that sends a person to the provider.
func singleSignOn(err error) bool {
	return apierr.CodeOf(err) == apierr.Forbidden && len(apierr.From(err).Problems) == 1 && apierr.From(err).Problems[0].Code == "single_sign_on"
}

// TestProviderOnly: who has an address of the domain comes into the workspace through
// its provider: not by a password, a passkey, an invitation, a switch or another address.
func TestProviderOnly(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	owner := h.register(t, "ada@example.com", "")
	ctx := in(t, owner)
	bob, guest := h.invited(t, ctx, "bob@example.com"), h.invited(t, ctx, "guest@other.example")
	cid := h.register(t, "cid@example.com", "") // no member: has a workspace of their own
	h.held(t, ctx, "example.com")
	h.provider = true
	external := func() (identity.Grant, error) {
		return h.people.SignInExternal(t.Context(), identity.External{Provider: "okta", Issuer: "https://idp.example", Subject: "bob", Email: "bob@example.com", EmailVerified: true, Workspace: owner.Workspace.ID})
	}
	through, err := external()
	if err != nil || through.User.ID != bob.User.ID {
		t.Fatalf("%+v, %v", through, err)
	}
	asking := identity.WithPrincipal(ctx, h.principal(t, owner))
	if d, err := h.SetProviderOnly(asking, "example.com", true); err != nil || !d.ProviderOnly {
		t.Fatalf("%+v, %v", d, err)
	}
	login := func(email string) (identity.Grant, error) { return h.people.Login(t.Context(), email, password, "") }

	if _, err := h.people.Authenticate(t.Context(), bob.Token); apierr.CodeOf(err) != apierr.Unauthenticated {
		t.Errorf("a session by password goes on: %v", err)
	}
	for name, g := range map[string]identity.Grant{"the owner's": owner, "a guest's": guest, "the provider's": through, "who is no member": cid} {
		if _, err := h.people.Authenticate(t.Context(), g.Token); err != nil {
			t.Errorf("%s session ended: %v", name, err)
		}
	}
	if _, err := login("bob@example.com"); !singleSignOn(err) {
		t.Errorf("by password: %v", err)
	}
	if _, err := h.people.EnterByPasskey(t.Context(), bob.User.ID); !singleSignOn(err) {
		t.Errorf("by passkey: %v", err)
	}
	if _, err := h.people.Login(t.Context(), "bob@example.com", "not the password", ""); apierr.CodeOf(err) != apierr.Unauthenticated {
		t.Errorf("a wrong password is told what the right one is: %v", err)
	}
	for _, email := range []string{"ada@example.com", "guest@other.example", "cid@example.com"} {
		if _, err := login(email); err != nil {
			t.Errorf("%s: %v", email, err)
		}
	}
	if _, err := external(); err != nil {
		t.Errorf("through the provider: %v", err)
	}
	invite, err := h.people.Invite(ctx, "dan@example.com", route.RoleUser)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.people.Register(t.Context(), identity.Registration{Email: "dan@example.com", Name: "Dan", Password: password, Invite: invite.Token}); !singleSignOn(err) {
		t.Errorf("by invitation: %v", err)
	}
	// With a place of their own a password leads there, and from there nowhere else.
	join, err := h.people.Invite(ctx, "cid@example.com", route.RoleUser)
	if err != nil {
		t.Fatal(err)
	}
	p := h.principal(t, cid)
	if _, err := h.people.AcceptInvite(t.Context(), p, join.Token); err != nil {
		t.Fatal(err)
	}
	if _, err := h.people.Switch(t.Context(), p, owner.Workspace.ID); !singleSignOn(err) {
		t.Errorf("by a switch: %v", err)
	}
	if g, err := login("cid@example.com"); err != nil || g.Workspace.ID != cid.Workspace.ID {
		t.Errorf("%+v, %v", g, err)
	}
	if err := h.people.ChangeEmail(t.Context(), p, "cid@elsewhere.example", password); apierr.CodeOf(err) != apierr.Conflict {
		t.Errorf("by another address: %v", err)
	}
	// A new password is set as ever, and opens as little.
	if err := h.people.ForgotPassword(t.Context(), "bob@example.com"); err != nil {
		t.Error(err)
	}
	if _, err := h.SetProviderOnly(asking, "example.com", false); err != nil {
		t.Fatal(err)
	}
	if g, err := login("bob@example.com"); err != nil || g.Workspace.ID != owner.Workspace.ID {
		t.Errorf("open again: %+v, %v", g, err)
	}
	if _, err := h.people.Switch(t.Context(), p, owner.Workspace.ID); err != nil {
		t.Errorf("open again: %v", err)
	}
}
