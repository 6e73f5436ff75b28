package hometest

import (
	"net/http"
	"sync"
	"testing"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/route"
)

// member is one of a workspace as its admins see them.
type member struct {
	ID, Email, Name string
	Role            route.Role
	Active          bool
	SecondFactor    bool
}

func (p Person) members() map[string]member {
	p.t.Helper()
	var all []member
	p.Must(200, "GET", "/api/users?limit=100", nil).Into(p.t, &all)
	byID := map[string]member{}
	for _, m := range all {
		byID[m.ID] = m
	}
	return byID
}

// testInvitations: one use, for one address, with one role.
func testInvitations(t *testing.T, h *house) {
	admin := Register(t, h, "admin")
	for _, role := range route.Roles() {
		p := admin.Invite("new", role)
		m := admin.members()[p.ID]
		if p.Workspace != admin.Workspace || m.Role != role || !m.Active || m.Email != p.Email {
			t.Errorf("joined as %+v, invited as %s", m, role)
		}
		admin.Refused(apierr.Conflict, "POST", "/api/users/invite", Obj{"email": p.Email, "role": "USER"})
	}
	admin.Refused(apierr.ValidationFailed, "POST", "/api/users/invite", Obj{"email": newEmail("x"), "role": "OWNER"}, "/role")
	admin.Refused(apierr.ValidationFailed, "POST", "/api/users/invite", Obj{"email": "nobody", "role": "USER"}, "/email")
	var inv struct{ Token string }
	email := newEmail("guest")
	admin.Must(201, "POST", "/api/users/invite", Obj{"email": email, "role": "USER"}).Into(t, &inv)
	guest := Nobody(t, h)
	guest.Refused(apierr.ValidationFailed, "POST", "/api/auth/register", Obj{"email": newEmail("thief"), "name": "x", "password": password, "invite": inv.Token}, "/invite")
	guest.joinAs("guest", email, inv.Token)
	guest.Refused(apierr.ValidationFailed, "POST", "/api/auth/register", Obj{"email": newEmail("late"), "name": "x", "password": password, "invite": inv.Token}, "/invite")
}

// testRoles: a change of a member acts on their next request.
func testRoles(t *testing.T, h *house) {
	admin := Register(t, h, "admin")
	p := admin.Invite("member", route.RoleAuditor)
	save := Obj{"definition": document(Obj{"steps": []any{ValueStep("v", 1)}})}
	p.Refused(apierr.Forbidden, "POST", "/api/workflows", save)
	p.Must(200, "GET", "/api/logs", nil)
	at := "/api/users/" + p.ID
	admin.Must(200, "PATCH", at, Obj{"role": "USER"})
	p.Must(201, "POST", "/api/workflows", save)
	p.Refused(apierr.Forbidden, "GET", "/api/logs", nil)
	p.Refused(apierr.Forbidden, "PATCH", at, Obj{"role": "ADMIN"})
	admin.Must(200, "PATCH", at, Obj{"active": false})
	p.Refused(apierr.Unauthenticated, "GET", "/api/auth/me", nil)
	p.Refused(apierr.Unauthenticated, "POST", "/api/auth/login", Obj{"email": p.Email, "password": password})
	if m := admin.members()[p.ID]; m.Active {
		t.Errorf("%+v", m)
	}
	admin.Must(200, "PATCH", at, Obj{"active": true})
	p.Must(200, "POST", "/api/auth/login", Obj{"email": p.Email, "password": password})
	admin.Refused(apierr.ValidationFailed, "PATCH", at, Obj{"role": "OWNER"}, "/role")
	admin.Refused(apierr.NotFound, "PATCH", "/api/users/usr_nobody", Obj{"role": "USER"})
}

// testLastAdmin: a workspace keeps an admin, whoever is quick.
func testLastAdmin(t *testing.T, h *house) {
	one := Register(t, h, "one")
	one.Refused(apierr.Conflict, "PATCH", "/api/users/"+one.ID, Obj{"role": "USER"})
	one.Refused(apierr.Conflict, "PATCH", "/api/users/"+one.ID, Obj{"active": false})
	two := one.Invite("two", route.RoleAdmin)
	var wg sync.WaitGroup
	answers := make([]Answer, 2)
	for i, pair := range [][2]Person{{one, two}, {two, one}} {
		wg.Go(func() { answers[i] = pair[0].Send("PATCH", "/api/users/"+pair[1].ID, Obj{"role": "USER"}) })
	}
	wg.Wait()
	done := 0
	for _, a := range answers {
		switch a.Status {
		case http.StatusOK:
			done++
		case http.StatusConflict, http.StatusForbidden:
		default:
			t.Errorf("%d %s", a.Status, a.Raw)
		}
	}
	admins := 0
	for _, p := range []Person{one, two} {
		if p.Send("GET", "/api/users", nil).Status == http.StatusOK {
			admins++
		}
	}
	if done > 1 || admins == 0 || done+admins != 2 {
		t.Errorf("%d demotions, %d admins are left", done, admins)
	}
}
