package hometest

import (
	"testing"

	"github.com/apiq/apiq/shared/apierr"
)

// testSessions: a person sees their own sessions, and ends those that they want.
func testSessions(t *testing.T, h *house) {
	p := Register(t, h, "ada")
	other := Register(t, h, "eve")
	again := func() Person {
		var s session
		p.Must(200, "POST", "/api/auth/login", Obj{"email": p.Email, "password": password}, "User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0").Into(t, &s)
		q := p
		q.Token = s.Token
		return q
	}
	type row struct {
		ID, Device, IP string
		Current        bool
	}
	list := func(who Person) (all []row) {
		who.Must(200, "GET", "/api/auth/sessions", nil).Into(t, &all)
		return all
	}
	second, third := again(), again()
	all := list(second)
	if len(all) != 3 || !all[1].Current || all[0].Current || all[2].Current || all[1].Device != "Firefox on Linux" || all[1].IP == "" {
		t.Fatalf("%+v", all)
	}
	if theirs := list(other); len(theirs) != 1 {
		t.Errorf("somebody else sees %+v", theirs)
	}
	other.Refused(apierr.NotFound, "DELETE", "/api/auth/sessions/"+all[0].ID, nil)
	third.Must(200, "GET", "/api/auth/me", nil)
	second.Must(200, "DELETE", "/api/auth/sessions/"+all[0].ID, nil)
	third.Refused(apierr.Unauthenticated, "GET", "/api/auth/me", nil)
	second.Refused(apierr.NotFound, "DELETE", "/api/auth/sessions/"+all[0].ID, nil)
	second.Refused(apierr.NotFound, "DELETE", "/api/auth/sessions/ses_x", nil)
	fourth := again()
	second.Must(200, "DELETE", "/api/auth/sessions", nil)
	for _, gone := range []Person{p, fourth} {
		gone.Refused(apierr.Unauthenticated, "GET", "/api/auth/me", nil)
	}
	if all := list(second); len(all) != 1 || !all[0].Current {
		t.Errorf("left: %+v", all)
	}
	other.Must(200, "GET", "/api/auth/me", nil)
}
