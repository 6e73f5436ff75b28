package hometest

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/route"
)

const scimType = "application/scim+json"

// directory is the directory of a person's workspace.
func (p Person) directory() (directory Person, tokenID string) {
	p.t.Helper()
	var made struct{ ID, Token string }
	p.Must(http.StatusCreated, "POST", "/api/admin/scim/token", Obj{}).Into(p.t, &made)
	d := Nobody(p.t, p.home)
	d.Token, d.Workspace = made.Token, p.Workspace
	return d, made.ID
}

// told is a resource or an error of the protocol.
type told struct {
	ID, UserName, Status, ScimType, Detail, DisplayName string
	Active                                              bool
	TotalResults                                        int
	Schemas                                             []string
	Meta                                                struct{ Location, Version string }
}

func (p Person) provision(want int, method, path string, body any, header ...string) told {
	p.t.Helper()
	a := p.Send(method, "/scim/v2"+path, body, append(header, "Content-Type", scimType)...)
	if a.Status != want {
		p.t.Fatalf("%s %s: %d, want %d: %s", method, path, a.Status, want, a.Raw)
	}
	if want == http.StatusNoContent || want == http.StatusNotModified {
		return told{}
	}
	if media := a.Header.Get("Content-Type"); !strings.HasPrefix(media, scimType) {
		p.t.Errorf("%s %s: answered as %s", method, path, media)
	}
	var out told
	if err := json.Unmarshal(a.Raw, &out); err != nil {
		p.t.Fatalf("%s %s: %v: %s", method, path, err, a.Raw)
	}
	if want >= http.StatusBadRequest && (out.Status != http.StatusText(want) && out.Status == "" || out.Detail == "") {
		p.t.Errorf("%s %s: not an error of the protocol: %s", method, path, a.Raw)
	}
	return out
}

// testSCIM: a token of its own opens a workspace's people to its directory, and only
// those, until it is revoked.
func testSCIM(t *testing.T, h *house) {
	admin, other := Register(t, h, "admin"), Register(t, h, "other")
	user := admin.Invite("user", route.RoleUser)
	d, tokenID := admin.directory()
	for _, who := range []Person{admin, user, Nobody(t, h)} {
		want := http.StatusForbidden
		if who.ID == "" {
			want = http.StatusUnauthorized
		}
		who.provision(want, "GET", "/Users", nil)
	}
	for _, path := range []string{"/api/auth/me", "/api/users", "/api/workflows"} {
		d.Refused(apierr.Unauthenticated, "GET", path, nil)
	}
	for _, path := range []string{"/ServiceProviderConfig", "/ResourceTypes", "/Schemas"} {
		if got := d.provision(http.StatusOK, "GET", path, nil); len(got.Schemas) != 1 {
			t.Errorf("%s: %+v", path, got)
		}
	}
	if got := d.provision(http.StatusOK, "GET", "/Users?count=1", nil); got.TotalResults != 2 {
		t.Errorf("%+v", got)
	}
	d.provision(http.StatusNotFound, "GET", "/Users/"+other.ID, nil)
	d.provision(http.StatusNotFound, "DELETE", "/Users/"+other.ID, nil)
	if got := d.provision(http.StatusBadRequest, "GET", "/Users?filter=userName", nil); got.ScimType != "invalidFilter" {
		t.Errorf("%+v", got)
	}
	if got := d.provision(http.StatusBadRequest, "POST", "/Users", `{"userName":`); got.ScimType != "invalidSyntax" {
		t.Errorf("%+v", got)
	}
	email := newEmail("ada")
	ada := d.provision(http.StatusCreated, "POST", "/Users", Obj{"userName": email, "displayName": "Ada"})
	if m := admin.members()[ada.ID]; m.Email != email || m.Name != "Ada" || m.Role != route.RoleUser || !m.Active || !strings.HasSuffix(ada.Meta.Location, "/scim/v2/Users/"+ada.ID) {
		t.Errorf("%+v, told as %+v", m, ada)
	}
	if got := d.provision(http.StatusConflict, "POST", "/Users", Obj{"userName": email}); got.ScimType != "uniqueness" {
		t.Errorf("%+v", got)
	}
	d.provision(http.StatusNotModified, "GET", "/Users/"+ada.ID, nil, "If-None-Match", ada.Meta.Version)
	d.provision(http.StatusPreconditionFailed, "PATCH", "/Users/"+ada.ID, Obj{"Operations": []any{Obj{"op": "replace", "value": Obj{"active": false}}}}, "If-Match", `W/"0"`)
	admin.Must(http.StatusOK, "PUT", "/api/admin/scim", Obj{"defaultRole": "AUDITOR", "groups": []any{Obj{"group": "Chiefs", "role": "ADMIN"}}})
	g := d.provision(http.StatusCreated, "POST", "/Groups", Obj{"displayName": "chiefs", "members": []any{Obj{"value": ada.ID}}})
	if m := admin.members()[ada.ID]; m.Role != route.RoleAdmin {
		t.Errorf("%+v in a group of admins", m)
	}
	d.provision(http.StatusNoContent, "DELETE", "/Groups/"+g.ID, nil)
	if m := admin.members()[ada.ID]; m.Role != route.RoleAuditor {
		t.Errorf("%+v in no group", m)
	}
	user.Refused(apierr.Forbidden, "GET", "/api/admin/scim", nil)
	admin.Refused(apierr.ValidationFailed, "PUT", "/api/admin/scim", Obj{"defaultRole": "OWNER"})
	other.Refused(apierr.NotFound, "DELETE", "/api/admin/scim/token/"+tokenID, nil)
	admin.Must(http.StatusOK, "DELETE", "/api/admin/scim/token/"+tokenID, nil)
	d.provision(http.StatusUnauthorized, "GET", "/Users", nil)
	if raw := string(admin.Must(http.StatusOK, "GET", "/api/admin/scim", nil).Raw); strings.Contains(raw, d.Token) || !strings.Contains(raw, `"tokens":[]`) {
		t.Errorf("%s", raw)
	}
}

