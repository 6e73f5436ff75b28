package grant_test

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/connection"
	"github.com/apiq/apiq/shared/grant"
	"github.com/apiq/apiq/shared/table"
)

func machine() object {
	return object{"grant": "client_credentials", "scopes": []string{"read", "write"}}
}

func TestMachinesGrantIsObtainedWhenItIsNeeded(t *testing.T) {
	t.Parallel()
	h, p, ctx := newHome(t, grant.Options{}), newProvider(t), in(t, "wsp_a")
	c := h.connect(t, ctx, p, machine())
	for range 3 {
		cred, err := h.cons.Credential(ctx, c.ID)
		check(t, err)
		if !strings.HasPrefix(cred.Token.Reveal(), "canary-access-") || len(cred.Origins) != 1 || cred.Origins[0] != "https://api.example.com" {
			t.Fatalf("%v to %v", cred.Token.Reveal(), cred.Origins)
		}
	}
	if p.count("client_credentials") != 1 || p.last().Get("scope") != "read write" || p.basic != "app:s3cr3t%2Fcanary" {
		t.Errorf("%v %v %s", p.calls, p.last(), p.basic)
	}
	if got := h.get(t, ctx, c.ID); got.Account == nil || !got.Account.Renews || got.Account.ExpiresAt != h.clock.Now().Add(time.Hour) || got.Status != connection.StatusActive {
		t.Errorf("%s %+v", got.Status, got.Account)
	}
	h.clock.Pass(time.Hour)
	_, err := h.cons.Credential(ctx, c.ID)
	check(t, err)
	if p.count("client_credentials") != 2 {
		t.Errorf("%v, want one more", p.calls)
	}
}

func TestTokenIsRenewedAheadOfItsEnd(t *testing.T) {
	t.Parallel()
	for life, at := range map[int]time.Duration{3600: 55 * time.Minute, 600: 8 * time.Minute, 86400: 24*time.Hour - 5*time.Minute} {
		h, p, ctx := newHome(t, grant.Options{}), newProvider(t), in(t, "wsp_a")
		p.life = life
		c := h.connect(t, ctx, p, nil)
		h.consent(t, ctx, p, c.ID)
		h.clock.Pass(at - time.Second)
		before, err := h.cons.Credential(ctx, c.ID)
		check(t, err)
		if p.count("refresh_token") != 0 {
			t.Errorf("life %d: renewed too early", life)
		}
		h.clock.Pass(time.Second)
		after, err := h.cons.Credential(ctx, c.ID)
		check(t, err)
		if p.count("refresh_token") != 1 || after.Token.Equal(before.Token) || after.Serial != before.Serial+1 {
			t.Errorf("life %d: %v, serial %d after %d", life, p.calls, after.Serial, before.Serial)
		}
	}
}

// TestRefreshRace: however many ask, in however many processes, one asks the provider.
func TestRefreshRace(t *testing.T) {
	t.Parallel()
	const workers, rounds = 100, 50
	h := newHome(t, grant.Options{Sleep: briefly})
	p, ctx := newProvider(t), in(t, "wsp_a")
	other := h.process()
	c := h.connect(t, ctx, p, nil)
	if end := h.consent(t, ctx, p, c.ID); end.Outcome != grant.Connected {
		t.Fatal(end)
	}
	con := h.get(t, ctx, c.ID)
	for round := range rounds {
		refused := int64(0)
		switch round % 3 {
		case 0: // it has ended
			h.clock.Pass(time.Hour)
		case 1: // it is about to end: those who do not renew it go on with it
			h.clock.Pass(56 * time.Minute)
		case 2: // the API says that it has ended
			h.clock.Pass(2 * time.Minute)
			refused = int64(round) + 1
		}
		var all sync.WaitGroup
		got := make([]connection.Token, workers)
		for i := range workers {
			all.Go(func() {
				s := h.Service
				if i%2 == 1 {
					s = other
				}
				var err error
				if got[i], err = s.Token(ctx, con, refused); err != nil {
					t.Errorf("round %d: %v", round, err)
				}
			})
		}
		all.Wait()
		if n := p.count("refresh_token"); n != round+1 {
			t.Fatalf("round %d: %d calls for a token", round, n)
		}
		for _, k := range got {
			if want := int64(round) + 2; k.Serial != want && !(round%3 == 1 && k.Serial == want-1) {
				t.Fatalf("round %d: token %d, want %d", round, k.Serial, want)
			}
		}
	}
	if p.dead {
		t.Error("a refresh token was used twice")
	}
}

