package hometest

import (
	"strings"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/route"
)

// token makes an API token and is the person by it.
func (p Person) token(scopes ...string) (Person, string) {
	p.t.Helper()
	var made struct{ ID, Token string }
	p.Must(201, "POST", "/api/auth/tokens", Obj{"name": strings.Join(scopes, " "), "scopes": scopes, "expiresAt": time.Now().Add(time.Hour)}).Into(p.t, &made)
	p.Token = made.Token
	return p, made.ID
}

// testTokens is the life of an API token.
func testTokens(t *testing.T, h *house) {
	p := Register(t, h, "ada")
	by, id := p.token("workflows:write")
	flow := by.Save(Obj{"steps": []any{ValueStep("a", 1)}})
	by.Must(200, "GET", "/api/workflows/"+flow, nil)
	by.Must(200, "GET", "/api/auth/me", nil)
	refused := by.Refused(apierr.Forbidden, "POST", "/api/executions/exe_0190aaaa-0000-7000-8000-000000000000/cancel", nil)
	if !strings.Contains(refused.Detail, "executions:write") {
		t.Errorf("it does not say what it takes: %s", refused.Detail)
	}
	by.Refused(apierr.Forbidden, "POST", "/api/auth/tokens", Obj{"name": "x", "scopes": []string{"all"}, "expiresAt": time.Now().Add(time.Hour)})
	var listed []struct {
		ID, Name   string
		LastUsedAt *time.Time
	}
	list := p.Must(200, "GET", "/api/auth/tokens", nil)
	if list.Into(t, &listed); len(listed) != 1 || listed[0].ID != id || strings.Contains(string(list.Raw), by.Token) {
		t.Errorf("%s", list.Raw)
	}
	named := false
	for _, r := range p.records() {
		named = named || r.Action == "workflow.create" && r.Token == id && r.Actor == p.ID
	}
	if !named {
		t.Errorf("no record of the change names the token: %+v", p.records())
	}
	p.Must(200, "DELETE", "/api/auth/tokens/"+id, nil)
	by.Refused(apierr.Unauthenticated, "GET", "/api/auth/me", nil)
	p.Refused(apierr.ValidationFailed, "POST", "/api/auth/tokens", Obj{"name": "x", "scopes": []string{"auth:write"}, "expiresAt": time.Now().Add(time.Hour)}, "/scopes/0")
}

// testTokenMatrix sends every route by a token of every scope, of a person of every
// role: it reaches what its scope and the role allow, and no more.
func testTokenMatrix(t *testing.T, h *house) {
	theirs := Register(t, h, "their-admin")
	their := foreign(t, theirs)
	admin := Register(t, h, "admin")
	bodies := requests(their["apis"])
	people := map[route.Role]Person{route.RoleAdmin: admin, route.RoleUser: admin.Invite("user", "USER"), route.RoleAuditor: admin.Invite("auditor", "AUDITOR")}
	reached, kept := 0, 0
	for role, p := range people {
		for _, scope := range route.Scopes() {
			by, _ := p.token(scope)
			for _, row := range route.Table() {
				if row.Access == route.Public {
					continue
				}
				got := by.Send(row.Method, filled(row, their), bodies[row.ID])
				if got.Status == 429 {
					continue // of a low rate, which is the person's and not a token's
				}
				allowed := row.Allows(role) && row.AllowsToken([]string{scope})
				switch {
				case !allowed && (got.Status != 403 || got.Code != "FORBIDDEN"):
					t.Errorf("%s as %s by a token for %s: %d %s, want 403", row.ID, role, scope, got.Status, got.Raw)
				case allowed && (got.Status == 401 || got.Status == 403 || got.Status >= 500):
					t.Errorf("%s as %s by a token for %s: %d %s, but it may", row.ID, role, scope, got.Status, got.Raw)
				}
				if allowed {
					reached++
				} else {
					kept++
				}
			}
		}
	}
	if reached < 100 || kept < 500 {
		t.Errorf("the test saw too little: %d reached, %d kept out", reached, kept)
	}
}
