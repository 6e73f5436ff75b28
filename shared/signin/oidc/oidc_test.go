package oidc_test

import (
	"crypto/rand"
	"crypto/rsa"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/identity"
	"github.com/apiq/apiq/shared/route"
	"github.com/apiq/apiq/shared/secret"
	"github.com/apiq/apiq/shared/signin"
	"github.com/apiq/apiq/shared/tenant"
)

// TestFlow: to the provider and back, signed in.
func TestFlow(t *testing.T) {
	t.Parallel()
	h := newHome(t, func(p *signin.Provider) { p.SessionHours = 2 })
	a, err := h.Finish(t.Context(), signin.Generic, h.op.agree(t, h.start(t, signin.Generic)))
	if err != nil {
		t.Fatal(err)
	}
	if a.ReturnTo != "/workflows?x=1" || a.Grant.User.Email != "grace@example.com" || a.Grant.User.Name != "Grace Hopper" || a.Grant.Role != route.RoleAdmin || !a.Grant.ExpiresAt.Equal(h.now().Add(2*time.Hour)) {
		t.Errorf("%+v", a)
	}
	p, err := h.people.Authenticate(t.Context(), a.Grant.Token)
	if err != nil || p.Via == nil || p.Via.Issuer != h.op.URL || p.Bound() != "" {
		t.Errorf("%+v %v", p, err)
	}
	again, err := h.Finish(t.Context(), signin.Generic, h.op.agree(t, h.start(t, signin.Generic)))
	if err != nil || again.Grant.User.ID != a.Grant.User.ID {
		t.Errorf("%+v %v", again, err)
	}
}

// TestSecretApart: the client secret of an operator's provider is read when it is needed;
// while it cannot be, people are told that the provider is not reached.
func TestSecretApart(t *testing.T) {
	t.Parallel()
	h := newHome(t, func(p *signin.Provider) { p.Secret = secret.Secret{} })
	finish := func() (signin.Arrival, error) {
		return h.Finish(t.Context(), signin.Generic, h.op.agree(t, h.start(t, signin.Generic)))
	}
	if _, err := finish(); signin.Code(err) != string(signin.Unreachable) {
		t.Errorf("%v", err)
	}
	h.apart = map[string]secret.Secret{"GENERIC_OIDC_CLIENT_SECRET": secret.New(clientSecret)}
	if a, err := finish(); err != nil || a.Grant.User.Email != "grace@example.com" {
		t.Errorf("%+v, %v", a, err)
	}
}

