package oidc_test

import (
	"context"
	"crypto"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/egress"
	"github.com/apiq/apiq/shared/fixture"
	"github.com/apiq/apiq/shared/identity"
	"github.com/apiq/apiq/shared/secret"
	"github.com/apiq/apiq/shared/signin"
	"github.com/apiq/apiq/shared/signin/oidc"
)

const (
	clientID     = "apiq"
	clientSecret = "s3cret-of-the-client"
)

// op is a provider whose every answer a test may bend.
type op struct {
	*httptest.Server
	key *rsa.PrivateKey
	kid string

	mu       sync.Mutex
	codes    map[string]url.Values // what each code was asked for with
	redeemed int
	claims   func(map[string]any) // changes the ID token's
	sign     func(o *op, claims map[string]any) string
	meta     func(map[string]any)
	userinfo map[string]any
	now      func() time.Time
}

// opKey is the first key of every provider here: each test would make one otherwise.
var opKey = sync.OnceValues(func() (*rsa.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, 2048) }) //nolint:gochecknoglobals // a key

func newOP(t testing.TB, now func() time.Time) *op {
	t.Helper()
	key, err := opKey()
	if err != nil {
		t.Fatal(err)
	}
	o := &op{key: key, kid: "k1", codes: map[string]url.Values{}, now: now}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		m := map[string]any{"issuer": o.URL, "authorization_endpoint": o.URL + "/authorize", "token_endpoint": o.URL + "/token", "userinfo_endpoint": o.URL + "/userinfo",
			"jwks_uri": o.URL + "/keys", "id_token_signing_alg_values_supported": []string{"RS256"}, "authorization_response_iss_parameter_supported": true}
		if o.meta != nil {
			o.meta(m)
		}
		answer(w, m)
	})
	mux.HandleFunc("GET /keys", func(w http.ResponseWriter, _ *http.Request) {
		o.mu.Lock()
		defer o.mu.Unlock()
		w.Header().Set("Content-Type", "application/jwk-set+json")
		answer(w, map[string]any{"keys": []any{map[string]any{"kty": "RSA", "use": "sig", "alg": "RS256", "kid": o.kid, "n": b64(o.key.N.Bytes()), "e": b64(big.NewInt(int64(o.key.E)).Bytes())}}})
	})
	mux.HandleFunc("POST /token", o.token)
	mux.HandleFunc("GET /userinfo", func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer access" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		answer(w, o.userinfo)
	})
	o.Server = httptest.NewServer(mux)
	t.Cleanup(o.Close)
	return o
}

func answer(w http.ResponseWriter, v any) {
	if w.Header().Get("Content-Type") == "" {
		w.Header().Set("Content-Type", "application/json")
	}
	_ = json.NewEncoder(w).Encode(v)
}

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// token holds the client to the protocol: secret, redirect, PKCE, one use of a code.
func (o *op) token(w http.ResponseWriter, r *http.Request) {
	o.mu.Lock()
	defer o.mu.Unlock()
	id, pass, _ := r.BasicAuth()
	asked, ok := o.codes[r.PostFormValue("code")]
	delete(o.codes, r.PostFormValue("code"))
	sum := sha256.Sum256([]byte(r.PostFormValue("code_verifier")))
	if id != clientID || pass != clientSecret || !ok || r.PostFormValue("redirect_uri") != asked.Get("redirect_uri") || b64(sum[:]) != asked.Get("code_challenge") {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusBadRequest)
		_, _ = w.Write([]byte(`{"error":"invalid_grant"}`))
		return
	}
	o.redeemed++
	claims := map[string]any{"iss": o.URL, "sub": "248289761001", "aud": clientID, "nonce": asked.Get("nonce"), "iat": o.now().Unix(), "exp": o.now().Add(time.Hour).Unix(),
		"email": "grace@example.com", "email_verified": true, "name": "Grace Hopper"}
	if o.claims != nil {
		o.claims(claims)
	}
	sign := rs256
	if o.sign != nil {
		sign = o.sign
	}
	answer(w, map[string]any{"access_token": "access", "token_type": "Bearer", "id_token": sign(o, claims)})
}

