package identity_test

import (
	"context"
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

func TestNewRefused(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	if _, err := identity.New(h.store, h.trail, h.sealer, nil, nil); err == nil {
		t.Error("made without a limiter")
	}
}

func TestRegisterRefused(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	admin := h.register(t, "ada@example.com", "")
	invite, err := h.Invite(in(t, admin), "grace@example.com", route.RoleUser)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		in   identity.Registration
		code apierr.Code
		path string
	}{
		"no e-mail":            {identity.Registration{Name: "x", Password: password}, apierr.ValidationFailed, "/email"},
		"a name with e-mail":   {identity.Registration{Email: "Ada <a@example.com>", Name: "x", Password: password}, apierr.ValidationFailed, "/email"},
		"two e-mails":          {identity.Registration{Email: "a@example.com,b@example.com", Name: "x", Password: password}, apierr.ValidationFailed, "/email"},
		"NUL":                  {identity.Registration{Email: "a\x00@example.com", Name: "x", Password: password}, apierr.ValidationFailed, "/email"},
		"a long e-mail":        {identity.Registration{Email: strings.Repeat("a", 250) + "@example.com", Name: "x", Password: password}, apierr.ValidationFailed, "/email"},
		"no name":              {identity.Registration{Email: "b@example.com", Name: " \t", Password: password}, apierr.ValidationFailed, "/name"},
		"a long name":          {identity.Registration{Email: "b@example.com", Name: strings.Repeat("ä", 101), Password: password}, apierr.ValidationFailed, "/name"},
		"a long workspace":     {identity.Registration{Email: "b@example.com", Name: "x", Password: password, Workspace: strings.Repeat("ä", 101)}, apierr.ValidationFailed, "/workspace"},
		"no password":          {identity.Registration{Email: "b@example.com", Name: "x"}, apierr.ValidationFailed, "/password"},
		"nine characters":      {identity.Registration{Email: "b@example.com", Name: "x", Password: "ääääääää1"}, apierr.ValidationFailed, "/password"},
		"257 bytes":            {identity.Registration{Email: "b@example.com", Name: "x", Password: strings.Repeat("ab", 128) + "c"}, apierr.ValidationFailed, "/password"},
		"one repeated":         {identity.Registration{Email: "b@example.com", Name: "x", Password: strings.Repeat("ä", 10)}, apierr.ValidationFailed, "/password"},
		"the e-mail":           {identity.Registration{Email: "b@example.com", Name: "x", Password: "B@Example.com"}, apierr.ValidationFailed, "/password"},
		"known":                {identity.Registration{Email: "ada@example.com", Name: "x", Password: password}, apierr.Conflict, ""},
		"known, another case":  {identity.Registration{Email: " ADA@Example.COM ", Name: "x", Password: password}, apierr.Conflict, ""},
		"a made-up invitation": {identity.Registration{Email: "b@example.com", Name: "x", Password: password, Invite: "inv_x"}, apierr.ValidationFailed, "/invite"},
		"another's invitation": {identity.Registration{Email: "b@example.com", Name: "x", Password: password, Invite: invite.Token}, apierr.ValidationFailed, "/invite"},
	} {
		_, err := h.Register(t.Context(), c.in)
		if apierr.CodeOf(err) != c.code {
			t.Errorf("%s: %v", name, err)
			continue
		}
		wantCode(t, err, c.code, c.path)
	}
	if len(h.made) != 1 {
		t.Errorf("%d workspaces", len(h.made))
	}
}

func TestRegister(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	g, err := h.Register(t.Context(), identity.Registration{Email: " Ada@Example.com ", Name: " " + strings.Repeat("ä", 100) + " ", Password: password})
	if err != nil {
		t.Fatal(err)
	}
	if g.Role != route.RoleAdmin || g.User.Email != "ada@example.com" || g.User.Version != 1 || g.Workspace.Version != 1 || !strings.HasSuffix(g.Workspace.Name, "ä's workspace") || len([]rune(g.Workspace.Name)) != 100 {
		t.Errorf("%+v", g)
	}
	if want := h.now().Add(7 * 24 * time.Hour).Truncate(time.Second); !g.ExpiresAt.Equal(want) {
		t.Errorf("expires %v", g.ExpiresAt)
	}
	p, err := h.Authenticate(t.Context(), g.Token)
	if err != nil || p.UserID != g.User.ID || p.WorkspaceID != g.Workspace.ID || p.Role != route.RoleAdmin || p.SessionID == "" {
		t.Fatalf("%+v %v", p, err)
	}
	user, w, err := h.Me(t.Context(), p)
	if err != nil || user != g.User || w != g.Workspace {
		t.Errorf("%+v %+v %v", user, w, err)
	}
	page, err := h.trail.List(in(t, g), audit.Filter{}, 10, "")
	if err != nil || len(page.Records) != 1 || page.Records[0].Action != "user.register" || page.Records[0].Actor != g.User.ID {
		t.Errorf("%+v %v", page, err)
	}
}

