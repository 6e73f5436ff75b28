package grant_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/connection"
	"github.com/apiq/apiq/shared/grant"
	"github.com/apiq/apiq/shared/secret"
	"github.com/apiq/apiq/shared/tenant"
)

func TestPersonConsents(t *testing.T) {
	t.Parallel()
	h, p, ctx := newHome(t, grant.Options{}), newProvider(t), in(t, "wsp_a")
	p.idToken = "e30." + base64.RawURLEncoding.EncodeToString([]byte(`{"email":"ada@provider.example"}`)) + ".x"
	con := h.connect(t, ctx, p, object{"scopes": []string{"write", "read"}, "authorizeParams": object{"access_type": "offline"}, "tokenParams": object{"audience": "canary-param-1/+=="}})
	started, err := h.Start(ctx, con.ID)
	check(t, err)
	u, err := url.Parse(started.URL)
	check(t, err)
	q := u.Query()
	for name, want := range map[string]string{"response_type": "code", "client_id": "app", "redirect_uri": "https://apiq.example.com/api/oauth/callback",
		"scope": "read write", "code_challenge_method": "S256", "access_type": "offline", "tenant": "x"} {
		if q.Get(name) != want {
			t.Errorf("%s is %q, want %q", name, q.Get(name), want)
		}
	}
	if len(q.Get("state")) < 43 || len(q.Get("code_challenge")) != 43 {
		t.Errorf("state %q, challenge %q", q.Get("state"), q.Get("code_challenge"))
	}
	back := p.consents(t, started)
	end, err := h.Complete(ctx, back)
	check(t, err)
	if end.Outcome != grant.Connected || end.Connection != con.ID || end.Cookie != started.Cookie {
		t.Fatalf("%+v", end)
	}
	sent := p.last()
	if sent.Get("audience") != "canary-param-1/+==" || len(sent.Get("code_verifier")) < 43 {
		t.Errorf("%v", sent)
	}
	got := h.get(t, ctx, con.ID)
	want := &connection.Account{Email: "ada@provider.example", Provider: u.Host, Scopes: []string{"read", "write"}, ExpiresAt: h.clock.Now().Add(time.Hour), Renews: true, ConnectedAt: h.clock.Now()}
	if diff := cmp.Diff(want, got.Account); diff != "" || got.Status != connection.StatusActive {
		t.Error(got.Status, diff)
	}
	h.clock.Pass(2 * time.Hour)
	_, err = h.cons.Credential(ctx, con.ID)
	check(t, err)
	all := h.everything(t)
	for _, s := range append(p.secrets, "s3cr3t/canary", q.Get("state"), sent.Get("code_verifier"), started.Browser.Reveal(), "canary-param-1/+==") {
		for _, form := range []string{s, base64.StdEncoding.EncodeToString([]byte(s)), hex.EncodeToString([]byte(s)), url.QueryEscape(s)} {
			if bytes.Contains(all, []byte(form)) {
				t.Errorf("%s stands in the clear", s)
			}
		}
	}
	if len(p.secrets) < 5 || !bytes.Contains(all, []byte("ada@provider.example")) {
		t.Error("the search saw too little")
	}
}

func TestFlowIsOnlyWhoBeganItsOwn(t *testing.T) {
	t.Parallel()
	type attempt struct {
		ctx  context.Context
		back grant.Callback
	}
	another := func(change func(*tenant.Actor)) func(*attempt) {
		return func(a *attempt) {
			actor := tenant.ActorFrom(a.ctx)
			change(&actor)
			a.ctx = tenant.WithActor(a.ctx, actor)
		}
	}
	for name, c := range map[string]struct {
		change func(*attempt)
		want   grant.Outcome
	}{
		"nobody":            {another(func(a *tenant.Actor) { a.SessionID = "" }), grant.SignedOut},
		"another person":    {another(func(a *tenant.Actor) { a.ID = "usr_eve" }), grant.Another},
		"another session":   {another(func(a *tenant.Actor) { a.SessionID = "ses_2" }), grant.Another},
		"another browser":   {func(a *attempt) { a.back.Cookie = func(string) string { return "" } }, grant.Another},
		"another cookie":    {func(a *attempt) { a.back.Cookie = func(string) string { return "x" } }, grant.Another},
		"another workspace": {func(a *attempt) { a.ctx = tenant.With(a.ctx, "wsp_b") }, grant.Expired},
		"made-up state":     {func(a *attempt) { a.back.State = "x" }, grant.Expired},
		"no state":          {func(a *attempt) { a.back.State = "" }, grant.Expired},
		"endless state":     {func(a *attempt) { a.back.State = strings.Repeat("x", 1<<20) }, grant.Expired},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h, p, ctx := newHome(t, grant.Options{}), newProvider(t), in(t, "wsp_a")
			con := h.connect(t, ctx, p, nil)
			started, err := h.Start(ctx, con.ID)
			check(t, err)
			right := p.consents(t, started)
			a := attempt{ctx, right}
			c.change(&a)
			end, err := h.Complete(a.ctx, a.back)
			check(t, err)
			if end.Outcome != c.want || p.asked["authorization_code"] != 0 {
				t.Errorf("%+v, asked %v", end, p.asked)
			}
			if got := h.get(t, ctx, con.ID); got.Account != nil {
				t.Error("there is a grant")
			}
			// Who began it has lost nothing by that.
			if end, err = h.Complete(ctx, right); err != nil || end.Outcome != grant.Connected {
				t.Errorf("%+v %v", end, err)
			}
		})
	}
}

