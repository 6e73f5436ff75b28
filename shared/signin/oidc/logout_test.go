package oidc_test

import (
	"errors"
	"maps"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/identity"
	"github.com/apiq/apiq/shared/secret"
	"github.com/apiq/apiq/shared/signin"
	"github.com/apiq/apiq/shared/tenant"
)

const logoutEvent = "http://schemas.openid.net/event/backchannel-logout"

// endsSessions makes the provider one that keeps sessions and ends them.
func endsSessions(h *home) {
	h.op.meta = func(m map[string]any) { m["end_session_endpoint"] = h.op.URL + "/end?tenant=1" }
	h.op.claims = func(c map[string]any) { c["sid"] = "op-session" }
}

func (h *home) signIn(t testing.TB) identity.Grant {
	t.Helper()
	a, err := h.Finish(t.Context(), signin.Generic, h.op.agree(t, h.start(t, signin.Generic)))
	if err != nil {
		t.Fatal(err)
	}
	return a.Grant
}

func (h *home) live(t testing.TB, g identity.Grant) bool {
	t.Helper()
	_, err := h.people.Authenticate(t.Context(), g.Token)
	if err != nil && apierr.CodeOf(err) != apierr.Unauthenticated {
		t.Fatal(err)
	}
	return err == nil
}

// TestLogoutAtProvider: whoever signs out here is sent to sign out there, with the ID
// token that their sign-in brought.
func TestLogoutAtProvider(t *testing.T) {
	t.Parallel()
	exit := signin.Exit{PublicURL: func() string { return "https://apiq.example" }}
	for name, c := range map[string]struct {
		op func(*home)

		hint bool
	}{
		"it ends no sessions": {op: func(*home) {}},
		"it does":             {op: endsSessions, hint: true},
		"an ID token too long for an address": {op: func(h *home) {
			endsSessions(h)
			h.op.claims = func(c map[string]any) { c["groups"] = strings.Repeat("g", 4096) }
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHome(t, nil)
			c.op(h)
			g := h.signIn(t)
			p, err := h.people.Authenticate(t.Context(), g.Token)
			if err != nil {
				t.Fatal(err)
			}
			over, err := h.people.Logout(tenant.With(t.Context(), g.Workspace.ID), p)
			if err != nil || h.live(t, g) {
				t.Fatalf("still signed in, %v", err)
			}
			to := exit.After(t.Context(), over)
			if h.op.meta == nil {
				if to != "" {
					t.Errorf("sent to %s", to)
				}
				return
			}
			u, err := url.Parse(to)
			if err != nil || !strings.HasPrefix(to, h.op.URL+"/end?") {
				t.Fatalf("sent to %q, %v", to, err)
			}
			q := u.Query()
			if q.Get("tenant") != "1" || q.Get("client_id") != clientID || q.Get("post_logout_redirect_uri") != "https://apiq.example/login?signedOut=1" || q.Get("post_logout_redirect_uri") != h.SignedOutURL("") {
				t.Errorf("%v", q)
			}
			if strings.Count(q.Get("id_token_hint"), ".") == 2 != c.hint {
				t.Errorf("shown %q", q.Get("id_token_hint"))
			}
		})
	}
}

// notice makes a logout token of the provider's, changed by bend.
func (h *home) notice(bend func(header, claims map[string]any)) string {
	header := map[string]any{"kid": h.op.kid, "typ": "logout+jwt"}
	claims := h.noticeClaims()
	if bend != nil {
		bend(header, claims)
	}
	return signed(h.op.key, header, claims)
}

func (h *home) noticeClaims() map[string]any {
	return map[string]any{"iss": h.op.URL, "aud": clientID, "iat": h.now().Unix(), "exp": h.now().Add(2 * time.Minute).Unix(), "jti": "j-1",
		"sub": "248289761001", "sid": "op-session", "events": map[string]any{logoutEvent: map[string]any{}}}
}

// TestBackchannelLogout: a logout token ends what it means, at once, and is used once.
func TestBackchannelLogout(t *testing.T) {
	t.Parallel()
	without := func(name string) func(_, c map[string]any) {
		return func(_, c map[string]any) { delete(c, name) }
	}
	for name, c := range map[string]struct {
		bend  func(header, claims map[string]any)
		other bool // another session of the person's ends too
	}{
		"a person and a session":       {},
		"a session":                    {bend: without("sub")},
		"a person":                     {bend: without("sid"), other: true},
		"of the type as a media type":  {bend: func(h, _ map[string]any) { h["typ"] = "application/logout+jwt" }},
		"with more events":             {bend: func(_, c map[string]any) { c["events"].(map[string]any)["x"] = 1 }},
		"for several clients":          {bend: func(_, c map[string]any) { c["aud"], c["azp"] = []string{clientID, "other"}, clientID }},
		"just run out, by their clock": {bend: func(_, c map[string]any) { c["exp"] = c["iat"].(int64) - 30 }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHome(t, nil)
			endsSessions(h)
			first := h.signIn(t)
			h.op.claims = func(c map[string]any) { c["sid"] = "another-session" }
			second := h.signIn(t)
			token := h.notice(c.bend)
			if err := h.Ended(t.Context(), "", signin.Generic, token); err != nil {
				t.Fatal(err)
			}
			if h.live(t, first) || h.live(t, second) == c.other {
				t.Errorf("live: %t, and the other %t", h.live(t, first), h.live(t, second))
			}
			page, err := h.trail.List(tenant.With(t.Context(), first.Workspace.ID), audit.Filter{}, 1, "")
			if err != nil || len(page.Records) != 1 || page.Records[0].Action != "user.logout" || page.Records[0].Resource != first.User.ID || page.Records[0].Message != "signed out at generic" {
				t.Errorf("%+v %v", page, err)
			}
			again := h.signIn(t)
			if err := h.Ended(t.Context(), "", signin.Generic, token); !errors.Is(err, signin.Invalid) || !h.live(t, again) {
				t.Errorf("used again: %v", err)
			}
		})
	}
}

