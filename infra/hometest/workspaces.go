package hometest

import (
	"maps"
	"net/http"
	"sync"
	"testing"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/route"
)

// place is one of a person's workspaces.
type place struct {
	ID, Name, OwnerID string
	Role              route.Role
	Active, Current   bool
	Version           int64
}

func (p Person) places() map[string]place {
	p.t.Helper()
	var all []place
	p.Must(200, "GET", "/api/workspaces", nil).Into(p.t, &all)
	byID := map[string]place{}
	for _, w := range all {
		byID[w.ID] = w
	}
	return byID
}

// open makes one more workspace.
func (p Person) open(name string) place {
	p.t.Helper()
	var w place
	p.patiently("POST", "/api/workspaces", Obj{"name": name}).Into(p.t, &w)
	return w
}

// enter moves the session.
func (p Person) enter(workspace string) Person {
	p.t.Helper()
	p.Must(200, "POST", "/api/workspaces/"+workspace+"/switch", nil)
	p.Workspace = workspace
	return p
}

// testWorkspaces: a person has several, each apart from the others.
func testWorkspaces(t *testing.T, h *house) {
	p := Register(t, h, "ada")
	first := p.places()[p.Workspace]
	if first.OwnerID != p.ID || first.Role != "ADMIN" || !first.Active || !first.Current {
		t.Errorf("%+v", first)
	}
	flow := p.Save(Obj{"steps": []any{ValueStep("a", 1)}})
	second := p.open("  Second  ")
	if second.Name != "Second" || second.OwnerID != p.ID || second.Current {
		t.Errorf("%+v", second)
	}
	p.Must(200, "GET", "/api/workflows/"+flow, nil) // the session stays where it is
	p.Refused(apierr.NotFound, "PATCH", "/api/workspaces/"+second.ID, Obj{"name": "From outside"})
	there := p.enter(second.ID)
	there.Refused(apierr.NotFound, "GET", "/api/workflows/"+flow, nil)
	if all := there.places(); len(all) != 2 || !all[second.ID].Current || all[first.ID].Current {
		t.Errorf("%+v", all)
	}
	made := false
	for _, r := range there.records() {
		made = made || r.Action == "workspace.create" && r.Resource == second.ID && r.Actor == p.ID
	}
	if !made {
		t.Errorf("its trail does not begin with its making: %+v", there.records())
	}
	there.Verified()
	var renamed place
	there.Must(200, "PATCH", "/api/workspaces/"+second.ID, Obj{"name": "Renamed"}).Into(t, &renamed)
	if renamed.Name != "Renamed" || renamed.Version != second.Version+1 {
		t.Errorf("%+v", renamed)
	}
	there.Refused(apierr.ValidationFailed, "PATCH", "/api/workspaces/"+second.ID, Obj{"name": " "}, "/name")
	// The next sign-in leads to where the person was last.
	var again session
	there.Must(200, "POST", "/api/auth/login", Obj{"email": p.Email, "password": password}).Into(t, &again)
	if again.Workspace.ID != second.ID {
		t.Errorf("signed in to %s", again.Workspace.ID)
	}
	there.enter(first.ID).Must(200, "GET", "/api/workflows/"+flow, nil)
	stranger := Register(t, h, "eve")
	stranger.Refused(apierr.NotFound, "POST", "/api/workspaces/"+second.ID+"/switch", nil)
}

// testAccept: who has an account joins with it; what they may is their role there.
func testAccept(t *testing.T, h *house) {
	admin, guest, thief := Register(t, h, "admin"), Register(t, h, "guest"), Register(t, h, "thief")
	var inv struct {
		ID, Token string
		Role      route.Role
	}
	admin.Must(201, "POST", "/api/users/invite", Obj{"email": guest.Email, "role": "AUDITOR"}).Into(t, &inv)
	thief.Refused(apierr.ValidationFailed, "POST", "/api/invites/accept", Obj{"token": inv.Token}, "/token")
	if open := admin.openInvites(); open[guest.Email] != inv.ID {
		t.Errorf("%v", open)
	}
	// Of two who accept at the same moment, one does.
	answers := make([]Answer, 2)
	var wg sync.WaitGroup
	for i := range answers {
		wg.Go(func() { answers[i] = guest.Send("POST", "/api/invites/accept", Obj{"token": inv.Token}) })
	}
	wg.Wait()
	if a, b := answers[0].Status, answers[1].Status; (a == 200) == (b == 200) || a >= 500 || b >= 500 {
		t.Errorf("%d %s, %d %s", a, answers[0].Raw, b, answers[1].Raw)
	}
	if open := admin.openInvites(); len(open) != 0 {
		t.Errorf("still open: %v", open)
	}
	all := guest.places()
	if joined := all[admin.Workspace]; len(all) != 2 || joined.Role != "AUDITOR" || joined.Current {
		t.Fatalf("%+v", all)
	}
	there := guest.enter(admin.Workspace)
	there.Must(200, "GET", "/api/logs", nil)
	there.Refused(apierr.Forbidden, "POST", "/api/workflows", Obj{"definition": document(Obj{"steps": []any{ValueStep("v", 1)}})})
	there.Refused(apierr.Forbidden, "PATCH", "/api/workspaces/"+admin.Workspace, Obj{"name": "x"})

	// One that is taken back is worth nothing, and so is a token that another took the place of.
	late := newEmail("late")
	admin.Must(201, "POST", "/api/users/invite", Obj{"email": late, "role": "USER"}).Into(t, &inv)
	admin.Must(200, "DELETE", "/api/users/invites/"+inv.ID, nil)
	admin.Refused(apierr.NotFound, "DELETE", "/api/users/invites/"+inv.ID, nil)
	Nobody(t, h).Refused(apierr.ValidationFailed, "POST", "/api/auth/register", Obj{"email": late, "name": "x", "password": password, "invite": inv.Token}, "/invite")
	admin.Must(201, "POST", "/api/users/invite", Obj{"email": late, "role": "USER"}).Into(t, &inv)
	before := inv.Token
	admin.Must(200, "POST", "/api/users/invites/"+inv.ID+"/resend", nil).Into(t, &inv)
	Nobody(t, h).Refused(apierr.ValidationFailed, "POST", "/api/auth/register", Obj{"email": late, "name": "x", "password": password, "invite": before}, "/invite")
	Nobody(t, h).joinAs("late", late, inv.Token)
}

