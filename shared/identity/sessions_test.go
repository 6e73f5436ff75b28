package identity_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/identity"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
)

func TestDevice(t *testing.T) {
	t.Parallel()
	for agent, want := range map[string]string{
		"Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0":                                                                   "Firefox on Linux",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0":            "Edge on Windows",
		"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15":                    "Safari on macOS",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/140.0.0.0 Mobile/15E148 Safari/604": "Chrome on iPhone",
		"Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36":                          "Chrome on Android",
		"curl/8.14.1":                     "curl",
		"Go-http-client/1.1":              "a Go program",
		"":                                "an unknown program",
		strings.Repeat("x", 300) + "curl": "an unknown program",
		"Thing (Windows)":                 "a program on Windows",
	} {
		if got := identity.Device(agent); got != want {
			t.Errorf("%q: %s, want %s", agent, got, want)
		}
	}
}

// again signs in a further time.
func (h *home) again(t testing.TB, email string) (identity.Grant, identity.Principal) {
	t.Helper()
	g, err := h.Login(context.Background(), email, password, "")
	if err != nil {
		t.Fatal(err)
	}
	return g, h.principal(t, g)
}

func (h *home) principal(t testing.TB, g identity.Grant) identity.Principal {
	t.Helper()
	p, err := h.Authenticate(context.Background(), g.Token)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestEndOtherSessions: however many they are.
func TestEndOtherSessions(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	g := h.register(t, "ada@example.com", "")
	eve := h.register(t, "eve@example.com", "")
	me := h.principal(t, g)
	var others []identity.Grant
	for range 30 {
		h.pass(time.Minute)
		o, _ := h.again(t, "ada@example.com")
		others = append(others, o)
	}
	if all, err := h.Sessions(t.Context(), me); err != nil || len(all) != 31 || !all[30].Current || !all[0].CreatedAt.Equal(h.now()) {
		t.Fatalf("%d sessions, %v", len(all), err)
	}
	if err := h.EndOtherSessions(in(t, g), me); err != nil {
		t.Fatal(err)
	}
	for i, o := range others {
		if _, err := h.Authenticate(t.Context(), o.Token); apierr.CodeOf(err) != apierr.Unauthenticated {
			t.Errorf("session %d lives on: %v", i, err)
		}
	}
	for _, g := range []identity.Grant{g, eve} {
		h.principal(t, g)
	}
}

// TestSeen: the last use is noted at most every five minutes, and never brings a session back.
func TestSeen(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	g := h.register(t, "ada@example.com", "")
	from := func(ip string) context.Context { return tenant.WithActor(context.Background(), tenant.Actor{IP: ip}) }
	began := h.now().UTC()
	for _, c := range []struct {
		pass time.Duration
		ip   string
		seen time.Duration
		at   string
	}{{0, "192.0.2.1", 0, ""}, {4 * time.Minute, "192.0.2.1", 0, ""}, {time.Minute, "192.0.2.2", 5 * time.Minute, "192.0.2.2"}, {time.Minute, "192.0.2.3", 5 * time.Minute, "192.0.2.2"}, {time.Hour, "192.0.2.4", 66 * time.Minute, "192.0.2.4"}} {
		h.pass(c.pass)
		p, err := h.Authenticate(from(c.ip), g.Token)
		if err != nil {
			t.Fatal(err)
		}
		all, err := h.Sessions(t.Context(), p)
		if err != nil || len(all) != 1 || all[0].LastSeenAt.Sub(began) != c.seen || all[0].IP != c.at {
			t.Errorf("after %v: %+v %v, want seen after %v", h.now().Sub(began), all, err, c.seen)
		}
	}
	h.pass(time.Hour)
	p := h.principal(t, g)
	if _, err := h.Logout(in(t, g), p); err != nil {
		t.Fatal(err)
	}
	h.pass(time.Hour)
	if _, err := h.Authenticate(t.Context(), g.Token); apierr.CodeOf(err) != apierr.Unauthenticated {
		t.Error(err)
	}
	if _, err := h.store.Get(tenant.WithSystem(t.Context()), table.Key{PK: "SESSIONS#" + p.UserID, SK: p.SessionID}); !errors.Is(err, table.ErrNotFound) {
		t.Errorf("the session is back: %v", err)
	}
}

func TestEndSession(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	g := h.register(t, "ada@example.com", "")
	eve := h.principal(t, h.register(t, "eve@example.com", ""))
	other, o := h.again(t, "ada@example.com")
	me := h.principal(t, g)
	for _, sessionID := range []string{"", "x", eve.SessionID, "ses_0190aaaa-0000-7000-8000-000000000000"} {
		if err := h.EndSession(in(t, g), me, sessionID); apierr.CodeOf(err) != apierr.NotFound {
			t.Errorf("%q: %v", sessionID, err)
		}
	}
	if err := h.EndSession(in(t, g), me, o.SessionID); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Authenticate(t.Context(), other.Token); apierr.CodeOf(err) != apierr.Unauthenticated {
		t.Error(err)
	}
}
