package identity_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/identity"
	"github.com/apiq/apiq/shared/secret"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
)

// withEnding is a sign-in whose provider ends its session on a wish.
func withEnding(e identity.External, sid string) identity.External {
	e.SessionID, e.Ending, e.IDToken = sid, &identity.Ending{URL: "https://accounts.example/end", ClientID: "apiq"}, secret.New("header.claims.of-"+sid)
	return e
}

// beside counts what is kept of sessions besides themselves.
func (h *home) beside(t testing.TB) (n int) {
	t.Helper()
	for item, err := range h.store.Walk(tenant.WithSystem(t.Context())) {
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(item.PK, "SID#") || strings.HasPrefix(item.PK, "HINT#") {
			n++
		}
		if strings.Contains(string(item.Data), "header.claims") {
			t.Errorf("%v holds the ID token in the clear", item.Key)
		}
	}
	return n
}

// TestEnding: what is kept to end the provider's session goes with ours, however that ends.
func TestEnding(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(h *home, g identity.Grant, p identity.Principal) error{
		"signed out": func(h *home, g identity.Grant, p identity.Principal) error {
			over, err := h.Logout(in(t, g), p)
			if over.Via == nil || over.Via.Ending == nil || over.Via.Ending.ClientID != "apiq" || over.IDToken.Reveal() != "header.claims.of-s1" {
				t.Errorf("%+v", over)
			}
			return err
		},
		"ended from another": func(h *home, g identity.Grant, p identity.Principal) error {
			return h.EndSession(in(t, g), identity.Principal{UserID: p.UserID}, p.SessionID)
		},
		"ended with all others": func(h *home, g identity.Grant, p identity.Principal) error {
			return h.EndOtherSessions(in(t, g), identity.Principal{UserID: p.UserID})
		},
		"ended by its provider": func(h *home, _ identity.Grant, p identity.Principal) error {
			_, err := h.EndedOutside(t.Context(), identity.Notice{ID: "n", Until: h.now().Add(time.Minute), Provider: "google", Issuer: p.Via.Issuer, SessionIDs: []string{"s1"}})
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHome(t)
			g := h.come(t, withEnding(byGoogle("grace@example.com"), "s1"))
			p := h.principal(t, g)
			if n := h.beside(t); n != 2 {
				t.Fatalf("%d records beside the session, want 2", n)
			}
			if err := end(h, g, p); err != nil {
				t.Fatal(err)
			}
			if n := h.beside(t); n != 0 {
				t.Errorf("%d records are left", n)
			}
			if _, err := h.Authenticate(t.Context(), g.Token); err == nil {
				t.Error("still signed in")
			}
		})
	}
}

// TestEndedOutside: a notice ends many, in the trail of each workspace, and never what
// came another way.
func TestEndedOutside(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	var mine []identity.Grant
	for i := range 9 { // more than end together
		mine = append(mine, h.come(t, withEnding(byGoogle("grace@example.com"), fmt.Sprint("s", i))))
	}
	workspace := mine[0].Workspace.ID
	bound := h.come(t, withEnding(byOkta(workspace, "grace@example.com"), "s1"))
	other := h.come(t, withEnding(byGoogle("ada@example.com"), "s-of-ada"))
	notice := identity.Notice{ID: "n1", Until: h.now().Add(time.Minute), Provider: "google", Issuer: "https://accounts.example", Subject: "g-grace@example.com"}
	if n, err := h.EndedOutside(t.Context(), notice); n != 9 || err != nil {
		t.Fatalf("%d, %v", n, err)
	}
	for _, g := range mine {
		if _, err := h.Authenticate(t.Context(), g.Token); err == nil {
			t.Error("still signed in")
		}
	}
	h.principal(t, bound)
	h.principal(t, other)
	if r := h.newest(t, workspace); r.Action != "user.logout" || r.Message != "signed out at google" {
		t.Errorf("%+v", r)
	}
	if _, err := h.EndedOutside(t.Context(), notice); !errors.Is(err, identity.ErrNoticeUsed) {
		t.Errorf("again: %v", err)
	}
	for name, n := range map[string]identity.Notice{
		"another person's session": {Issuer: "https://accounts.example", Subject: "g-grace@example.com", SessionIDs: []string{"s-of-ada"}},
		"another issuer":           {Issuer: "https://okta.example", SessionIDs: []string{"s-of-ada"}},
		"a workspace's provider":   {Issuer: "https://accounts.example", SessionIDs: []string{"s-of-ada"}, Workspace: workspace},
		"nobody known":             {Issuer: "https://accounts.example", Subject: "g-stranger"},
	} {
		n.ID, n.Until, n.Provider = name, h.now().Add(time.Minute), "google"
		if got, err := h.EndedOutside(t.Context(), n); got != 0 || err != nil {
			t.Errorf("%s: %d, %v", name, got, err)
		}
	}
	h.principal(t, other)
}

// TestHintIsSwept: an ID token that is kept opens under the data key of today.
func TestHintIsSwept(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	g := h.come(t, withEnding(byGoogle("grace@example.com"), "s1"))
	keys, _ := h.sealer.(*secret.Envelope)
	system := tenant.WithSystem(t.Context())
	if err := keys.Rotate(system); err != nil {
		t.Fatal(err)
	}
	if n, err := h.Reseal(t.Context()); n != 2 || err != nil { // and the key of sessions
		t.Fatalf("%d, %v", n, err)
	}
	current, err := keys.CurrentKey(system)
	if err != nil {
		t.Fatal(err)
	}
	for item, err := range h.store.All(system, table.Query{PK: "DATAKEY", Prefix: "key#"}) {
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasSuffix(item.SK, current.ID) {
			if err := h.store.Delete(system, item.Key, table.Present()); err != nil {
				t.Fatal(err)
			}
		}
	}
	over, err := h.Logout(in(t, g), h.principal(t, g))
	if err != nil || over.IDToken.IsZero() {
		t.Errorf("%+v, %v", over, err)
	}
}