// TestRegisterRace: of many who register one address, one gets it.
func TestRegisterRace(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	var wait sync.WaitGroup
	var mu sync.Mutex
	codes := map[apierr.Code]int{}
	for range 6 {
		wait.Go(func() {
			_, err := h.Register(context.Background(), identity.Registration{Email: "ada@example.com", Name: "x", Password: password})
			mu.Lock()
			defer mu.Unlock()
			codes[apierr.CodeOf(err)]++
		})
	}
	wait.Wait()
	if codes[""] != 1 || codes[apierr.Conflict] != 5 {
		t.Error(codes)
	}
}

func TestInvite(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	admin := h.register(t, "ada@example.com", "")
	ctx := in(t, admin)
	for name, c := range map[string]struct {
		email string
		role  route.Role
		code  apierr.Code
		path  string
	}{
		"no e-mail":        {"x", route.RoleUser, apierr.ValidationFailed, "/email"},
		"no role":          {"b@example.com", "", apierr.ValidationFailed, "/role"},
		"a made-up role":   {"b@example.com", "OWNER", apierr.ValidationFailed, "/role"},
		"a member already": {"ADA@example.com", route.RoleUser, apierr.Conflict, ""},
	} {
		_, err := h.Invite(ctx, c.email, c.role)
		if apierr.CodeOf(err) != c.code {
			t.Errorf("%s: %v", name, err)
			continue
		}
		wantCode(t, err, c.code, c.path)
	}
	if _, err := h.Invite(t.Context(), "b@example.com", route.RoleUser); err == nil {
		t.Error("invited into no workspace")
	}
	first, err := h.Invite(ctx, "Grace@example.com", route.RoleAuditor)
	if err != nil {
		t.Fatal(err)
	}
	grace := h.register(t, "grace@example.com", first.Token)
	if grace.Role != route.RoleAuditor || grace.Workspace.ID != admin.Workspace.ID || len(h.made) != 1 {
		t.Errorf("%+v", grace)
	}
	_, err = h.Register(t.Context(), identity.Registration{Email: "grace@example.com", Name: "x", Password: password, Invite: first.Token})
	wantCode(t, err, apierr.ValidationFailed, "/invite") // used
	late, err := h.Invite(ctx, "late@example.com", route.RoleUser)
	if err != nil {
		t.Fatal(err)
	}
	// The link comes by mail too, but not without end to one address.
	for range 5 {
		if late, err = h.ResendInvite(ctx, late.ID); err != nil {
			t.Fatal(err)
		}
	}
	mail := h.letters(t, "Join "+admin.Workspace.Name+" on APIQ")
	if len(mail) != 4 || mail[3].To[0] != "late@example.com" || !strings.Contains(mail[1].Text, "/register#inv_") || !strings.Contains(mail[1].Text, "as user") {
		t.Errorf("%d letters: %+v", len(mail), mail)
	}
	h.pass(7 * 24 * time.Hour)
	_, err = h.Register(t.Context(), identity.Registration{Email: "late@example.com", Name: "x", Password: password, Invite: late.Token})
	wantCode(t, err, apierr.ValidationFailed, "/invite")
}