// TestFlowRefused: what the browser brings back, or the provider says, and does not stand.
func TestFlowRefused(t *testing.T) {
	t.Parallel()
	other := func(t *testing.T, h *home) signin.Return { return h.op.agree(t, h.start(t, signin.Generic)) }
	for name, c := range map[string]struct {
		want string
		op   func(h *home)
		back func(t *testing.T, h *home) signin.Return
		// redeemed: the code may be sent to the provider.
		redeemed bool
	}{
		"denied": {want: "denied", back: func(t *testing.T, h *home) signin.Return {
			r := other(t, h)
			r.Code, r.Error = "", "access_denied"
			return r
		}},
		"an error of the provider's": {want: "invalid_answer", back: func(t *testing.T, h *home) signin.Return {
			r := other(t, h)
			r.Code, r.Error = "", "server_error"
			return r
		}},
		"no code": {want: "invalid_answer", back: func(t *testing.T, h *home) signin.Return { r := other(t, h); r.Code = ""; return r }},
		"a made-up state": {want: "expired", back: func(t *testing.T, h *home) signin.Return {
			r := other(t, h)
			r.State = strings.Repeat("A", 43)
			return r
		}},
		"no state": {want: "expired", back: func(t *testing.T, h *home) signin.Return { r := other(t, h); r.State = ""; return r }},
		"too late": {want: "expired", back: func(t *testing.T, h *home) signin.Return {
			r := other(t, h)
			h.pass(signin.FlowLife)
			return r
		}},
		"replayed": {want: "expired", redeemed: true, back: func(t *testing.T, h *home) signin.Return {
			r := other(t, h)
			if _, err := h.Finish(t.Context(), signin.Generic, r); err != nil {
				t.Fatal(err)
			}
			return r
		}},
		"another browser": {want: "other_browser", back: func(t *testing.T, h *home) signin.Return {
			r := other(t, h)
			r.Browser = h.start(t, signin.Generic).Browser
			return r
		}},
		"no browser": {want: "other_browser", back: func(t *testing.T, h *home) signin.Return { r := other(t, h); r.Browser = ""; return r }},
		"another flow's code": {want: "invalid_answer", back: func(t *testing.T, h *home) signin.Return {
			mine, theirs := other(t, h), other(t, h)
			mine.Code = theirs.Code
			return mine
		}},
		"mix-up: another issuer's answer": {want: "invalid_answer", back: func(t *testing.T, h *home) signin.Return {
			r := other(t, h)
			r.Issuer = "https://evil.example"
			return r
		}},
		"mix-up: no issuer, though it tells it": {want: "invalid_answer", back: func(t *testing.T, h *home) signin.Return { r := other(t, h); r.Issuer = ""; return r }},
		"wrong issuer":                          {want: "invalid_answer", redeemed: true, op: claim("iss", "https://evil.example")},
		"wrong audience":                        {want: "invalid_answer", redeemed: true, op: claim("aud", "another")},
		"no audience":                           {want: "invalid_answer", redeemed: true, op: claim("aud", nil)},
		"several audiences, no party":           {want: "invalid_answer", redeemed: true, op: claim("aud", []string{clientID, "another"})},
		"another party":                         {want: "invalid_answer", redeemed: true, op: claim("azp", "another")},
		"another nonce":                         {want: "invalid_answer", redeemed: true, op: claim("nonce", "x")},
		"no nonce":                              {want: "invalid_answer", redeemed: true, op: claim("nonce", nil)},
		"no subject":                            {want: "invalid_answer", redeemed: true, op: claim("sub", "")},
		"a subject that is a number":            {want: "invalid_answer", redeemed: true, op: claim("sub", 7)},
		"no expiry":                             {want: "invalid_answer", redeemed: true, op: claim("exp", nil)},
		"expired":                               {want: "invalid_answer", redeemed: true, op: at("exp", -2*time.Minute)},
		"issued long before":                    {want: "invalid_answer", redeemed: true, op: at("iat", -time.Hour)},
		"issued later":                          {want: "invalid_answer", redeemed: true, op: at("iat", 2*time.Minute)},
		"no e-mail":                             {want: "email_unverified", redeemed: true, op: claim("email", nil)},
		"e-mail not verified":                   {want: "email_unverified", redeemed: true, op: claim("email_verified", false)},
		"e-mail verified by nobody":             {want: "email_unverified", redeemed: true, op: claim("email_verified", nil)},
		"userinfo of somebody else": {want: "invalid_answer", redeemed: true, op: func(h *home) {
			claim("email", nil)(h)
			h.op.userinfo = map[string]any{"sub": "another", "email": "victim@example.com", "email_verified": true}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHome(t, nil)
			back := c.back
			if back == nil {
				back = other
			}
			if c.op != nil {
				c.op(h)
			}
			a, err := h.Finish(t.Context(), signin.Generic, back(t, h))
			if err == nil || signin.Code(err) != c.want || a.Grant.Token != "" {
				t.Fatalf("%+v %v, want %s", a, err, c.want)
			}
			if (h.op.redeemed > 0) != c.redeemed {
				t.Errorf("%d codes redeemed", h.op.redeemed)
			}
		})
	}
}

// claim sets one claim of the ID token, nil takes it out.
func claim(name string, v any) func(*home) {
	return func(h *home) {
		h.op.claims = func(c map[string]any) {
			if c[name] = v; v == nil {
				delete(c, name)
			}
		}
		h.op.userinfo = map[string]any{"sub": "248289761001"}
	}
}

func at(name string, d time.Duration) func(*home) {
	return func(h *home) { h.op.claims = func(c map[string]any) { c[name] = h.now().Add(d).Unix() } }
}

// TestTokenAttack: ID tokens that are forged as JOSE allows to try.
func TestTokenAttack(t *testing.T) {
	t.Parallel()
	for name, sign := range forgeries(t, "JWT") {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHome(t, nil)
			h.op.sign = sign
			a, err := h.Finish(t.Context(), signin.Generic, h.op.agree(t, h.start(t, signin.Generic)))
			if signin.Code(err) != string(signin.Invalid) || err == nil || a.Grant.Token != "" || h.op.redeemed != 1 {
				t.Fatalf("%+v %v", a, err)
			}
		})
	}
}

