package identity_test

import (
	"bytes"
	"context"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/identity"
	"github.com/apiq/apiq/shared/route"
	"github.com/apiq/apiq/shared/secret"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
)

// app is a phone with the secret that it was shown.
type app struct {
	identity.Enrolment
	who identity.Principal
	ctx context.Context
}

func (h *home) code(t testing.TB, a app, off time.Duration) string {
	t.Helper()
	code, err := totp.GenerateCode(a.Secret, h.now().Add(off))
	if err != nil {
		t.Fatal(err)
	}
	return code
}

// enrol takes an app into use, then lets its first code pass.
func (h *home) enrol(t testing.TB, g identity.Grant) app {
	t.Helper()
	a := app{who: h.principal(t, g), ctx: in(t, g)}
	var err error
	if a.Enrolment, err = h.EnrolTOTP(a.ctx, a.who); err != nil {
		t.Fatal(err)
	}
	if _, err := h.ConfirmTOTP(a.ctx, a.who, h.code(t, a, 0)); err != nil {
		t.Fatal(err)
	}
	h.pass(time.Minute)
	return a
}

func TestTOTP(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	g := h.register(t, "ada@example.com", "")
	a := app{who: h.principal(t, g), ctx: in(t, g)}

	_, err := h.ConfirmTOTP(a.ctx, a.who, "123456")
	wantCode(t, err, apierr.Conflict, "") // nothing to confirm
	_, err = h.DisableTOTP(a.ctx, a.who, password, "123456")
	wantCode(t, err, apierr.Conflict, "")
	_, err = h.RenewRecovery(a.ctx, a.who)
	wantCode(t, err, apierr.Conflict, "")

	if a.Enrolment, err = h.EnrolTOTP(a.ctx, a.who); err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(a.URI)
	if err != nil || u.Scheme != "otpauth" || u.Host != "totp" || u.Path != "/APIQ:ada@example.com" || u.Query().Get("secret") != a.Secret || len(a.Secret) != 32 || u.Query().Get("issuer") != "APIQ" {
		t.Errorf("%s, %v", a.URI, err)
	}
	if len(a.RecoveryCodes) != 10 || len(slices.Compact(slices.Sorted(slices.Values(a.RecoveryCodes)))) != 10 {
		t.Errorf("%d recovery codes", len(a.RecoveryCodes))
	}
	// Until it has shown a code, the password is enough, and its recovery codes are none.
	if _, err := h.Login(t.Context(), "ada@example.com", password, ""); err != nil {
		t.Fatal(err)
	}
	for _, wrong := range []string{a.RecoveryCodes[0], h.code(t, a, 2*time.Minute), ""} {
		_, err = h.ConfirmTOTP(a.ctx, a.who, wrong)
		wantCode(t, err, apierr.ValidationFailed, "/code")
	}
	f, err := h.ConfirmTOTP(a.ctx, a.who, h.code(t, a, 0))
	if err != nil || f.TOTP == nil || f.RecoveryCodes != 10 {
		t.Fatal(f, err)
	}
	_, err = h.EnrolTOTP(a.ctx, a.who)
	wantCode(t, err, apierr.Conflict, "")

	h.pass(time.Minute)
	_, err = h.DisableTOTP(a.ctx, a.who, "another password", h.code(t, a, 0))
	wantCode(t, err, apierr.ValidationFailed, "/code")
	_, err = h.DisableTOTP(a.ctx, a.who, password, "000000")
	wantCode(t, err, apierr.ValidationFailed, "/code")
	f, err = h.DisableTOTP(a.ctx, a.who, password, h.code(t, a, 0)) // a wrong password has not used it up
	if err != nil || f != (identity.Factors{}) {
		t.Fatal(f, err)
	}
	if _, err := h.Login(t.Context(), "ada@example.com", password, ""); err != nil {
		t.Fatal(err)
	}
}

// TestTOTPLate: an app that shows its first code after a quarter of an hour begins again.
func TestTOTPLate(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	g := h.register(t, "ada@example.com", "")
	a := app{who: h.principal(t, g), ctx: in(t, g)}
	var err error
	if a.Enrolment, err = h.EnrolTOTP(a.ctx, a.who); err != nil {
		t.Fatal(err)
	}
	h.pass(15 * time.Minute)
	_, err = h.ConfirmTOTP(a.ctx, a.who, h.code(t, a, 0))
	wantCode(t, err, apierr.Conflict, "")
}

