package passkey_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/fixture"
	"github.com/apiq/apiq/shared/identity"
	"github.com/apiq/apiq/shared/identity/passkey"
	"github.com/apiq/apiq/shared/identity/passkey/passkeytest"
	"github.com/apiq/apiq/shared/tenant"
)

const (
	origin   = "https://apiq.example"
	password = fixture.Password
)

type home struct {
	*passkey.Service
	people *identity.Service
	trail  *audit.Trail
	public string
	now    func() time.Time
	pass   func(time.Duration)
}

func newHome(t *testing.T) *home {
	t.Helper()
	m := fixture.New(t, time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC))
	h := &home{people: m.People(t, nil), trail: m.Trail, public: origin, now: m.Now, pass: m.Pass}
	h.Service = passkey.New(m.Store, h.trail, h.people, func() string { return h.public }, &passkey.Options{Now: h.now})
	return h
}

// somebody is signed in.
type somebody struct {
	identity.Principal
	ctx context.Context
}

func (h *home) join(t *testing.T, email string) somebody {
	t.Helper()
	g, err := h.people.Register(t.Context(), identity.Registration{Email: email, Name: "Ada", Password: password})
	if err != nil {
		t.Fatal(err)
	}
	p, err := h.people.Authenticate(t.Context(), g.Token)
	if err != nil {
		t.Fatal(err)
	}
	return somebody{p, tenant.WithActor(tenant.With(t.Context(), p.WorkspaceID), tenant.Actor{ID: p.UserID, Email: p.Email})}
}

