// Package api_test judges the handlers as clients meet them: over HTTP, with the
// whole middleware and a real table behind.
package api_test

import (
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/api/auth"
	"github.com/apiq/apiq/shared/api/log"
	"github.com/apiq/apiq/shared/api/member"
	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/fixture"
	"github.com/apiq/apiq/shared/limit"
	"github.com/apiq/apiq/shared/signin"
	"github.com/apiq/apiq/shared/web"
)

const password = fixture.Password

type home struct {
	*httptest.Server
	trail *audit.Trail
}

func newHome(t *testing.T, cookies auth.Cookies) *home {
	t.Helper()
	m := fixture.New(t, time.Now())
	people := m.People(t, nil)
	limiter, err := limit.NewLocal(nil)
	if err != nil {
		t.Fatal(err)
	}
	var all []web.Endpoint
	all = append(all, auth.Endpoints(people, cookies)...)
	all = append(all, auth.Logout(people, cookies, signin.Exit{PublicURL: func() string { return "" }})...)
	all = append(all, member.Endpoints(people)...)
	all = append(all, log.Endpoints(m.Trail)...)
	s, err := web.New(all, web.Deps{Auth: people, Trail: m.Trail, Store: m.Store, Sealer: m.Sealer, Limiter: limiter, Log: slog.New(slog.DiscardHandler)}, nil)
	if err != nil {
		t.Fatal(err)
	}
	h := &home{Server: httptest.NewServer(s.Handler()), trail: m.Trail}
	t.Cleanup(h.Close)
	return h
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	raw    string
	Data   json.RawMessage
	Meta   struct{ NextCursor *string }
	Code   string
	Detail string
	Errors []struct{ Path, Code string }
}

func (h *home) send(t *testing.T, method, path, token, body string, header ...string) answer {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, h.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	res, err := h.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	a := answer{status: res.StatusCode, header: res.Header, raw: string(raw)}
	if strings.Contains(res.Header.Get("Content-Type"), "json") && !strings.Contains(res.Header.Get("Content-Type"), "ndjson") {
		if err := json.Unmarshal(raw, &a); err != nil {
			t.Fatalf("%v: %s", err, raw)
		}
	}
	if strings.Contains(a.raw, password) {
		t.Fatalf("%s %s gives the password away: %s", method, path, a.raw)
	}
	return a
}

// session is the data of a sign-in.
type session struct {
	User      struct{ ID, Email, Name, Role, CreatedAt, UpdatedAt string }
	Workspace struct{ ID, Name, CreatedAt, UpdatedAt string }
	Token     string
	ExpiresAt string
}

func data[T any](t *testing.T, a answer, status int) T {
	t.Helper()
	var v T
	if a.status != status {
		t.Fatalf("%d, want %d: %s", a.status, status, a.raw)
	}
	if err := json.Unmarshal(a.Data, &v); err != nil {
		t.Fatalf("%v: %s", err, a.raw)
	}
	return v
}

func (h *home) register(t *testing.T, email, invite string) session {
	t.Helper()
	body := `{"email":"` + email + `","name":"Ada","password":"` + password + `"`
	if invite != "" {
		body += `,"invite":"` + invite + `"`
	}
	return data[session](t, h.send(t, "POST", "/api/auth/register", "", body+"}"), http.StatusCreated)
}
