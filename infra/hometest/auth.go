package hometest

import (
	"cmp"
	"net/http"
	"strings"
	"testing"

	"github.com/apiq/apiq/shared/apierr"
)

// sessionCookie is the one cookie that a home sets.
const sessionCookie = "apiq_session"

// testLogoutIsImmediate: the token is of no use from then on.
func testLogoutIsImmediate(t *testing.T, h *house) {
	p := Register(t, h, "ada")
	p.Must(200, "GET", "/api/auth/me", nil)
	p.Must(200, "POST", "/api/auth/logout", Obj{})
	p.Must(401, "GET", "/api/auth/me", nil)
}

// cookie finds the session's in an answer.
func (a Answer) cookie(t testing.TB) *http.Cookie {
	t.Helper()
	lines := a.Header.Values("Set-Cookie")
	if len(lines) != 1 {
		t.Fatalf("Set-Cookie %q", lines)
	}
	c, err := http.ParseSetCookie(lines[0])
	if err != nil || c.Name != sessionCookie {
		t.Fatalf("Set-Cookie %q: %v", lines[0], err)
	}
	return c
}

// testCookies: a session comes as a cookie too, and works as the token does.
// testChoices tells a sign-in page, and whoever is to call or lead people here, what to know.
func testChoices(t *testing.T, h *house) {
	var o struct{ Registration, PublicURL string }
	Nobody(t, h).Must(200, "GET", "/api/auth/options", nil).Into(t, &o)
	if want := cmp.Or(h.harness.Public, h.URL()); o.Registration != "open" || o.PublicURL != want {
		t.Errorf("%+v, want open at %s", o, want)
	}
}

func testCookies(t *testing.T, h *house) {
	p := Register(t, h, "ada")
	in := p.Must(200, "POST", "/api/auth/login", Obj{"email": strings.ToUpper(p.Email), "password": password})
	var s session
	in.Into(t, &s)
	c := in.cookie(t)
	if c.Value != s.Token || c.Path != "/" || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Domain != "" || !c.Expires.Equal(s.ExpiresAt) {
		t.Errorf("cookie %+v of session %+v", c, s)
	}
	byCookie := p
	byCookie.Token = ""
	byCookie.Refused(apierr.Unauthenticated, "GET", "/api/auth/me", nil)
	for _, lines := range [][]string{
		{sessionCookie + "=" + s.Token},
		{"a=1; " + sessionCookie + "=" + s.Token + "; b=2"},
		{"theme=dark", sessionCookie + "=" + s.Token, "c=\"x y\""}, // HTTP/2 sends one line for each
	} {
		req := byCookie.request("GET", "/api/auth/me", nil)
		req.Header["Cookie"] = lines
		if a := byCookie.do(req, "GET /api/auth/me"); a.Status != http.StatusOK {
			t.Errorf("cookies %q: %d %s", lines, a.Status, a.Raw)
		}
	}
	cookie := sessionCookie + "=" + s.Token
	byCookie.Must(201, "POST", "/api/workflows", Obj{"definition": document(Obj{"steps": []any{ValueStep("v", 1)}})}, "Cookie", cookie, "Sec-Fetch-Site", "same-origin")
	for _, from := range [][]string{{"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"}, {"Origin", "https://elsewhere.example"}, {"Origin", "null"}} {
		a := byCookie.Send("POST", "/api/auth/logout", Obj{}, append([]string{"Cookie", cookie}, from...)...)
		byCookie.Expect(a, apierr.Forbidden, "from another site, "+strings.Join(from, " "))
		byCookie.Must(200, "GET", "/api/auth/me", nil, append([]string{"Cookie", cookie}, from...)...)
	}
	out := byCookie.Must(200, "POST", "/api/auth/logout", Obj{}, "Cookie", cookie)
	if gone := out.cookie(t); gone.Value != "" || gone.MaxAge >= 0 || gone.Path != "/" {
		t.Errorf("the cookie is not cleared: %+v", gone)
	}
	byCookie.Must(401, "GET", "/api/auth/me", nil, "Cookie", cookie)
	p.Must(200, "GET", "/api/auth/me", nil) // the other session goes on
}

// testRegister: who joins, and who does not.
func testRegister(t *testing.T, h *house) {
	p := Register(t, h, "ada")
	var me struct {
		User      struct{ ID, Email, Name, Role string }
		Workspace struct{ ID, Name string }
	}
	p.Must(200, "GET", "/api/auth/me", nil).Into(t, &me)
	if me.User.ID != p.ID || me.User.Email != p.Email || me.User.Role != "ADMIN" || me.Workspace.ID != p.Workspace {
		t.Errorf("%+v is not %+v", me, p)
	}
	anyone := Nobody(t, h)
	for path, change := range map[string]Obj{
		"/email":    {"email": "no address"},
		"/password": {"password": "short"},
		"/name":     {"name": "  "},
		"/invite":   {"invite": "inv_nothing"},
	} {
		body := Obj{"email": newEmail("x"), "name": "X", "password": password}
		for k, v := range change {
			body[k] = v
		}
		anyone.Refused(apierr.ValidationFailed, "POST", "/api/auth/register", body, path)
	}
	anyone.Refused(apierr.ValidationFailed, "POST", "/api/auth/register", Obj{}, "/email", "/name", "/password")
	anyone.Refused(apierr.Conflict, "POST", "/api/auth/register", Obj{"email": " " + strings.ToUpper(p.Email) + " ", "name": "Ada", "password": password})
}

// testCredentials: every refusal of a credential is UNAUTHENTICATED, names the
// scheme, and sets no cookie.
func testCredentials(t *testing.T, h *house) {
	p := Register(t, h, "ada")
	anyone := Nobody(t, h)
	check := func(a Answer, what string) {
		t.Helper()
		p.Expect(a, apierr.Unauthenticated, what)
		if !strings.HasPrefix(a.Header.Get("WWW-Authenticate"), "Bearer ") || len(a.Header.Values("Set-Cookie")) != 0 {
			t.Errorf("%s: %v", what, a.Header)
		}
	}
	wrong := anyone.Send("POST", "/api/auth/login", Obj{"email": p.Email, "password": "wrong horse battery"})
	unknown := anyone.Send("POST", "/api/auth/login", Obj{"email": newEmail("nobody"), "password": password})
	check(wrong, "a wrong password")
	check(unknown, "an unknown e-mail")
	if wrong.Detail != unknown.Detail {
		t.Errorf("told apart: %q, %q", wrong.Detail, unknown.Detail)
	}
	parts := strings.Split(p.Token, ".")
	for _, header := range []string{"Bearer", "Bearer ", "Bearer x", "Basic " + p.Token, p.Token, "Bearer " + p.Token + "x", "Bearer " + strings.Repeat("a", 4000),
		"Bearer " + parts[0] + "." + parts[len(parts)-1], "Bearer " + p.Token[:len(p.Token)-4]} {
		check(anyone.Send("GET", "/api/auth/me", nil, "Authorization", header), "Authorization: "+header)
	}
	check(anyone.Send("GET", "/api/auth/me", nil, "Cookie", sessionCookie+"=x"), "a cookie of no session")
	check(anyone.Send("GET", "/api/auth/me", nil), "nothing")
	p.Must(200, "GET", "/api/auth/me", nil, "Authorization", "bearer  "+p.Token)
	// What needs no session takes no offence at one that is over.
	p.Must(200, "POST", "/api/auth/logout", nil)
	p.Must(200, "GET", "/api/health", nil)
	p.Must(200, "GET", "/api/openapi.json", nil)
}