func (h *home) options(t *testing.T) passkey.Ceremony {
	t.Helper()
	c, err := h.LoginOptions(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// add registers a device.
func (h *home) add(t *testing.T, who somebody, name string) (*passkeytest.Device, passkey.Passkey, []string) {
	t.Helper()
	c, err := h.RegisterOptions(who.ctx, who.Principal)
	if err != nil {
		t.Fatal(err)
	}
	d := passkeytest.New(t, origin)
	key, codes, err := h.Register(who.ctx, who.Principal, c.ChallengeID, name, d.Create(c.PublicKey))
	if err != nil {
		t.Fatal(err)
	}
	return d, key, codes
}

func wantCode(t *testing.T, what string, err error, want apierr.Code) {
	t.Helper()
	if apierr.CodeOf(err) != want {
		t.Errorf("%s: %v, want %q", what, err, want)
	}
}

func TestPasskey(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	ada := h.join(t, "ada@example.com")
	d, key, codes := h.add(t, ada, " Laptop ")
	if key.Name != "Laptop" || len(codes) != 10 {
		t.Errorf("%+v %v", key, codes)
	}
	// A passkey signs in by itself; the password alone is not enough any more.
	for range 2 {
		c := h.options(t)
		g, err := h.Login(t.Context(), c.ChallengeID, d.Get(c.PublicKey))
		if err != nil || g.User.ID != ada.UserID || g.Token == "" {
			t.Fatal(g, err)
		}
	}
	_, err := h.people.Login(t.Context(), ada.Email, password, "")
	if e := apierr.From(err); e.Code != apierr.MFARequired || len(e.Problems) != 2 || e.Problems[0].Code != "passkey" || e.Problems[1].Code != "recovery" {
		t.Errorf("%v", err)
	}
	if _, err := h.people.Login(t.Context(), ada.Email, password, codes[0]); err != nil {
		t.Error(err)
	}
	// It confirms its own person's session, and no other's.
	h.pass(time.Hour)
	c := h.options(t)
	if err := h.Confirm(ada.ctx, ada.Principal, c.ChallengeID, d.Get(c.PublicKey)); err != nil {
		t.Fatal(err)
	}
	eve := h.join(t, "eve@example.com")
	c = h.options(t)
	wantCode(t, "another's session", h.Confirm(eve.ctx, eve.Principal, c.ChallengeID, d.Get(c.PublicKey)), apierr.ValidationFailed)

	_, second, more := h.add(t, ada, "Phone")
	if len(more) != 0 {
		t.Error("recovery codes with the second")
	}
	if k, err := h.Rename(ada.ctx, ada.Principal, second.ID, "Old phone"); err != nil || k.Name != "Old phone" {
		t.Error(k, err)
	}
	_, err = h.Rename(ada.ctx, ada.Principal, second.ID, " ")
	wantCode(t, "no name", err, apierr.ValidationFailed)
	_, err = h.Rename(eve.ctx, eve.Principal, second.ID, "mine")
	wantCode(t, "another's passkey", err, apierr.NotFound)
	wantCode(t, "another's passkey", h.Remove(eve.ctx, eve.Principal, second.ID), apierr.NotFound)
	all, err := h.List(ada.ctx, ada.Principal)
	if err != nil || len(all) != 2 {
		t.Fatal(all, err)
	}
	for _, k := range all {
		if (k.ID == key.ID) != k.LastUsedAt.Equal(h.now()) {
			t.Errorf("%+v", k)
		}
		if err := h.Remove(ada.ctx, ada.Principal, k.ID); err != nil {
			t.Fatal(err)
		}
	}
	c = h.options(t)
	_, err = h.Login(t.Context(), c.ChallengeID, d.Get(c.PublicKey))
	wantCode(t, "removed", err, apierr.Unauthenticated)
	if _, err := h.people.Login(t.Context(), ada.Email, password, ""); err != nil {
		t.Error(err)
	}
}

// TestTokenAttackPasskey: each thing that an answer can be wrong in.
func TestTokenAttackPasskey(t *testing.T) {
	t.Parallel()
	for name, attack := range map[string]func(t *testing.T, h *home, d *passkeytest.Device) (challengeID string, answer json.RawMessage){
		"another origin": func(t *testing.T, h *home, d *passkeytest.Device) (string, json.RawMessage) {
			d.Origin = "https://apiq.example.evil.example"
			c := h.options(t)
			return c.ChallengeID, d.Get(c.PublicKey)
		},
		"the origin without TLS": func(t *testing.T, h *home, d *passkeytest.Device) (string, json.RawMessage) {
			d.Origin = "http://apiq.example"
			c := h.options(t)
			return c.ChallengeID, d.Get(c.PublicKey)
		},
		"another party": func(t *testing.T, h *home, d *passkeytest.Device) (string, json.RawMessage) {
			d.RPID = "example"
			c := h.options(t)
			return c.ChallengeID, d.Get(c.PublicKey)
		},
		"no user verification": func(t *testing.T, h *home, d *passkeytest.Device) (string, json.RawMessage) {
			d.Flags = passkeytest.UserPresent
			c := h.options(t)
			return c.ChallengeID, d.Get(c.PublicKey)
		},
		"nobody present": func(t *testing.T, h *home, d *passkeytest.Device) (string, json.RawMessage) {
			d.Flags = passkeytest.UserVerified
			c := h.options(t)
			return c.ChallengeID, d.Get(c.PublicKey)
		},
		"a counter that stands still": func(t *testing.T, h *home, d *passkeytest.Device) (string, json.RawMessage) {
			d.Counter--
			c := h.options(t)
			return c.ChallengeID, d.Get(c.PublicKey)
		},
		"a counter gone back": func(t *testing.T, h *home, d *passkeytest.Device) (string, json.RawMessage) {
			d.Counter = 0
			c := h.options(t)
			return c.ChallengeID, d.Get(c.PublicKey)
		},
		"a challenge answered again": func(t *testing.T, h *home, d *passkeytest.Device) (string, json.RawMessage) {
			c := h.options(t)
			if _, err := h.Login(t.Context(), c.ChallengeID, d.Get(c.PublicKey)); err != nil {
				t.Fatal(err)
			}
			return c.ChallengeID, d.Get(c.PublicKey)
		},
		"a challenge once answered wrongly": func(t *testing.T, h *home, d *passkeytest.Device) (string, json.RawMessage) {
			c := h.options(t)
			_, err := h.Login(t.Context(), c.ChallengeID, json.RawMessage(`{}`))
			wantCode(t, "{}", err, apierr.Unauthenticated)
			return c.ChallengeID, d.Get(c.PublicKey)
		},
		"another challenge's answer": func(t *testing.T, h *home, d *passkeytest.Device) (string, json.RawMessage) {
			return h.options(t).ChallengeID, d.Get(h.options(t).PublicKey)
		},
		"too late": func(t *testing.T, h *home, d *passkeytest.Device) (string, json.RawMessage) {
			c := h.options(t)
			h.pass(5 * time.Minute)
			return c.ChallengeID, d.Get(c.PublicKey)
		},
		"a challenge of a registration": func(t *testing.T, h *home, d *passkeytest.Device) (string, json.RawMessage) {
			eve := h.join(t, "eve@example.com")
			c, err := h.RegisterOptions(eve.ctx, eve.Principal)
			if err != nil {
				t.Fatal(err)
			}
			return c.ChallengeID, d.Get(c.PublicKey)
		},
		"a challenge of nobody's": func(t *testing.T, h *home, d *passkeytest.Device) (string, json.RawMessage) {
			return "chl_0190aaaa-0000-7000-8000-000000000000", d.Get(h.options(t).PublicKey)
		},
		"another key under its id": func(t *testing.T, h *home, d *passkeytest.Device) (string, json.RawMessage) {
			forged := passkeytest.New(t, origin)
			forged.ID, forged.RPID, forged.UserHandle, forged.Counter = d.ID, d.RPID, d.UserHandle, d.Counter
			c := h.options(t)
			return c.ChallengeID, forged.Get(c.PublicKey)
		},
		"an unknown credential": func(t *testing.T, h *home, d *passkeytest.Device) (string, json.RawMessage) {
			d.ID = []byte("another")
			c := h.options(t)
			return c.ChallengeID, d.Get(c.PublicKey)
		},
		"another person's name on it": func(t *testing.T, h *home, d *passkeytest.Device) (string, json.RawMessage) {
			d.UserHandle = []byte(h.join(t, "eve@example.com").UserID)
			c := h.options(t)
			return c.ChallengeID, d.Get(c.PublicKey)
		},
		"nobody's name on it": func(t *testing.T, h *home, d *passkeytest.Device) (string, json.RawMessage) {
			d.UserHandle = nil
			c := h.options(t)
			return c.ChallengeID, d.Get(c.PublicKey)
		},
		"a registration for an answer": func(t *testing.T, h *home, d *passkeytest.Device) (string, json.RawMessage) {
			c := h.options(t)
			return c.ChallengeID, json.RawMessage(strings.Replace(string(d.Get(c.PublicKey)), "public-key", "password", 1))
		},
		"no JSON": func(t *testing.T, h *home, _ *passkeytest.Device) (string, json.RawMessage) {
			return h.options(t).ChallengeID, json.RawMessage(`[`)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHome(t)
			ada := h.join(t, "ada@example.com")
			d, _, _ := h.add(t, ada, "Laptop")
			c := h.options(t)
			if _, err := h.Login(t.Context(), c.ChallengeID, d.Get(c.PublicKey)); err != nil {
				t.Fatalf("the pattern of all attacks is not taken itself: %v", err)
			}
			challengeID, answer := attack(t, h, d)
			g, err := h.Login(t.Context(), challengeID, answer)
			wantCode(t, g.User.ID, err, apierr.Unauthenticated)
			if detail := apierr.From(err).Detail; !strings.HasPrefix(detail, "This passkey is not known here") {
				t.Errorf("told apart: %s", detail)
			}
		})
	}
}

// TestTokenAttackRegistration: what is registered must be made for here, now and them.
func TestTokenAttackRegistration(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	ada, eve := h.join(t, "ada@example.com"), h.join(t, "eve@example.com")
	for name, c := range map[string]struct {
		lie  func(d *passkeytest.Device)
		who  somebody
		late time.Duration
	}{
		"another origin":       {func(d *passkeytest.Device) { d.Origin = "https://evil.example" }, ada, 0},
		"another party":        {func(d *passkeytest.Device) { d.RPID = "evil.example" }, ada, 0},
		"no user verification": {func(d *passkeytest.Device) { d.Flags = passkeytest.UserPresent }, ada, 0},
		"another person":       {func(*passkeytest.Device) {}, eve, 0},
		"too late":             {func(*passkeytest.Device) {}, ada, 5 * time.Minute},
	} {
		o, err := h.RegisterOptions(ada.ctx, ada.Principal)
		if err != nil {
			t.Fatal(err)
		}
		d := passkeytest.New(t, origin)
		c.lie(d)
		h.pass(c.late)
		_, _, err = h.Register(c.who.ctx, c.who.Principal, o.ChallengeID, "x", d.Create(o.PublicKey))
		wantCode(t, name, err, apierr.ValidationFailed)
	}
	d, _, _ := h.add(t, ada, "Laptop")
	o, err := h.RegisterOptions(ada.ctx, ada.Principal)
	if err != nil || !strings.Contains(string(o.PublicKey), "excludeCredentials") {
		t.Fatal(string(o.PublicKey), err)
	}
	_, _, err = h.Register(ada.ctx, ada.Principal, o.ChallengeID, "again", d.Create(o.PublicKey)) // the same credential
	if err == nil {
		t.Error("one credential twice")
	}
	if all, err := h.List(ada.ctx, ada.Principal); err != nil || len(all) != 1 {
		t.Error(all, err)
	}
}

// TestParty: whom passkeys are made for follows from the public address.
func TestParty(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	for public, want := range map[string]string{
		"https://apiq.example": "apiq.example", "https://apiq.example:8443/x": "apiq.example", "http://localhost:8080": "localhost", "http://127.0.0.1:8080": "localhost", "http://[::1]:8080": "localhost",
		"http://apiq.example": "", "https://192.0.2.1": "", "": "", "nonsense": "",
	} {
		h.public = public
		c, err := h.LoginOptions(t.Context())
		if want == "" {
			wantCode(t, public, err, apierr.Conflict)
			continue
		}
		var o struct{ RPID, UserVerification string }
		if err != nil || json.Unmarshal(c.PublicKey, &o) != nil || o.RPID != want || o.UserVerification != "required" {
			t.Errorf("%s: %s %v", public, c.PublicKey, err)
		}
	}
}