func briefly(ctx context.Context, _ time.Duration) error {
	timer := time.NewTimer(time.Millisecond)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

func TestRefusedTokenIsReplacedOnce(t *testing.T) {
	t.Parallel()
	h, p, ctx := newHome(t, grant.Options{}), newProvider(t), in(t, "wsp_a")
	c := h.connect(t, ctx, p, nil)
	h.consent(t, ctx, p, c.ID)
	first, err := h.cons.Credential(ctx, c.ID)
	check(t, err)
	if _, err := h.cons.Renew(ctx, c.ID, first); apierr.CodeOf(err) != apierr.Reauthorize || p.count("refresh_token") != 0 {
		t.Errorf("a token of this minute was replaced: %v", err)
	}
	h.clock.Pass(2 * time.Minute)
	for range 20 { // twenty steps are told that the same token is no good
		second, err := h.cons.Renew(ctx, c.ID, first)
		check(t, err)
		if second.Serial != first.Serial+1 {
			t.Fatalf("serial %d", second.Serial)
		}
	}
	if n := p.count("refresh_token"); n != 1 {
		t.Errorf("%d calls for a token", n)
	}
}

// TestShortLivedTokens: of a token that lives for half a minute the last seconds serve, and
// one that an API refuses near its end is replaced.
func TestShortLivedTokens(t *testing.T) {
	t.Parallel()
	h, p, ctx := newHome(t, grant.Options{}), newProvider(t), in(t, "wsp_a")
	p.life = 30
	c := h.connect(t, ctx, p, nil)
	h.consent(t, ctx, p, c.ID)
	first, err := h.cons.Credential(ctx, c.ID)
	check(t, err)
	if _, err := h.cons.Renew(ctx, c.ID, first); apierr.CodeOf(err) != apierr.Reauthorize {
		t.Errorf("a new token was replaced: %v", err)
	}
	h.clock.Pass(22 * time.Second)
	if same, err := h.cons.Credential(ctx, c.ID); err != nil || same.Serial != first.Serial {
		t.Errorf("%v: serial %d", err, same.Serial)
	}
	if next, err := h.cons.Renew(ctx, c.ID, first); err != nil || next.Serial != first.Serial+1 {
		t.Errorf("%v: serial %d", err, next.Serial)
	}
}

func TestGrantThatIsGone(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		want   string
	}{
		"invalid_grant": {says(400, object{"error": "invalid_grant", "error_description": "canary from outside"}), "(invalid_grant)"},
		"in a 200":      {says(200, object{"ok": false, "error": "token_revoked"}), "(token_revoked)"},
		"in a form":     {form("error=bad_refresh_token&error_description=x"), "(bad_refresh_token)"},
		"as a 401":      {says(401, object{"error": "invalid_grant"}), "(invalid_grant)"},
		"in an object":  {says(400, object{"error": object{"type": "invalid_grant", "message": "x"}}), "(invalid_grant)"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h, p, ctx := newHome(t, grant.Options{}), newProvider(t), in(t, "wsp_a")
			con := h.connect(t, ctx, p, nil)
			h.consent(t, ctx, p, con.ID)
			h.clock.Pass(2 * time.Hour)
			p.fail(c.answer)
			for range 3 {
				_, err := h.cons.Credential(ctx, con.ID)
				if e := wantCode(t, err, apierr.Reauthorize); !strings.Contains(e.Detail, c.want) || strings.Contains(e.Detail, "canary") {
					t.Errorf("%q, want %q in it", e.Detail, c.want)
				}
			}
			if p.asked["refresh_token"] != 1 {
				t.Errorf("asked %v: what is gone is asked for once", p.asked)
			}
			if got := h.get(t, ctx, con.ID); got.Status != connection.StatusNeedsAuthorisation || got.Account == nil || got.Account.Renews {
				t.Errorf("%s %+v", got.Status, got.Account)
			}
			// Consent makes it good again.
			h.consent(t, ctx, p, con.ID)
			if _, err := h.cons.Credential(ctx, con.ID); err != nil || h.get(t, ctx, con.ID).Status != connection.StatusActive {
				t.Error(err)
			}
		})
	}
}

func form(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
		_, _ = w.Write([]byte(text))
	}
}

