package hometest

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/route"
)

// testMatrix sends every route as every role, with ids of another workspace.
func testMatrix(t *testing.T, h *house) {
	theirs := Register(t, h, "their-admin")
	their := foreign(t, theirs)
	admin := Register(t, h, "admin")
	people := map[string]Person{
		"": Nobody(t, h), string(route.RoleAdmin): admin,
		string(route.RoleUser):    admin.Invite("user", "USER"),
		string(route.RoleAuditor): admin.Invite("auditor", "AUDITOR"),
	}
	own := foreign(t, admin)
	mixed := maps.Clone(own)
	mixed["triggers"] = their["triggers"]
	bodies := requests(their["apis"])
	before := theirs.Must(200, "GET", "/api/logs?limit=100", nil).Raw
	for _, row := range route.Table() {
		body, listed := bodies[row.ID]
		if !listed {
			t.Errorf("route %s has no request in this test", row.ID)
			continue
		}
		if row.ID == "auth-logout" || row.ID == "account-erase" {
			continue // it would end the session that the others need; see Auth/LogoutIsImmediate
		}
		for role, p := range people {
			got := p.Send(row.Method, filled(row, their), body)
			foreignID := strings.Contains(row.Path, "{id}")
			switch {
			case row.Access == route.Public:
				if got.Status == 401 && !slices.Contains([]string{"auth-login", "passkeys-login"}, row.ID) || got.Status == 403 {
					t.Errorf("%s as %q: %d, but anyone may", row.ID, role, got.Status)
				}
			case role == "":
				if got.Status != 401 || got.Code != "UNAUTHENTICATED" {
					t.Errorf("%s signed out: %d %s, want 401", row.ID, got.Status, got.Code)
				}
			case !row.Allows(route.Role(role)):
				if got.Status != 403 || got.Code != "FORBIDDEN" {
					t.Errorf("%s as %s: %d %s, want 403", row.ID, role, got.Status, got.Code)
				}
			case foreignID:
				if got.Status != 404 || got.Code != "NOT_FOUND" {
					t.Errorf("%s as %s with another workspace's id: %d %s, want 404", row.ID, role, got.Status, got.Raw)
				}
			case got.Status == 401 || got.Status == 403 || got.Status >= 500:
				t.Errorf("%s as %s: %d %s, but the role may", row.ID, role, got.Status, got.Raw)
			}
			if got.Header.Get("X-Request-Id") == "" {
				t.Errorf("%s as %q: no X-Request-Id", row.ID, role)
			}
			if mixed := filled(row, mixed); row.Access != route.Public && len(row.Parameters()) > 1 && row.Allows(route.Role(role)) && mixed != filled(row, own) {
				// Its own workflow, with the other one's trigger.
				p.Refused(apierr.NotFound, row.Method, mixed, body)
			}
		}
	}
	if after := theirs.Must(200, "GET", "/api/logs?limit=100", nil).Raw; string(after) != string(before) {
		t.Errorf("something was written in the other workspace:\n%s\n%s", before, after)
	}
}