// testSCIMDeactivated: a person whom the directory deactivates is out at once, and the
// last admin stays.
func testSCIMDeactivated(t *testing.T, h *house) {
	admin := Register(t, h, "admin")
	user := admin.Invite("user", route.RoleUser)
	d, _ := admin.directory()
	user.Must(http.StatusOK, "GET", "/api/auth/me", nil)
	d.provision(http.StatusOK, "PATCH", "/Users/"+user.ID, Obj{"Operations": []any{Obj{"op": "Replace", "path": "active", "value": "False"}}})
	user.Refused(apierr.Unauthenticated, "GET", "/api/auth/me", nil)
	user.Refused(apierr.Unauthenticated, "POST", "/api/auth/login", Obj{"email": user.Email, "password": password})
	d.provision(http.StatusOK, "PATCH", "/Users/"+user.ID, Obj{"Operations": []any{Obj{"op": "Replace", "path": "active", "value": "True"}}})
	user.Must(http.StatusOK, "GET", "/api/auth/me", nil)
	d.provision(http.StatusNoContent, "DELETE", "/Users/"+user.ID, nil)
	user.Refused(apierr.Unauthenticated, "GET", "/api/auth/me", nil)
	d.provision(http.StatusConflict, "DELETE", "/Users/"+admin.ID, nil)
	admin.Must(http.StatusOK, "GET", "/api/auth/me", nil)
	var records []struct{ Action, Actor string }
	admin.Must(http.StatusOK, "GET", "/api/logs?limit=20", nil).Into(t, &records)
	n := 0
	for _, r := range records {
		if strings.HasPrefix(r.Actor, "prv_") && strings.HasPrefix(r.Action, "scim.user.") {
			n++
		}
	}
	if n != 3 {
		t.Errorf("%d of 3 changes are in the trail: %+v", n, records)
	}
}
