package idp_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/cookiejar"
	"net/netip"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/zitadel/oidc/v3/example/server/storage"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/connection"
	"github.com/apiq/apiq/shared/egress"
	"github.com/apiq/apiq/shared/grant"
	"github.com/apiq/apiq/shared/secret"
	"github.com/apiq/apiq/shared/secret/keyfile"
	"github.com/apiq/apiq/shared/spec"
	"github.com/apiq/apiq/shared/spec/library"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/table/sqlite"
	"github.com/apiq/apiq/shared/tenant"
)

// grants is what connections obtain their tokens by, over the real parts of one machine.
type grants struct {
	*grant.Service
	cons *connection.Service
	ctx  context.Context
	mu   sync.Mutex
	late time.Duration
}

func (g *grants) now() time.Time {
	g.mu.Lock()
	defer g.mu.Unlock()
	return time.Now().Add(g.late)
}

func (g *grants) forward(d time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.late += d
}

// documents gives every connection the same small API.
type documents struct{ connection.Library }

func (documents) Add(ctx context.Context, raw []byte) (library.Result, error) {
	doc, err := spec.Parse(ctx, raw, nil)
	return library.Result{Hash: "h", Document: doc}, err
}

func (documents) Large(int64) bool { return false }

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func newGrants(t testing.TB) *grants {
	t.Helper()
	dir := t.TempDir()
	db, err := sqlite.Open(context.Background(), filepath.Join(dir, "table.db"), &sqlite.Options{SweepEvery: -1})
	check(t, err)
	t.Cleanup(func() { _ = db.Close() })
	wrap, err := keyfile.OpenOrCreate(filepath.Join(dir, "key"))
	check(t, err)
	g := &grants{ctx: tenant.WithActor(tenant.With(t.Context(), "wsp_a"), tenant.Actor{ID: "usr_ada", SessionID: "ses_1"})}
	store := table.New(db, &table.Options{Now: g.now})
	trail := audit.New(store, &audit.Options{Now: g.now})
	sealer := secret.NewEnvelope(store, wrap, nil)
	guard := egress.New(&egress.Options{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}})
	g.cons = connection.New(store, trail, sealer, documents{}, guard, &connection.Options{Now: g.now})
	t.Cleanup(g.cons.Close)
	g.Service = grant.New(store, trail, sealer, g.cons, guard.Client(&egress.ClientOptions{NoRedirects: true}),
		&grant.Options{Redirect: publicURL + "/api/oauth/callback", Now: g.now})
	g.cons.UseTokens(connection.AuthOAuth, g.Service)
	return g
}

// connect makes a connection with the provider's published addresses.
func (g *grants) connect(t testing.TB, issuer string, more map[string]any) string {
	t.Helper()
	res, err := http.Get(issuer + "/.well-known/openid-configuration")
	check(t, err)
	defer res.Body.Close()
	var at map[string]any
	check(t, json.NewDecoder(res.Body).Decode(&at))
	config := map[string]any{"authorizeUrl": at["authorization_endpoint"], "tokenUrl": at["token_endpoint"], "revokeUrl": at["revocation_endpoint"],
		"accountUrl": at["userinfo_endpoint"], "deviceUrl": at["device_authorization_endpoint"], "clientSecret": "secret"}
	for name, v := range more {
		config[name] = v
	}
	raw, err := json.Marshal(config)
	check(t, err)
	var c connection.AuthConfig
	check(t, json.Unmarshal(raw, &c))
	con, err := g.cons.Create(g.ctx, connection.CreateInput{Name: "API", AuthType: connection.AuthOAuth, AuthConfig: c,
		SpecDocument: `{"openapi":"3.0.3","info":{"title":"API","version":"1"},"servers":[{"url":"https://api.example.com"}],"paths":{}}`})
	check(t, err)
	return con.ID
}

func (g *grants) account(t testing.TB, con string) (connection.Status, connection.Account) {
	t.Helper()
	c, err := g.cons.Get(g.ctx, con)
	check(t, err)
	if c.Account == nil {
		return c.Status, connection.Account{}
	}
	return c.Status, *c.Account
}

func (g *grants) way(t testing.TB, con string) (grant.Started, url.Values) {
	t.Helper()
	s, err := g.Start(g.ctx, con)
	check(t, err)
	return s, visit(t, s.URL, "grace", "verysecure")
}

func (g *grants) end(t testing.TB, s grant.Started, q url.Values) grant.Outcome {
	t.Helper()
	end, err := g.Complete(g.ctx, grant.Callback{State: q.Get("state"), Code: q.Get("code"), Error: q.Get("error"), Cookie: func(name string) string {
		if name == s.Cookie {
			return s.Browser.Reveal()
		}
		return ""
	}})
	check(t, err)
	return end.Outcome
}

