package hometest

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/route"
)

// needed says, of each route that names a connection, a workflow, a trigger or a run of a
// workspace, how far its caller's rights to that must go. A route that is not listed fails
// the test.
func needed() map[string]string {
	levels := map[string]string{}
	for level, ids := range map[string]string{
		"use": "apis-get apis-test apis-report apis-endpoints apis-endpoint apis-try workflows-get workflows-versions workflows-execute workflows-rehearse workflows-export " +
			"triggers-list triggers-get triggers-deliveries executions-get executions-events executions-export executions-cancel executions-retry executions-replay " +
			"executions-compare executions-resolve",
		"edit": "apis-update apis-refresh apis-approve apis-oauth-start apis-oauth-device apis-oauth-poll apis-oauth-disconnect apis-scopes workflows-update workflows-rollback " +
			"triggers-create triggers-update triggers-delete executions-delete",
		"manage": "apis-access apis-delete workflows-access workflows-delete",
	} {
		for id := range strings.FieldsSeq(ids) {
			levels[id] = level
		}
	}
	return levels
}

// shared is a workspace with a connection, a workflow that calls it, its trigger and a
// run of it, which are shared with some of the people.
type shared struct {
	owner, editor, user, stranger, admin, auditor Person
	ids                                           map[string]string
	shop                                          *Shop
}

func newShared(t *testing.T, h *house) shared {
	t.Helper()
	admin := Register(t, h, "admin")
	s := shared{admin: admin, owner: admin.Invite("owner", "USER"), editor: admin.Invite("editor", "USER"), user: admin.Invite("user", "USER"),
		stranger: admin.Invite("stranger", "USER"), auditor: admin.Invite("auditor", "AUDITOR"), shop: NewShop(t)}
	con := s.owner.Connect("Private shop", s.shop.URL, "access", Obj{"everyone": "none"})
	flow := s.owner.Save(Obj{"name": "Private orders", "steps": []any{CallStep("list", con, "listItems")}})
	people := []any{Obj{"userId": s.editor.ID, "may": "edit"}, Obj{"userId": s.user.ID, "may": "use"}}
	s.owner.Must(200, "PUT", "/api/apis/"+con+"/access", Obj{"people": people})
	s.owner.Must(200, "PUT", "/api/workflows/"+flow+"/access", Obj{"people": people})
	s.owner.Must(200, "PUT", "/api/workflows/"+flow, Obj{"status": "ACTIVE"})
	var trigger struct{ ID string }
	s.owner.Must(201, "POST", "/api/workflows/"+flow+"/triggers", Obj{"type": "event", "event": "order.private"}).Into(t, &trigger)
	run := s.user.Start(flow, nil)
	if got := s.user.Wait(run); got.Status != "COMPLETED" {
		t.Fatalf("who may use a workflow runs it: %+v", got)
	}
	s.ids = map[string]string{"apis": con, "workflows": flow, "triggers": trigger.ID, "executions": run}
	return s
}

// testSharing sends every route that names a resource which is not open to everyone, as
// each kind of member.
func testSharing(t *testing.T, h *house) {
	s := newShared(t, h)
	bodies, levels := requests(s.ids["apis"]), needed()
	bodies["apis-access"], bodies["workflows-access"] = Obj{}, Obj{}
	rank := []string{"none", "use", "edit", "manage"}
	for _, row := range route.Table() {
		area := strings.Split(strings.TrimPrefix(row.Path, "/api/"), "/")[0]
		if s.ids[area] == "" || !strings.Contains(row.Path, "{id}") {
			continue
		}
		level, listed := levels[row.ID]
		if !listed {
			t.Errorf("route %s names a resource, and has no level in this test", row.ID)
			continue
		}
		for _, c := range []struct {
			who  string
			p    Person
			role route.Role
			may  string
		}{{"stranger", s.stranger, "USER", "none"}, {"user", s.user, "USER", "use"}, {"editor", s.editor, "USER", "edit"}, {"auditor", s.auditor, "AUDITOR", "edit"},
			{"admin", s.admin, "ADMIN", "manage"}, {"owner", s.owner, "USER", "manage"}} {
			allowed := slices.Index(rank, c.may) >= slices.Index(rank, level)
			if allowed && row.Allows(c.role) && row.Method == "DELETE" {
				continue // later rows need what is there
			}
			got := c.p.Send(row.Method, filled(row, s.ids), bodies[row.ID])
			switch {
			case !row.Allows(c.role):
				c.p.Expect(got, apierr.Forbidden, row.ID+" by role")
			case allowed && (got.Status == 403 || got.Status == 404 || got.Status >= 500):
				t.Errorf("%s as %s: %d %s, but they may", row.ID, c.who, got.Status, got.Raw)
			case !allowed && c.may == "none":
				c.p.Expect(got, apierr.NotFound, row.ID+" as "+c.who)
			case !allowed:
				c.p.Expect(got, apierr.Forbidden, row.ID+" as "+c.who, "access")
			}
		}
	}
	s.seen(t)
	s.unreached(t)
	s.admin.Verified()
}