func TestLogin(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	ada := h.register(t, "ada@example.com", "")
	_, unknown := h.Login(t.Context(), "nobody@example.com", password, "")
	_, wrong := h.Login(t.Context(), "ada@example.com", "another password", "")
	_, empty := h.Login(t.Context(), "ada@example.com", "", "")
	for name, err := range map[string]error{"unknown": unknown, "wrong": wrong, "empty": empty} {
		if e := apierr.From(err); e.Code != apierr.Unauthenticated || e.Detail != apierr.From(wrong).Detail || len(e.Problems) != 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, err := h.Login(t.Context(), "not an address", password, "")
	wantCode(t, err, apierr.ValidationFailed, "/email")
	g, err := h.Login(t.Context(), " ADA@example.com", password, "")
	if err != nil || g.User != ada.User || g.Token == ada.Token {
		t.Fatal(g, err)
	}
	// The workspace's trail tells of the attempts; nobody knows who made them.
	page, err := h.trail.List(in(t, ada), audit.Filter{Action: "user.login"}, 10, "")
	if err != nil || len(page.Records) != 3 {
		t.Fatal(page, err)
	}
	if r := page.Records[2]; r.Outcome != audit.Refused || r.Resource != ada.User.ID || r.Actor == ada.User.ID || r.Code != "UNAUTHENTICATED" {
		t.Errorf("%+v", r)
	}
}

// TestLoginTime: an unknown e-mail takes the work of a wrong password. The least
// of several is compared, since what the machine does beside only adds; they are fewer
// than begin to wait. How well a clock can tell the two is measured by make bench/login.
func TestLoginTime(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	h.register(t, "ada@example.com", "")
	least := map[string]time.Duration{}
	for range 4 {
		for _, email := range []string{"ada@example.com", "nobody@example.com"} {
			began := time.Now()
			_, _ = h.Login(t.Context(), email, "another password", "")
			if took := time.Since(began); least[email] == 0 || took < least[email] {
				least[email] = took
			}
		}
	}
	known, unknown := least["ada@example.com"], least["nobody@example.com"]
	if unknown < known/3 || known < unknown/3 {
		t.Errorf("an unknown e-mail takes %v, a wrong password %v", unknown, known)
	}
}

func TestLoginLimited(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	var first error
	for range 21 {
		_, first = h.Login(t.Context(), "nobody@example.com", "x", "")
	}
	wantCode(t, first, apierr.RateLimited, "")
	if apierr.From(first).RetryAfter <= 0 {
		t.Error("no Retry-After")
	}
	if _, err := h.Login(t.Context(), "other@example.com", "x", ""); apierr.CodeOf(err) != apierr.Unauthenticated {
		t.Errorf("another e-mail: %v", err)
	}
}

func TestSessionEnds(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(t *testing.T, h *home, g identity.Grant, p identity.Principal){
		"logout": func(t *testing.T, h *home, g identity.Grant, p identity.Principal) {
			if _, err := h.Logout(in(t, g), p); err != nil {
				t.Fatal(err)
			}
			_, err := h.Logout(in(t, g), p)
			wantCode(t, err, apierr.Unauthenticated, "")
		},
		"expiry": func(_ *testing.T, h *home, _ identity.Grant, _ identity.Principal) { h.pass(7 * 24 * time.Hour) },
		"deactivation": func(t *testing.T, h *home, g identity.Grant, p identity.Principal) {
			other, err := h.Invite(in(t, g), "b@example.com", route.RoleAdmin)
			if err != nil {
				t.Fatal(err)
			}
			b := h.register(t, "b@example.com", other.Token)
			if _, err := h.TransferWorkspace(in(t, g), p, p.WorkspaceID, b.User.ID); err != nil {
				t.Fatal(err)
			}
			off := false
			if _, err := h.UpdateMember(in(t, g), p.UserID, identity.Change{Active: &off}); err != nil {
				t.Fatal(err)
			}
			_, err = h.Login(t.Context(), "ada@example.com", password, "")
			wantCode(t, err, apierr.Unauthenticated, "")
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHome(t)
			g := h.register(t, "ada@example.com", "")
			second := h.another(t) // no process keeps a session to itself
			p, err := second.Authenticate(t.Context(), g.Token)
			if err != nil {
				t.Fatal(err)
			}
			end(t, h, g, p)
			for _, s := range []*identity.Service{h.Service, second} {
				_, err := s.Authenticate(t.Context(), g.Token)
				wantCode(t, err, apierr.Unauthenticated, "")
			}
		})
	}
}