func (p Person) openInvites() map[string]string {
	p.t.Helper()
	var all []struct{ ID, Email, Token string }
	p.Must(200, "GET", "/api/users/invites?limit=100", nil).Into(p.t, &all)
	byEmail := map[string]string{}
	for _, i := range all {
		if byEmail[i.Email] = i.ID; i.Token != "" {
			p.t.Errorf("the list shows a token: %+v", i)
		}
	}
	return byEmail
}

// testRemove: a membership ends at once, the account does not.
func testRemove(t *testing.T, h *house) {
	admin := Register(t, h, "admin")
	p := admin.Invite("member", "USER")
	admin.Refused(apierr.Conflict, "DELETE", "/api/users/"+admin.ID, nil) // the last admin, and the owner
	admin.Must(200, "DELETE", "/api/users/"+p.ID, nil)
	p.Refused(apierr.Unauthenticated, "GET", "/api/auth/me", nil)
	if _, there := admin.members()[p.ID]; there {
		t.Error("still a member")
	}
	admin.Refused(apierr.NotFound, "DELETE", "/api/users/"+p.ID, nil)
	// Who belongs nowhere gets a workspace of their own with their next sign-in.
	var in session
	p.Must(200, "POST", "/api/auth/login", Obj{"email": p.Email, "password": password}).Into(t, &in)
	if in.Workspace.ID == admin.Workspace || in.User.Role != "ADMIN" {
		t.Errorf("%+v", in)
	}
	p.Token = in.Token
	if all := p.places(); len(all) != 1 || !all[in.Workspace.ID].Current || all[in.Workspace.ID].OwnerID != p.ID {
		t.Errorf("%+v", all)
	}
	// And may be invited again.
	var inv struct{ Token string }
	admin.Must(201, "POST", "/api/users/invite", Obj{"email": p.Email, "role": "ADMIN"}).Into(t, &inv)
	p.Must(200, "POST", "/api/invites/accept", Obj{"token": inv.Token})
	p = p.enter(admin.Workspace)
	p.Refused(apierr.Conflict, "DELETE", "/api/users/"+admin.ID, nil) // the owner
}

// testTransfer: one owner, who hands the workspace to an active admin.
func testTransfer(t *testing.T, h *house) {
	one := Register(t, h, "one")
	two, user := one.Invite("two", "ADMIN"), one.Invite("user", "USER")
	at := "/api/workspaces/" + one.Workspace + "/transfer"
	two.Refused(apierr.Forbidden, "POST", at, Obj{"userId": two.ID})
	one.Refused(apierr.ValidationFailed, "POST", at, Obj{"userId": user.ID}, "/userId")
	one.Refused(apierr.Conflict, "PATCH", "/api/users/"+one.ID, Obj{"role": "USER"})
	one.Must(200, "POST", at, Obj{"userId": two.ID})
	if w := two.places()[one.Workspace]; w.OwnerID != two.ID {
		t.Errorf("%+v", w)
	}
	one.Refused(apierr.Forbidden, "POST", at, Obj{"userId": one.ID})
	two.Refused(apierr.Conflict, "PATCH", "/api/users/"+two.ID, Obj{"active": false})
	two.Must(200, "PATCH", "/api/users/"+one.ID, Obj{"role": "USER"})
	if a := one.Send("GET", "/api/users", nil); a.Status != http.StatusForbidden {
		t.Errorf("no admin any more, but %d", a.Status)
	}
}

// requests gives, for each route of the table, a request that a caller who may make it
// would make. A route that is not listed fails the test.
func requests(connection string) Obj {
	all := mostRequests(connection)
	maps.Copy(all, accountRequests())
	maps.Copy(all, Obj{
		"account-export": nil, "account-erase": nil, "erasures-get": nil,
		"usage":        nil,
		"users-remove": nil, "invites-list": nil, "invites-revoke": nil, "invites-resend": nil,
		"invites-accept":  Obj{"token": "inv_of-nobody"},
		"workspaces-list": nil, "workspaces-switch": nil, "workspaces-close": nil, "workspaces-restore": nil, "workspaces-deletions": nil,
		"workspaces-create":   Obj{"name": "One more"},
		"workspaces-update":   Obj{"name": "Renamed"},
		"workspaces-transfer": Obj{"userId": "usr_0190aaaa-0000-7000-8000-000000000000"},
	})
	return all
}