// seen: lists hold what is shared with their reader, and of a connection that is for use
// only, no settings.
func (s shared) seen(t *testing.T) {
	t.Helper()
	for path, id := range map[string]string{"/api/apis?limit=100": s.ids["apis"], "/api/workflows?limit=100": s.ids["workflows"],
		"/api/executions?limit=100": s.ids["executions"], "/api/executions?workflowId=" + s.ids["workflows"]: s.ids["executions"]} {
		for who, c := range map[string]struct {
			p    Person
			sees bool
		}{"stranger": {s.stranger, false}, "user": {s.user, true}, "auditor": {s.auditor, true}, "admin": {s.admin, true}, "owner": {s.owner, true}} {
			if has := strings.Contains(string(c.p.Must(200, "GET", path, nil).Data), `"`+id+`"`); has != c.sees {
				t.Errorf("%s as %s: is there %v, want %v", path, who, has, c.sees)
			}
		}
	}
	var view struct {
		BaseURL, Name, May string
		Access             struct{ People []any }
	}
	for _, c := range []struct {
		p        Person
		may      string
		settings bool
	}{{s.user, "use", false}, {s.editor, "edit", true}, {s.owner, "manage", true}, {s.auditor, "", true}} {
		view.BaseURL, view.May, view.Access.People = "", "", nil
		c.p.Must(200, "GET", "/api/apis/"+s.ids["apis"], nil).Into(t, &view)
		if view.Name == "" || view.May != c.may || (view.BaseURL != "") != c.settings || (len(view.Access.People) == 2) != c.settings {
			t.Errorf("%+v, want %+v", view, c)
		}
	}
}

// unreached: what is not shared is not reached by way of what one makes oneself.
func (s shared) unreached(t *testing.T) {
	t.Helper()
	call := document(Obj{"steps": []any{CallStep("list", s.ids["apis"], "listItems")}})
	nest := document(Obj{"steps": []any{Obj{"id": "sub", "type": "workflow", "workflow": s.ids["workflows"], "input": Obj{}}}})
	s.stranger.Refused(apierr.WorkflowInvalid, "POST", "/api/workflows", Obj{"definition": call}, "/definition/steps/0/connection")
	s.stranger.Refused(apierr.WorkflowInvalid, "POST", "/api/workflows", Obj{"definition": nest}, "/definition/steps/0/workflow")
	own := s.stranger.Save(Obj{"steps": []any{ValueStep("v", 1)}})
	s.stranger.Refused(apierr.WorkflowInvalid, "PUT", "/api/workflows/"+own, Obj{"definition": call}, "/definition/steps/0/connection")
	s.stranger.Refused(apierr.ValidationFailed, "POST", "/api/chat", Obj{"message": "list all items", "connections": []string{s.ids["apis"]}}, "/connections/0")
	// Whoever edits another's workflow brings in nothing that its owner may not use.
	theirs := s.editor.Connect("The editor's own", s.shop.URL, "access", Obj{"everyone": "none"})
	s.editor.Refused(apierr.WorkflowInvalid, "PUT", "/api/workflows/"+s.ids["workflows"], Obj{"definition": document(Obj{"steps": []any{CallStep("list", theirs, "listItems")}})},
		"/definition/steps/0/connection")
	if draft := s.editor.draft("list all items", theirs); len(draft.Steps) == 0 {
		t.Error("whoever may use a connection plans with it")
	}
}