func TestUpdateMember(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	ada := h.register(t, "ada@example.com", "")
	ctx := in(t, ada)
	userRole, adminRole, bad := route.RoleUser, route.RoleAdmin, route.Role("GOD")
	off, on := false, true

	_, err := h.UpdateMember(ctx, "usr_none", identity.Change{Active: &off})
	wantCode(t, err, apierr.NotFound, "")
	_, err = h.UpdateMember(ctx, ada.User.ID, identity.Change{Role: &bad})
	wantCode(t, err, apierr.ValidationFailed, "/role")
	for _, c := range []identity.Change{{Role: &userRole}, {Active: &off}} {
		_, err = h.UpdateMember(ctx, ada.User.ID, c)
		wantCode(t, err, apierr.Conflict, "") // the last admin
	}
	foreign := h.register(t, "eve@example.com", "")
	_, err = h.UpdateMember(in(t, foreign), ada.User.ID, identity.Change{Active: &off})
	wantCode(t, err, apierr.NotFound, "")

	invite, err := h.Invite(ctx, "grace@example.com", route.RoleUser)
	if err != nil {
		t.Fatal(err)
	}
	grace := h.register(t, "grace@example.com", invite.Token)
	h.pass(time.Minute)
	m, err := h.UpdateMember(ctx, grace.User.ID, identity.Change{Role: &adminRole})
	if err != nil || m.Role != adminRole || m.Version != 2 || !m.UpdatedAt.Equal(h.now()) || m.CreatedAt.Equal(m.UpdatedAt) {
		t.Fatalf("%+v %v", m, err)
	}
	// The role acts on the session that is there.
	if p, err := h.Authenticate(t.Context(), grace.Token); err != nil || p.Role != adminRole {
		t.Errorf("%+v %v", p, err)
	}
	_, err = h.UpdateMember(ctx, ada.User.ID, identity.Change{Active: &off})
	wantCode(t, err, apierr.Conflict, "") // the owner
	p := identity.Principal{UserID: ada.User.ID, WorkspaceID: ada.Workspace.ID}
	if _, err := h.TransferWorkspace(ctx, p, ada.Workspace.ID, grace.User.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := h.UpdateMember(ctx, ada.User.ID, identity.Change{Active: &off}); err != nil {
		t.Fatal(err)
	}
	_, err = h.UpdateMember(in(t, grace), grace.User.ID, identity.Change{Role: &userRole}) // the other is not active
	wantCode(t, err, apierr.Conflict, "")
	if m, err := h.UpdateMember(in(t, grace), ada.User.ID, identity.Change{Active: &on}); err != nil || !m.Active || m.Role != adminRole {
		t.Errorf("%+v %v", m, err)
	}
	members, next, err := h.Members(ctx, 1, "")
	if err != nil || len(members) != 1 || next == "" {
		t.Fatal(members, next, err)
	}
	rest, next, err := h.Members(ctx, 25, next)
	if err != nil || len(rest) != 1 || next != "" || rest[0].ID == members[0].ID || rest[0].Version == 0 {
		t.Errorf("%+v %v", rest, err)
	}
}

// TestLastAdminRace: two admins who demote each other cannot both succeed.
func TestLastAdminRace(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	ada := h.register(t, "ada@example.com", "")
	h.disown(t, ada.Workspace.ID) // an owner could not be demoted at all
	invite, err := h.Invite(in(t, ada), "grace@example.com", route.RoleAdmin)
	if err != nil {
		t.Fatal(err)
	}
	grace := h.register(t, "grace@example.com", invite.Token)
	second := h.another(t)
	userRole, adminRole := route.RoleUser, route.RoleAdmin
	for range 10 {
		var wait sync.WaitGroup
		wait.Go(func() {
			_, _ = h.UpdateMember(in(t, ada), grace.User.ID, identity.Change{Role: &userRole})
		})
		wait.Go(func() {
			_, _ = second.UpdateMember(in(t, grace), ada.User.ID, identity.Change{Role: &userRole})
		})
		wait.Wait()
		members, _, err := h.Members(tenant.With(t.Context(), ada.Workspace.ID), 25, "")
		if err != nil {
			t.Fatal(err)
		}
		admins := 0
		for _, m := range members {
			if m.Role == adminRole {
				admins++
			}
		}
		if admins != 1 {
			t.Fatalf("%d admins", admins)
		}
		for _, m := range members { // and again from the start
			if m.Role != adminRole {
				if _, err := h.UpdateMember(in(t, ada), m.ID, identity.Change{Role: &adminRole}); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
}
