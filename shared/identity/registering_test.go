package identity_test

import (
	"testing"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/identity"
	"github.com/apiq/apiq/shared/limit"
	"github.com/apiq/apiq/shared/route"
)

func TestRegistration(t *testing.T) {
	t.Parallel()
	for mode, c := range map[string]struct{ alone, invited apierr.Code }{
		"":                          {"", ""},
		identity.RegistrationOpen:   {"", ""},
		identity.RegistrationInvite: {apierr.Forbidden, ""},
		identity.RegistrationClosed: {apierr.Forbidden, apierr.Forbidden},
	} {
		h := newHome(t)
		limiter, err := limit.NewLocal(nil)
		if err != nil {
			t.Fatal(err)
		}
		s, err := identity.New(h.store, h.trail, h.sealer, limiter, &identity.Options{Now: h.now, Registration: mode})
		if err != nil {
			t.Fatal(err)
		}
		first, err := s.Register(t.Context(), identity.Registration{Email: "ada@example.com", Name: "Ada", Password: password})
		if err != nil {
			t.Fatalf("%q: the first one: %v", mode, err)
		}
		_, err = s.Register(t.Context(), identity.Registration{Email: "eve@example.com", Name: "Eve", Password: password})
		if apierr.CodeOf(err) != c.alone {
			t.Errorf("%q, alone: %v", mode, err)
		}
		invite, err := s.Invite(in(t, first), "grace@example.com", route.RoleUser)
		if err != nil {
			t.Fatal(err)
		}
		_, err = s.Register(t.Context(), identity.Registration{Email: "grace@example.com", Name: "Grace", Password: password, Invite: invite.Token})
		if apierr.CodeOf(err) != c.invited {
			t.Errorf("%q, invited: %v", mode, err)
		}
	}
	h := newHome(t)
	limiter, _ := limit.NewLocal(nil)
	if _, err := identity.New(h.store, h.trail, h.sealer, limiter, &identity.Options{Registration: "maybe"}); err == nil {
		t.Error("made with a mode that there is not")
	}
}

func TestWeakPasswords(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	for _, bad := range []string{"password123", "P@ssw0rd123!", "qwertyuiop", "Lovelace1815", "engines2026", "ada.l@example.com", "ab\xffcdefghijk"} {
		_, err := h.Register(t.Context(), identity.Registration{Email: "ada.l@example.com", Name: "Ada Lovelace", Workspace: "Engines", Password: bad})
		if apierr.CodeOf(err) != apierr.ValidationFailed {
			t.Errorf("%q: %v", bad, err)
			continue
		}
		wantCode(t, err, apierr.ValidationFailed, "/password")
	}
}
