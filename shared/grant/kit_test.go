package grant_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/connection"
	"github.com/apiq/apiq/shared/egress"
	"github.com/apiq/apiq/shared/fixture"
	"github.com/apiq/apiq/shared/grant"
	"github.com/apiq/apiq/shared/secret"
	"github.com/apiq/apiq/shared/secret/keyfile"
	"github.com/apiq/apiq/shared/spec"
	"github.com/apiq/apiq/shared/spec/library"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/table/sqlite"
	"github.com/apiq/apiq/shared/tenant"
)

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantCode(t testing.TB, err error, code apierr.Code) *apierr.Error {
	t.Helper()
	if got := apierr.CodeOf(err); got != code {
		t.Fatalf("got %q (%v), want %q", got, err, code)
	}
	return apierr.From(err)
}

// documents gives every connection the same small API.
type documents struct{ connection.Library }

func (documents) Add(ctx context.Context, raw []byte) (library.Result, error) {
	doc, err := spec.Parse(ctx, raw, nil)
	return library.Result{Hash: "h", Document: doc}, err
}

func (documents) Open(ctx context.Context, _ string) (*spec.Document, error) {
	return spec.Parse(ctx, []byte(doc), nil)
}

func (documents) Large(int64) bool { return false }

// home is grants over the real parts of one machine.
type home struct {
	*grant.Service
	db     *sqlite.DB // nil where the table is another
	cons   *connection.Service
	store  *table.Store
	trail  *audit.Trail
	sealer *secret.Envelope
	guard  *egress.Guard
	clock  *fixture.Clock
	log    *fixture.Log
	path   string
	o      grant.Options
}

func newHome(t testing.TB, o grant.Options) *home {
	t.Helper()
	path := t.TempDir()
	db, err := sqlite.Open(context.Background(), filepath.Join(path, "apiq.db"), nil)
	check(t, err)
	t.Cleanup(func() { _ = db.Close() }) // it may be closed already
	h, err := assemble(db, path, o)
	check(t, err)
	h.db = db
	t.Cleanup(h.cons.Close)
	return h
}

// assemble puts a home over a table; the key lies in the folder.
func assemble(db table.Driver, path string, o grant.Options) (*home, error) {
	wrap, err := keyfile.OpenOrCreate(filepath.Join(path, "key"))
	if err != nil {
		return nil, err
	}
	h := &home{clock: fixture.NewClock(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)), path: path, log: &fixture.Log{}, o: o}
	h.store = table.New(db, &table.Options{Now: h.clock.Now})
	h.trail = audit.New(h.store, &audit.Options{Now: h.clock.Now})
	h.sealer = secret.NewEnvelope(h.store, wrap, nil)
	h.guard = egress.New(&egress.Options{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}})
	logger := slog.New(slog.NewTextHandler(h.log, nil))
	h.cons = connection.New(h.store, h.trail, h.sealer, documents{}, h.guard, &connection.Options{Now: h.clock.Now, Log: logger})
	h.o.Now, h.o.Log = h.clock.Now, logger
	if h.o.Sleep == nil {
		h.o.Sleep = func(ctx context.Context, _ time.Duration) error { return ctx.Err() } // the clock is the test's
	}
	h.o.Redirect = "https://apiq.example.com/api/oauth/callback"
	h.Service = h.process()
	h.cons.UseTokens(connection.AuthOAuth, h.Service)
	return h, nil
}

// process is one more service over the same table, as another process has it.
func (h *home) process() *grant.Service {
	return grant.New(h.store, h.trail, h.sealer, h.cons, h.guard.Client(&egress.ClientOptions{NoRedirects: true}), &h.o)
}

// in is a signed-in person's context.
func in(t testing.TB, workspace string) context.Context {
	return tenant.WithActor(tenant.With(t.Context(), workspace), tenant.Actor{ID: "usr_ada", Email: "ada@example.com", SessionID: "ses_1"})
}

const doc = `{"openapi":"3.0.3","info":{"title":"API","version":"1"},"servers":[{"url":"https://api.example.com"}],"paths":{}}`

type object = map[string]any

// connect makes an OAUTH connection at a provider.
func (h *home) connect(t testing.TB, ctx context.Context, p *provider, config object) connection.Connection {
	t.Helper()
	all := object{"clientId": "app", "clientSecret": "s3cr3t/canary", "authorizeUrl": p.URL + "/authorize?tenant=x", "tokenUrl": p.URL + "/token",
		"deviceUrl": p.URL + "/device", "revokeUrl": p.URL + "/revoke"}
	for name, v := range config {
		if all[name] = v; v == nil {
			delete(all, name)
		}
	}
	raw, err := json.Marshal(all)
	check(t, err)
	var c connection.AuthConfig
	check(t, json.Unmarshal(raw, &c))
	con, err := h.cons.Create(ctx, connection.CreateInput{Name: "API", SpecDocument: doc, AuthType: connection.AuthOAuth, AuthConfig: c})
	check(t, err)
	return con
}

// consent takes a person through the whole flow.
func (h *home) consent(t testing.TB, ctx context.Context, p *provider, conID string) grant.Ended {
	t.Helper()
	started, err := h.Start(ctx, conID)
	check(t, err)
	end, err := h.Complete(ctx, p.consents(t, started))
	check(t, err)
	return end
}

func (h *home) get(t testing.TB, ctx context.Context, conID string) connection.Connection {
	t.Helper()
	c, err := h.cons.Get(ctx, conID)
	check(t, err)
	return c
}

