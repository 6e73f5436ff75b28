package hometest

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/apiq/apiq/shared/apierr"
)

// newProvider is a provider that says of itself what it should, and no more.
func newProvider(t testing.TB) string {
	t.Helper()
	mux := http.NewServeMux()
	srv := httptest.NewServer(mux)
	t.Cleanup(srv.Close)
	for path, v := range map[string]any{
		"/.well-known/openid-configuration": Obj{"issuer": srv.URL, "authorization_endpoint": srv.URL + "/authorize", "token_endpoint": srv.URL + "/token", "jwks_uri": srv.URL + "/keys",
			"id_token_signing_alg_values_supported": []string{"RS256"}},
		"/keys": Obj{"keys": []any{Obj{"kty": "RSA", "kid": "k", "n": "AQAB", "e": "AQAB"}}},
	} {
		mux.HandleFunc("GET "+path, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_ = json.NewEncoder(w).Encode(v)
		})
	}
	return srv.URL
}

// testProviders: an admin configures a way to sign in, and a browser is sent there
// and takes nothing but its own answer back.
func testProviders(t *testing.T, h *house) {
	issuer, admin := newProvider(t), Register(t, h, "ada")
	const clientSecret = "a-secret-of-the-client"
	body := Obj{"issuer": issuer, "clientId": "apiq", "clientSecret": clientSecret, "enabled": true, "jit": true, "domains": []string{"@Example.com"}, "claim": "groups", "roles": Obj{"admins": "ADMIN"}}
	for path, change := range map[string]Obj{
		"/issuer":       {"issuer": "http://idp.example"},
		"/clientId":     {"clientId": " "},
		"/clientSecret": {"clientSecret": ""},
		"/scopes":       {"scopes": []string{"a b"}},
		"/domains":      {"domains": []string{"example"}},
		"/roles":        {"roles": Obj{"admins": "OWNER"}},
		"/defaultRole":  {"defaultRole": "OWNER"},
		"/sessionHours": {"sessionHours": 1000},
	} {
		bad := Obj{}
		for k, v := range body {
			bad[k] = v
		}
		for k, v := range change {
			bad[k] = v
		}
		admin.Refused(apierr.ValidationFailed, "PUT", "/api/admin/providers/okta", bad, path)
	}
	admin.Refused(apierr.NotFound, "PUT", "/api/admin/providers/keycloak", body)
	saved := admin.Must(200, "PUT", "/api/admin/providers/okta", body)
	listed := admin.Must(200, "GET", "/api/admin/providers", nil)
	for _, a := range []Answer{saved, listed} {
		if strings.Contains(string(a.Raw), clientSecret) {
			t.Errorf("the secret is told: %s", a.Raw)
		}
	}
	var all []struct {
		ID, Issuer, RedirectURI, SignInURL string
		Domains                            []string
		Version                            int
	}
	listed.Into(t, &all)
	if len(all) != 1 || all[0].ID != "okta" || all[0].Issuer != issuer || all[0].Domains[0] != "example.com" || all[0].Version != 1 || !strings.HasSuffix(all[0].RedirectURI, "/api/auth/okta/callback") || !strings.HasSuffix(all[0].SignInURL, "/login?workspace="+admin.Workspace) {
		t.Fatalf("%s", listed.Raw)
	}
	var found []struct {
		What string
		OK   bool
	}
	admin.Must(200, "POST", "/api/admin/providers/okta/test", nil).Into(t, &found)
	for _, f := range found {
		if !f.OK {
			t.Errorf("%+v", f)
		}
	}
	if len(found) != 3 {
		t.Errorf("%+v", found)
	}
	anyone := Nobody(t, h)
	choices := func(query string) map[string]bool {
		var all []struct {
			ID, Name   string
			Configured bool
		}
		anyone.Must(200, "GET", "/api/auth/providers"+query, nil).Into(t, &all)
		out := map[string]bool{}
		for _, c := range all {
			if out[c.ID] = c.Configured; c.Name == "" {
				t.Errorf("%s has no name", c.ID)
			}
		}
		return out
	}
	if c := choices(""); len(c) != 4 || c["okta"] {
		t.Errorf("the operator's: %v", c)
	}
	if c := choices("?workspace=" + admin.Workspace); len(c) != 4 || !c["okta"] || c["google"] {
		t.Errorf("the workspace's: %v", c)
	}
	if c := choices("?workspace=none"); len(c) != 4 || c["okta"] {
		t.Errorf("of none: %v", c)
	}
	to := func(a Answer) *url.URL {
		t.Helper()
		u, err := url.Parse(a.Header.Get("Location"))
		if err != nil || a.Status != http.StatusSeeOther {
			t.Fatalf("%d to %q", a.Status, a.Header.Get("Location"))
		}
		return u
	}
	lost := func(a Answer, want string) {
		t.Helper()
		if u := to(a); u.Host != "" || u.Path != "/login" || u.Query().Get("error") != want || len(a.Header.Values("Set-Cookie")) != 0 {
			t.Errorf("sent to %s, want the error %s", u, want)
		}
	}
	lost(anyone.Must(303, "GET", "/api/auth/okta/start", nil), "not_configured")
	lost(anyone.Must(303, "GET", "/api/auth/keycloak/start?workspace="+admin.Workspace, nil), "not_configured")
	lost(anyone.Must(303, "GET", "/api/auth/okta/callback?code=x&state=y", nil), "expired")
	anyone.Refused(apierr.ValidationFailed, "GET", "/api/auth/okta/callback?code=x&state=y&state=z", nil, "query.state")
	out := anyone.Must(303, "GET", "/api/auth/okta/start?workspace="+admin.Workspace+"&returnTo=/runs", nil)
	u := to(out)
	q := u.Query()
	if !strings.HasPrefix(u.String(), issuer+"/authorize?") || q.Get("state") == "" || q.Get("nonce") == "" || q.Get("code_challenge_method") != "S256" || q.Get("redirect_uri") != all[0].RedirectURI {
		t.Fatalf("sent to %s", u)
	}
	cookie, err := http.ParseSetCookie(strings.Join(out.Header.Values("Set-Cookie"), "\n"))
	if err != nil || !cookie.HttpOnly || cookie.SameSite != http.SameSiteLaxMode || cookie.Domain != "" || cookie.Path != "/" || strings.Contains(u.String(), cookie.Value) {
		t.Errorf("%+v %v", cookie, err)
	}
	back := "/api/auth/okta/callback?session_state=more&state=" + url.QueryEscape(q.Get("state"))
	lost(anyone.Must(303, "GET", back+"&code=x", nil), "other_browser")
	lost(anyone.Must(303, "GET", back+"&error=access_denied", nil, "Cookie", cookie.Name+"="+cookie.Value), "denied")
	lost(anyone.Must(303, "GET", back+"&code=x", nil, "Cookie", cookie.Name+"="+cookie.Value), "expired")
	form := []string{"Content-Type", "application/x-www-form-urlencoded"}
	for _, at := range []string{"/api/auth/okta/backchannel-logout?workspace=" + admin.Workspace, "/api/auth/okta/backchannel-logout", "/api/auth/keycloak/backchannel-logout?workspace=" + admin.Workspace} {
		a := anyone.Send("POST", at, "logout_token=a.b.c", form...)
		anyone.Expect(a, apierr.ValidationFailed, at, "/logout_token")
		if a.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %v", at, a.Header)
		}
	}
	admin.Must(200, "DELETE", "/api/admin/providers/okta", nil)
	admin.Refused(apierr.NotFound, "DELETE", "/api/admin/providers/okta", nil)
	lost(anyone.Must(303, "GET", "/api/auth/okta/start?workspace="+admin.Workspace, nil), "not_configured")
}
