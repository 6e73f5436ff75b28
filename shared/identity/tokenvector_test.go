package identity_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/identity/josetest"
	"github.com/apiq/apiq/shared/secret"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
)

// plantKey makes the home sign sessions with a key that we know.
func (h *home) plantKey(t *testing.T, key []byte) {
	t.Helper()
	ctx := tenant.WithSystem(t.Context())
	sealed, err := h.sealer.Seal(ctx, secret.Scope{Resource: "session", Field: "session-signing-key"}, key)
	if err != nil {
		t.Fatal(err)
	}
	item, err := table.JSONItem(table.Key{PK: "KEY#session", SK: "0"}, struct{ Sealed []byte }{sealed})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.store.Put(ctx, item, table.Absent()); err != nil {
		t.Fatal(err)
	}
}

// recast does to our claims what a vector does to the text that it signs: without
// it every vector would be refused for what it says, whatever its signature.
type recast struct {
	key    []byte
	base   [3]string // the valid vector that the others alter
	claims string
}

func (r recast) mac(text string) string {
	h := hmac.New(sha256.New, r.key)
	h.Write([]byte(text))
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil))
}

func (r recast) token(jws string) string {
	signed := r.mac(r.base[0] + "." + r.claims)
	p := strings.Split(jws, ".")
	if len(p) != 3 || r.base[1] == "" {
		return strings.NewReplacer(r.base[1], r.claims, r.base[2], signed).Replace(jws)
	}
	claims, sig := altered(p[1], r.base[1], r.claims), altered(p[2], r.base[2], signed)
	if p[2] == r.mac(p[0]+"."+p[1]) {
		sig = r.mac(p[0] + "." + claims) // what is altered is signed as it is
	}
	return p[0] + "." + claims + "." + sig
}

// baseOf is the valid vector that one alters: the one of the same payload, else the first.
func baseOf(g josetest.Group, v josetest.Vector) [3]string {
	var base [3]string
	p := strings.Split(v.JWS, ".")
	for _, other := range g.Tests {
		if !other.Valid() || other.Lenient() {
			continue
		}
		o := [3]string(strings.Split(other.JWS, "."))
		if other.ID == v.ID || len(p) == 3 && o[1] == p[1] {
			return o
		}
		if base[0] == "" {
			base = o
		}
	}
	return base
}

// altered gives text what was changed of base.
func altered(changed, base, text string) string {
	switch {
	case strings.Contains(changed, base):
		return strings.Replace(changed, base, text, 1)
	case len(changed) != len(base):
		return changed
	}
	out := []byte(text)
	for i := range min(len(base), len(text)) {
		if changed[i] != base[i] {
			out[i] = changed[i]
		}
	}
	return string(out)
}

// TestTokenAttackVectors: Wycheproof's vectors, as they are and done to a session's
// token under the vector's own key.
func TestTokenAttackVectors(t *testing.T) {
	t.Parallel()
	asTheyAre, refused, taken := 0, 0, 0
	for _, g := range josetest.Groups() {
		key, _ := g.Verifier()
		secretKey, err := base64.RawURLEncoding.DecodeString(key.Secret)
		if err != nil || key.Type == "oct" && len(secretKey) != 32 {
			t.Fatalf("%s: %v", g.Comment, err)
		}
		h := newHome(t)
		if key.Type == "oct" {
			h.plantKey(t, secretKey)
		}
		grant := h.register(t, "ada@example.com", "")
		p, err := h.Authenticate(t.Context(), grant.Token)
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range g.Tests {
			asTheyAre++
			if _, err := h.Authenticate(t.Context(), v.JWS); apierr.CodeOf(err) != apierr.Unauthenticated {
				t.Errorf("%s %d %s: %v", g.Comment, v.ID, v.Comment, err)
			}
		}
		if key.Type != "oct" {
			continue
		}
		r := recast{key: secretKey, claims: part(map[string]any{"sid": p.SessionID, "sub": grant.User.ID, "iss": "apiq", "aud": "apiq", "exp": h.now().Add(time.Hour).Unix()})}
		for _, v := range g.Tests {
			if v.Broken() {
				continue
			}
			valid := v.Valid() && !v.Lenient()
			r.base = baseOf(g, v)
			_, err := h.Authenticate(t.Context(), r.token(v.JWS))
			switch {
			case valid && err != nil:
				t.Errorf("%s %d %s: the test's own valid token is refused: %v", g.Comment, v.ID, v.Comment, err)
			case valid:
				taken++
			case apierr.CodeOf(err) != apierr.Unauthenticated:
				t.Errorf("%s %d %s: taken: %v", g.Comment, v.ID, v.Comment, err)
			default:
				refused++
			}
		}
	}
	if asTheyAre != 401 || refused != 30 || taken != 8 {
		t.Errorf("%d vectors as they are, %d done to a token, %d valid", asTheyAre, refused, taken)
	}
	t.Logf("attack vectors: %d as they are and %d done to a session's token: 0 accepted; %d valid ones taken", asTheyAre, refused, taken)
}
