package identity_test

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/identity"
	"github.com/apiq/apiq/shared/route"
	"github.com/apiq/apiq/shared/tenant"
)

// byGoogle is a person whom the operator's provider vouches for.
func byGoogle(email string) identity.External {
	return identity.External{Provider: "google", Issuer: "https://accounts.example", Subject: "g-" + email, Email: email, EmailVerified: true, Name: "Grace", JIT: true}
}

// byOkta is a person whom a workspace's own provider vouches for.
func byOkta(workspace, email string) identity.External {
	return identity.External{Provider: "okta", Issuer: "https://okta.example", Subject: "o-" + email, Email: email, EmailVerified: true, Name: "Grace", JIT: true, Workspace: workspace}
}

func (h *home) come(t testing.TB, e identity.External) identity.Grant {
	t.Helper()
	g, err := h.SignInExternal(t.Context(), e)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func (h *home) turnedAway(t *testing.T, e identity.External, want identity.Refusal) {
	t.Helper()
	g, err := h.SignInExternal(t.Context(), e)
	var why identity.Refusal
	if !errors.As(err, &why) || why != want || apierr.CodeOf(err) != apierr.Forbidden || apierr.From(err).Detail == "" || g.Token != "" {
		t.Fatalf("%v, want %s", err, want)
	}
}

// member is a person's place in a workspace as its list has it.
func (h *home) member(t testing.TB, workspace, userID string) (identity.Member, bool) {
	t.Helper()
	all, _, err := h.Members(tenant.With(t.Context(), workspace), 100, "")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range all {
		if m.ID == userID {
			return m, true
		}
	}
	return identity.Member{}, false
}

func (h *home) newest(t testing.TB, workspace string) audit.Record {
	t.Helper()
	page, err := h.trail.List(tenant.With(t.Context(), workspace), audit.Filter{}, 1, "")
	if err != nil || len(page.Records) != 1 {
		t.Fatal(page, err)
	}
	return page.Records[0]
}

func TestExternalRefused(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	ada := h.register(t, "ada@example.com", "")
	wsp := ada.Workspace.ID
	without := func(e identity.External, f func(*identity.External)) identity.External { f(&e); return e }
	for name, c := range map[string]struct {
		e    identity.External
		want identity.Refusal
	}{
		"no e-mail":                    {without(byGoogle("g@example.com"), func(e *identity.External) { e.Email = "" }), identity.RefusedEmail},
		"an e-mail that is none":       {without(byGoogle("g@example.com"), func(e *identity.External) { e.Email = "G <g@example.com>" }), identity.RefusedEmail},
		"not verified":                 {without(byGoogle("g@example.com"), func(e *identity.External) { e.EmailVerified = false }), identity.RefusedEmail},
		"not verified, a member's":     {without(byOkta(wsp, "ada@example.com"), func(e *identity.External) { e.EmailVerified = false }), identity.RefusedEmail},
		"nobody, and no JIT":           {without(byGoogle("g@example.com"), func(e *identity.External) { e.JIT = false }), identity.RefusedUnknown},
		"nobody here, and no JIT":      {without(byOkta(wsp, "g@example.com"), func(e *identity.External) { e.JIT = false }), identity.RefusedUnknown},
		"another domain":               {without(byGoogle("g@example.com"), func(e *identity.External) { e.Domains = []string{"corp.example"} }), identity.RefusedDomain},
		"a domain below":               {without(byGoogle("g@a.corp.example"), func(e *identity.External) { e.Domains = []string{"corp.example"} }), identity.RefusedDomain},
		"a domain that ends like it":   {without(byGoogle("g@evilcorp.example"), func(e *identity.External) { e.Domains = []string{"corp.example"} }), identity.RefusedDomain},
		"an account never confirmed":   {byGoogle("ada@example.com"), identity.RefusedUnconfirmed},
		"not confirmed, without a JIT": {without(byGoogle("ADA@example.com"), func(e *identity.External) { e.JIT = false }), identity.RefusedUnconfirmed},
	} {
		t.Run(name, func(t *testing.T) { h.turnedAway(t, c.e, c.want) })
	}
	for name, e := range map[string]identity.External{
		"no subject":     without(byGoogle("g@example.com"), func(e *identity.External) { e.Subject = "" }),
		"no issuer":      without(byGoogle("g@example.com"), func(e *identity.External) { e.Issuer = "" }),
		"a long subject": without(byGoogle("g@example.com"), func(e *identity.External) { e.Subject = strings.Repeat("x", 1025) }),
		"NUL":            without(byGoogle("g@example.com"), func(e *identity.External) { e.Subject = "a\x00b" }),
		"a role of ours": without(byGoogle("g@example.com"), func(e *identity.External) { e.Role = "OWNER" }),
		"two workspaces": without(byOkta(wsp, "g@example.com"), func(e *identity.External) { e.Home = "wsp_x" }),
		"no workspace":   byOkta("wsp_none", "g@example.com"),
	} {
		if _, err := h.SignInExternal(t.Context(), e); err == nil {
			t.Errorf("%s: let in", name)
		}
	}
	if len(h.made) != 1 {
		t.Errorf("%d workspaces", len(h.made))
	}
	// The workspace whose provider it was is told.
	if r := h.newest(t, wsp); r.Action != "user.login" || r.Outcome != audit.Refused || r.Actor == ada.User.ID {
		t.Errorf("%+v", r)
	}
}

// TestExternalNew: the operator's provider brings a person to an account and a
// workspace of their own, once.
func TestExternalNew(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	typed := byGoogle("grace@example.com")
	typed.Email = " Grace@Example.com "
	first := h.come(t, typed)
	if first.Role != route.RoleAdmin || first.User.Email != "grace@example.com" || first.User.Name != "Grace" || len(h.made) != 1 || h.made[0].ID != first.Workspace.ID {
		t.Errorf("%+v, made %v", first, h.made)
	}
	if r := h.newest(t, first.Workspace.ID); r.Action != "user.register" || r.Actor != first.User.ID {
		t.Errorf("%+v", r)
	}
	p, err := h.Authenticate(t.Context(), first.Token)
	if err != nil || p.Bound() != "" || p.Via == nil || p.Via.Provider != "google" {
		t.Fatalf("%+v %v", p, err)
	}
	// The link leads there whatever the e-mail is meanwhile, verified or not.
	e := byGoogle("grace@example.com")
	e.Email, e.EmailVerified, e.JIT = "grace@new.example", false, false
	again := h.come(t, e)
	if again.User.ID != first.User.ID || again.Workspace.ID != first.Workspace.ID || again.Token == first.Token || len(h.made) != 1 {
		t.Errorf("%+v", again)
	}
	if r := h.newest(t, first.Workspace.ID); r.Action != "user.login" || r.Message != "through google" {
		t.Errorf("%+v", r)
	}
	// The address was vouched for: another of the operator's providers leads there too.
	other := byGoogle("grace@example.com")
	other.Provider, other.Issuer, other.Subject = "azure", "https://entra.example", "42"
	if g := h.come(t, other); g.User.ID != first.User.ID {
		t.Errorf("%+v", g)
	}
	// No password was set, so none is right.
	_, err = h.Login(t.Context(), "grace@example.com", "", "")
	wantCode(t, err, apierr.Unauthenticated, "")
}

// TestExternalRace: of one new person's sign-ins at once one account comes.
func TestExternalRace(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	second := h.another(t)
	var wait sync.WaitGroup
	users := make([]string, 6)
	for i := range users {
		s := []*identity.Service{h.Service, second}[i%2]
		wait.Go(func() {
			g, err := s.SignInExternal(t.Context(), byGoogle("grace@example.com"))
			if err != nil {
				t.Error(err)
			}
			users[i] = g.User.ID
		})
	}
	wait.Wait()
	for _, id := range users {
		if id != users[0] || id == "" {
			t.Fatal(users)
		}
	}
	if len(h.made) != 1 {
		t.Errorf("%d workspaces", len(h.made))
	}
}

// TestExternalHome: the operator's provider brings people to one workspace.
func TestExternalHome(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	ada := h.register(t, "ada@example.com", "")
	e := byGoogle("grace@example.com")
	e.Home, e.DefaultRole = ada.Workspace.ID, route.RoleAuditor
	g := h.come(t, e)
	if g.Workspace.ID != ada.Workspace.ID || g.Role != route.RoleAuditor || len(h.made) != 1 {
		t.Errorf("%+v", g)
	}
	// Who has an account elsewhere joins.
	own := byGoogle("alan@example.com")
	alan := h.come(t, own)
	own.Home = ada.Workspace.ID
	if g := h.come(t, own); g.User.ID != alan.User.ID || g.Workspace.ID != ada.Workspace.ID || g.Role != route.RoleUser {
		t.Errorf("%+v", g)
	}
	own.JIT = false
	h.come(t, own) // is a member by now
}

// TestExternalRoles: claims are mapped at each sign-in; the last admin stays one.
func TestExternalRoles(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	ada := h.register(t, "ada@example.com", "")
	wsp := ada.Workspace.ID
	e := byOkta(wsp, "grace@corp.example")
	as := func(role route.Role) identity.Grant {
		t.Helper()
		e.Role = role
		return h.come(t, e)
	}
	grace := as(route.RoleAuditor)
	if grace.Role != route.RoleAuditor {
		t.Errorf("%+v", grace)
	}
	if g := as(""); g.Role != route.RoleAuditor {
		t.Errorf("without a mapping %s", g.Role)
	}
	h.pass(time.Minute)
	if g := as(route.RoleAdmin); g.Role != route.RoleAdmin {
		t.Errorf("%s", g.Role)
	}
	if m, _ := h.member(t, wsp, grace.User.ID); m.Role != route.RoleAdmin || !m.UpdatedAt.Equal(h.now()) {
		t.Errorf("%+v", m)
	}
	if r := h.newest(t, wsp); !strings.Contains(string(r.Details), `"before":"AUDITOR"`) {
		t.Errorf("%+v", r)
	}
	// The session that was there has the new role too.
	if p, err := h.Authenticate(t.Context(), grace.Token); err != nil || p.Role != route.RoleAdmin {
		t.Errorf("%+v %v", p, err)
	}
	off := false
	h.disown(t, wsp) // an owner could not be switched off at all
	if _, err := h.UpdateMember(in(t, ada), ada.User.ID, identity.Change{Active: &off}); err != nil {
		t.Fatal(err)
	}
	if g := as(route.RoleUser); g.Role != route.RoleAdmin {
		t.Errorf("the last admin became %s", g.Role)
	}
	if r := h.newest(t, wsp); !strings.Contains(r.Message, "stays ADMIN") {
		t.Errorf("%+v", r)
	}
	on := true
	if _, err := h.UpdateMember(in(t, grace), ada.User.ID, identity.Change{Active: &on}); err != nil {
		t.Fatal(err)
	}
	if g := as(route.RoleUser); g.Role != route.RoleUser {
		t.Errorf("%s, though there is another admin", g.Role)
	}
	// Who was switched off stays so, whatever the provider says.
	if _, err := h.UpdateMember(in(t, ada), grace.User.ID, identity.Change{Active: &off}); err != nil {
		t.Fatal(err)
	}
	h.turnedAway(t, e, identity.RefusedDeactivated)
	if m, _ := h.member(t, wsp, grace.User.ID); m.Active {
		t.Error("made active again")
	}
}

// TestExternalTakeover: who runs the sign-in of one workspace can make it say
// anything. It must lead to no account of another workspace.
func TestExternalTakeover(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	victim := h.come(t, byGoogle("victim@bank.example")) // a confirmed account with a workspace of its own
	mallory := h.register(t, "mallory@example.com", "")
	evil := mallory.Workspace.ID

	t.Run("says the victim's e-mail", func(t *testing.T) {
		g := h.come(t, byOkta(evil, "victim@bank.example"))
		if g.User.ID == victim.User.ID || g.Workspace.ID != evil {
			t.Fatalf("signed in as %+v", g)
		}
		p, err := h.Authenticate(t.Context(), g.Token)
		if err != nil || p.Bound() != evil || p.WorkspaceID != evil {
			t.Errorf("%+v %v", p, err)
		}
	})
	t.Run("says the operator's issuer and the victim's subject", func(t *testing.T) {
		e := byGoogle("victim@bank.example")
		e.Workspace = evil
		if g := h.come(t, e); g.User.ID == victim.User.ID || g.Workspace.ID != evil {
			t.Fatalf("signed in as %+v", g)
		}
	})
	t.Run("takes an address before its owner comes", func(t *testing.T) {
		squat := h.come(t, byOkta(evil, "later@bank.example"))
		if g := h.come(t, byGoogle("later@bank.example")); g.User.ID == squat.User.ID || g.Workspace.ID == evil {
			t.Errorf("the owner ended up in %+v", g)
		}
		squat = h.come(t, byOkta(evil, "registers@bank.example"))
		if g := h.register(t, "registers@bank.example", ""); g.User.ID == squat.User.ID || g.Workspace.ID == evil {
			t.Errorf("the owner ended up in %+v", g)
		}
	})
	t.Run("a member of both is let into the one only", func(t *testing.T) {
		invite, err := h.Invite(in(t, mallory), "both@example.com", route.RoleUser)
		if err != nil {
			t.Fatal(err)
		}
		both := h.register(t, "both@example.com", invite.Token)
		g := h.come(t, byOkta(evil, "both@example.com"))
		p, err := h.Authenticate(t.Context(), g.Token)
		if err != nil || g.User.ID != both.User.ID || p.Bound() != evil || p.WorkspaceID != evil {
			t.Errorf("%+v %+v %v", g, p, err)
		}
	})
	t.Run("the same person at two workspaces' providers", func(t *testing.T) {
		other := h.register(t, "other@example.com", "")
		one := h.come(t, byOkta(evil, "twice@corp.example"))
		two := h.come(t, byOkta(other.Workspace.ID, "twice@corp.example"))
		if one.User.ID == two.User.ID || two.Workspace.ID != other.Workspace.ID {
			t.Errorf("%+v %+v", one, two)
		}
	})
	if _, there := h.member(t, evil, victim.User.ID); there {
		t.Error("the victim was made a member")
	}
	if p, err := h.Authenticate(t.Context(), victim.Token); err != nil || p.WorkspaceID != victim.Workspace.ID {
		t.Errorf("%+v %v", p, err)
	}
}

// TestExternalElsewhere: who came by one workspace's sign-in sees nothing of what the
// person has elsewhere, and ends none of it.
func TestExternalElsewhere(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	mallory := h.register(t, "mallory@example.com", "")
	invite, err := h.Invite(in(t, mallory), "both@example.com", route.RoleUser)
	if err != nil {
		t.Fatal(err)
	}
	both := h.register(t, "both@example.com", invite.Token)
	own, err := h.Authenticate(t.Context(), both.Token)
	if err != nil {
		t.Fatal(err)
	}
	own.WorkspaceID = "wsp_elsewhere"
	elsewhere, _, err := h.NewToken(in(t, both), own, "CI", []string{"workflows:read"}, h.now().Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	g := h.come(t, byOkta(mallory.Workspace.ID, "both@example.com"))
	p, err := h.Authenticate(t.Context(), g.Token)
	if err != nil || p.UserID != own.UserID {
		t.Fatal(p, err)
	}
	here, _, err := h.NewToken(in(t, g), p, "here", []string{"workflows:read"}, h.now().Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	if all, err := h.Tokens(t.Context(), p); err != nil || len(all) != 1 || all[0].ID != here.ID {
		t.Errorf("%+v %v", all, err)
	}
	wantCode(t, h.RemoveToken(in(t, g), p, elsewhere.ID), apierr.NotFound, "")
	if err := h.RemoveToken(in(t, g), p, here.ID); err != nil {
		t.Error(err)
	}
	if all, err := h.Tokens(t.Context(), own); err != nil || len(all) != 1 || all[0].ID != elsewhere.ID {
		t.Errorf("%+v %v", all, err)
	}
	if all, err := h.Sessions(t.Context(), p); err != nil || len(all) != 1 || all[0].ID != p.SessionID {
		t.Errorf("%+v %v", all, err)
	}
}

// TestExternalUntil: the provider may bound a session, never lengthen it.
func TestExternalUntil(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	e := byGoogle("grace@example.com")
	e.Until = h.now().Add(time.Hour)
	g := h.come(t, e)
	if want := e.Until.Truncate(time.Second); !g.ExpiresAt.Equal(want) {
		t.Errorf("until %v, want %v", g.ExpiresAt, want)
	}
	e.Until = h.now().Add(365 * 24 * time.Hour)
	if g := h.come(t, e); g.ExpiresAt.After(h.now().Add(7 * 24 * time.Hour)) {
		t.Errorf("until %v", g.ExpiresAt)
	}
	h.pass(time.Hour)
	_, err := h.Authenticate(t.Context(), g.Token)
	wantCode(t, err, apierr.Unauthenticated, "")
}
