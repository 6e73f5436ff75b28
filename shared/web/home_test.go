package web_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/fixture"
	"github.com/apiq/apiq/shared/identity"
	"github.com/apiq/apiq/shared/limit"
	"github.com/apiq/apiq/shared/tenant"
	"github.com/apiq/apiq/shared/web"
)

// people are sign-ins by token, for tests of what is around the domain of people.
type people map[string]identity.Principal

func (p people) Authenticate(_ context.Context, token string) (identity.Principal, error) {
	if who, ok := p[token]; ok {
		return who, nil
	}
	return identity.Principal{}, apierr.New(apierr.Unauthenticated, "The session is over or not valid. Sign in again.")
}

const (
	user, admin, auditor = "user", "admin", "auditor"
	workspace            = "wsp_1"
)

func principals() people {
	p := people{}
	for token, role := range map[string]string{user: "USER", admin: "ADMIN", auditor: "AUDITOR"} {
		who := identity.Principal{UserID: "usr_" + token, Email: token + "@example.com", WorkspaceID: workspace, SessionID: "ses_" + token}
		if err := json.Unmarshal([]byte(`"`+role+`"`), &who.Role); err != nil {
			panic(err)
		}
		p[token] = who
	}
	return p
}

// home is a server of a test's endpoints over a real table.
type home struct {
	*httptest.Server
	web.Deps
	clock *fixture.Clock
	log   *fixture.Log
}

func newHome(t *testing.T, endpoints ...web.Endpoint) *home {
	t.Helper()
	m := fixture.New(t, time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC))
	h := &home{clock: m.Clock, log: &fixture.Log{}}
	limiter, err := limit.NewLocal(&limit.Options{Now: h.clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	h.Deps = web.Deps{
		Auth: principals(), Store: m.Store, Limiter: limiter, Trail: m.Trail, Sealer: m.Sealer,
		Log: slog.New(slog.NewTextHandler(h.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
	s, err := web.New(endpoints, h.Deps, &web.Options{Now: h.clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	h.Server = httptest.NewServer(s.Handler())
	t.Cleanup(h.Close)
	return h
}

// sent is a request of a test.
type sent struct {
	method, path, token, body string
	header                    map[string]string
}

// got is its answer.
type got struct {
	status int
	header http.Header
	body   string
	err    error // of reading the body
}

func (h *home) send(t *testing.T, q sent) got {
	t.Helper()
	var body io.Reader
	if q.body != "" {
		body = strings.NewReader(q.body)
	}
	r, err := http.NewRequestWithContext(t.Context(), q.method, h.URL+q.path, body)
	if err != nil {
		t.Fatal(err)
	}
	if q.body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if q.token != "" {
		r.Header.Set("Authorization", "Bearer "+q.token)
	}
	for name, value := range q.header {
		r.Header.Set(name, value)
	}
	res, err := h.Client().Do(r)
	if err != nil {
		return got{err: err}
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	return got{res.StatusCode, res.Header, string(raw), err}
}

// problem reads an answer as a problem and checks what every one has.
func (g got) problem(t *testing.T) web.Problem {
	t.Helper()
	var p web.Problem
	if err := json.Unmarshal([]byte(g.body), &p); err != nil {
		t.Fatalf("%d is no problem: %v: %s", g.status, err, g.body)
	}
	switch {
	case g.header.Get("Content-Type") != "application/problem+json",
		p.Success, p.Status != g.status, p.Status != p.Code.Status(), p.Title != p.Code.Title(), p.Title == "",
		p.Type != "/docs/api#"+string(p.Code), p.Detail == "",
		p.RequestID == "", p.RequestID != g.header.Get("X-Request-Id"):
		t.Fatalf("not a problem of the contract: %d %v %s", g.status, g.header, g.body)
	}
	return p
}

// records are those of a workspace's trail, oldest first, as "action outcome code".
func (h *home) records(t *testing.T, in string) []string {
	t.Helper()
	page, err := h.Trail.List(tenant.With(t.Context(), in), audit.Filter{}, 100, "")
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for i := range page.Records {
		r := page.Records[len(page.Records)-1-i]
		out = append(out, strings.TrimSpace(strings.Join([]string{r.Action, string(r.Outcome), r.Code}, " ")))
	}
	return out
}

var errDefect = errors.New("the store said a secret thing")

// Changeable implements web.Authenticator: every workspace is open.
func (people) Changeable(context.Context, identity.Principal) error { return nil }