// TestBackchannelLogoutRefused: logout tokens that do not stand end nothing.
func TestBackchannelLogoutRefused(t *testing.T) {
	t.Parallel()
	set := func(name string, v any) func(_, c map[string]any) {
		return func(_, c map[string]any) {
			if c[name] = v; v == nil {
				delete(c, name)
			}
		}
	}
	cases := map[string]func(h *home) string{
		"an ID token": func(h *home) string {
			return signed(h.op.key, map[string]any{"kid": h.op.kid, "typ": "logout+jwt"}, map[string]any{"iss": h.op.URL, "sub": "248289761001", "aud": clientID, "nonce": "n", "iat": h.now().Unix(), "exp": h.now().Add(time.Hour).Unix(), "sid": "op-session", "jti": "j"})
		},
	}
	for name, bend := range map[string]func(header, claims map[string]any){
		"a nonce":                     set("nonce", "n"),
		"an empty nonce":              set("nonce", ""),
		"no events":                   set("events", nil),
		"another event":               set("events", map[string]any{"http://schemas.openid.net/event/other": map[string]any{}}),
		"an event that is no object":  set("events", map[string]any{logoutEvent: "x"}),
		"an event that is null":       set("events", map[string]any{logoutEvent: nil}),
		"events that are a list":      set("events", []string{logoutEvent}),
		"no jti":                      set("jti", nil),
		"a jti too long":              set("jti", strings.Repeat("j", 2000)),
		"no iat":                      set("iat", nil),
		"issued later":                func(_, c map[string]any) { c["iat"] = c["iat"].(int64) + 300 },
		"no exp":                      set("exp", nil),
		"expired":                     func(_, c map[string]any) { c["exp"] = c["iat"].(int64) - 120 },
		"another issuer":              set("iss", "https://evil.example"),
		"no issuer":                   set("iss", nil),
		"another audience":            set("aud", "another"),
		"no audience":                 set("aud", nil),
		"several audiences, no party": set("aud", []string{clientID, "another"}),
		"another party":               set("azp", "another"),
		"nobody":                      func(_, c map[string]any) { delete(c, "sub"); delete(c, "sid") },
		"a subject that is a number":  set("sub", 7),
		"no type":                     func(h, _ map[string]any) { h["typ"] = "" },
		"the general type":            func(h, _ map[string]any) { h["typ"] = "JWT" },
		"an access token's type":      func(h, _ map[string]any) { h["typ"] = "at+jwt" },
		"a type that is no text":      func(h, _ map[string]any) { h["typ"] = 7 },
	} {
		cases[name] = func(h *home) string { return h.notice(bend) }
	}
	for name, sign := range forgeries(t, "logout+jwt") {
		cases["forged: "+name] = func(h *home) string { return sign(h.op, h.noticeClaims()) }
	}
	for name, token := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHome(t, nil)
			endsSessions(h)
			g := h.signIn(t)
			if err := h.Ended(t.Context(), "", signin.Generic, token(h)); !errors.Is(err, signin.Invalid) {
				t.Errorf("%v, want it refused", err)
			}
			if !h.live(t, g) {
				t.Error("the session has ended")
			}
		})
	}
}

// TestBackchannelLogoutAuthority: each provider ends what came by it, and a logout token
// signs nobody in.
func TestBackchannelLogoutAuthority(t *testing.T) {
	t.Parallel()
	h := newHome(t, nil)
	endsSessions(h)
	g := h.signIn(t)
	own := tenant.With(t.Context(), g.Workspace.ID)
	if _, err := h.Put(own, signin.Provider{ID: signin.Generic, Issuer: h.op.URL, ClientID: clientID, Secret: secret.New(clientSecret), JIT: true, Enabled: true}); err != nil {
		t.Fatal(err)
	}
	d, err := h.Start(t.Context(), g.Workspace.ID, signin.Generic, "/", "")
	if err != nil {
		t.Fatal(err)
	}
	a, err := h.Finish(t.Context(), signin.Generic, h.op.agree(t, d))
	if err != nil {
		t.Fatal(err)
	}
	if err := h.Ended(t.Context(), g.Workspace.ID, signin.Generic, h.notice(nil)); err != nil {
		t.Fatal(err)
	}
	if h.live(t, a.Grant) || !h.live(t, g) {
		t.Errorf("of the workspace's provider %t, of the operator's %t", h.live(t, a.Grant), h.live(t, g))
	}
	if err := h.Ended(t.Context(), "", signin.Okta, h.notice(nil)); !errors.Is(err, signin.Missing) {
		t.Errorf("a provider that there is not: %v", err)
	}
	nobody := h.notice(func(_, c map[string]any) { c["sub"], c["sid"] = "stranger", "none" })
	if err := h.Ended(t.Context(), "", signin.Generic, nobody); err != nil || !h.live(t, g) {
		t.Errorf("of a session that is over already: %v", err)
	}
	h.op.sign = func(o *op, c map[string]any) string {
		more := h.noticeClaims()
		maps.Copy(more, map[string]any{"nonce": c["nonce"], "email": c["email"], "email_verified": true})
		return signed(o.key, map[string]any{"kid": o.kid, "typ": "logout+jwt"}, more)
	}
	if _, err := h.Finish(t.Context(), signin.Generic, h.op.agree(t, h.start(t, signin.Generic))); !errors.Is(err, signin.Invalid) {
		t.Errorf("a logout token signs in: %v", err)
	}
}
