package hometest

import (
	"bytes"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/apiq/apiq/shared/apierr"
)

// authorised connects a provider's API.
func (p Person) authorised(at *provider, config Obj) string {
	p.t.Helper()
	config["clientId"], config["clientSecret"] = "app", at.secrets["client secret"]
	return p.Connect("Guarded", at.url, "authType", "OAUTH", "authConfig", config)
}

// start begins the way to the provider; the cookie is what the browser keeps.
func (p Person) startAuthorising(con string) (address, cookie string) {
	p.t.Helper()
	a := p.Must(200, "GET", "/api/apis/"+con+"/oauth/start", nil)
	var started struct{ URL string }
	a.Into(p.t, &started)
	set := a.Header.Get("Set-Cookie")
	for _, want := range []string{"HttpOnly", "SameSite=Lax", "Path=/api/oauth/callback"} {
		if !strings.Contains(set, want) {
			p.t.Errorf("cookie %q lacks %s", set, want)
		}
	}
	cookie, _, _ = strings.Cut(set, ";")
	return started.URL, cookie
}

// comeBack ends the way and gives the outcome that the page is told.
func (p Person) comeBack(q url.Values, cookie string) string {
	p.t.Helper()
	a := p.Must(http.StatusSeeOther, "GET", "/api/oauth/callback?"+q.Encode(), nil, "Cookie", cookie)
	u, err := url.Parse(a.Header.Get("Location"))
	if err != nil || u.Path != "/oauth-done.html" || u.Host != "" {
		p.t.Fatalf("sent to %s: %v", a.Header.Get("Location"), err)
	}
	return u.Query().Get("outcome")
}

type guardedView struct {
	Status  string
	Account *struct {
		Email, Provider, Fault string
		Scopes                 []string
		Renews                 bool
	}
	Auth struct{ Scopes, Set []string }
}

func (p Person) guarded(con string) (v guardedView) {
	p.t.Helper()
	p.Must(200, "GET", "/api/apis/"+con, nil).Into(p.t, &v)
	return v
}