// testSharedAway: when a workflow's owner loses what it uses, it starts no more, whoever
// or whatever starts it; when it is theirs again, it does.
func testSharedAway(t *testing.T, h *house) {
	s := newShared(t, h)
	at := "/api/apis/" + s.ids["apis"] + "/access"
	s.user.Refused(apierr.Forbidden, "PUT", at, Obj{"everyone": "use"}, "access")
	s.owner.Refused(apierr.ValidationFailed, "PUT", at, Obj{"people": []any{Obj{"userId": "usr_none", "may": "use"}}}, "/people/0/userId")
	s.owner.Refused(apierr.ValidationFailed, "PUT", at, Obj{"ownerId": s.auditor.ID}, "/ownerId")
	s.owner.Must(200, "PUT", at, Obj{"ownerId": s.admin.ID})
	s.owner.Refused(apierr.NotFound, "GET", "/api/apis/"+s.ids["apis"], nil)
	run := "/api/workflows/" + s.ids["workflows"] + "/execute"
	for _, p := range []Person{s.owner, s.user, s.admin} {
		p.Refused(apierr.Forbidden, "POST", run, Obj{}, "/definition/steps/0/connection")
	}
	s.user.Refused(apierr.Forbidden, "POST", "/api/executions/"+s.ids["executions"]+"/replay", Obj{}, "/definition/steps/0/connection")
	s.stranger.Must(http.StatusAccepted, "POST", "/api/events", Obj{"name": "order.private"})
	var all []struct{ Status, ExecutionID, Detail string }
	s.user.poll("a delivery", func() bool {
		s.user.Must(200, "GET", "/api/workflows/"+s.ids["workflows"]+"/triggers/"+s.ids["triggers"]+"/deliveries", nil).Into(t, &all)
		return len(all) == 1 && all[0].Status != "received"
	})
	if all[0].Status != "refused" || !strings.Contains(all[0].Detail, "owner") {
		t.Errorf("%+v", all[0])
	}
	s.admin.Must(200, "PUT", at, Obj{"people": []any{Obj{"userId": s.owner.ID, "may": "use"}}})
	if got := s.user.Wait(s.user.Start(s.ids["workflows"], nil)); got.Status != "COMPLETED" {
		t.Errorf("%+v", got)
	}
	// A run is hidden from those its workflow was hidden from when that is gone.
	s.owner.Must(200, "DELETE", "/api/workflows/"+s.ids["workflows"], nil)
	s.stranger.Refused(apierr.NotFound, "GET", "/api/executions/"+s.ids["executions"], nil)
	s.user.Must(200, "GET", "/api/executions/"+s.ids["executions"], nil)
	if !slices.ContainsFunc(s.admin.records(), func(r trailRecord) bool { return r.Actor == s.user.ID && r.Outcome == "refused" }) {
		t.Error("a refusal left no record")
	}
}

// testLeft: what members who leave owned passes to whom an admin names, or to the
// workspace's owner. What others use goes on, what nobody else used waits.
func testLeft(t *testing.T, h *house) {
	s := newShared(t, h)
	var own struct{ ID string }
	s.owner.Must(201, "POST", "/api/workflows", Obj{"status": "ACTIVE", "access": Obj{"everyone": "none"}, "definition": document(Obj{"steps": []any{ValueStep("v", 1)}})}).Into(t, &own)
	theirs := s.editor.Connect("The editor's own", s.shop.URL, "access", Obj{"everyone": "none"})
	at := "/api/users/" + s.owner.ID
	s.admin.Refused(apierr.ValidationFailed, "DELETE", at+"?passTo="+s.auditor.ID, nil, "/passTo")
	s.admin.Refused(apierr.ValidationFailed, "DELETE", at+"?passTo="+s.owner.ID, nil, "/passTo")
	s.admin.Must(200, "DELETE", at+"?passTo="+s.editor.ID, nil)
	type thing struct{ OwnerID, Status string }
	of := func(path string) (v thing) {
		s.admin.Must(200, "GET", path, nil).Into(t, &v)
		return v
	}
	passed := func(path, to string) {
		t.Helper()
		s.admin.poll(path+" is passed on", func() bool { return of(path).OwnerID == to })
	}
	passed("/api/apis/"+s.ids["apis"], s.editor.ID)
	passed("/api/workflows/"+own.ID, s.editor.ID)
	passed("/api/workflows/"+s.ids["workflows"], s.editor.ID)
	if shared, alone := of("/api/workflows/"+s.ids["workflows"]), of("/api/workflows/"+own.ID); shared.Status != "ACTIVE" || alone.Status != "INACTIVE" {
		t.Errorf("shared with others: %s; with nobody: %s", shared.Status, alone.Status)
	}
	s.stranger.Must(http.StatusAccepted, "POST", "/api/events", Obj{"name": "order.private"})
	if got := s.user.delivered(s.ids["workflows"], trigger{ID: s.ids["triggers"]}, 1); got.Status != "COMPLETED" {
		t.Errorf("%+v", got)
	}
	s.editor.Must(200, "PUT", "/api/apis/"+s.ids["apis"]+"/access", Obj{})
	s.admin.Must(200, "PATCH", "/api/users/"+s.editor.ID, Obj{"active": false})
	passed("/api/apis/"+theirs, s.admin.ID)
	passed("/api/apis/"+s.ids["apis"], s.admin.ID)
	if !slices.ContainsFunc(s.admin.records(), func(r trailRecord) bool {
		return r.Action == "connection.access" && r.Resource == theirs && r.Actor == "system"
	}) {
		t.Error("what was passed on left no record")
	}
	s.admin.Verified()
}
