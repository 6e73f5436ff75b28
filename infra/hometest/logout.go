package hometest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/apierr"
)

// issuer is a provider that signs tokens and ends sessions.
type issuer struct {
	url string
	key *ecdsa.PrivateKey

	mu    sync.Mutex
	nonce string // of the flow that is under way
	email string
}

func newIssuer(t testing.TB) *issuer {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	point, err := key.PublicKey.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	i := &issuer{key: key}
	mux := http.NewServeMux()
	srv := httptest.NewServer(mux)
	t.Cleanup(srv.Close)
	i.url = srv.URL
	for path, answer := range map[string]func() Obj{
		"/.well-known/openid-configuration": func() Obj {
			return Obj{"issuer": i.url, "authorization_endpoint": i.url + "/authorize", "token_endpoint": i.url + "/token", "jwks_uri": i.url + "/keys", "end_session_endpoint": i.url + "/end",
				"id_token_signing_alg_values_supported": []string{"ES256"}}
		},
		"/keys": func() Obj {
			return Obj{"keys": []any{Obj{"kty": "EC", "crv": "P-256", "kid": "k", "use": "sig", "alg": "ES256", "x": segment(point[1:33]), "y": segment(point[33:])}}}
		},
		"/token": func() Obj {
			i.mu.Lock()
			defer i.mu.Unlock()
			return Obj{"access_token": "access", "token_type": "Bearer", "id_token": i.sign(t, "JWT", Obj{"nonce": i.nonce, "sub": i.email, "sid": "s-" + i.nonce, "email": i.email, "email_verified": true, "name": "Grace"})}
		},
	} {
		mux.HandleFunc(path, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_ = json.NewEncoder(w).Encode(answer())
		})
	}
	return i
}

func segment(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// sign makes a token of the provider's, of now.
func (i *issuer) sign(t testing.TB, kind string, claims Obj) string {
	claims["iss"], claims["aud"], claims["iat"], claims["exp"] = i.url, "apiq", time.Now().Unix(), time.Now().Add(2*time.Minute).Unix()
	head, _ := json.Marshal(Obj{"alg": "ES256", "kid": "k", "typ": kind})
	body, err := json.Marshal(claims)
	if err != nil {
		t.Error(err)
	}
	text := segment(head) + "." + segment(body)
	sum := sha256.Sum256([]byte(text))
	r, s, err := ecdsa.Sign(rand.Reader, i.key, sum[:])
	if err != nil {
		t.Error(err)
	}
	return text + "." + segment(append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...))
}

// knows makes it speak of another person.
func (i *issuer) knows(email string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.email = email
}

// session is its name of the newest.
func (i *issuer) session() string {
	i.mu.Lock()
	defer i.mu.Unlock()
	return "s-" + i.nonce
}

// follow goes the way of a browser from where it was sent to and back to the callback.
func (i *issuer) follow(who Person, at, cookie string) Answer {
	who.t.Helper()
	u, err := url.Parse(at)
	if err != nil || !strings.HasPrefix(at, i.url+"/authorize?") {
		who.t.Fatalf("sent to %q, %v", at, err)
	}
	i.mu.Lock()
	i.nonce = u.Query().Get("nonce")
	i.mu.Unlock()
	return who.Send("GET", "/api/auth/okta/callback?"+url.Values{"state": {u.Query().Get("state")}, "code": {"x"}}.Encode(), nil, "Cookie", strings.Split(cookie, ";")[0])
}

// testSingleLogout: a sign-out here leads to the provider's, one there ends the session
// here, and an identity is linked by hand and taken off.
func testSingleLogout(t *testing.T, h *house) {
	op, admin, anyone := newIssuer(t), Register(t, h, "ada"), Nobody(t, h)
	op.knows(newEmail("grace"))
	admin.Must(200, "PUT", "/api/admin/providers/okta", Obj{"issuer": op.url, "clientId": "apiq", "clientSecret": "s", "enabled": true, "jit": true})
	signIn := func() Person {
		t.Helper()
		out := anyone.Must(303, "GET", "/api/auth/okta/start?workspace="+admin.Workspace, nil)
		back := op.follow(anyone, out.Header.Get("Location"), out.Header.Get("Set-Cookie"))
		cookie, err := http.ParseSetCookie(back.Header.Get("Set-Cookie"))
		if err != nil || back.Header.Get("Location") != "/" {
			t.Fatalf("%d to %q, %v", back.Status, back.Header.Get("Location"), err)
		}
		who := anyone
		who.Token = cookie.Value
		return who
	}
	grace := signIn()
	var over struct{ LogoutURL string }
	grace.Must(200, "POST", "/api/auth/logout", nil).Into(t, &over)
	u, err := url.Parse(over.LogoutURL)
	if err != nil || !strings.HasPrefix(over.LogoutURL, op.url+"/end?") || strings.Count(u.Query().Get("id_token_hint"), ".") != 2 || !strings.HasSuffix(u.Query().Get("post_logout_redirect_uri"), "/login?signedOut=1&workspace="+admin.Workspace) {
		t.Errorf("sent to %q, %v", over.LogoutURL, err)
	}
	grace.Refused(apierr.Unauthenticated, "GET", "/api/auth/me", nil)

	grace = signIn()
	at := "/api/auth/okta/backchannel-logout?workspace=" + admin.Workspace
	notice := url.Values{"logout_token": {op.sign(t, "logout+jwt", Obj{"jti": "j", "sid": op.session(), "events": Obj{"http://schemas.openid.net/event/backchannel-logout": Obj{}}})}}.Encode()
	form := []string{"Content-Type", "application/x-www-form-urlencoded"}
	anyone.Must(200, "POST", at, notice, form...)
	grace.Refused(apierr.Unauthenticated, "GET", "/api/auth/me", nil)
	anyone.Expect(anyone.Send("POST", at, notice, form...), apierr.ValidationFailed, "used again", "/logout_token")
	admin.Must(200, "GET", "/api/auth/me", nil)

	// Nobody vouches for the admin's address: they link the identity themselves.
	other := newEmail("lovelace")
	op.knows(other)
	var way struct{ URL string }
	out := admin.Must(200, "POST", "/api/auth/identities", Obj{"provider": "okta", "workspace": admin.Workspace})
	out.Into(t, &way)
	if back := op.follow(admin, way.URL, out.Header.Get("Set-Cookie")); back.Header.Get("Location") != "/settings/security?linked=okta" {
		t.Fatalf("%d to %q", back.Status, back.Header.Get("Location"))
	}
	type linked struct{ ID, Provider, Email, Workspace string }
	var all []linked
	admin.Must(200, "GET", "/api/auth/identities", nil).Into(t, &all)
	if len(all) != 1 || all[0].Email != other || all[0].Workspace != admin.Workspace {
		t.Fatalf("%+v", all)
	}
	var me struct{ User struct{ ID string } }
	came := signIn()
	if came.Must(200, "GET", "/api/auth/me", nil).Into(t, &me); me.User.ID != admin.ID {
		t.Errorf("leads to %s, not %s", me.User.ID, admin.ID)
	}
	came.Refused(apierr.Forbidden, "DELETE", "/api/auth/identities/"+all[0].ID, nil)
	admin.Must(200, "DELETE", "/api/auth/identities/"+all[0].ID, nil)
	came.Refused(apierr.Unauthenticated, "GET", "/api/auth/me", nil)
	admin.Must(200, "GET", "/api/auth/identities", nil).Into(t, &all)
	if len(all) != 0 {
		t.Errorf("%+v", all)
	}
}
