package api_test

import (
	"net/http"
	"testing"

	"github.com/apiq/apiq/shared/api/auth"
)

type memberView struct {
	ID, Email, Name, Role          string
	CreatedAt, UpdatedAt, JoinedAt string
	Active                         bool
	Version                        int64
}

type inviteView struct{ ID, Email, Role, Token, ExpiresAt string }

// join invites a person and registers them.
func (h *home) join(t *testing.T, admin session, email, role string) session {
	t.Helper()
	i := data[inviteView](t, h.send(t, "POST", "/api/users/invite", admin.Token, `{"email":"`+email+`","role":"`+role+`"}`), http.StatusCreated)
	s := h.register(t, email, i.Token)
	if s.User.Role != role || s.Workspace != admin.Workspace {
		t.Fatalf("%+v", s)
	}
	return s
}

func TestMembersRefused(t *testing.T) {
	t.Parallel()
	h := newHome(t, auth.Cookies{})
	ada := h.register(t, "ada@example.com", "")
	user, auditor := h.join(t, ada, "user@example.com", "USER"), h.join(t, ada, "auditor@example.com", "AUDITOR")
	eve := h.register(t, "eve@example.com", "")
	for name, c := range map[string]struct{ method, path, token, body, want string }{
		"nobody lists":        {"GET", "/api/users", "", "", "401 UNAUTHENTICATED"},
		"a user lists":        {"GET", "/api/users", user.Token, "", "403 FORBIDDEN"},
		"an auditor lists":    {"GET", "/api/users", auditor.Token, "", "403 FORBIDDEN"},
		"a foreign cursor":    {"GET", "/api/users?cursor=x", ada.Token, "", "400 VALIDATION_FAILED query.cursor cursor"},
		"limit 0":             {"GET", "/api/users?limit=0", ada.Token, "", "400 VALIDATION_FAILED query.limit range"},
		"limit 101":           {"GET", "/api/users?limit=101", ada.Token, "", "400 VALIDATION_FAILED query.limit range"},
		"a user invites":      {"POST", "/api/users/invite", user.Token, `{"email":"x@example.com","role":"USER"}`, "403 FORBIDDEN"},
		"an unknown role":     {"POST", "/api/users/invite", ada.Token, `{"email":"x@example.com","role":"OWNER"}`, "400 VALIDATION_FAILED /role enum"},
		"no role":             {"POST", "/api/users/invite", ada.Token, `{"email":"x@example.com"}`, "400 VALIDATION_FAILED /role required"},
		"who is here":         {"POST", "/api/users/invite", ada.Token, `{"email":"user@example.com","role":"USER"}`, "409 CONFLICT"},
		"a user promotes":     {"PATCH", "/api/users/" + user.User.ID, user.Token, `{"role":"ADMIN"}`, "403 FORBIDDEN"},
		"a null role":         {"PATCH", "/api/users/" + user.User.ID, ada.Token, `{"role":null}`, "400 VALIDATION_FAILED /role type"},
		"an unknown member":   {"PATCH", "/api/users/usr_none", ada.Token, `{"active":false}`, "404 NOT_FOUND"},
		"another's member":    {"PATCH", "/api/users/" + ada.User.ID, eve.Token, `{"active":false}`, "404 NOT_FOUND"},
		"a strange id":        {"PATCH", "/api/users/%00", ada.Token, `{"active":false}`, "404 NOT_FOUND"},
		"the last admin":      {"PATCH", "/api/users/" + ada.User.ID, ada.Token, `{"role":"USER"}`, "409 CONFLICT"},
		"the last admin, off": {"PATCH", "/api/users/" + ada.User.ID, ada.Token, `{"active":false}`, "409 CONFLICT"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if have := told(h.send(t, c.method, c.path, c.token, c.body)); have != c.want {
				t.Errorf("%q, want %q", have, c.want)
			}
		})
	}
}

func TestMembers(t *testing.T) {
	t.Parallel()
	h := newHome(t, auth.Cookies{})
	ada := h.register(t, "ada@example.com", "")
	user := h.join(t, ada, "user@example.com", "USER")
	h.register(t, "eve@example.com", "")

	first := h.send(t, "GET", "/api/users?limit=1", ada.Token, "")
	if len(data[[]memberView](t, first, http.StatusOK)) != 1 || first.Meta.NextCursor == nil {
		t.Fatal(first.raw)
	}
	second := h.send(t, "GET", "/api/users?limit=1&cursor="+*first.Meta.NextCursor, ada.Token, "")
	if m := data[[]memberView](t, second, http.StatusOK); len(m) != 1 || m[0].Email != "user@example.com" || !m[0].Active || m[0].Version != 1 || m[0].CreatedAt == "" || m[0].CreatedAt != m[0].JoinedAt {
		t.Fatal(second.raw)
	}
	if second.Meta.NextCursor != nil {
		if last := h.send(t, "GET", "/api/users?limit=1&cursor="+*second.Meta.NextCursor, ada.Token, ""); len(data[[]memberView](t, last, http.StatusOK)) != 0 || last.Meta.NextCursor != nil {
			t.Error(last.raw)
		}
	}

	off := h.send(t, "PATCH", "/api/users/"+user.User.ID, ada.Token, `{"active":false}`)
	if m := data[memberView](t, off, http.StatusOK); m.Active || m.Version != 2 || off.header.Get("ETag") != `"2"` {
		t.Error(off.raw)
	}
	if a := h.send(t, "GET", "/api/auth/me", user.Token, ""); told(a) != "401 UNAUTHENTICATED" {
		t.Errorf("deactivated, but %s", told(a))
	}
	if a := h.send(t, "POST", "/api/auth/login", "", `{"email":"user@example.com","password":"`+password+`"}`); told(a) != "401 UNAUTHENTICATED" {
		t.Errorf("deactivated, but %s", told(a))
	}
	h.send(t, "PATCH", "/api/users/"+user.User.ID, ada.Token, `{"active":true,"role":"ADMIN"}`)
	if a := h.send(t, "GET", "/api/users", user.Token, ""); a.status != http.StatusOK {
		t.Error(a.raw)
	}
}