func TestFlowEndsOnce(t *testing.T) {
	t.Parallel()
	h, p, ctx := newHome(t, grant.Options{}), newProvider(t), in(t, "wsp_a")
	con := h.connect(t, ctx, p, nil)
	started, err := h.Start(ctx, con.ID)
	check(t, err)
	back := p.consents(t, started)
	outcomes := make([]grant.Outcome, 8)
	var all sync.WaitGroup
	for i := range outcomes {
		all.Go(func() {
			end, err := h.Complete(ctx, back)
			if err != nil {
				t.Error(err)
			}
			outcomes[i] = end.Outcome
		})
	}
	all.Wait()
	slices.Sort(outcomes)
	if outcomes[0] != grant.Connected || outcomes[1] != grant.Expired || p.asked["authorization_code"] != 1 {
		t.Errorf("%v, asked %v", outcomes, p.asked)
	}
	late, err := h.Start(ctx, con.ID)
	check(t, err)
	back = p.consents(t, late)
	h.clock.Pass(10 * time.Minute)
	if end, err := h.Complete(ctx, back); err != nil || end.Outcome != grant.Expired {
		t.Errorf("%+v %v", end, err)
	}
}

func TestFlowThatLeadsNowhere(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*home, context.Context, *provider, string, *grant.Callback)
		want   grant.Outcome
	}{
		"the person says no": {func(_ *home, _ context.Context, _ *provider, _ string, b *grant.Callback) {
			b.Code, b.Error = "", "access_denied"
		}, grant.Denied},
		"the provider does": {func(_ *home, _ context.Context, _ *provider, _ string, b *grant.Callback) {
			b.Code, b.Error = "", "server_error"
		}, grant.ProviderSaid},
		"no code":             {func(_ *home, _ context.Context, _ *provider, _ string, b *grant.Callback) { b.Code = "" }, grant.Expired},
		"a code of another's": {func(_ *home, _ context.Context, _ *provider, _ string, b *grant.Callback) { b.Code = "stolen" }, grant.ProviderSaid},
		"the client is not known": {func(_ *home, _ context.Context, p *provider, _ string, _ *grant.Callback) {
			p.fail(says(401, object{"error": "invalid_client"}))
		}, grant.Misconfigure},
		"the provider is down": {func(_ *home, _ context.Context, p *provider, _ string, _ *grant.Callback) {
			p.fail(says(502, object{}))
		}, grant.Unreachable},
		"the connection is removed": {func(h *home, ctx context.Context, _ *provider, id string, _ *grant.Callback) {
			_ = h.cons.Delete(ctx, id)
		}, grant.Changed},
		"another client is given": {func(h *home, ctx context.Context, p *provider, id string, _ *grant.Callback) {
			_, _ = h.cons.Update(ctx, id, 0, connection.UpdateInput{AuthConfig: &connection.AuthConfig{OAuth: connection.OAuth{ClientID: "evil", AuthorizeURL: p.URL, TokenURL: p.URL + "/token"}}})
		}, grant.Changed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h, p, ctx := newHome(t, grant.Options{}), newProvider(t), in(t, "wsp_a")
			con := h.connect(t, ctx, p, nil)
			started, err := h.Start(ctx, con.ID)
			check(t, err)
			back := p.consents(t, started)
			c.change(h, ctx, p, con.ID, &back)
			end, err := h.Complete(ctx, back)
			check(t, err)
			if end.Outcome != c.want {
				t.Errorf("%+v, want %s", end, c.want)
			}
			if end, err = h.Complete(ctx, p.consents(t, started)); err != nil || end.Outcome != grant.Expired {
				t.Errorf("it could be ended again: %+v %v", end, err)
			}
			if n := p.count("authorization_code"); n != 0 {
				t.Error("there is a token")
			}
		})
	}
}

