package hometest

import (
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"github.com/apiq/apiq/shared/apierr"
)

// app is an authenticator app that somebody has taken into use.
type app struct {
	OTPAuth       string
	Secret        string
	RecoveryCodes []string
	// used is the code that took it into use: a step later another one is a step back.
	used string
	t    testing.TB
}

// code is what the app shows some steps from now. Each serves once.
func (a app) code(steps int) string {
	a.t.Helper()
	code, err := totp.GenerateCode(a.Secret, time.Now().Add(time.Duration(steps)*30*time.Second))
	if err != nil {
		a.t.Fatal(err)
	}
	return code
}

// enrol sets an app up; its code of one step back is used up.
func (p Person) enrol() app {
	p.t.Helper()
	a := app{t: p.t}
	p.Must(200, "POST", "/api/auth/mfa/totp", nil).Into(p.t, &a)
	a.used = a.code(-1)
	p.Must(200, "POST", "/api/auth/mfa/totp/confirm", Obj{"code": a.used})
	return a
}

type factors struct {
	TOTP                    struct{ Enabled bool }
	RecoveryCodes, Passkeys int
}

// testSecondFactor is the whole life of an authenticator app.
func testSecondFactor(t *testing.T, h *house) {
	p := Register(t, h, "ada")
	state := func() (f factors) {
		t.Helper()
		p.Must(200, "GET", "/api/auth/mfa", nil).Into(t, &f)
		return f
	}
	if f := state(); f.TOTP.Enabled || f.RecoveryCodes != 0 {
		t.Errorf("%+v", f)
	}
	p.Refused(apierr.Conflict, "POST", "/api/auth/mfa/totp/confirm", Obj{"code": "000000"})
	p.Refused(apierr.Conflict, "POST", "/api/auth/mfa/recovery", nil)
	a := p.enrol()
	if f := state(); !f.TOTP.Enabled || f.RecoveryCodes != 10 {
		t.Errorf("%+v", f)
	}
	login := func(code string) Answer {
		t.Helper()
		body := Obj{"email": p.Email, "password": password}
		if code != "" {
			body["code"] = code
		}
		return Nobody(t, h).Send("POST", "/api/auth/login", body)
	}
	required := login("")
	p.Expect(required, apierr.MFARequired, "no code", "/code")
	if required.Header.Get("Set-Cookie") != "" {
		t.Error("a session before the second step")
	}
	p.Expect(login("000000"), apierr.Unauthenticated, "a wrong code")
	p.Expect(login(a.used), apierr.Unauthenticated, "a code that was used")
	used := a.code(1) // the newest that counts: it is used once, and none before it
	if in := login(used); in.Status != 200 || in.cookie(t).Value == "" {
		t.Fatalf("%d %s", in.Status, in.Raw)
	}
	p.Expect(login(used), apierr.Unauthenticated, "a code again")
	if in := login(a.RecoveryCodes[0]); in.Status != 200 {
		t.Fatalf("a recovery code: %d %s", in.Status, in.Raw)
	}
	p.Expect(login(a.RecoveryCodes[0]), apierr.Unauthenticated, "a recovery code again")

	p.Refused(apierr.MFARequired, "POST", "/api/auth/confirm", Obj{"password": password}, "/code")
	p.Must(200, "POST", "/api/auth/confirm", Obj{"code": a.RecoveryCodes[1]})
	p.Refused(apierr.ValidationFailed, "DELETE", "/api/auth/mfa/totp", Obj{"password": "another password", "code": a.RecoveryCodes[2]}, "/code")
	p.Refused(apierr.ValidationFailed, "DELETE", "/api/auth/mfa/totp", Obj{"password": password}, "/code")
	p.Must(200, "DELETE", "/api/auth/mfa/totp", Obj{"password": password, "code": a.RecoveryCodes[2]})
	if f := state(); f.TOTP.Enabled || f.RecoveryCodes != 0 {
		t.Errorf("%+v", f)
	}
	if in := login(""); in.Status != 200 {
		t.Errorf("%d %s", in.Status, in.Raw)
	}
}
