package identity_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/identity"
)

// newcomer registers a person.
func (h *home) newcomer(t testing.TB, email string) (identity.Grant, identity.Principal) {
	t.Helper()
	g := h.register(t, email, "")
	return g, h.principal(t, g)
}

// linked are the providers of a person's identities.
func (h *home) linked(t testing.TB, p identity.Principal) (providers []string) {
	t.Helper()
	all, err := h.Linked(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range all {
		providers = append(providers, l.Provider)
	}
	return providers
}

// linkedID is the id of a person's identity at a provider.
func (h *home) linkedID(t testing.TB, p identity.Principal, provider string) string {
	t.Helper()
	all, err := h.Linked(t.Context(), p)
	i := slices.IndexFunc(all, func(l identity.Linked) bool { return l.Provider == provider })
	if err != nil || i < 0 {
		t.Fatalf("no identity at %s: %v, %v", provider, all, err)
	}
	return all[i].ID
}

// TestLink: an identity signs in to the account that it was linked to, whatever its
// e-mail is, until its person takes it off.
func TestLink(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	g, p := h.newcomer(t, "ada@example.com")
	e := byGoogle("lovelace@elsewhere.example")
	e.EmailVerified = false
	if err := h.Link(in(t, g), p, e); err != nil {
		t.Fatal(err)
	}
	if r := h.newest(t, g.Workspace.ID); r.Action != "user.link" || r.Resource != g.User.ID || r.Message != "linked google" {
		t.Errorf("%+v", r)
	}
	if err := h.Link(in(t, g), p, e); err != nil || len(h.linked(t, p)) != 1 {
		t.Errorf("again: %v, %v", h.linked(t, p), err)
	}
	came := h.come(t, e)
	if came.User.ID != g.User.ID {
		t.Fatalf("leads to %+v", came.User)
	}
	mine, _ := h.Linked(t.Context(), h.principal(t, came))
	if len(mine) != 1 || !mine[0].Current || mine[0].Email != "lovelace@elsewhere.example" || mine[0].Issuer != e.Issuer {
		t.Errorf("%+v", mine)
	}
	if err := h.Unlink(in(t, g), p, mine[0].ID); err != nil {
		t.Fatal(err)
	}
	if r := h.newest(t, g.Workspace.ID); r.Action != "user.unlink" || r.Message != "took google off" {
		t.Errorf("%+v", r)
	}
	if _, err := h.Authenticate(t.Context(), came.Token); apierr.CodeOf(err) != apierr.Unauthenticated {
		t.Errorf("the session that came by it goes on: %v", err)
	}
	h.principal(t, g)
	wantCode(t, h.Unlink(in(t, g), p, mine[0].ID), apierr.NotFound, "")
	// Its e-mail, verified, does not bring it back: its person does.
	back := byGoogle("lovelace@elsewhere.example")
	back.Email = "ada@example.com"
	h.turnedAway(t, back, identity.RefusedRemoved)
	if err := h.Link(in(t, g), p, back); err != nil || h.come(t, back).User.ID != g.User.ID {
		t.Errorf("linked again: %v", err)
	}
}

// TestLinkRefused: what is not to be linked is not, and the trail tells.
func TestLinkRefused(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	g, p := h.newcomer(t, "ada@example.com")
	eve, pe := h.newcomer(t, "eve@example.com")
	if err := h.Link(in(t, eve), pe, byGoogle("taken@example.com")); err != nil {
		t.Fatal(err)
	}
	domain := byGoogle("ada@elsewhere.example")
	domain.Domains = []string{"corp.example"}
	for name, c := range map[string]struct {
		e    identity.External
		want identity.Refusal
	}{
		"another's":                        {byGoogle("taken@example.com"), identity.RefusedTaken},
		"of another domain":                {domain, identity.RefusedDomain},
		"of a workspace of other people":   {byOkta(eve.Workspace.ID, "ada@example.com"), identity.RefusedUnknown},
		"of a workspace that there is not": {byOkta("wsp_none", "ada@example.com"), identity.RefusedUnknown},
	} {
		err := h.Link(in(t, g), p, c.e)
		var why identity.Refusal
		if !errors.As(err, &why) || why != c.want || apierr.CodeOf(err) != apierr.Forbidden {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
		if r := h.newest(t, g.Workspace.ID); r.Action != "user.link" || r.Outcome != audit.Refused {
			t.Errorf("%s: %+v", name, r)
		}
	}
	if got := h.linked(t, p); len(got) != 0 {
		t.Errorf("linked %v", got)
	}
	wantCode(t, h.Unlink(in(t, g), p, h.linkedID(t, pe, "google")), apierr.NotFound, "")
	wantCode(t, h.Unlink(in(t, g), p, "none-such"), apierr.NotFound, "")
	if _, err := h.Logout(in(t, g), p); err != nil {
		t.Fatal(err)
	}
	if err := h.Link(in(t, g), p, byGoogle("late@example.com")); err == nil {
		t.Error("linked by a session that is over")
	}
	for i := range 20 {
		_ = h.Link(in(t, eve), pe, byGoogle(fmt.Sprintf("more-%d@example.com", i)))
	}
	if got := h.linked(t, pe); len(got) != 20 {
		t.Errorf("%d linked", len(got))
	}
}

// TestLinkAuthority: a workspace's own provider links within its workspace, and a
// session that came by it changes nothing of the account.
func TestLinkAuthority(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	g, p := h.newcomer(t, "ada@example.com")
	e := byOkta(g.Workspace.ID, "lovelace@corp.example")
	if err := h.Link(in(t, g), p, e); err != nil {
		t.Fatal(err)
	}
	if err := h.Link(in(t, g), p, byGoogle("ada@home.example")); err != nil {
		t.Fatal(err)
	}
	came := h.come(t, e)
	bound := h.principal(t, came)
	if came.User.ID != g.User.ID || bound.Bound() != g.Workspace.ID {
		t.Fatalf("%+v", bound)
	}
	if got := h.linked(t, bound); !slices.Equal(got, []string{"okta"}) {
		t.Errorf("the bound session sees %v", got)
	}
	wantCode(t, h.Link(in(t, g), bound, byGoogle("mallory@example.com")), apierr.Forbidden, "")
	wantCode(t, h.Unlink(in(t, g), bound, h.linkedID(t, p, "google")), apierr.Forbidden, "")
	elsewhere := byOkta("", "lovelace@corp.example")
	elsewhere.EmailVerified = false
	h.turnedAway(t, elsewhere, identity.RefusedEmail)
}

// TestLastWayStays: an account without a password keeps a way in.
func TestLastWayStays(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	g := h.come(t, byGoogle("grace@example.com"))
	p := h.principal(t, g)
	wantCode(t, h.Unlink(in(t, g), p, h.linkedID(t, p, "google")), apierr.Conflict, "")
	// A workspace's provider leads to one workspace only.
	if err := h.Link(in(t, g), p, byOkta(g.Workspace.ID, "grace@corp.example")); err != nil {
		t.Fatal(err)
	}
	wantCode(t, h.Unlink(in(t, g), p, h.linkedID(t, p, "google")), apierr.Conflict, "")
	if err := h.Unlink(in(t, g), p, h.linkedID(t, p, "okta")); err != nil {
		t.Fatal(err)
	}
	other := byGoogle("grace@home.example")
	other.Provider, other.Issuer = "azure", "https://entra.example"
	if err := h.Link(in(t, g), p, other); err != nil {
		t.Fatal(err)
	}
	if err := h.Unlink(in(t, g), p, h.linkedID(t, p, "google")); err != nil {
		t.Fatal(err)
	}
	h.principal(t, g) // the session that asks goes on
	wantCode(t, h.Unlink(in(t, g), p, h.linkedID(t, p, "azure")), apierr.Conflict, "")
}
