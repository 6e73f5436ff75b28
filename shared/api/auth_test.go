package api_test

import (
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/apiq/apiq/shared/api/auth"
)

func TestSignUpRefused(t *testing.T) {
	t.Parallel()
	h := newHome(t, auth.Cookies{})
	h.register(t, "ada@example.com", "")
	for name, c := range map[string]struct{ body, want string }{
		"nothing":             {``, "400 VALIDATION_FAILED  required"},
		"all missing":         {`{}`, "400 VALIDATION_FAILED /email required /name required /password required"},
		"a role of one's own": {`{"email":"b@example.com","name":"x","password":"` + password + `","role":"ADMIN"}`, "400 VALIDATION_FAILED /role unknown_field"},
		"Password":            {`{"email":"b@example.com","name":"x","Password":"` + password + `"}`, "400 VALIDATION_FAILED /Password unknown_field /password required"},
		"a short password":    {`{"email":"b@example.com","name":"x","password":"short"}`, "400 VALIDATION_FAILED /password too_short"},
		"password no text":    {`{"email":"b@example.com","name":"x","password":["` + "x" + `"]}`, "400 VALIDATION_FAILED /password type"},
		"no address":          {`{"email":"not one","name":"x","password":"` + password + `"}`, "400 VALIDATION_FAILED /email email"},
		"known":               {`{"email":"Ada@example.com","name":"x","password":"` + password + `"}`, "409 CONFLICT"},
		"a bad invitation":    {`{"email":"b@example.com","name":"x","password":"` + password + `","invite":"inv_x"}`, "400 VALIDATION_FAILED /invite invalid"},
		"too large":           {`{"email":"` + strings.Repeat("a", 70_000) + `"}`, "413 PAYLOAD_TOO_LARGE"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := h.send(t, "POST", "/api/auth/register", "", c.body)
			if have := told(a); have != c.want || a.header.Get("Set-Cookie") != "" {
				t.Errorf("%q, want %q", have, c.want)
			}
		})
	}
}

// told is an answer in a line: status, code, then path and code of each problem.
func told(a answer) string {
	line := []string{strings.TrimSpace(strconv.Itoa(a.status) + " " + a.Code)}
	for _, e := range a.Errors {
		line = append(line, e.Path, e.Code)
	}
	return strings.Join(line, " ")
}

func TestSignInAndOut(t *testing.T) {
	t.Parallel()
	h := newHome(t, auth.Cookies{Secure: true})
	ada := h.register(t, "ada@example.com", "")
	if ada.User.Role != "ADMIN" || !strings.HasPrefix(ada.User.ID, "usr_") || !strings.HasPrefix(ada.Workspace.ID, "wsp_") || ada.Workspace.Name != "Ada's workspace" || ada.ExpiresAt == "" ||
		ada.User.CreatedAt == "" || ada.User.UpdatedAt == "" || ada.Workspace.UpdatedAt == "" {
		t.Errorf("%+v", ada)
	}

	unknown := h.send(t, "POST", "/api/auth/login", "", `{"email":"nobody@example.com","password":"`+password+`"}`)
	wrong := h.send(t, "POST", "/api/auth/login", "", `{"email":"ada@example.com","password":"another password"}`)
	if told(wrong) != "401 UNAUTHENTICATED" || told(unknown) != told(wrong) || unknown.Detail != wrong.Detail || len(unknown.header) != len(wrong.header) {
		t.Errorf("%s %v\n%s %v", unknown.raw, unknown.header, wrong.raw, wrong.header)
	}

	in := h.send(t, "POST", "/api/auth/login", "", `{"email":"ADA@example.com","password":"`+password+`","code":""}`)
	s := data[session](t, in, http.StatusOK)
	cookies := (&http.Response{Header: in.header}).Cookies()
	if len(cookies) != 1 {
		t.Fatalf("cookies %v", cookies)
	}
	if c := cookies[0]; c.Name != "apiq_session" || c.Value != s.Token || !c.HttpOnly || !c.Secure || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "" || c.Expires.IsZero() {
		t.Errorf("cookie %v", c)
	}

	byCookie := []string{"Cookie", "apiq_session=" + s.Token}
	for name, a := range map[string]answer{"Bearer": h.send(t, "GET", "/api/auth/me", s.Token, ""), "cookie": h.send(t, "GET", "/api/auth/me", "", "", byCookie...)} {
		me := data[session](t, a, http.StatusOK)
		if me.User != ada.User || me.Workspace != ada.Workspace || me.Token != "" {
			t.Errorf("%s: %+v", name, me)
		}
	}
	if a := h.send(t, "POST", "/api/auth/logout", "", "", append(byCookie, "Sec-Fetch-Site", "cross-site")...); told(a) != "403 FORBIDDEN" {
		t.Errorf("logged out from another site: %s", told(a))
	}
	out := h.send(t, "POST", "/api/auth/logout", "", "", byCookie...)
	cleared := (&http.Response{Header: out.header}).Cookies()
	if out.status != http.StatusOK || len(cleared) != 1 || cleared[0].Value != "" || cleared[0].MaxAge != -1 || !cleared[0].HttpOnly || !cleared[0].Secure {
		t.Errorf("%s %v", out.raw, cleared)
	}
	for name, a := range map[string]answer{
		"me": h.send(t, "GET", "/api/auth/me", s.Token, ""), "cookie": h.send(t, "GET", "/api/auth/me", "", "", byCookie...),
		"logout again": h.send(t, "POST", "/api/auth/logout", s.Token, ""), "nobody": h.send(t, "GET", "/api/auth/me", "", ""),
	} {
		if told(a) != "401 UNAUTHENTICATED" {
			t.Errorf("%s: %s", name, a.raw)
		}
	}
	// The other session lives on.
	if a := h.send(t, "GET", "/api/auth/me", ada.Token, ""); a.status != http.StatusOK {
		t.Error(a.raw)
	}
}

func TestCookieOnLoopback(t *testing.T) {
	t.Parallel()
	h := newHome(t, auth.Cookies{})
	h.register(t, "ada@example.com", "")
	a := h.send(t, "POST", "/api/auth/login", "", `{"email":"ada@example.com","password":"`+password+`"}`)
	if c := (&http.Response{Header: a.header}).Cookies(); len(c) != 1 || c[0].Secure || !c[0].HttpOnly {
		t.Errorf("%v", c)
	}
}

// TestRegisterOnce: a registration whose answer was lost gives the same person
// and session again.
func TestRegisterOnce(t *testing.T) {
	t.Parallel()
	h := newHome(t, auth.Cookies{})
	body := `{"email":"ada@example.com","name":"Ada","password":"` + password + `"}`
	first := h.send(t, "POST", "/api/auth/register", "", body, "Idempotency-Key", "k")
	again := h.send(t, "POST", "/api/auth/register", "", body, "Idempotency-Key", "k")
	if first.status != http.StatusCreated || first.raw != again.raw || again.status != http.StatusCreated || first.header.Get("Set-Cookie") != again.header.Get("Set-Cookie") {
		t.Errorf("%d %s", again.status, again.raw)
	}
	other := h.send(t, "POST", "/api/auth/register", "", strings.Replace(body, "battery", "staple!", 1), "Idempotency-Key", "k")
	if told(other) != "409 IDEMPOTENCY_MISMATCH" {
		t.Error(told(other))
	}
}
