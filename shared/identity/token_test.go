package identity_test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/identity"
	"github.com/apiq/apiq/shared/secret"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
)

// signingKey opens the key as the service keeps it: what an attacker has not, and
// these tests need for tokens that are wrong in one point only.
func (h *home) signingKey(t testing.TB) []byte {
	t.Helper()
	ctx := tenant.WithSystem(context.Background())
	item, _, err := table.GetJSON[struct{ Sealed []byte }](ctx, h.store, table.Key{PK: "KEY#session", SK: "0"})
	if err != nil {
		t.Fatal(err)
	}
	key, err := h.sealer.Open(ctx, secret.Scope{Resource: "session", Field: "session-signing-key"}, item.Sealed)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func part(v any) string {
	raw, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return base64.RawURLEncoding.EncodeToString(raw)
}

// token signs any header and claims with any method.
func token(t testing.TB, method jwt.SigningMethod, key any, header, claims map[string]any) string {
	t.Helper()
	text := part(header) + "." + part(claims)
	sig, err := method.Sign(text, key)
	if err != nil {
		t.Fatal(err)
	}
	return text + "." + base64.RawURLEncoding.EncodeToString(sig)
}

func with(m map[string]any, name string, v any) map[string]any {
	out := map[string]any{}
	for k, old := range m {
		out[k] = old
	}
	if out[name] = v; v == nil {
		delete(out, name)
	}
	return out
}

// TestTokenAttack: JOSE's known attacks, and every claim wrong in turn.
func TestTokenAttack(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	g := h.register(t, "ada@example.com", "")
	other := h.register(t, "eve@example.com", "")
	key := h.signingKey(t)
	p, err := h.Authenticate(t.Context(), g.Token)
	if err != nil {
		t.Fatal(err)
	}
	theirs, err := h.Authenticate(t.Context(), other.Token)
	if err != nil {
		t.Fatal(err)
	}
	pair, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(&pair.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	public := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
	now := h.now()
	head := map[string]any{"alg": "HS256", "typ": "JWT"}
	good := map[string]any{"sid": p.SessionID, "sub": g.User.ID, "iss": "apiq", "aud": "apiq", "iat": now.Unix(), "exp": now.Add(time.Hour).Unix()}
	hs := jwt.SigningMethodHS256
	parts := strings.Split(g.Token, ".")
	unsigned := func(alg string) string { return part(with(head, "alg", alg)) + "." + part(good) + "." }

	if _, err := h.Authenticate(t.Context(), token(t, hs, key, head, good)); err != nil {
		t.Fatalf("the pattern of all below is not taken itself: %v", err)
	}
	for name, bad := range map[string]string{
		"nothing":                   "",
		"a dot":                     ".",
		"dots":                      "..",
		"no signature":              parts[0] + "." + parts[1],
		"an empty signature":        parts[0] + "." + parts[1] + ".",
		"five parts":                g.Token + ".a.b",
		"a space":                   g.Token + " ",
		"padding":                   g.Token + "=",
		"alg none":                  unsigned("none"),
		"alg None":                  unsigned("None"),
		"alg nOnE, signed":          token(t, hs, key, with(head, "alg", "nOnE"), good),
		"no alg":                    token(t, hs, key, with(head, "alg", nil), good),
		"alg empty":                 token(t, hs, key, with(head, "alg", ""), good),
		"alg a number":              token(t, hs, key, with(head, "alg", 1), good),
		"HS384":                     token(t, jwt.SigningMethodHS384, key, with(head, "alg", "HS384"), good),
		"HS512":                     token(t, jwt.SigningMethodHS512, key, with(head, "alg", "HS512"), good),
		"HS512 said, HS256 done":    token(t, hs, key, with(head, "alg", "HS512"), good),
		"RS256":                     token(t, jwt.SigningMethodRS256, pair, with(head, "alg", "RS256"), good),
		"RS256 said, HMAC of key":   token(t, hs, public, with(head, "alg", "RS256"), good),
		"HMAC with a public key":    token(t, hs, public, head, good),
		"HMAC with an empty key":    token(t, hs, []byte{}, head, good),
		"HMAC with a zero key":      token(t, hs, make([]byte, 32), head, good),
		"kid of a file":             token(t, hs, []byte{}, with(head, "kid", "/dev/null"), good),
		"kid with a query":          token(t, hs, []byte("x"), with(head, "kid", "' UNION SELECT 'x"), good),
		"jku":                       token(t, jwt.SigningMethodRS256, pair, with(with(head, "alg", "RS256"), "jku", "https://evil.example/jwks"), good),
		"jwk":                       token(t, hs, []byte("mine"), with(head, "jwk", map[string]any{"kty": "oct", "k": "bWluZQ"}), good),
		"x5u":                       token(t, hs, []byte("mine"), with(head, "x5u", "https://evil.example/c"), good),
		"crit":                      token(t, hs, key, with(with(head, "crit", []string{"b64"}), "b64", false), good),
		"another issuer":            token(t, hs, key, head, with(good, "iss", "other")),
		"no issuer":                 token(t, hs, key, head, with(good, "iss", nil)),
		"another audience":          token(t, hs, key, head, with(good, "aud", "other")),
		"no audience":               token(t, hs, key, head, with(good, "aud", nil)),
		"expired":                   token(t, hs, key, head, with(good, "exp", now.Add(-time.Second).Unix())),
		"no expiry":                 token(t, hs, key, head, with(good, "exp", nil)),
		"expiry a text":             token(t, hs, key, head, with(good, "exp", "never")),
		"not yet":                   token(t, hs, key, head, with(good, "nbf", now.Add(time.Hour).Unix())),
		"no session":                token(t, hs, key, head, with(good, "sid", nil)),
		"a session that is not":     token(t, hs, key, head, with(good, "sid", "ses_none")),
		"a session with NUL":        token(t, hs, key, head, with(good, "sid", "\x00")),
		"a session too long":        token(t, hs, key, head, with(good, "sid", strings.Repeat("a", 2100))),
		"another's session":         token(t, hs, key, head, with(good, "sid", theirs.SessionID)),
		"another subject":           token(t, hs, key, head, with(good, "sub", other.User.ID)),
		"no subject":                token(t, hs, key, head, with(good, "sub", nil)),
		"claims no object":          part(head) + "." + part([]int{1}) + "." + parts[2],
		"signature of another":      parts[0] + "." + parts[1] + "." + strings.Split(other.Token, ".")[2],
		"claims of another":         parts[0] + "." + strings.Split(other.Token, ".")[1] + "." + parts[2],
		"longer than any":           g.Token + strings.Repeat("a", 5000),
		"oversized but well signed": token(t, hs, key, with(head, "x", strings.Repeat("a", 5000)), good),
	} {
		_, err := h.Authenticate(t.Context(), bad)
		if e := apierr.From(err); e.Code != apierr.Unauthenticated || e.Detail != "The session is over or not valid. Sign in again." {
			t.Errorf("%s: %v", name, err)
		}
	}
	// Headers that name keys are ignored, not followed.
	for _, name := range []string{"kid", "jku", "jwk", "x5u"} {
		if _, err := h.Authenticate(t.Context(), token(t, hs, key, with(head, name, "https://127.0.0.1:1/"), good)); err != nil {
			t.Errorf("%s is not ignored: %v", name, err)
		}
	}
}

// TestTokenTampered: each character of a token counts.
func TestTokenTampered(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	g := h.register(t, "ada@example.com", "")
	for i := range g.Token {
		for _, c := range []byte{'A', 'b', '.', '_'} {
			if g.Token[i] == c {
				continue
			}
			bad := g.Token[:i] + string(c) + g.Token[i+1:]
			if _, err := h.Authenticate(t.Context(), bad); apierr.CodeOf(err) != apierr.Unauthenticated {
				t.Fatalf("character %d as %c: %v", i, c, err)
			}
		}
	}
}

// TestKeyAgreed: processes that start at once sign with one key.
func TestKeyAgreed(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	services := []*identity.Service{h.Service, h.another(t), h.another(t)}
	tokens := make(chan string, len(services))
	for i, s := range services {
		go func() {
			g, err := s.Register(context.Background(), identity.Registration{Email: string(rune('a'+i)) + "@example.com", Name: "x", Password: password})
			if err != nil {
				t.Error(err)
			}
			tokens <- g.Token
		}()
	}
	for range services {
		text := <-tokens
		for _, s := range services {
			if _, err := s.Authenticate(t.Context(), text); err != nil {
				t.Error(err)
			}
		}
	}
}

// FuzzToken: no text but the one that was given out is taken.
func FuzzToken(f *testing.F) {
	h := newHome(f)
	g := h.register(f, "ada@example.com", "")
	for _, seed := range []string{"", "..", g.Token, g.Token + "=", strings.ToLower(g.Token), "eyJhbGciOiJub25lIn0.e30.", "\xff.\x00.", strings.Repeat("a.", 3000)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		_, err := h.Authenticate(context.Background(), text)
		if (err == nil) != (text == g.Token) {
			t.Fatalf("%q: %v", text, err)
		}
		if err != nil && apierr.CodeOf(err) != apierr.Unauthenticated {
			t.Fatalf("%q: %v", text, err)
		}
	})
}