// TestConsentMakesGood: what a test found of the grant before is over.
func TestConsentMakesGood(t *testing.T) {
	t.Parallel()
	h, p, ctx := newHome(t, grant.Options{}), newProvider(t), in(t, "wsp_a")
	con := h.connect(t, ctx, p, nil)
	h.consent(t, ctx, p, con.ID)
	check(t, h.cons.MarkStatus(ctx, con.ID, connection.StatusCredentialsInvalid, "The API no longer takes the stored grant."))
	if got := h.get(t, ctx, con.ID); got.Status != connection.StatusCredentialsInvalid {
		t.Fatal(got.Status)
	}
	h.consent(t, ctx, p, con.ID)
	if got := h.get(t, ctx, con.ID); got.Status != connection.StatusActive {
		t.Error(got.Status, got.StatusDetail)
	}
}

// TestNewSecretKeepsTheGrant: a client's secret that was rotated at the provider is given
// anew, and nobody has to consent again.
func TestNewSecretKeepsTheGrant(t *testing.T) {
	t.Parallel()
	h, p, ctx := newHome(t, grant.Options{}), newProvider(t), in(t, "wsp_a")
	con := h.connect(t, ctx, p, nil)
	h.consent(t, ctx, p, con.ID)
	config := connection.AuthConfig{OAuth: *con.Auth.OAuth, ClientSecret: secret.New("rotated")}
	_, err := h.cons.Update(ctx, con.ID, 0, connection.UpdateInput{AuthConfig: &config})
	check(t, err)
	h.clock.Pass(2 * time.Hour)
	_, err = h.cons.Credential(ctx, con.ID)
	check(t, err)
	if p.basic != "app:rotated" || p.count("refresh_token") != 1 {
		t.Errorf("%s %v", p.basic, p.calls)
	}
}

func TestPKCECanBeSwitchedOff(t *testing.T) {
	t.Parallel()
	h, p, ctx := newHome(t, grant.Options{}), newProvider(t), in(t, "wsp_a")
	con := h.connect(t, ctx, p, object{"pkce": false, "scopes": []string{"a", "b"}, "scopeSeparator": ",", "clientAuth": "post"})
	started, err := h.Start(ctx, con.ID)
	check(t, err)
	if strings.Contains(started.URL, "code_challenge") || !strings.Contains(started.URL, "scope=a%2Cb") {
		t.Error(started.URL)
	}
	end, err := h.Complete(ctx, p.consents(t, started))
	check(t, err)
	if sent := p.last(); end.Outcome != grant.Connected || sent.Has("code_verifier") || sent.Get("client_secret") != "s3cr3t/canary" || p.basic != ":" {
		t.Errorf("%+v %v", end, sent)
	}
}

func TestRefreshGoesItsOwnWay(t *testing.T) {
	t.Parallel()
	h, p, ctx := newHome(t, grant.Options{}), newProvider(t), in(t, "wsp_a")
	con := h.connect(t, ctx, p, object{"refreshUrl": p.URL + "/refresh", "refreshParams": object{"extra": "1"}, "resource": "https://api.example.com", "accountUrl": p.URL + "/me"})
	h.consent(t, ctx, p, con.ID)
	if got := h.get(t, ctx, con.ID); got.Account.Email != "ada@provider.example" {
		t.Errorf("%+v", got.Account)
	}
	h.clock.Pass(2 * time.Hour)
	_, err := h.cons.Credential(ctx, con.ID)
	check(t, err)
	if sent := p.last(); sent.Get("extra") != "1" || sent.Get("resource") != "https://api.example.com" || sent.Get("grant_type") != "refresh_token" {
		t.Errorf("%v", sent)
	}
}