// TestReplayRace: of many that bring one answer, one is signed in.
func TestReplayRace(t *testing.T) {
	t.Parallel()
	h := newHome(t, nil)
	r := h.op.agree(t, h.start(t, signin.Generic))
	var wait sync.WaitGroup
	var mu sync.Mutex
	codes := map[string]int{}
	for range 8 {
		wait.Go(func() {
			_, err := h.Finish(t.Context(), signin.Generic, r)
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				codes["in"]++
				return
			}
			codes[signin.Code(err)]++
		})
	}
	wait.Wait()
	if codes["in"] != 1 || codes["expired"] != 7 || h.op.redeemed != 1 {
		t.Error(codes, h.op.redeemed)
	}
}

// TestKeysRotate: a token under a new key is taken, without waiting for anything.
func TestKeysRotate(t *testing.T) {
	t.Parallel()
	h := newHome(t, nil)
	in := func() error {
		_, err := h.Finish(t.Context(), signin.Generic, h.op.agree(t, h.start(t, signin.Generic)))
		return err
	}
	if err := in(); err != nil {
		t.Fatal(err)
	}
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	old := h.op.key
	h.op.mu.Lock()
	h.op.key, h.op.kid = key, "k2"
	h.op.mu.Unlock()
	if err := in(); err != nil {
		t.Fatal(err)
	}
	h.op.sign = func(_ *op, c map[string]any) string { return signed(old, map[string]any{"kid": "k1"}, c) }
	if err := in(); signin.Code(err) != string(signin.Invalid) || err == nil {
		t.Errorf("under the key that is gone: %v", err)
	}
}

// TestClaims: userinfo, role mapping, and what Google and Entra ID do their own way.
func TestClaims(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		configure func(*signin.Provider)
		op        func(*home)
		want      string // "" for signed in
	}{
		"the e-mail from userinfo": {op: func(h *home) {
			claim("email", nil)(h)
			h.op.userinfo = map[string]any{"sub": "248289761001", "email": "grace@example.com", "email_verified": true}
		}},
		"an address trusted where nothing is said":    {configure: func(p *signin.Provider) { p.TrustEmail = true }, op: claim("email_verified", nil)},
		"no trust against the provider's word":        {configure: func(p *signin.Provider) { p.TrustEmail = true }, op: claim("email_verified", false), want: "email_unverified"},
		"verified as a text":                          {op: claim("email_verified", "true")},
		"a domain of the list":                        {configure: func(p *signin.Provider) { p.Domains = []string{"example.com"} }},
		"a domain not of the list":                    {configure: func(p *signin.Provider) { p.Domains = []string{"corp.example"} }, want: "domain_refused"},
		"Google: an address that it does not host":    {configure: google, want: "email_unverified"},
		"Google: a domain that it hosts":              {configure: google, op: claim("hd", "example.com")},
		"Google: another domain that it hosts":        {configure: google, op: claim("hd", "corp.example"), want: "email_unverified"},
		"Google: its own address":                     {configure: google, op: claim("email", "grace@gmail.com")},
		"Entra ID: nothing said":                      {configure: azure, op: claim("email_verified", nil), want: "email_unverified"},
		"Entra ID: its email_verified counts nothing": {configure: azure, want: "email_unverified"},
		"Entra ID: the domain's owner verified":       {configure: azure, op: claim("xms_edov", true)},
		"Entra ID: so in numbers":                     {configure: azure, op: claim("xms_edov", 1)},
		"Entra ID: not verified":                      {configure: azure, op: claim("xms_edov", false), want: "email_unverified"},
		"Entra ID: the one directory is trusted":      {configure: func(p *signin.Provider) { azure(p); p.TrustEmail = true }, op: claim("email_verified", nil)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var id string
			h := newHome(t, func(p *signin.Provider) {
				if c.configure != nil {
					c.configure(p)
				}
				id = p.ID
			})
			if c.op != nil {
				c.op(h)
			}
			_, err := h.Finish(t.Context(), id, h.op.agree(t, h.start(t, id)))
			if got := signin.Code(err); err == nil && c.want != "" || err != nil && got != c.want {
				t.Errorf("%v, want %q", err, c.want)
			}
		})
	}
}

