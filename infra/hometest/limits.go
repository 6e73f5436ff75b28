package hometest

import (
	"net/http"
	"sync"
	"testing"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/route"
)

// testRates: a caller who asks too often is told how long to wait, and heard then;
// nobody else is held back.
func testRates(t *testing.T, h *house) {
	p := Register(t, h, "ada")
	other := Register(t, h, "bob")
	row, _ := route.ByID("logs-verify")
	passed, refused := p.until429(t, "GET", row.Path, nil, 3*row.Rate.Burst)
	if passed < row.Rate.Burst {
		t.Errorf("%d passed of a burst of %d", passed, row.Rate.Burst)
	}
	p.Expect(refused, apierr.RateLimited, row.ID)
	wait := refused.retryAfter(t)
	if most := row.Rate.Burst * 60 / row.Rate.PerMinute; int(wait.Seconds()) > most {
		t.Errorf("told to wait %s, a whole burst comes back in %d s", wait, most)
	}
	other.Must(200, "GET", row.Path, nil)
	p.Must(200, "GET", "/api/auth/me", nil)
	p.pause(wait)
	p.Must(200, "GET", row.Path, nil)
}

// until429 asks until it is held back, by several at once so that little comes
// back meanwhile.
func (p Person) until429(t *testing.T, method, path string, body any, most int) (passed int, refused Answer) {
	t.Helper()
	var mu sync.Mutex
	var wg sync.WaitGroup
	for range 5 {
		wg.Go(func() {
			for range most / 5 {
				a := p.Send(method, path, body)
				mu.Lock()
				if a.Status == http.StatusTooManyRequests {
					refused = a
				} else {
					passed++
				}
				stop := refused.Status != 0
				mu.Unlock()
				if stop {
					return
				}
			}
		})
	}
	wg.Wait()
	if refused.Status == 0 {
		t.Fatalf("%d requests passed", passed)
	}
	return passed, refused
}

// testSignInRate: who guesses is held back by address and by account, and what is
// held back leaves no record.
func testSignInRate(t *testing.T, h *house) {
	p := Register(t, h, "ada")
	guess := Obj{"email": p.Email, "password": "not it, not it"}
	passed, refused := Nobody(t, h).until429(t, "POST", "/api/auth/login", guess, 60)
	p.Expect(refused, apierr.RateLimited, "many guesses")
	refused.retryAfter(t)
	noted := len(items(t, p.Must(200, "GET", "/api/logs?action=user.login&outcome=refused&limit=100", nil)))
	if passed > 20+2 || noted > passed {
		t.Errorf("%d guesses passed, %d are recorded", passed, noted)
	}
	p.Must(200, "GET", "/api/auth/me", nil) // who is signed in stays so
}
