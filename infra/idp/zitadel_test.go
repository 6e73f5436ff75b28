package idp_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/zitadel/oidc/v3/example/server/exampleop"
	"github.com/zitadel/oidc/v3/example/server/storage"

	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/egress"
	"github.com/apiq/apiq/shared/identity"
	"github.com/apiq/apiq/shared/limit"
	"github.com/apiq/apiq/shared/secret"
	"github.com/apiq/apiq/shared/secret/keyfile"
	"github.com/apiq/apiq/shared/signin"
	"github.com/apiq/apiq/shared/signin/oidc"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/table/sqlite"
)

const publicURL = "http://127.0.0.1:1"

// people are whom the provider knows.
type people map[string]*storage.User

func (p people) GetUserByID(id string) *storage.User { return p[id] }
func (p people) ExampleClientID() string             { return "" }
func (p people) GetUserByUsername(name string) *storage.User {
	for _, u := range p {
		if u.Username == name {
			return u
		}
	}
	return nil
}

// newProvider is zitadel's example, with two people: one whose address is verified.
// Its clients are the process's.
func newProvider(t testing.TB, clientID string) string {
	t.Helper()
	var once sync.Once
	var handler http.Handler
	var srv *httptest.Server
	srv = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		once.Do(func() {
			store := storage.NewStorage(people{
				"id1": {ID: "id1", Username: "grace", Password: "verysecure", FirstName: "Grace", LastName: "Hopper", Email: "grace@example.com", EmailVerified: true},
				"id2": {ID: "id2", Username: "eve", Password: "verysecure", FirstName: "Eve", LastName: "X", Email: "victim@example.com"},
			})
			handler = exampleop.SetupServer(srv.URL, store, slog.New(slog.DiscardHandler), false)
		})
		handler.ServeHTTP(w, r)
	}))
	t.Cleanup(srv.Close)
	storage.RegisterClients(storage.WebClient(clientID, "secret", publicURL+"/api/auth/generic/callback"))
	return srv.URL
}

type home struct {
	*signin.Service
	people *identity.Service
	late   time.Duration
	mu     sync.Mutex
}

func (h *home) now() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return time.Now().Add(h.late)
}