func TestSecondStep(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	g := h.register(t, "ada@example.com", "")
	a := h.enrol(t, g)
	login := func(pass, code string) error {
		_, err := h.Login(t.Context(), "ada@example.com", pass, code)
		return err
	}
	required := apierr.From(login(password, ""))
	var factors []string
	for _, p := range required.Problems {
		factors = append(factors, p.Code)
	}
	if required.Code != apierr.MFARequired || !slices.Equal(factors, []string{"totp", "recovery"}) {
		t.Fatalf("%v %v", required, factors)
	}
	// Only whoever knows the password is told that there is a second factor; whatever
	// else is wrong is refused alike.
	alike := apierr.From(login("another password", ""))
	for name, err := range map[string]error{
		"a wrong password and no code":    alike,
		"a wrong password and the code":   login("another password", h.code(t, a, 0)),
		"a wrong code":                    login(password, "000000"),
		"a code of two minutes ago":       login(password, h.code(t, a, -2*time.Minute)),
		"a code of two minutes from now":  login(password, h.code(t, a, 2*time.Minute)),
		"the code that it was taken with": login(password, h.code(t, a, -time.Minute)),
		"five digits":                     login(password, h.code(t, a, 0)[:5]),
		"another's recovery code":         login(password, "AAAA-AAAA-AAAA-AAAA"),
	} {
		if e := apierr.From(err); e.Code != apierr.Unauthenticated || e.Detail != alike.Detail || len(e.Problems) != 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
	h.pass(10 * time.Minute) // the tries are counted
	// A clock that is half a minute off is taken, with what people put between digits.
	for _, off := range []time.Duration{-30 * time.Second, 0, 30 * time.Second} {
		code := h.code(t, a, off)
		if err := login(password, code[:3]+" "+code[3:]); err != nil {
			t.Errorf("%v off: %v", off, err)
		}
		wantCode(t, login(password, code), apierr.Unauthenticated, "") // used
	}
	wantCode(t, login(password, h.code(t, a, 0)), apierr.Unauthenticated, "") // older than the last

	first := strings.ToLower(strings.ReplaceAll(a.RecoveryCodes[0], "-", " "))
	h.pass(10 * time.Minute)
	if err := login(password, first); err != nil {
		t.Fatal(err)
	}
	wantCode(t, login(password, first), apierr.Unauthenticated, "")
	if f, err := h.Factors(a.ctx, a.who); err != nil || f.RecoveryCodes != 9 {
		t.Errorf("%+v %v", f, err)
	}
	again, err := h.RenewRecovery(a.ctx, a.who)
	if err != nil || len(again) != 10 {
		t.Fatal(again, err)
	}
	wantCode(t, login(password, a.RecoveryCodes[1]), apierr.Unauthenticated, "")
	if err := login(password, again[9]); err != nil {
		t.Fatal(err)
	}

	page, err := h.trail.List(a.ctx, audit.Filter{Action: "user.login"}, 100, "")
	if err != nil {
		t.Fatal(err)
	}
	told := map[string]int{}
	for _, r := range page.Records {
		told[string(r.Outcome)+" "+r.Code+" "+r.Message]++
	}
	for what, want := range map[string]int{
		"refused MFA_REQUIRED the second factor is missing": 1, "refused UNAUTHENTICATED wrong second factor": 12,
		"done  with a code of the authenticator app": 3, "done  with a recovery code": 2,
	} {
		if told[what] != want {
			t.Errorf("%q: %d records, want %d of %v", what, told[what], want, told)
		}
	}
}

// TestCodeRace: of many sign-ins with one code, in two processes, one succeeds.
func TestCodeRace(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	g := h.register(t, "ada@example.com", "")
	a := h.enrol(t, g)
	processes := []*identity.Service{h.Service, h.another(t)}
	for _, code := range []string{h.code(t, a, 0), a.RecoveryCodes[3]} {
		var wait sync.WaitGroup
		var mu sync.Mutex
		codes := map[apierr.Code]int{}
		for i := range 4 { // at most as many as may try at once
			wait.Go(func() {
				_, err := processes[i%2].Login(context.Background(), "ada@example.com", password, code)
				mu.Lock()
				defer mu.Unlock()
				codes[apierr.CodeOf(err)]++
			})
		}
		wait.Wait()
		if codes[""] != 1 || codes[apierr.Unauthenticated] != 3 {
			t.Error(codes)
		}
	}
}

// TestCodeTries: guessing is slow, whoever guesses, and however it is asked for.
func TestCodeTries(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	g := h.register(t, "ada@example.com", "")
	a := h.enrol(t, g)
	tries := 0
	for ; tries < 30; tries++ {
		h.pass(7 * time.Second) // the limit of sign-ins holds nobody back
		_, err := h.Login(t.Context(), "ada@example.com", password, "000000")
		if e := apierr.From(err); e.Code == apierr.RateLimited {
			if e.RetryAfter <= 0 || e.RetryAfter > time.Minute {
				t.Errorf("Retry-After %v", e.RetryAfter)
			}
			break
		}
	}
	if tries < 10 || tries > 14 {
		t.Errorf("%d tries", tries)
	}
	wantCode(t, h.Confirm(a.ctx, a.who, "", h.code(t, a, 0)), apierr.RateLimited, "")
	_, err := h.DisableTOTP(a.ctx, a.who, password, h.code(t, a, 0))
	wantCode(t, err, apierr.RateLimited, "")
	h.pass(time.Minute)
	if err := h.Confirm(a.ctx, a.who, "", h.code(t, a, 0)); err != nil {
		t.Fatal(err)
	}
}

// TestConfirm: a session is as fresh as the last proof, and no longer one's password
// alone where there is a second factor.
func TestConfirm(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	g := h.register(t, "ada@example.com", "")
	p := h.principal(t, g)
	if !p.ProvenAt.Equal(h.now()) {
		t.Errorf("proven at %v", p.ProvenAt)
	}
	h.pass(time.Hour)
	wantCode(t, h.Confirm(in(t, g), p, "", ""), apierr.ValidationFailed, "/password")
	wantCode(t, h.Confirm(in(t, g), p, "another password", ""), apierr.ValidationFailed, "/code")
	wantCode(t, h.Confirm(in(t, g), p, "", "123456"), apierr.ValidationFailed, "/code")
	if now := h.principal(t, g); now.ProvenAt != p.ProvenAt {
		t.Errorf("a refusal has made it fresh: %v", now.ProvenAt)
	}
	if err := h.Confirm(in(t, g), p, password, ""); err != nil {
		t.Fatal(err)
	}
	if now := h.principal(t, g); !now.ProvenAt.Equal(h.now()) || now.SessionID != p.SessionID {
		t.Errorf("%+v", now)
	}
	a := h.enrol(t, g)
	h.pass(time.Hour)
	wantCode(t, h.Confirm(in(t, g), p, password, ""), apierr.MFARequired, "/code")
	code := h.code(t, a, 0)
	if err := h.Confirm(in(t, g), p, "", code); err != nil {
		t.Fatal(err)
	}
	wantCode(t, h.Confirm(in(t, g), p, "", code), apierr.ValidationFailed, "/code")
	if _, err := h.Logout(in(t, g), p); err != nil {
		t.Fatal(err)
	}
	wantCode(t, h.Confirm(in(t, g), p, "", a.RecoveryCodes[0]), apierr.Unauthenticated, "")
}

// TestFactorsOfOthers: a person's codes are of no use to another, in one workspace too.
func TestFactorsOfOthers(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	ada := h.register(t, "ada@example.com", "")
	invite, err := h.Invite(in(t, ada), "grace@example.com", route.RoleUser)
	if err != nil {
		t.Fatal(err)
	}
	grace := h.register(t, "grace@example.com", invite.Token)
	a, b := h.enrol(t, ada), h.enrol(t, grace)
	for _, code := range []string{h.code(t, a, 0), a.RecoveryCodes[0]} {
		_, err := h.Login(t.Context(), "grace@example.com", password, code)
		wantCode(t, err, apierr.Unauthenticated, "")
	}
	if _, err := h.Login(t.Context(), "grace@example.com", password, h.code(t, b, 0)); err != nil {
		t.Fatal(err)
	}
}

// TestFactorsKept: neither the secret nor a recovery code stands in the table, and the
// secret is sealed anew with the system's other ones.
func TestFactorsKept(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	g := h.register(t, "ada@example.com", "")
	a := h.enrol(t, g)
	pending := h.register(t, "eve@example.com", "")
	if _, err := h.EnrolTOTP(in(t, pending), h.principal(t, pending)); err != nil {
		t.Fatal(err)
	}
	system := tenant.WithSystem(t.Context())
	item, err := h.store.Get(system, table.Key{PK: "FACTORS#" + g.User.ID, SK: "0"})
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range append([]string{a.Secret, strings.ReplaceAll(a.RecoveryCodes[0], "-", "")}, a.RecoveryCodes...) {
		if bytes.Contains(item.Data, []byte(v)) {
			t.Errorf("%s stands in %s", v, item.Data)
		}
	}
	keys, ok := h.sealer.(*secret.Envelope)
	if !ok {
		t.Fatalf("the home seals with %T", h.sealer)
	}
	if err := keys.Rotate(system); err != nil {
		t.Fatal(err)
	}
	for _, want := range []int{3, 0} { // two apps and the key of the sessions
		if n, err := h.Reseal(t.Context()); n != want || err != nil {
			t.Fatalf("%d, %v, want %d", n, err, want)
		}
	}
	if _, err := h.Login(t.Context(), "ada@example.com", password, h.code(t, a, 0)); err != nil {
		t.Fatal(err)
	}
}