// TestGrants: connections are authorised at a provider that is none of ours, their tokens
// renewed with refresh tokens that rotate, and taken back. Its subtests are not parallel:
// the provider's clients are the process's.
func TestGrants(t *testing.T) {
	issuer := newProvider(t, "unused")
	storage.RegisterClients(storage.WebClient("grants", "secret", publicURL+"/api/oauth/callback"), storage.DeviceClient("tv", "secret"))
	scopes := []string{"openid", "email", "offline_access"}

	t.Run("code, renewal, revocation", func(t *testing.T) {
		g := newGrants(t)
		con := g.connect(t, issuer, map[string]any{"clientId": "grants", "scopes": scopes})
		s, q := g.way(t, con)
		if got := g.end(t, s, q); got != grant.Connected {
			t.Fatal(got)
		}
		if got := g.end(t, s, q); got != grant.Expired {
			t.Errorf("replayed: %s", got)
		}
		status, a := g.account(t, con)
		if status != connection.StatusActive || a.Email != "grace@example.com" || !a.Renews || a.ExpiresAt.IsZero() {
			t.Fatalf("%s %+v", status, a)
		}
		before, err := g.cons.Credential(g.ctx, con)
		check(t, err)
		for n := range 3 { // each with the refresh token of the one before
			g.forward(time.Hour)
			next, err := g.cons.Credential(g.ctx, con)
			check(t, err)
			if next.Token.Equal(before.Token) || next.Serial != before.Serial+1 {
				t.Errorf("renewal %d: serial %d after %d", n, next.Serial, before.Serial)
			}
			before = next
		}
		c, err := g.cons.Get(g.ctx, con)
		check(t, err)
		if out, err := g.Revoke(g.ctx, c); err != nil || out.Revoked == nil || !*out.Revoked {
			t.Fatalf("%+v %v", out, err)
		}
		g.forward(time.Hour)
		if _, err := g.cons.Credential(g.ctx, con); apierr.CodeOf(err) != apierr.Reauthorize {
			t.Errorf("the provider has taken it back, but: %v", err)
		}
		if status, _ := g.account(t, con); status != connection.StatusNeedsAuthorisation {
			t.Error(status)
		}
		s, q = g.way(t, con)
		if got := g.end(t, s, q); got != grant.Connected {
			t.Error(got)
		}
	})
	t.Run("what does not stand", func(t *testing.T) {
		g := newGrants(t)
		con := g.connect(t, issuer, map[string]any{"clientId": "grants", "scopes": scopes})
		mine, q := g.way(t, con)
		_, theirs := g.way(t, con)
		injected := url.Values{"state": q["state"], "code": theirs["code"]}
		if got := g.end(t, mine, injected); got != grant.ProviderSaid {
			t.Errorf("another way's code: %s", got)
		}
		s, q := g.way(t, con)
		g.forward(10 * time.Minute)
		if got := g.end(t, s, q); got != grant.Expired {
			t.Errorf("ten minutes later: %s", got)
		}
		wrong := g.connect(t, issuer, map[string]any{"clientId": "grants", "clientSecret": "wrong"})
		s, q = g.way(t, wrong)
		if got := g.end(t, s, q); got != grant.ProviderSaid { // it says invalid_grant of that, too
			t.Errorf("a wrong secret: %s", got)
		}
	})
	t.Run("a machine", func(t *testing.T) {
		g := newGrants(t)
		con := g.connect(t, issuer, map[string]any{"grant": "client_credentials", "clientId": "sid1", "clientSecret": "verysecret", "scopes": []string{"openid"}})
		_, err := g.cons.Credential(g.ctx, con)
		check(t, err)
	})
	for action, want := range map[string]string{"allowed": "connected", "denied": "denied"} {
		t.Run("a device, "+action, func(t *testing.T) {
			g := newGrants(t)
			con := g.connect(t, issuer, map[string]any{"grant": "device_code", "clientId": "tv"}) // it finds no user for an ID token here
			code, err := g.StartDevice(g.ctx, con)
			check(t, err)
			if !strings.HasPrefix(code.VerificationURI, issuer) {
				t.Errorf("%+v", code)
			}
			g.forward(5 * time.Second)
			if state, err := g.PollDevice(g.ctx, con); err != nil || state.Status != "pending" {
				t.Fatalf("%+v %v", state, err)
			}
			jar, err := cookiejar.New(nil)
			check(t, err)
			browser := &http.Client{Jar: jar}
			res, err := browser.PostForm(issuer+"/device/login", url.Values{"user_code": {code.UserCode}, "username": {"grace"}, "password": {"verysecure"}})
			check(t, err)
			_ = res.Body.Close()
			res, err = browser.Get(issuer + "/device/confirm?action=" + action)
			check(t, err)
			_ = res.Body.Close()
			g.forward(time.Minute)
			if state, err := g.PollDevice(g.ctx, con); err != nil || state.Status != want {
				t.Errorf("%+v %v", state, err)
			}
		})
	}
}