func parts(header map[string]any, claims map[string]any) string {
	h, _ := json.Marshal(header)
	c, _ := json.Marshal(claims)
	return b64(h) + "." + b64(c)
}

func rs256(o *op, claims map[string]any) string {
	return signed(o.key, map[string]any{"kid": o.kid}, claims)
}

// signed is a token of a key, with a header of one's own.
func signed(key *rsa.PrivateKey, header, claims map[string]any) string {
	h := map[string]any{"alg": "RS256", "typ": "JWT"}
	maps.Copy(h, header)
	text := parts(h, claims)
	sum := sha256.Sum256([]byte(text))
	sig, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, sum[:])
	if err != nil {
		panic(err)
	}
	return text + "." + b64(sig)
}

func hs256(key []byte, header, claims map[string]any) string {
	h := map[string]any{"alg": "HS256", "typ": "JWT"}
	maps.Copy(h, header)
	text := parts(h, claims)
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(text))
	return text + "." + b64(mac.Sum(nil))
}

// agree is a person who says yes: the provider's part of the way, up to the answer.
func (o *op) agree(t testing.TB, d signin.Departure) signin.Return {
	t.Helper()
	u, err := url.Parse(d.URL)
	if err != nil || u.Path != "/authorize" {
		t.Fatal(d.URL, err)
	}
	q := u.Query()
	if q.Get("code_challenge_method") != "S256" || q.Get("response_type") != "code" || q.Get("client_id") != clientID || q.Get("scope") != "openid profile email" || q.Get("nonce") == "" {
		t.Fatalf("asked with %v", q)
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	code := fmt.Sprint("code-", len(o.codes), "-", o.redeemed)
	o.codes[code] = q
	return signin.Return{State: q.Get("state"), Code: code, Issuer: o.URL, Browser: d.Browser}
}

// home is the sign-in service over an embedded table, with one operator's provider.
type home struct {
	*signin.Service
	people *identity.Service
	trail  *audit.Trail
	op     *op
	client *oidc.Client
	now    func() time.Time
	pass   func(time.Duration)
	// apart are the client secrets that the environment does not hold, by name.
	apart map[string]secret.Secret
}

// newHome has a provider under the id generic, changed by configure.
func newHome(t testing.TB, configure func(*signin.Provider)) *home {
	t.Helper()
	m := fixture.New(t, time.Now().Truncate(time.Second))
	h := &home{people: m.People(t, nil), trail: m.Trail, now: m.Now, pass: m.Pass}
	h.op = newOP(t, h.now)
	guard := egress.New(&egress.Options{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}})
	h.client = oidc.New(guard, &oidc.Options{Now: h.now})
	p := signin.Provider{ID: signin.Generic, Name: "Corp", Issuer: h.op.URL, ClientID: clientID, Secret: secret.New(clientSecret), Scopes: []string{"profile", "email"}, JIT: true, Enabled: true}
	if configure != nil {
		configure(&p)
	}
	h.Service = signin.New(m.Store, m.Trail, m.Sealer, h.people, h.client, &signin.Options{Operator: []signin.Provider{p}, Now: h.now, Secret: h.secret,
		PublicURL: func() string { return "https://apiq.example" }})
	return h
}

func (h *home) secret(_ context.Context, name string) (secret.Secret, error) {
	if one, ok := h.apart[name]; ok {
		return one, nil
	}
	return secret.Secret{}, errors.New("access denied to " + name)
}

// start begins a flow at the operator's provider.
func (h *home) start(t testing.TB, provider string) signin.Departure {
	t.Helper()
	d, err := h.Start(t.Context(), "", provider, "/workflows?x=1", "")
	if err != nil {
		t.Fatal(err)
	}
	return d
}