// everything is every byte that the home has written down anywhere.
func (h *home) everything(t testing.TB) []byte {
	t.Helper()
	var all bytes.Buffer
	check(t, filepath.WalkDir(h.path, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		all.Write(b)
		return err
	}))
	all.WriteString(h.log.String())
	return all.Bytes()
}

// provider is an authorisation server that rotates its refresh tokens and, like those
// that follow RFC 9700, 4.14.2, takes everything back where one is used again: unless
// that one is the last before, within a grace.
type provider struct {
	*httptest.Server
	mu sync.Mutex
	// calls counts requests for a token that were answered with one, by grant type; asked all.
	calls, asked map[string]int
	codes        map[string]url.Values // code → what its authorize request said
	current      string                // the refresh token that is valid
	before       string
	dead         bool
	grace        bool
	n            int
	life         any // expires_in of each token
	fails        []http.HandlerFunc
	seen         []url.Values
	basic        string // credentials of the last request
	revoked      []string
	device       string // "", "pending", "denied"
	idToken      string
	secrets      []string // everything that must be found nowhere
}

func newProvider(t testing.TB) *provider {
	p := &provider{calls: map[string]int{}, asked: map[string]int{}, codes: map[string]url.Values{}, life: 3600}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /token", p.token)
	mux.HandleFunc("POST /refresh", p.token)
	mux.HandleFunc("POST /revoke", func(w http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		defer p.mu.Unlock()
		_ = r.ParseForm()
		p.revoked = append(p.revoked, r.PostForm.Get("token"))
	})
	mux.HandleFunc("POST /device", func(w http.ResponseWriter, r *http.Request) {
		answer(w, 200, object{"device_code": p.secret("device"), "user_code": "ABCD-EFGH", "verification_uri": "https://login.example.com/device", "expires_in": "900", "interval": 5})
	})
	mux.HandleFunc("GET /me", func(w http.ResponseWriter, r *http.Request) {
		answer(w, 200, object{"email": "ada@provider.example", "authorised": r.Header.Get("Authorization") != ""})
	})
	p.Server = httptest.NewServer(mux)
	t.Cleanup(func() { p.CloseClientConnections(); p.Close() })
	return p
}

func answer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}

// secret makes a new one, which is found again by its beginning.
func (p *provider) secret(kind string) string {
	p.n++
	s := fmt.Sprintf("canary-%s-%d/+==", kind, p.n)
	p.secrets = append(p.secrets, s)
	return s
}

// consents is what the browser brings back after the person said yes.
func (p *provider) consents(t testing.TB, s grant.Started) grant.Callback {
	t.Helper()
	u, err := url.Parse(s.URL)
	check(t, err)
	p.mu.Lock()
	defer p.mu.Unlock()
	code := p.secret("code")
	p.codes[code] = u.Query()
	return grant.Callback{State: u.Query().Get("state"), Code: code, Cookie: cookies(s)}
}

func cookies(s grant.Started) func(string) string {
	return func(name string) string {
		if name == s.Cookie {
			return s.Browser.Reveal()
		}
		return ""
	}
}

func (p *provider) fail(all ...http.HandlerFunc) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.fails = append(p.fails, all...)
}

func says(status int, v any) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { answer(w, status, v) }
}

func (p *provider) token(w http.ResponseWriter, r *http.Request) {
	_ = r.ParseForm()
	form := r.PostForm
	p.mu.Lock()
	kind := form.Get("grant_type")
	p.asked[kind]++
	p.seen = append(p.seen, form)
	user, pass, _ := r.BasicAuth()
	p.basic = user + ":" + pass
	if len(p.fails) > 0 {
		next := p.fails[0]
		p.fails = p.fails[1:]
		p.mu.Unlock()
		next(w, r)
		return
	}
	defer p.mu.Unlock()
	out := p.granted(kind, form, r.URL.Path)
	status := 200
	if out["error"] != nil {
		status = 400
	} else {
		p.calls[kind]++
	}
	answer(w, status, out)
}

func (p *provider) granted(kind string, form url.Values, _ string) object {
	out := object{"token_type": "Bearer", "expires_in": p.life}
	switch {
	case kind == "authorization_code":
		asked, ok := p.codes[form.Get("code")]
		delete(p.codes, form.Get("code"))
		if !ok || asked.Get("redirect_uri") != form.Get("redirect_uri") || !proves(asked.Get("code_challenge"), form.Get("code_verifier")) {
			return object{"error": "invalid_grant"}
		}
		p.dead = false
		out["scope"] = asked.Get("scope")
	case kind == "refresh_token":
		token := form.Get("refresh_token")
		switch {
		case p.dead:
			return object{"error": "invalid_grant"}
		case token == p.current:
		case token == p.before && p.grace: // its answer may have been lost
		default:
			p.dead = true
			return object{"error": "invalid_grant"}
		}
	case strings.HasSuffix(kind, "device_code"):
		if p.device != "" {
			return object{"error": map[string]string{"pending": "authorization_pending", "denied": "access_denied", "slow": "slow_down"}[p.device]}
		}
	}
	out["access_token"] = p.secret("access")
	if kind != "client_credentials" && !strings.HasSuffix(kind, "jwt-bearer") {
		p.before, p.current = p.current, p.secret("refresh")
		out["refresh_token"] = p.current
	}
	if p.idToken != "" {
		out["id_token"] = p.idToken
	}
	return out
}

func (p *provider) count(kind string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.calls[kind]
}

func (p *provider) last() url.Values {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.seen[len(p.seen)-1]
}
