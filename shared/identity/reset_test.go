package identity_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/apierr"
)

const another = "a quite different horse"

func TestReset(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	g := h.register(t, "ada@example.com", "")
	if err := h.ForgotPassword(from("192.0.2.1"), " Ada@Example.com "); err != nil {
		t.Fatal(err)
	}
	token := h.link(t, asksReset, "ada@example.com")
	for name, c := range map[string]struct {
		token, password, path string
		code                  apierr.Code
	}{
		"no token":       {"", another, "/token", apierr.ValidationFailed},
		"a made-up one":  {"tkt_x", another, "/token", apierr.ValidationFailed},
		"another kind's": {h.link(t, asksVerify, "ada@example.com"), another, "/token", apierr.ValidationFailed},
		"a short one":    {token, "short", "/password", apierr.ValidationFailed},
		"the e-mail":     {token, "ADA@example.com", "/password", apierr.ValidationFailed},
	} {
		err := h.ResetPassword(from("192.0.2.1"), c.token, c.password)
		if apierr.CodeOf(err) != c.code {
			t.Errorf("%s: %v", name, err)
			continue
		}
		wantCode(t, err, c.code, c.path)
	}
	h.principal(t, g)
	if err := h.ResetPassword(from("192.0.2.1"), token, another); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Authenticate(t.Context(), g.Token); apierr.CodeOf(err) != apierr.Unauthenticated {
		t.Errorf("a session outlives the reset: %v", err)
	}
	if _, err := h.Login(from("192.0.2.1"), "ada@example.com", password, ""); apierr.CodeOf(err) != apierr.Unauthenticated {
		t.Errorf("the old password: %v", err)
	}
	in, err := h.Login(from("192.0.2.1"), "ada@example.com", another, "")
	if err != nil || !in.User.EmailVerified {
		t.Errorf("%+v %v", in.User, err)
	}
	if err := h.ResetPassword(from("192.0.2.1"), token, "a third horse altogether"); apierr.CodeOf(err) != apierr.ValidationFailed {
		t.Errorf("used twice: %v", err)
	}
	told := h.letters(t, tellsReset)
	if len(told) != 1 || !strings.Contains(told[0].Text, "192.0.2.1") {
		t.Errorf("told %v", told)
	}
}

// TestResetOld: a link is good for an hour, and for the password that it was asked under.
func TestResetOld(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	h.register(t, "ada@example.com", "")
	ask := func() string {
		h.late()
		if err := h.ForgotPassword(from("192.0.2.1"), "ada@example.com"); err != nil {
			t.Fatal(err)
		}
		return h.link(t, asksReset, "ada@example.com")
	}
	old := ask()
	h.pass(time.Hour)
	wantCode(t, h.ResetPassword(from("192.0.2.1"), old, another), apierr.ValidationFailed, "/token")
	one, two := ask(), ask()
	if err := h.ResetPassword(from("192.0.2.1"), one, another); err != nil {
		t.Fatal(err)
	}
	wantCode(t, h.ResetPassword(from("192.0.2.1"), two, "a third horse altogether"), apierr.ValidationFailed, "/token")
}

// TestResetRace: of many who use a link at once, one does.
func TestResetRace(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	h.register(t, "ada@example.com", "")
	if err := h.ForgotPassword(from("192.0.2.1"), "ada@example.com"); err != nil {
		t.Fatal(err)
	}
	token := h.link(t, asksReset, "ada@example.com")
	var wg sync.WaitGroup
	var mu sync.Mutex
	done := 0
	for range 5 {
		wg.Go(func() {
			err := h.ResetPassword(from("192.0.2.1"), token, another)
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				done++
			} else if apierr.CodeOf(err) != apierr.ValidationFailed {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if done != 1 {
		t.Errorf("%d did", done)
	}
}

// TestForgotUnknown: the answer for an address that nobody has is the same, and no mail leaves.
func TestForgotUnknown(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	if err := h.ForgotPassword(from("192.0.2.1"), "nobody@example.com"); err != nil {
		t.Fatal(err)
	}
	if n := len(h.letters(t, asksReset)); n != 0 {
		t.Errorf("%d letters to nobody", n)
	}
	for _, email := range []string{"nobody@example.com", "ada@example.com"} {
		n := 0
		for ; apierr.CodeOf(h.ForgotPassword(from("192.0.2.1"), email)) == ""; n++ {
			if n > 10 {
				t.Fatal("no end of letters")
			}
		}
		t.Logf("%s: %d more", email, n)
	}
}

func TestChangePassword(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	g := h.register(t, "ada@example.com", "")
	other, _ := h.again(t, "ada@example.com")
	me := h.principal(t, g)
	wantCode(t, h.ChangePassword(in(t, g), me, "wrong", another), apierr.ValidationFailed, "/current")
	wantCode(t, h.ChangePassword(in(t, g), me, password, "short"), apierr.ValidationFailed, "/password")
	wantCode(t, h.ChangePassword(in(t, g), me, password, password), apierr.ValidationFailed, "/password")
	if err := h.ChangePassword(in(t, g), me, password, another); err != nil {
		t.Fatal(err)
	}
	h.principal(t, g) // this session stays
	if _, err := h.Authenticate(t.Context(), other.Token); apierr.CodeOf(err) != apierr.Unauthenticated {
		t.Errorf("the other session: %v", err)
	}
	if n := len(h.letters(t, tellsReset)); n != 1 {
		t.Errorf("told %d times", n)
	}
	// Who guesses it here is slowed down as who guesses it at the door.
	guesses := 0
	for ; apierr.CodeOf(h.ChangePassword(in(t, g), me, "wrong", password)) == apierr.ValidationFailed; guesses++ {
	}
	if guesses > 5 {
		t.Errorf("%d guesses without a wait", guesses)
	}
}