func TestDisconnect(t *testing.T) {
	t.Parallel()
	h, p, ctx := newHome(t, grant.Options{}), newProvider(t), in(t, "wsp_a")
	con := h.connect(t, ctx, p, nil)
	if out, err := h.Disconnect(ctx, con.ID); err != nil || out.Revoked != nil {
		t.Errorf("%+v %v", out, err)
	}
	h.consent(t, ctx, p, con.ID)
	out, err := h.Disconnect(ctx, con.ID)
	check(t, err)
	if out.Revoked == nil || !*out.Revoked || len(p.revoked) != 1 || p.revoked[0] != p.current {
		t.Errorf("%+v, revoked %v", out, p.revoked)
	}
	if got := h.get(t, ctx, con.ID); got.Status != connection.StatusNeedsAuthorisation || got.Account != nil {
		t.Errorf("%s %+v", got.Status, got.Account)
	}
	_, err = h.cons.Credential(ctx, con.ID)
	wantCode(t, err, apierr.Reauthorize)

	silent := h.connect(t, ctx, p, object{"revokeUrl": nil})
	h.consent(t, ctx, p, silent.ID)
	if out, err = h.Disconnect(ctx, silent.ID); err != nil || out.Revoked == nil || *out.Revoked || !strings.Contains(out.Detail, "remove this application at 127.0.0.1") {
		t.Errorf("%+v %v", out, err)
	}
	gone := h.connect(t, ctx, p, nil)
	h.consent(t, ctx, p, gone.ID)
	check(t, h.cons.Delete(ctx, gone.ID))
	if len(p.revoked) != 2 {
		t.Error("removing the connection did not take its grant back")
	}
}

func TestDevice(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		says string
		want string
	}{"enters it": {"", "connected"}, "says no": {"denied", "denied"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h, p, ctx := newHome(t, grant.Options{}), newProvider(t), in(t, "wsp_a")
			p.device = "pending"
			con := h.connect(t, ctx, p, object{"grant": "device_code", "scopes": []string{"read"}})
			code, err := h.StartDevice(ctx, con.ID)
			check(t, err)
			if code.UserCode != "ABCD-EFGH" || code.VerificationURI != "https://login.example.com/device" || code.IntervalSeconds != 5 || code.ExpiresAt != h.clock.Now().Add(15*time.Minute) {
				t.Errorf("%+v", code)
			}
			poll := func(want grant.DeviceState) {
				t.Helper()
				got, err := h.PollDevice(ctx, con.ID)
				check(t, err)
				if got != want {
					t.Errorf("%+v, want %+v", got, want)
				}
			}
			kind := "urn:ietf:params:oauth:grant-type:device_code"
			poll(grant.DeviceState{Status: "pending", RetryAfterSeconds: 5})
			if p.asked[kind] != 0 {
				t.Error("asked before its turn")
			}
			h.clock.Pass(5 * time.Second)
			poll(grant.DeviceState{Status: "pending", RetryAfterSeconds: 5})
			h.clock.Pass(5 * time.Second)
			p.device = "slow"
			poll(grant.DeviceState{Status: "pending", RetryAfterSeconds: 10})
			h.clock.Pass(9 * time.Second)
			p.device = c.says
			poll(grant.DeviceState{Status: "pending", RetryAfterSeconds: 1})
			if p.asked[kind] != 2 {
				t.Errorf("asked %v", p.asked)
			}
			h.clock.Pass(time.Second)
			eve := tenant.WithActor(ctx, tenant.Actor{ID: "usr_eve"})
			_, err = h.PollDevice(eve, con.ID)
			wantCode(t, err, apierr.Conflict)
			poll(grant.DeviceState{Status: c.want})
			poll(grant.DeviceState{Status: "expired"})
			if got := h.get(t, ctx, con.ID); (got.Account != nil) != (c.want == "connected") {
				t.Errorf("%+v", got.Account)
			}
			for _, s := range p.secrets {
				if bytes.Contains(h.everything(t), []byte(s)) {
					t.Errorf("%s stands in the clear", s)
				}
			}
		})
	}
}

type needs []grant.Need

func (n needs) NeededScopes(context.Context, string, []string) ([]grant.Need, error) { return n, nil }

func TestScopesThatGrow(t *testing.T) {
	t.Parallel()
	h, p, ctx := newHome(t, grant.Options{}), newProvider(t), in(t, "wsp_a")
	con := h.connect(t, ctx, p, object{"scopes": []string{"read"}})
	h.consent(t, ctx, p, con.ID)
	h.o.Needs = needs{{"wfl_1", "Orders", []string{"read", "orders"}}, {"wfl_2", "Mail", []string{"mail"}}}
	h.Service = h.process()
	got, err := h.Scopes(ctx, con.ID)
	check(t, err)
	want := grant.Scopes{Granted: []string{"read"}, Needed: []string{"mail", "orders", "read"}, Missing: []string{"mail", "orders"},
		Requested: []string{"mail", "orders", "read"}, Workflows: h.o.Needs.(needs)}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	h.consent(t, ctx, p, con.ID)
	if got, err = h.Scopes(ctx, con.ID); err != nil || len(got.Missing) != 0 || len(got.Granted) != 3 {
		t.Errorf("%+v %v", got, err)
	}
}
