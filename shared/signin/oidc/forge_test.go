package oidc_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"maps"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// forgeries are ways to forge a token of a provider's, of whatever kind, as JOSE allows
// to try. The test fails where a key is fetched from where a token says.
//
// kind is the type that they say they are of.
func forgeries(t *testing.T, kind string) map[string]func(o *op, c map[string]any) string {
	t.Helper()
	mallory, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	jwk := map[string]any{"kty": "RSA", "kid": "m", "n": b64(mallory.N.Bytes()), "e": b64(big.NewInt(int64(mallory.E)).Bytes())}
	asked := make(chan string, 8)
	elsewhere := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked <- r.URL.Path
		answer(w, map[string]any{"keys": []any{jwk}})
	}))
	t.Cleanup(elsewhere.Close)
	public := func(o *op) []byte {
		der, _ := x509.MarshalPKIXPublicKey(&o.key.PublicKey)
		return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
	}
	t.Cleanup(func() {
		if len(asked) > 0 {
			t.Errorf("a key was fetched from where the token said: %s", <-asked)
		}
	})
	typed := func(header map[string]any) map[string]any {
		h := map[string]any{"typ": kind}
		maps.Copy(h, header)
		return h
	}
	genuine := func(o *op, c map[string]any) string { return signed(o.key, typed(map[string]any{"kid": o.kid}), c) }
	return map[string]func(o *op, c map[string]any) string{
		"none": func(_ *op, c map[string]any) string { return parts(typed(map[string]any{"alg": "none"}), c) + "." },
		"None": func(_ *op, c map[string]any) string { return parts(typed(map[string]any{"alg": "None"}), c) + "." },
		"none with a signature": func(o *op, c map[string]any) string {
			return parts(typed(map[string]any{"alg": "none", "kid": o.kid}), c) + ".c2ln"
		},
		"HS256, public key": func(o *op, c map[string]any) string { return hs256(public(o), typed(map[string]any{"kid": o.kid}), c) },
		"HS256, modulus": func(o *op, c map[string]any) string {
			return hs256(o.key.N.Bytes(), typed(map[string]any{"kid": o.kid}), c)
		},
		"HS256, client secret": func(o *op, c map[string]any) string {
			return hs256([]byte(clientSecret), typed(map[string]any{"kid": o.kid}), c)
		},
		"HS256, empty key":    func(_ *op, c map[string]any) string { return hs256(nil, typed(nil), c) },
		"another key":         func(o *op, c map[string]any) string { return signed(mallory, typed(map[string]any{"kid": o.kid}), c) },
		"another key, no kid": func(_ *op, c map[string]any) string { return signed(mallory, typed(nil), c) },
		"kid of a file": func(_ *op, c map[string]any) string {
			return hs256(nil, typed(map[string]any{"kid": "../../../../dev/null"}), c)
		},
		"kid of a query": func(_ *op, c map[string]any) string {
			return signed(mallory, typed(map[string]any{"kid": "x' UNION SELECT 'key"}), c)
		},
		"jku": func(_ *op, c map[string]any) string {
			return signed(mallory, typed(map[string]any{"kid": "m", "jku": elsewhere.URL + "/jku"}), c)
		},
		"x5u": func(_ *op, c map[string]any) string {
			return signed(mallory, typed(map[string]any{"kid": "m", "x5u": elsewhere.URL + "/x5u"}), c)
		},
		"jwk in the header": func(o *op, c map[string]any) string {
			return signed(mallory, typed(map[string]any{"kid": o.kid, "jwk": jwk}), c)
		},
		"critical extensions": func(o *op, c map[string]any) string {
			return signed(o.key, typed(map[string]any{"kid": o.kid, "crit": []string{"exp"}}), c)
		},
		"a signature taken off": func(o *op, c map[string]any) string { s := genuine(o, c); return s[:strings.LastIndex(s, ".")+1] },
		"claims changed": func(o *op, c map[string]any) string {
			s := strings.Split(genuine(o, c), ".")
			c["sub"] = "victim"
			return s[0] + "." + strings.Split(parts(typed(nil), c), ".")[1] + "." + s[2]
		},
		"two tokens in one":       func(o *op, c map[string]any) string { return genuine(o, c) + "." + genuine(o, c) },
		"no token":                func(*op, map[string]any) string { return "" },
		"a large token":           func(o *op, c map[string]any) string { c["pad"] = strings.Repeat("x", 64<<10); return genuine(o, c) },
		"JSON instead of a token": func(o *op, c map[string]any) string { return `{"payload":"e30","signatures":[]}` },
	}
}