func newHome(t testing.TB, issuer, clientID, clientSecret string) *home {
	t.Helper()
	dir := t.TempDir()
	db, err := sqlite.Open(context.Background(), filepath.Join(dir, "table.db"), &sqlite.Options{SweepEvery: -1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	wrap, err := keyfile.OpenOrCreate(filepath.Join(dir, "key"))
	if err != nil {
		t.Fatal(err)
	}
	h := &home{}
	store := table.New(db, &table.Options{Now: h.now})
	trail := audit.New(store, &audit.Options{Now: h.now})
	sealer := secret.NewEnvelope(store, wrap, nil)
	limiter, err := limit.NewLocal(nil)
	if err != nil {
		t.Fatal(err)
	}
	if h.people, err = identity.New(store, trail, sealer, limiter, &identity.Options{Now: h.now}); err != nil {
		t.Fatal(err)
	}
	guard := egress.New(&egress.Options{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}})
	h.Service = signin.New(store, trail, sealer, h.people, oidc.New(guard, &oidc.Options{Now: h.now}), &signin.Options{Now: h.now, PublicURL: func() string { return publicURL },
		Operator: []signin.Provider{{ID: signin.Generic, Name: "Zitadel", Issuer: issuer, ClientID: clientID, Secret: secret.New(clientSecret), Scopes: []string{"profile", "email"}, JIT: true, Enabled: true}}})
	return h
}

// visit is a person in a browser at the provider, up to where it sends them back.
func visit(t testing.TB, at, user, password string) url.Values {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	var back url.Values
	client := &http.Client{Jar: jar, CheckRedirect: func(r *http.Request, _ []*http.Request) error {
		if strings.HasPrefix(r.URL.String(), publicURL) {
			back = r.URL.Query()
			return http.ErrUseLastResponse
		}
		return nil
	}}
	page, err := client.Get(at)
	if err != nil {
		t.Fatal(err)
	}
	body, _ := io.ReadAll(page.Body)
	_ = page.Body.Close()
	if back != nil {
		return back
	}
	id := page.Request.URL.Query().Get("authRequestID")
	if id == "" {
		t.Fatalf("%s: %d %s", page.Request.URL, page.StatusCode, body)
	}
	res, err := client.PostForm(page.Request.URL.Scheme+"://"+page.Request.URL.Host+"/login/username", url.Values{"id": {id}, "username": {user}, "password": {password}})
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	return back
}

func (h *home) start(t testing.TB) signin.Departure {
	t.Helper()
	d, err := h.Start(t.Context(), "", signin.Generic, "/runs", "")
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func back(q url.Values, d signin.Departure) signin.Return {
	return signin.Return{State: q.Get("state"), Code: q.Get("code"), Error: q.Get("error"), Issuer: q.Get("iss"), Browser: d.Browser}
}

// TestZitadel: the whole way with a provider that is none of ours, and what of it does not stand.
func TestZitadel(t *testing.T) {
	t.Parallel()
	issuer := newProvider(t, "flow")
	t.Run("signed in", func(t *testing.T) {
		t.Parallel()
		h := newHome(t, issuer, "flow", "secret")
		d := h.start(t)
		q := visit(t, d.URL, "grace", "verysecure")
		a, err := h.Finish(t.Context(), signin.Generic, back(q, d))
		if err != nil || a.Grant.User.Email != "grace@example.com" || a.Grant.User.Name != "Grace Hopper" || a.ReturnTo != "/runs" {
			t.Fatalf("%+v %v", a, err)
		}
		if p, err := h.people.Authenticate(t.Context(), a.Grant.Token); err != nil || p.UserID != a.Grant.User.ID {
			t.Errorf("%+v %v", p, err)
		}
		if _, err := h.Finish(t.Context(), signin.Generic, back(q, d)); signin.Code(err) != "expired" {
			t.Errorf("replayed: %v", err)
		}
		d = h.start(t)
		again, err := h.Finish(t.Context(), signin.Generic, back(visit(t, d.URL, "grace", "verysecure"), d))
		if err != nil || again.Grant.User.ID != a.Grant.User.ID {
			t.Errorf("%+v %v", again, err)
		}
	})
	t.Run("a wrong password comes back from nowhere", func(t *testing.T) {
		t.Parallel()
		h := newHome(t, issuer, "flow", "secret")
		if q := visit(t, h.start(t).URL, "grace", "wrong"); q != nil {
			t.Errorf("came back with %v", q)
		}
	})
	for name, c := range map[string]struct {
		user, secret, want string
		bend               func(h *home, r *signin.Return)
	}{
		"e-mail not verified":      {user: "eve", want: "email_unverified"},
		"a wrong client secret":    {user: "grace", secret: "wrong", want: "invalid_answer"},
		"expired state":            {user: "grace", want: "expired", bend: func(h *home, _ *signin.Return) { h.mu.Lock(); h.late = signin.FlowLife; h.mu.Unlock() }},
		"another browser's answer": {user: "grace", want: "other_browser", bend: func(_ *home, r *signin.Return) { r.Browser = strings.Repeat("A", 43) }},
		"another code":             {user: "grace", want: "invalid_answer", bend: func(_ *home, r *signin.Return) { r.Code = "x" + r.Code }},
		"another issuer's answer":  {user: "grace", want: "invalid_answer", bend: func(_ *home, r *signin.Return) { r.Issuer = "https://evil.example" }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if c.secret == "" {
				c.secret = "secret"
			}
			h := newHome(t, issuer, "flow", c.secret)
			d := h.start(t)
			r := back(visit(t, d.URL, c.user, "verysecure"), d)
			if c.bend != nil {
				c.bend(h, &r)
			}
			a, err := h.Finish(t.Context(), signin.Generic, r)
			if err == nil || signin.Code(err) != c.want || a.Grant.Token != "" {
				t.Errorf("%+v %v, want %s", a, err, c.want)
			}
		})
	}
	t.Run("another's code is bound to another's browser", func(t *testing.T) {
		t.Parallel()
		h := newHome(t, issuer, "flow", "secret")
		mine, theirs := h.start(t), h.start(t)
		r := back(visit(t, mine.URL, "grace", "verysecure"), mine)
		r.Code = visit(t, theirs.URL, "grace", "verysecure").Get("code")
		if _, err := h.Finish(t.Context(), signin.Generic, r); signin.Code(err) != "invalid_answer" {
			t.Errorf("injected: %v", err)
		}
	})
}