// testAuthorise: a person goes to the provider and back, runs use the grant and renew
// it, and it is taken back.
func testAuthorise(t *testing.T, h *house) {
	admin, at := Register(t, h, "ada"), newGrantor(t)
	user, auditor := admin.Invite("bob", "USER"), admin.Invite("eve", "AUDITOR")
	con := admin.authorised(at, Obj{"scopes": []string{"read"}, "accountUrl": at.url + "/me", "revokeUrl": at.url + "/revoke"})
	if v := admin.guarded(con); v.Status != "NEEDS_AUTHORISATION" || v.Account != nil {
		t.Fatalf("%+v", v)
	}
	if a := admin.Must(200, "POST", "/api/apis/"+con+"/test", nil); !bytes.Contains(a.Data, []byte("REAUTHORIZE")) {
		t.Errorf("%s", a.Raw)
	}
	auditor.Refused(apierr.Forbidden, "GET", "/api/apis/"+con+"/oauth/start", nil)

	address, cookie := admin.startAuthorising(con)
	back := at.agrees(t, address)
	for name, c := range map[string]struct {
		who    Person
		cookie string
		want   string
	}{"another person": {user, cookie, "another"}, "another browser": {admin, "", "another"}, "nobody": {Nobody(t, h), cookie, "signed_out"}, "an auditor": {auditor, cookie, "signed_out"}} {
		if got := c.who.comeBack(back, c.cookie); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
	if got := admin.comeBack(back, cookie); got != "connected" {
		t.Fatal(got)
	}
	if got := admin.comeBack(back, cookie); got != "expired" {
		t.Errorf("a second time: %s", got)
	}
	v := admin.guarded(con)
	if v.Status != "ACTIVE" || v.Account == nil || v.Account.Email != "ada@provider.example" || !v.Account.Renews || len(v.Account.Scopes) != 1 {
		t.Fatalf("%+v", v)
	}
	flow := admin.Save(Obj{"steps": []any{CallStep("a", con, "me")}})
	admin.Must(200, "PUT", "/api/workflows/"+flow, Obj{"status": "ACTIVE"})
	_, _, _, before := at.held()
	for range 2 {
		if e := admin.Wait(admin.Start(flow, nil)); e.Status != "COMPLETED" {
			t.Fatalf("%s %+v", e.Status, e.Error)
		}
	}
	if _, _, _, asked := at.held(); asked != before+2 {
		t.Errorf("asked for %d tokens by two runs", asked-before)
	}

	address, cookie = user.startAuthorising(con)
	denied := at.agrees(t, address)
	denied.Del("code")
	denied.Set("error", "access_denied")
	if got := user.comeBack(denied, cookie); got != "denied" {
		t.Error(got)
	}
	var scopes struct{ Granted, Needed, Missing, Requested []string }
	admin.Must(200, "GET", "/api/apis/"+con+"/scopes", nil).Into(t, &scopes)
	if len(scopes.Granted) != 1 || len(scopes.Needed) != 1 || len(scopes.Missing) != 0 {
		t.Errorf("%+v", scopes)
	}
	_, refresh, _, _ := at.held()
	var out struct {
		Revoked *bool
		Detail  string
	}
	user.Must(200, "POST", "/api/apis/"+con+"/oauth/disconnect", nil).Into(t, &out)
	if _, _, revoked, _ := at.held(); out.Revoked == nil || !*out.Revoked || revoked != refresh {
		t.Errorf("%+v, revoked %s", out, revoked)
	}
	if v := admin.guarded(con); v.Status != "NEEDS_AUTHORISATION" || v.Account != nil {
		t.Errorf("%+v", v)
	}
	// A run that would fail for want of an account is not begun.
	if a := admin.Refused(apierr.WorkflowInvalid, "POST", "/api/workflows/"+flow+"/execute", Obj{}); !bytes.Contains(a.Raw, []byte("authorise it first")) {
		t.Errorf("%s", a.Raw)
	}
	admin.Verified()
}

// testGrantKinds: a machine's grant is obtained when it is needed, a device's by a code
// that is polled for no more often than the provider allows.
func testGrantKinds(t *testing.T, h *house) {
	p, at := Register(t, h, "ada"), newGrantor(t)
	machine := p.authorised(at, Obj{"grant": "client_credentials"})
	var test struct{ OK bool }
	if p.Must(200, "POST", "/api/apis/"+machine+"/test", nil).Into(t, &test); !test.OK || p.guarded(machine).Status != "ACTIVE" {
		t.Error("a machine's grant was not obtained")
	}
	p.Refused(apierr.Conflict, "GET", "/api/apis/"+machine+"/oauth/start", nil)
	p.Refused(apierr.Conflict, "POST", "/api/apis/"+machine+"/oauth/device", nil)
	plain := p.Connect("Shop", NewShop(t).URL)
	p.Refused(apierr.Conflict, "GET", "/api/apis/"+plain+"/oauth/start", nil)
	device := p.authorised(at, Obj{"grant": "device_code", "tokenUrl": at.url + "/token", "deviceUrl": at.url + "/device"})
	var code struct{ UserCode, VerificationURI string }
	if p.Must(200, "POST", "/api/apis/"+device+"/oauth/device", nil).Into(t, &code); code.UserCode != "WDJB-MJHT" {
		t.Errorf("%+v", code)
	}
	var state struct {
		Status            string
		RetryAfterSeconds int
	}
	_, _, _, before := at.held()
	p.Must(200, "POST", "/api/apis/"+device+"/oauth/device/poll", nil).Into(t, &state)
	if _, _, _, asked := at.held(); state.Status != "pending" || state.RetryAfterSeconds < 1 || asked != before {
		t.Errorf("%+v, asked %d times before its turn", state, asked-before)
	}
	wrong := p.Connect("Guarded", at.url, "authType", "OAUTH", "authConfig", Obj{"grant": "client_credentials", "clientId": "app", "clientSecret": "not it"})
	if a := p.Must(200, "POST", "/api/apis/"+wrong+"/test", nil); !bytes.Contains(a.Data, []byte("CREDENTIALS_INVALID")) {
		t.Errorf("%s", a.Raw)
	}
}

// testCanaryGrants looks for each secret that a grant has, in all answers and in each
// byte that the home keeps.
func testCanaryGrants(t *testing.T, h *house) {
	h.needs(t, Bytes)
	keeper, ok := h.Home.(Keeper)
	if !ok {
		t.Fatal("this home does not show its bytes, and does not say why (Lacks)")
	}
	p, at := Register(t, h, "ada"), newGrantor(t)
	var answers bytes.Buffer
	seen := func(a Answer) Answer {
		answers.Write(a.Raw)
		for _, values := range a.Header {
			answers.WriteString(strings.Join(values, " "))
		}
		return a
	}
	con := p.authorised(at, Obj{"scopes": []string{"read"}, "accountUrl": at.url + "/me", "tokenParams": Obj{"extra": "canary/PARAM+S3cr3t=="}})
	address, cookie := p.startAuthorising(con)
	back := at.agrees(t, address)
	seen(p.Must(303, "GET", "/api/oauth/callback?"+back.Encode(), nil, "Cookie", cookie))
	device := p.authorised(at, Obj{"grant": "device_code", "tokenUrl": at.url + "/token", "deviceUrl": at.url + "/device"})
	seen(p.Must(200, "POST", "/api/apis/"+device+"/oauth/device", nil))
	seen(p.Must(200, "POST", "/api/apis/"+con+"/test", nil))
	seen(p.Must(200, "POST", "/api/apis/"+con+"/endpoints/me/try", Obj{}))
	flow := p.Save(Obj{"steps": []any{CallStep("a", con, "me")}})
	run := p.Start(flow, nil)
	if e := p.Wait(run); e.Status != "COMPLETED" {
		t.Fatalf("%s %+v", e.Status, e.Error)
	}
	for _, path := range []string{"/api/executions/" + run, "/api/executions/" + run + "/export", "/api/apis/" + con, "/api/apis/" + con + "/scopes", "/api/apis", "/api/logs/export?format=ndjson"} {
		seen(p.Must(200, "GET", path, nil))
	}
	_, browser, _ := strings.Cut(cookie, "=")
	at.mu.Lock()
	at.secrets["browser"], at.secrets["state"], at.secrets["parameter"] = browser, back.Get("state"), "canary/PARAM+S3cr3t=="
	secrets := at.secrets
	at.mu.Unlock()
	places := map[string][]byte{"answers": answers.Bytes()}
	for place, content := range keeper.Bytes(t) {
		places[place] = content
	}
	for kind, v := range secrets {
		if where := leak(places, v); where != "" {
			t.Errorf("the %s stands in %s", kind, where)
		}
	}
	if len(secrets) < 10 || leak(places, "ada@provider.example") == "" {
		t.Errorf("the search saw too little: %d secrets", len(secrets))
	}
}
