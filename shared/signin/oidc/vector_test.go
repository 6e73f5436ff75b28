package oidc

import (
	"crypto"
	"strings"
	"testing"

	gooidc "github.com/coreos/go-oidc/v3/oidc"
	jose "github.com/go-jose/go-jose/v4"

	"github.com/apiq/apiq/shared/identity/josetest"
)

// byHolder says that a vector is a signature which only the key's holder can make, in a
// way that its JWK does not name: another length of the salt than the hash's (RFC 7518,
// 3.5), another algorithm of the same key than its alg, a key for encryption. The
// libraries below take them. Nobody else gains by it: there is nothing to forge.
func byHolder(v josetest.Vector) bool {
	return v.Comment == "SaltLenChanged" || v.Comment == "rejectWrongKeyOps" || strings.HasPrefix(v.Comment, "Using")
}

// TestTokenAttackVectors: Wycheproof's vectors against what verifies ID tokens, each
// under its own key.
func TestTokenAttackVectors(t *testing.T) {
	t.Parallel()
	refused, taken, holders := 0, 0, 0
	for _, g := range josetest.Groups() {
		k, raw := g.Verifier()
		if k.Type == "oct" {
			// No shared secret is ever a key of ours: all of them are refused, the valid too.
			for _, v := range g.Tests {
				if _, err := plainHeader(v.JWS); err == nil {
					if _, err := (&gooidc.StaticKeySet{}).VerifySignature(t.Context(), v.JWS); err == nil {
						t.Errorf("%s %d %s: taken", g.Comment, v.ID, v.Comment)
					}
				}
				refused++
			}
			continue
		}
		var key jose.JSONWebKey
		if err := key.UnmarshalJSON(raw); err != nil {
			t.Logf("%s: not a key here: %v", g.Comment, err)
			continue
		}
		if key.Use == "enc" {
			continue
		}
		keys := &gooidc.StaticKeySet{PublicKeys: []crypto.PublicKey{key.Public().Key}}
		for _, v := range g.Tests {
			_, err := plainHeader(v.JWS)
			if err == nil {
				_, err = keys.VerifySignature(t.Context(), v.JWS)
			}
			switch {
			case v.Valid() && err == nil:
				taken++
			case v.Valid():
				t.Errorf("%s %d %s: refused: %v", g.Comment, v.ID, v.Comment, err)
			case err == nil && byHolder(v):
				holders++
			case err == nil:
				t.Errorf("%s %d %s %v: taken", g.Comment, v.ID, v.Comment, v.Flags)
			default:
				refused++
			}
		}
	}
	t.Logf("attack vectors: %d refused, 0 forged ones taken; %d valid ones and %d of the key's own holder taken", refused, taken, holders)
	if refused != 350 || taken != 36 || holders != 13 {
		t.Errorf("%d refused, %d valid ones and %d of the key's own holder taken", refused, taken, holders)
	}
}