func google(p *signin.Provider) { p.ID = signin.Google }
func azure(p *signin.Provider)  { p.ID = signin.Azure }

// TestWorkspace: a workspace's own provider, its secret kept, its roles mapped.
func TestWorkspace(t *testing.T) {
	t.Parallel()
	h := newHome(t, nil)
	ada, err := h.people.Register(t.Context(), identity.Registration{Email: "ada@example.com", Name: "Ada", Password: "correct horse battery"})
	if err != nil {
		t.Fatal(err)
	}
	ctx := tenant.WithActor(tenant.With(t.Context(), ada.Workspace.ID), tenant.Actor{ID: ada.User.ID})
	conf := signin.Provider{ID: signin.Okta, Issuer: h.op.URL, ClientID: clientID, JIT: true, Enabled: true, Claim: "realm.groups", Roles: map[string]route.Role{"admins": route.RoleAdmin, "viewers": route.RoleAuditor}}
	if _, err := h.Put(ctx, conf); apierr.CodeOf(err) != apierr.ValidationFailed {
		t.Fatalf("without a secret: %v", err)
	}
	conf.Secret = secret.New(clientSecret)
	saved, err := h.Put(ctx, conf)
	if err != nil || saved.Version != 1 || saved.Name != "Okta" || !saved.Secret.IsZero() || saved.DefaultRole != route.RoleUser {
		t.Fatalf("%+v %v", saved, err)
	}
	for _, f := range must(h.Try(ctx, signin.Okta)) {
		if !f.OK {
			t.Errorf("%+v", f)
		}
	}
	in := func(groups any) (signin.Arrival, error) {
		h.op.claims = func(c map[string]any) { c["realm"] = map[string]any{"groups": groups} }
		d, err := h.Start(t.Context(), ada.Workspace.ID, signin.Okta, "", "")
		if err != nil {
			return signin.Arrival{}, err
		}
		return h.Finish(t.Context(), signin.Okta, h.op.agree(t, d))
	}
	for _, c := range []struct {
		groups any
		want   route.Role
	}{{[]string{"viewers"}, route.RoleAuditor}, {[]string{"viewers", "admins", "x"}, route.RoleAdmin}, {"viewers", route.RoleAuditor}, {[]any{7, nil}, route.RoleUser}, {nil, route.RoleUser}} {
		a, err := in(c.groups)
		if err != nil || a.Grant.Role != c.want || a.Grant.Workspace.ID != ada.Workspace.ID {
			t.Errorf("%v: %s, %v, want %s", c.groups, a.Grant.Role, err, c.want)
			continue
		}
		if p, err := h.people.Authenticate(t.Context(), a.Grant.Token); err != nil || p.Bound() != ada.Workspace.ID {
			t.Errorf("%+v %v", p, err)
		}
	}
	// The secret goes to the issuer that it was given for, and to no other.
	conf.Secret, conf.Issuer = secret.Secret{}, "https://evil.example"
	if _, err := h.Put(ctx, conf); apierr.CodeOf(err) != apierr.ValidationFailed || apierr.From(err).Problems[0].Path != "/clientSecret" {
		t.Errorf("moved to another issuer: %v", err)
	}
	conf.Issuer, conf.Enabled = h.op.URL, false
	if _, err := h.Put(ctx, conf); err != nil {
		t.Fatal(err)
	}
	if _, err := in(nil); signin.Code(err) != string(signin.Missing) {
		t.Errorf("switched off: %v", err)
	}
	for _, c := range must(h.Choices(t.Context(), ada.Workspace.ID)) {
		if c.Configured {
			t.Errorf("%+v", c)
		}
	}
	if err := h.Delete(ctx, signin.Okta); err != nil {
		t.Fatal(err)
	}
	if err := h.Delete(ctx, signin.Okta); apierr.CodeOf(err) != apierr.NotFound {
		t.Error(err)
	}
}

