package route_test

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/apiq/apiq/shared/route"
)

// TestTable: what everything that derives from the table relies on.
func TestTable(t *testing.T) {
	t.Parallel()
	ids, patterns := map[string]bool{}, map[string]bool{}
	name := regexp.MustCompile(`^[a-z]+(-[a-z]+)*$`)
	mux := http.NewServeMux()
	for _, r := range route.Table() {
		// The way to a provider is asked for like a page, and is a change; so is the end of
		// sessions that a provider sends a browser with. Where people sign in is asked for
		// with an address, which belongs in no URL.
		asked := r.ID == "auth-discover"
		change := r.Method != http.MethodGet && !asked || r.ID == "apis-oauth-start" || r.ID == "saml-slo"
		switch {
		case ids[r.ID] || patterns[r.Pattern()]:
			t.Errorf("%s is there twice", r.ID)
		case !name.MatchString(r.ID):
			t.Errorf("%s: the id names a folder and a function", r.ID)
		case !strings.HasPrefix(r.Path, "/api/") && !strings.HasPrefix(r.Path, "/hooks/") && !strings.HasPrefix(r.Path, "/scim/v2/"):
			t.Errorf("%s: %s is outside the API", r.ID, r.Path)
		case r.Mutates != change:
			t.Errorf("%s: %s mutates %v", r.ID, r.Method, r.Mutates)
		case !change && r.Body != 0 && !asked, r.Body < 0, r.Body > 128<<20:
			t.Errorf("%s: a body of %d bytes", r.ID, r.Body)
		case r.Rate.PerMinute <= 0 || r.Rate.Burst <= 0 || r.Timeout <= 0:
			t.Errorf("%s has no limits", r.ID)
		case r.Summary == "" || r.Tag == "" || r.Access == "":
			t.Errorf("%s: summary, tag, access", r.ID)
		case change && r.Needs.Table != route.Write:
			t.Errorf("%s writes an audit record, but has no grant to", r.ID)
		case r.Access != route.Public && r.Needs.Table == route.None:
			t.Errorf("%s looks sessions up, but has no grant to", r.ID)
		}
		ids[r.ID], patterns[r.Pattern()] = true, true
		mux.Handle(r.Pattern(), http.NotFoundHandler()) // panics where two are in conflict
		found, ok := route.ByID(r.ID)
		if !ok || found.Pattern() != r.Pattern() {
			t.Errorf("ByID(%s): %v", r.ID, found)
		}
	}
	if _, ok := route.ByID("none"); ok {
		t.Error("a route that is not there")
	}
}

// TestAccount: a person's own things are kept from who came by the sign-in of one
// workspace, but for what is listed here, with why.
func TestAccount(t *testing.T) {
	t.Parallel()
	open := map[string]string{
		"auth-me":              "who is signed in here",
		"auth-sessions":        "identity shows those that came by that sign-in",
		"identities-list":      "identity shows those of that workspace",
		"mfa-get":              "tells which kinds there are, and no secret",
		"passkeys-list":        "tells names, and no secret",
		"tokens-list":          "identity shows the workspace's",
		"workspaces-list":      "identity shows the one",
		"workspaces-deletions": "identity refuses",
		"auth-logout":          "ends the session itself",
		"auth-confirm":         "proves something, and changes nothing but the session",
		"passkeys-confirm":     "as auth-confirm",
		"tokens-create":        "a token is of the workspace",
		"tokens-delete":        "identity looks whose it is",
		"workspaces-create":    "identity refuses", "workspaces-switch": "identity refuses", "invites-accept": "identity refuses",
	}
	for _, r := range route.Table() {
		if r.Access != route.SignedIn {
			continue
		}
		if why := open[r.ID]; r.Account == (why != "") {
			t.Errorf("%s: account %v, listed as open %q: one of both", r.ID, r.Account, why)
		}
	}
}