func TestProviderInTrouble(t *testing.T) {
	t.Parallel()
	busy := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "30")
		w.WriteHeader(429)
	}
	down := says(503, object{})
	cut := func(w http.ResponseWriter, _ *http.Request) { panic(http.ErrAbortHandler) }
	for name, c := range map[string]struct {
		fails []http.HandlerFunc
		code  apierr.Code // "" for success
		asked int         // requests of the first one who wants a token
		wait  time.Duration
	}{
		"once":           {[]http.HandlerFunc{down}, "", 2, 0},
		"a lost answer":  {[]http.HandlerFunc{cut}, "", 2, 0},
		"thrice":         {[]http.HandlerFunc{down, down, down}, apierr.UpstreamError, 3, time.Second},
		"asks to wait":   {[]http.HandlerFunc{busy}, apierr.UpstreamError, 1, 30 * time.Second},
		"client unknown": {[]http.HandlerFunc{says(401, object{"error": "invalid_client"})}, apierr.CredentialsInvalid, 1, time.Minute},
		"no JSON":        {[]http.HandlerFunc{func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("<html>")) }}, apierr.CredentialsInvalid, 1, time.Minute},
		"sent elsewhere": {[]http.HandlerFunc{func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/refresh", http.StatusTemporaryRedirect)
		}}, apierr.CredentialsInvalid, 1, time.Minute},
		"endless":           {[]http.HandlerFunc{func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(make([]byte, 2<<20)) }}, apierr.CredentialsInvalid, 1, time.Minute},
		"a kind to prove":   {[]http.HandlerFunc{says(200, object{"access_token": "a", "token_type": "DPoP"})}, apierr.CredentialsInvalid, 1, time.Minute},
		"a line in it":      {[]http.HandlerFunc{says(200, object{"access_token": "a\r\nX: y"})}, apierr.CredentialsInvalid, 1, time.Minute},
		"refuses the scope": {[]http.HandlerFunc{says(400, object{"error": "invalid_scope"})}, apierr.CredentialsInvalid, 1, time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h, p, ctx := newHome(t, grant.Options{}), newProvider(t), in(t, "wsp_a")
			p.grace = true
			con := h.connect(t, ctx, p, nil)
			h.consent(t, ctx, p, con.ID)
			h.clock.Pass(2 * time.Hour)
			p.fail(c.fails...)
			_, early := h.cons.Credential(ctx, con.ID)
			if asked := p.asked["refresh_token"]; asked != c.asked {
				t.Errorf("asked %d times, want %d", asked, c.asked)
			}
			if c.code == "" {
				check(t, early)
				return
			}
			wantCode(t, early, c.code)
			// Who comes next leaves the provider alone.
			_, err := h.cons.Credential(ctx, con.ID)
			if e := wantCode(t, err, c.code); e.RetryAfter != c.wait || p.asked["refresh_token"] != c.asked {
				t.Errorf("wait %v, want %v; asked %d times", e.RetryAfter, c.wait, p.asked["refresh_token"])
			}
			h.clock.Pass(c.wait + time.Millisecond)
			if _, err := h.cons.Credential(ctx, con.ID); err != nil || p.count("refresh_token") != 1 {
				t.Errorf("%v: not tried again", err)
			}
		})
	}
}

// TestEarlyRenewalThatFails: a valid token serves until its end, whatever the provider says.
func TestEarlyRenewalThatFails(t *testing.T) {
	t.Parallel()
	h, p, ctx := newHome(t, grant.Options{}), newProvider(t), in(t, "wsp_a")
	con := h.connect(t, ctx, p, nil)
	h.consent(t, ctx, p, con.ID)
	h.clock.Pass(56 * time.Minute)
	p.fail(says(400, object{"error": "invalid_grant"}))
	for range 3 {
		_, err := h.cons.Credential(ctx, con.ID)
		check(t, err)
	}
	if p.asked["refresh_token"] != 1 || h.get(t, ctx, con.ID).Status != connection.StatusNeedsAuthorisation {
		t.Errorf("asked %v; a person must be told before the token ends", p.asked)
	}
	h.clock.Pass(4 * time.Minute)
	_, err := h.cons.Credential(ctx, con.ID)
	wantCode(t, err, apierr.Reauthorize)
}

// TestCrashWhileRenewing plays one who died between taking the lease and storing the
// answer: before the provider was asked, and after.
func TestCrashWhileRenewing(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		asked, grace bool
		code         apierr.Code
	}{
		"before it asked":                    {false, false, ""},
		"after, at a provider with a grace":  {true, true, ""},
		"after, at a provider that has none": {true, false, apierr.Reauthorize},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h, p, ctx := newHome(t, grant.Options{Sleep: briefly}), newProvider(t), in(t, "wsp_a")
			p.grace = c.grace
			con := h.connect(t, ctx, p, nil)
			h.consent(t, ctx, p, con.ID)
			h.clock.Pass(2 * time.Hour)
			// What a dead one left: its lease, and at the provider a token that nobody has.
			_, _, err := table.Modify(ctx, h.store, connection.GrantKey(con.ID), func(r *map[string]any) error {
				(*r)["lease"] = object{"holder": "dead", "until": h.clock.Now().Add(45 * time.Second)}
				return nil
			})
			check(t, err)
			if c.asked {
				p.mu.Lock()
				p.granted("refresh_token", map[string][]string{"refresh_token": {p.current}}, "")
				p.mu.Unlock()
			}
			waiting, cancel := context.WithTimeout(ctx, 50*time.Millisecond)
			defer cancel()
			if _, err := h.Token(waiting, con, 0); err == nil {
				t.Fatal("the lease was not honoured")
			}
			if p.count("refresh_token") != 0 {
				t.Fatal("asked in spite of the lease")
			}
			h.clock.Pass(time.Minute)
			_, err = h.process().Token(ctx, con, 0)
			if c.code == "" {
				check(t, err)
				if got := h.get(t, ctx, con.ID); got.Status != connection.StatusActive {
					t.Error(got.Status)
				}
				return
			}
			if e := wantCode(t, err, c.code); !strings.Contains(e.Detail, "interrupted") {
				t.Errorf("%q does not say what happened", e.Detail)
			}
		})
	}
}
