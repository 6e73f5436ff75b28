package grant

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"

	"github.com/apiq/apiq/shared/connection"
	"github.com/apiq/apiq/shared/secret"
)

// assertionLife is short, for an assertion is used at once.
const assertionLife = 5 * time.Minute

// assertion is what a grant of kind jwt_bearer is obtained by (RFC 7523, 3). Google
// reads the scopes out of it. A subject is in it where one is configured only: Google
// takes one for leave to act as somebody else.
func (s *Service) assertion(config connection.OAuthConfig) (string, error) {
	claims := s.claims(first(config.Issuer, config.ClientID), config.Subject, first(config.Audience, config.TokenURL))
	if len(config.Scopes) > 0 {
		claims["scope"] = strings.Join(config.Scopes, " ")
	}
	return sign(config.PrivateKey, config.KeyID, claims)
}

// clientAssertion proves who the client is (RFC 7523, 2.2 and 3).
func (s *Service) clientAssertion(config connection.OAuthConfig, address string) (string, error) {
	issuer := first(config.Issuer, config.ClientID)
	if config.Grant == connection.GrantJWTBearer {
		issuer = config.ClientID
	}
	return sign(config.PrivateKey, config.KeyID, s.claims(issuer, config.ClientID, first(config.Audience, address)))
}

func (s *Service) claims(issuer, subject, audience string) jwt.MapClaims {
	now := s.now()
	c := jwt.MapClaims{"iss": issuer, "aud": audience, "iat": now.Unix(), "exp": now.Add(assertionLife).Unix(), "jti": uuid.NewString()}
	if subject != "" {
		c["sub"] = subject
	}
	return c
}

func first(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

var errKey = errors.New("grant: not a private key that signs")

// sign makes a token by the key's own kind of signature.
func sign(key secret.Secret, keyID string, claims jwt.MapClaims) (string, error) {
	block, _ := pem.Decode([]byte(key.Reveal()))
	if block == nil {
		return "", errKey
	}
	private, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		private, err = x509.ParsePKCS1PrivateKey(block.Bytes)
	}
	if err != nil {
		private, err = x509.ParseECPrivateKey(block.Bytes)
	}
	if err != nil {
		return "", errKey
	}
	var method jwt.SigningMethod
	switch k := private.(type) {
	case *rsa.PrivateKey:
		method = jwt.SigningMethodRS256
	case ed25519.PrivateKey:
		method = jwt.SigningMethodEdDSA
	case *ecdsa.PrivateKey:
		switch k.Curve.Params().BitSize {
		case 256:
			method = jwt.SigningMethodES256
		case 384:
			method = jwt.SigningMethodES384
		}
	}
	if method == nil {
		return "", errKey
	}
	t := jwt.NewWithClaims(method, claims)
	if keyID != "" {
		t.Header["kid"] = keyID
	}
	signed, err := t.SignedString(private)
	if err != nil {
		return "", errKey
	}
	return signed, nil
}
