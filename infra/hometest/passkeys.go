package hometest

import (
	"cmp"
	"encoding/json"
	"net/url"
	"testing"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/identity/passkey/passkeytest"
)

// testPasskeys: one is added, signs in, and is removed. A home with an address that
// browsers take none for says so.
func testPasskeys(t *testing.T, h *house) {
	p := Register(t, h, "ada")
	var c struct {
		ChallengeID string
		PublicKey   json.RawMessage
	}
	first := p.Send("POST", "/api/auth/passkeys/options", nil)
	if first.Code == string(apierr.Conflict) {
		t.Skipf("this home has no address for passkeys: %s", first.Detail)
	}
	first.Into(t, &c)
	u, err := url.Parse(h.URL())
	if err != nil {
		t.Fatal(err)
	}
	// A browser takes no bare address for a passkey's place, but localhost.
	d := passkeytest.New(t, cmp.Or(h.harness.Public, "http://localhost:"+u.Port()))
	var made struct {
		ID            string
		RecoveryCodes []string
	}
	p.Must(201, "POST", "/api/auth/passkeys", Obj{"challengeId": c.ChallengeID, "name": "Laptop", "credential": d.Create(c.PublicKey)}).Into(t, &made)
	if len(made.RecoveryCodes) != 10 {
		t.Errorf("%+v", made)
	}
	anyone := Nobody(t, h)
	anyone.Refused(apierr.MFARequired, "POST", "/api/auth/login", Obj{"email": p.Email, "password": password}, "/code")
	anyone.Must(200, "POST", "/api/auth/passkeys/login/options", nil).Into(t, &c)
	body := Obj{"challengeId": c.ChallengeID, "credential": d.Get(c.PublicKey)}
	var in session
	got := anyone.Must(200, "POST", "/api/auth/passkeys/login", body)
	if got.Into(t, &in); in.User.ID != p.ID || got.cookie(t).Value != in.Token {
		t.Errorf("%s", got.Raw)
	}
	anyone.Refused(apierr.Unauthenticated, "POST", "/api/auth/passkeys/login", body)
	p.Must(200, "DELETE", "/api/auth/passkeys/"+made.ID, nil)
	p.Refused(apierr.NotFound, "DELETE", "/api/auth/passkeys/"+made.ID, nil)
}