// TestContract: rows that the contract names, with who may call them.
func TestContract(t *testing.T) {
	t.Parallel()
	have := map[string]route.Route{}
	for _, r := range route.Table() {
		have[r.Pattern()] = r
	}
	for pattern, roles := range map[string]string{
		"POST /api/auth/register": "P", "POST /api/auth/login": "P", "POST /api/auth/logout": "U R", "GET /api/auth/me": "U R",
		"GET /api/users": "A", "POST /api/users/invite": "A", "PATCH /api/users/{id}": "A",
		"GET /api/apis": "U R", "POST /api/apis": "U", "GET /api/apis/{id}": "U R", "PUT /api/apis/{id}": "U", "DELETE /api/apis/{id}": "U",
		"POST /api/apis/{id}/test": "U", "POST /api/apis/{id}/refresh": "U", "GET /api/apis/{id}/endpoints": "U R",
		"GET /api/apis/{id}/endpoints/{operationId}": "U R", "POST /api/apis/{id}/endpoints/{operationId}/try": "U",
		"POST /api/chat": "U", "POST /api/chat/execute": "U",
		"GET /api/workflows": "U R", "POST /api/workflows": "U", "GET /api/workflows/{id}": "U R", "PUT /api/workflows/{id}": "U", "DELETE /api/workflows/{id}": "U",
		"GET /api/workflows/{id}/versions": "U R", "POST /api/workflows/{id}/rollback": "U", "POST /api/workflows/{id}/execute": "U", "GET /api/workflows/{id}/export": "U R",
		"GET /api/workflows/{id}/triggers": "U R", "POST /api/workflows/{id}/triggers": "U", "PATCH /api/workflows/{id}/triggers/{triggerId}": "U",
		"DELETE /api/workflows/{id}/triggers/{triggerId}": "U", "POST /hooks/{triggerId}": "P", "POST /api/events": "U",
		"GET /api/executions": "U R", "GET /api/executions/{id}": "U R", "GET /api/executions/{id}/events": "U R",
		"POST /api/executions/{id}/cancel": "U", "POST /api/executions/{id}/retry": "U", "POST /api/executions/{id}/steps/{stepId}/resolve": "U",
		"GET /api/logs": "A R", "GET /api/logs/export": "A R", "GET /api/logs/verify": "A R",
		"GET /api/admin/spec-cache": "A", "DELETE /api/admin/spec-cache": "A", "GET /api/stats": "A R", "GET /api/health": "P", "GET /api/openapi.json": "P",
	} {
		r, ok := have[pattern]
		if !ok {
			t.Errorf("no %s", pattern)
			continue
		}
		want := map[route.Role]bool{route.RoleAdmin: true} // an admin may do all
		for role := range strings.FieldsSeq(roles) {
			switch role {
			case "P":
				want[route.RoleUser], want[route.RoleAuditor], want["NONE"] = true, true, true
			case "U":
				want[route.RoleUser] = true
			case "R":
				want[route.RoleAuditor] = true
			}
		}
		for _, role := range append(route.Roles(), "NONE", "") {
			if r.Allows(role) != (want[role] || (role == "" && r.Access == route.Public)) {
				t.Errorf("%s: %q allowed %v", pattern, role, r.Allows(role))
			}
		}
	}
}

func TestUnknownAccessAllowsNobody(t *testing.T) {
	t.Parallel()
	for _, role := range route.Roles() {
		if (route.Route{Access: "made-up"}).Allows(role) || (route.Route{}).Allows(role) {
			t.Errorf("%s", role)
		}
	}
}

func TestParameters(t *testing.T) {
	t.Parallel()
	for path, want := range map[string][]string{"/a": nil, "/a/{b}": {"b"}, "/{a}/b/{c}/d": {"a", "c"}, "/a/{rest...}": {"rest"}} {
		if have := (route.Route{Path: path}).Parameters(); !slices.Equal(have, want) {
			t.Errorf("%s: %v", path, have)
		}
	}
}

// TestRoom: an HTTP API takes 300 routes (API Gateway quotas), one for each method.
func TestRoom(t *testing.T) {
	t.Parallel()
	n := 0
	for _, r := range route.Table() {
		n += len(r.Methods())
	}
	if n > 280 {
		t.Errorf("%d routes: split the API, or have the quota raised, before there are 300", n)
	}
}
