package grant_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"testing"

	"github.com/golang-jwt/jwt/v5"

	"github.com/apiq/apiq/shared/grant"
)

func privateKey(t *testing.T, key crypto.Signer) string {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	check(t, err)
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}

// TestAssertions: what a provider that knows the public key reads.
func TestAssertions(t *testing.T) {
	t.Parallel()
	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	check(t, err)
	rs, err := rsa.GenerateKey(rand.Reader, 2048)
	check(t, err)
	for name, c := range map[string]struct {
		key     crypto.Signer
		alg     string
		config  object
		in      string // the form's field
		iss     string
		sub     any
		scope   any
		grantBy string
	}{
		"service account": {rs, "RS256", object{"grant": "jwt_bearer", "clientId": nil, "clientSecret": nil, "issuer": "robot@example.com", "keyId": "k1", "scopes": []string{"a", "b"}},
			"assertion", "robot@example.com", nil, "a b", "urn:ietf:params:oauth:grant-type:jwt-bearer"},
		"acts as a person": {ec, "ES256", object{"grant": "jwt_bearer", "clientSecret": nil, "subject": "ada@example.com", "keyId": "k1"},
			"assertion", "app", "ada@example.com", nil, "urn:ietf:params:oauth:grant-type:jwt-bearer"},
		"private_key_jwt": {ec, "ES256", object{"grant": "client_credentials", "clientSecret": nil, "keyId": "k1"}, "client_assertion", "app", "app", nil, "client_credentials"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h, p, ctx := newHome(t, grant.Options{}), newProvider(t), in(t, "wsp_a")
			c.config["privateKey"] = privateKey(t, c.key)
			con := h.connect(t, ctx, p, c.config)
			_, err := h.cons.Credential(ctx, con.ID)
			check(t, err)
			sent := p.last()
			if sent.Get("grant_type") != c.grantBy || p.basic != ":" {
				t.Errorf("%v", sent)
			}
			claims := jwt.MapClaims{}
			token, err := jwt.ParseWithClaims(sent.Get(c.in), claims, func(*jwt.Token) (any, error) { return c.key.Public(), nil },
				jwt.WithValidMethods([]string{c.alg}), jwt.WithTimeFunc(h.clock.Now), jwt.WithAudience(p.URL+"/token"), jwt.WithIssuer(c.iss), jwt.WithExpirationRequired())
			check(t, err)
			if token.Header["kid"] != "k1" || claims["sub"] != c.sub || claims["scope"] != c.scope || claims["jti"] == "" {
				t.Errorf("%v %v", token.Header, claims)
			}
		})
	}
}
