package route_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/apiq/apiq/shared/route"
)

// TestScopesKeepOut: whatever makes access last takes a session, whatever a token was given.
func TestScopesKeepOut(t *testing.T) {
	t.Parallel()
	all := route.Scopes()
	for _, r := range route.Table() {
		sensitive := r.Fresh || r.Mutates && slices.Contains([]string{"auth", "users", "workspaces", "admin"}, r.Tag) ||
			strings.HasPrefix(r.Path, "/api/auth/") && r.ID != "auth-me"
		if r.Access != route.Public && sensitive && r.AllowsToken(all) {
			t.Errorf("%s is open to tokens", r.ID)
		}
	}
}

func TestScopes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		id     string
		scopes string
		want   bool
	}{
		{"workflows-list", "workflows:read", true}, {"workflows-list", "workflows:write", true}, {"workflows-list", "read", true}, {"workflows-list", "all", true},
		{"workflows-list", "executions:write", false}, {"workflows-list", "", false}, {"workflows-list", "workflows", false}, {"workflows-list", "*", false},
		{"workflows-create", "workflows:write", true}, {"workflows-create", "all", true}, {"workflows-create", "workflows:read read", false}, {"workflows-create", "apis:write", false},
		{"auth-me", "", true}, {"health", "", true}, {"auth-login", "", true},
		{"auth-logout", "all", false}, {"mfa-totp", "all", false}, {"users-update", "all", false}, {"users-list", "users:read", true}, {"users-list", "read", true},
		{"logs-list", "logs:read", true}, {"spec-cache-purge", "all", false},
	} {
		r, ok := route.ByID(c.id)
		if !ok {
			t.Fatalf("no route %s", c.id)
		}
		if have := r.AllowsToken(strings.Fields(c.scopes)); have != c.want {
			t.Errorf("%s with %q: %v", c.id, c.scopes, have)
		}
	}
	scopes := route.Scopes()
	if !slices.Contains(scopes, "executions:write") || slices.Contains(scopes, "users:write") || slices.ContainsFunc(scopes, func(s string) bool { return strings.HasPrefix(s, "auth") }) {
		t.Errorf("%v", scopes)
	}
}
