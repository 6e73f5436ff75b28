package oidc_test

import (
	"errors"
	"testing"

	"github.com/apiq/apiq/shared/identity"
	"github.com/apiq/apiq/shared/signin"
	"github.com/apiq/apiq/shared/tenant"
)

// TestLinkFlow: an identity is linked by the session that set out for it, and by no other.
func TestLinkFlow(t *testing.T) {
	t.Parallel()
	h := newHome(t, nil)
	g, err := h.people.Register(t.Context(), identity.Registration{Email: "ada@example.com", Name: "Ada", Password: "correct horse battery"})
	if err != nil {
		t.Fatal(err)
	}
	p, err := h.people.Authenticate(t.Context(), g.Token)
	if err != nil {
		t.Fatal(err)
	}
	ctx := identity.WithPrincipal(tenant.With(t.Context(), g.Workspace.ID), p)
	set := func() signin.Return {
		d, err := h.StartLink(ctx, p, "", signin.Generic)
		if err != nil {
			t.Fatal(err)
		}
		return h.op.agree(t, d)
	}
	other := p
	other.SessionID = "ses_other"
	for name, who := range map[string]*identity.Principal{"nobody": nil, "another session": &other} {
		as := tenant.With(t.Context(), g.Workspace.ID)
		if who != nil {
			as = identity.WithPrincipal(as, *who)
		}
		redeemed := h.op.redeemed
		if a, err := h.Finish(as, signin.Generic, set()); !errors.Is(err, signin.Elsewhere) || !a.Linking || a.Grant.Token != "" || h.op.redeemed != redeemed {
			t.Errorf("%s: %+v %v", name, a, err)
		}
	}
	back := set()
	if a, err := h.Finish(ctx, signin.Generic, back); err != nil || !a.Linking || a.Grant.Token != "" {
		t.Fatalf("%+v %v", a, err)
	}
	if _, err := h.Finish(ctx, signin.Generic, back); !errors.Is(err, signin.Expired) {
		t.Errorf("used again: %v", err)
	}
	all, err := h.people.Linked(ctx, p)
	if err != nil || len(all) != 1 || all[0].Email != "grace@example.com" {
		t.Errorf("%+v %v", all, err)
	}
	if came := h.signIn(t); came.User.ID != g.User.ID {
		t.Errorf("leads to %+v", came.User)
	}
	for name, workspace := range map[string]string{"not set up": g.Workspace.ID, "of another workspace": "wsp_other"} {
		if _, err := h.StartLink(ctx, p, workspace, signin.Generic); !errors.Is(err, signin.Missing) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