// TestConfiguredAnew: what was started under one configuration is not ended under another.
func TestConfiguredAnew(t *testing.T) {
	t.Parallel()
	h := newHome(t, nil)
	ada, err := h.people.Register(t.Context(), identity.Registration{Email: "ada@example.com", Name: "Ada", Password: "correct horse battery"})
	if err != nil {
		t.Fatal(err)
	}
	ctx := tenant.With(t.Context(), ada.Workspace.ID)
	conf := signin.Provider{ID: signin.Okta, Issuer: h.op.URL, ClientID: clientID, Secret: secret.New(clientSecret), JIT: true, Enabled: true}
	must(h.Put(ctx, conf))
	r := h.op.agree(t, must(h.Start(t.Context(), ada.Workspace.ID, signin.Okta, "/", "")))
	conf.ClientID = "another"
	must(h.Put(ctx, conf))
	if _, err := h.Finish(t.Context(), signin.Okta, r); signin.Code(err) != "expired" || h.op.redeemed != 0 {
		t.Error(err)
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// TestDiscovery: what a provider says of itself, and is not believed.
func TestDiscovery(t *testing.T) {
	t.Parallel()
	for name, meta := range map[string]func(map[string]any){
		"another issuer":              func(m map[string]any) { m["issuer"] = "https://evil.example" },
		"no token endpoint":           func(m map[string]any) { delete(m, "token_endpoint") },
		"keys at a private address":   func(m map[string]any) { m["jwks_uri"] = "https://10.0.0.1/keys" },
		"a token endpoint of http":    func(m map[string]any) { m["token_endpoint"] = "http://idp.example/token" },
		"an authorization by script":  func(m map[string]any) { m["authorization_endpoint"] = "javascript:alert(1)" },
		"userinfo of cloud metadata":  func(m map[string]any) { m["userinfo_endpoint"] = "https://169.254.169.254/latest" },
		"plain PKCE only":             func(m map[string]any) { m["code_challenge_methods_supported"] = []string{"plain"} },
		"a document without an end":   func(m map[string]any) { m["pad"] = strings.Repeat("x", 1<<20) },
		"a value of another type":     func(m map[string]any) { m["jwks_uri"] = 7 },
		"an end of session by script": func(m map[string]any) { m["end_session_endpoint"] = "data:text/html,x" },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHome(t, nil)
			h.op.meta = meta
			if _, err := h.Start(t.Context(), "", signin.Generic, "/", ""); signin.Code(err) != string(signin.Unreachable) || err == nil {
				t.Errorf("%v", err)
			}
			found := h.client.Try(t.Context(), signin.Provider{Issuer: h.op.URL})
			if len(found) != 1 || found[0].OK || len(found[0].Message) < 20 {
				t.Errorf("%+v", found)
			}
		})
	}
	t.Run("an issuer that redirects", func(t *testing.T) {
		t.Parallel()
		h := newHome(t, nil)
		away := httptest.NewServer(http.RedirectHandler(h.op.URL+"/.well-known/openid-configuration", http.StatusFound))
		t.Cleanup(away.Close)
		if found := h.client.Try(t.Context(), signin.Provider{Issuer: away.URL}); found[0].OK {
			t.Errorf("%+v", found)
		}
	})
	t.Run("what was known serves while it is not reached", func(t *testing.T) {
		t.Parallel()
		h := newHome(t, nil)
		h.start(t, signin.Generic)
		h.op.Close()
		h.pass(2 * time.Hour)
		h.start(t, signin.Generic)
		h.pass(24 * time.Hour)
		if _, err := h.Start(t.Context(), "", signin.Generic, "/", ""); signin.Code(err) != string(signin.Unreachable) {
			t.Error(err)
		}
	})
}

// TestPath: where a sign-in may lead to.
func TestPath(t *testing.T) {
	t.Parallel()
	for to, want := range map[string]string{
		"/": "/", "/workflows/wfl_1?tab=runs#x": "/workflows/wfl_1?tab=runs#x", "": "/", "workflows": "/", "//evil.example": "/", "/\\evil.example": "/", "https://evil.example": "/",
		"javascript:alert(1)": "/", "/a//b": "/", "/\tb": "/", "/a b": "/", "/api/auth/logout": "/", "/" + strings.Repeat("x", 1024): "/",
	} {
		if got := signin.Path(to); got != want {
			t.Errorf("%q leads to %q", to, got)
		}
	}
}
