package identity_test

import (
	"testing"
	"time"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/identity"
	"github.com/apiq/apiq/shared/limit"
	"github.com/apiq/apiq/shared/route"
)

// rule sets a policy as somebody who may.
func (h *home) rule(t testing.TB, g identity.Grant, p identity.Policy) {
	t.Helper()
	if _, err := h.SavePolicy(in(t, g), h.principal(t, g), p, 0); err != nil {
		t.Fatal(err)
	}
}

// joined is a person of a workspace with one of their own too, signed in to the first.
func (h *home) joined(t testing.TB, admin identity.Grant, email string) identity.Grant {
	t.Helper()
	invite, err := h.Invite(in(t, admin), email, route.RoleUser)
	if err != nil {
		t.Fatal(err)
	}
	return h.register(t, email, invite.Token)
}

func (h *home) over(t testing.TB, g identity.Grant) bool {
	t.Helper()
	_, err := h.Authenticate(t.Context(), g.Token)
	if err != nil && apierr.CodeOf(err) != apierr.Unauthenticated {
		t.Fatal(err)
	}
	return err != nil
}

func TestPolicyRefused(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	g := h.register(t, "ada@example.com", "")
	p, ctx := h.principal(t, g), in(t, g)
	for path, policy := range map[string]identity.Policy{
		"/idleMinutes":         {IdleMinutes: identity.MinIdleMinutes - 1},
		"/sessionHours":        {SessionHours: identity.MaxSessionHours + 1},
		"/from":                {RequireSecondFactor: true, From: h.now().Add(91 * 24 * time.Hour)},
		"/requireSecondFactor": {RequireSecondFactor: true, From: h.now().Add(time.Hour)},
	} {
		_, err := h.SavePolicy(ctx, p, policy, 0)
		wantCode(t, err, apierr.ValidationFailed, path)
	}
	if _, err := h.SavePolicy(ctx, p, identity.Policy{IdleMinutes: -30}, 0); apierr.CodeOf(err) != apierr.ValidationFailed {
		t.Error(err)
	}
	first, err := h.SavePolicy(ctx, p, identity.Policy{SessionHours: 8}, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.SavePolicy(ctx, p, identity.Policy{SessionHours: 9}, first.Version); err != nil {
		t.Fatal(err)
	}
	_, err = h.SavePolicy(ctx, p, identity.Policy{SessionHours: 10}, first.Version)
	wantCode(t, err, apierr.VersionStale, "")
	if now, err := h.Policy(ctx); err != nil || now.SessionHours != 9 || now.Version != first.Version+1 {
		t.Errorf("%+v %v", now, err)
	}
	if r := h.newest(t, g.Workspace.ID); r.Action != "workspace.policy" || r.Actor != g.User.ID {
		t.Errorf("%+v", r)
	}
}

// TestSessionsEnd: a session ends when it is not used for so long, or is so old, and
// a milder policy does not bring it back.
func TestSessionsEnd(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	ada := h.register(t, "ada@example.com", "")
	idle, _ := h.again(t, "ada@example.com")
	h.rule(t, ada, identity.Policy{IdleMinutes: 30, SessionHours: 2})
	for range 3 { // used all the time: 87 minutes
		h.pass(29 * time.Minute)
		if h.over(t, ada) {
			t.Fatal("a session that is used ended")
		}
	}
	limiter, err := limit.NewLocal(nil)
	if err != nil {
		t.Fatal(err)
	}
	read, err := identity.New(h.store, h.trail, h.sealer, limiter, &identity.Options{Now: h.now, ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := read.Authenticate(t.Context(), idle.Token); apierr.CodeOf(err) != apierr.Unauthenticated {
		t.Errorf("an idle session: %v", err)
	}
	if live, err := h.Sessions(in(t, ada), h.principal(t, ada)); err != nil || len(live) != 1 || !live[0].ExpiresAt.Equal(live[0].CreatedAt.Add(2*time.Hour)) {
		t.Errorf("%+v %v", live, err)
	}
	if !h.over(t, idle) {
		t.Fatal("an idle session goes on")
	}
	if r := h.newest(t, ada.Workspace.ID); r.Action != "user.session.end" || r.Resource != ada.User.ID || r.Actor != "system" {
		t.Errorf("%+v", r)
	}
	h.rule(t, ada, identity.Policy{SessionHours: 2})
	if !h.over(t, idle) {
		t.Error("a milder policy brought a session back that had ended")
	}
	h.pass(33*time.Minute - time.Second)
	if h.over(t, ada) {
		t.Error("over before its time")
	}
	h.pass(time.Second)
	if !h.over(t, ada) {
		t.Error("older than two hours, and goes on")
	}
}

// TestIdleElsewhere: a workspace's policy holds for sessions in it, and for one that
// comes there.
func TestIdleElsewhere(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	ada := h.register(t, "ada@example.com", "")
	strict, err := h.CreateWorkspace(in(t, ada), h.principal(t, ada), "Strict")
	if err != nil {
		t.Fatal(err)
	}
	h.pass(90 * time.Minute)
	if _, err := h.Switch(in(t, ada), h.principal(t, ada), strict.Workspace.ID); err != nil {
		t.Fatal(err)
	}
	there := ada
	there.Workspace = strict.Workspace
	h.rule(t, there, identity.Policy{IdleMinutes: 10})
	if _, err := h.Switch(in(t, there), h.principal(t, ada), ada.Workspace.ID); err != nil {
		t.Fatal(err)
	}
	h.pass(time.Hour)
	if h.over(t, ada) {
		t.Fatal("where nothing is asked")
	}
	if _, err := h.Switch(in(t, ada), h.principal(t, ada), strict.Workspace.ID); err != nil {
		t.Fatal(err)
	}
	h.pass(11 * time.Minute)
	if !h.over(t, ada) {
		t.Error("where ten minutes are asked")
	}
}

// TestRequiredFactor walks a member from no factor to one, and back.
func TestRequiredFactor(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	ada := h.register(t, "ada@example.com", "")
	h.enrol(t, ada)
	bob := h.joined(t, ada, "bob@example.com")
	before, _ := h.again(t, "bob@example.com")
	_, token, err := h.NewToken(in(t, bob), h.principal(t, bob), "CI", []string{"all"}, h.now().Add(100*24*time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	due := func(step string, want, ofToken identity.Due) {
		t.Helper()
		if p := h.principal(t, bob); p.Due != want {
			t.Errorf("%s: due %q, want %q", step, p.Due, want)
		}
		if p, err := h.Authenticate(t.Context(), token); err != nil || p.Due != ofToken {
			t.Errorf("%s: the token's due %q, want %q (%v)", step, p.Due, ofToken, err)
		}
	}
	due("no rule", "", "")
	h.rule(t, ada, identity.Policy{RequireSecondFactor: true, From: h.now().Add(3 * 24 * time.Hour), TrustProviders: true})
	due("not yet", "", "")
	if s, err := h.Standing(in(t, bob), h.principal(t, bob)); err != nil || s.Due != identity.DueFactor || s.Policy.From.IsZero() {
		t.Errorf("%+v %v", s, err)
	}
	h.pass(3 * 24 * time.Hour)
	due("from now on", identity.DueFactor, identity.DueFactor)
	if p := h.principal(t, ada); p.Due != "" {
		t.Errorf("the admin owes %q", p.Due)
	}
	phone := h.enrol(t, bob)
	due("enrolled", "", "")
	if p := h.principal(t, before); p.Due != identity.DueProof {
		t.Errorf("a session by password alone owes %q", p.Due)
	}
	if err := h.Confirm(in(t, before), h.principal(t, before), "", h.code(t, phone, 0)); err != nil {
		t.Fatal(err)
	}
	if p := h.principal(t, before); p.Due != "" {
		t.Errorf("proven, and owes %q", p.Due)
	}
	h.pass(time.Minute)
	fresh, err := h.Login(t.Context(), "bob@example.com", password, h.code(t, phone, 0))
	if err != nil || h.principal(t, fresh).Due != "" {
		t.Errorf("signed in with a code: %v", err)
	}
	h.pass(time.Minute)
	if _, err := h.DisableTOTP(in(t, bob), h.principal(t, bob), password, h.code(t, phone, 0)); err != nil {
		t.Fatal(err)
	}
	due("switched off", identity.DueFactor, identity.DueFactor)
	h.rule(t, ada, identity.Policy{})
	due("the rule is gone", "", "")
}

// TestFactorByProvider: what a sign-in outside counts for.
func TestFactorByProvider(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	ada := h.register(t, "ada@example.com", "")
	h.enrol(t, ada)
	google := byGoogle("grace@example.com")
	google.Home = ada.Workspace.ID
	operators, own := h.come(t, google), h.come(t, byOkta(ada.Workspace.ID, "hedy@example.com"))
	_, token, err := h.NewToken(in(t, own), h.principal(t, own), "CI", []string{"all"}, h.now().Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	for trust, want := range map[bool]identity.Due{true: "", false: identity.DueFactor} {
		h.rule(t, ada, identity.Policy{RequireSecondFactor: true, TrustProviders: trust})
		if p := h.principal(t, operators); p.Due != want {
			t.Errorf("trust %v: the operator's provider owes %q, want %q", trust, p.Due, want)
		}
		if p := h.principal(t, own); p.Due != "" {
			t.Errorf("trust %v: the workspace's own owes %q", trust, p.Due)
		}
		if p, err := h.Authenticate(t.Context(), token); err != nil || p.Due != "" {
			t.Errorf("trust %v: a token made there owes %q (%v)", trust, p.Due, err)
		}
	}
}
