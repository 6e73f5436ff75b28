package identity_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/tenant"
)

// from is the context of a request that comes from an address.
func from(ip string) context.Context {
	return tenant.WithActor(context.Background(), tenant.Actor{ID: "anonymous", IP: ip, Agent: "curl/8"})
}

// wait makes a try and returns how long it has to wait; zero where it was looked at.
func (h *home) wait(t testing.TB, ip, email, with string) time.Duration {
	t.Helper()
	_, err := h.Login(from(ip), email, with, "")
	switch apierr.CodeOf(err) {
	case apierr.RateLimited:
		return apierr.From(err).RetryAfter
	case apierr.Unauthenticated, "":
		return 0
	}
	t.Fatal(err)
	return 0
}

// TestThrottlePair: five tries without a wait, then 15 s, 30 s, … at most 15 minutes; and
// the same for an address that nobody has.
func TestThrottlePair(t *testing.T) {
	t.Parallel()
	for _, email := range []string{"ada@example.com", "nobody@example.com"} {
		h := newHome(t)
		h.register(t, "ada@example.com", "")
		var waits []time.Duration
		for range 5 {
			if w := h.wait(t, "192.0.2.1", email, "wrong"); w != 0 {
				t.Fatalf("%s: waits %v", email, w)
			}
		}
		for range 9 {
			w := h.wait(t, "192.0.2.1", email, password) // the right one has to wait too
			waits = append(waits, w)
			h.pass(w - time.Millisecond)
			if again := h.wait(t, "192.0.2.1", email, password); again != time.Millisecond {
				t.Errorf("%s: %v too early", email, again)
			}
			h.pass(time.Millisecond)
			if again := h.wait(t, "192.0.2.1", email, "wrong"); again != 0 {
				t.Errorf("%s: waits %v more", email, again)
			}
		}
		want := []time.Duration{15 * time.Second, 30 * time.Second, time.Minute, 2 * time.Minute, 4 * time.Minute, 8 * time.Minute, 15 * time.Minute, 15 * time.Minute, 15 * time.Minute}
		if !slices.Equal(waits, want) {
			t.Errorf("%s waited %v, want %v", email, waits, want)
		}
		if w := h.wait(t, "192.0.2.2", email, "wrong"); w != 0 {
			t.Errorf("%s: another network waits %v", email, w)
		}
		h.pass(25 * time.Hour)
		if w := h.wait(t, "192.0.2.1", email, password); w != 0 {
			t.Errorf("%s: a day later it waits %v", email, w)
		}
	}
}

// TestThrottleAccount: who guesses from many networks gets 30 tries and then twelve an
// hour; its owner signs in where they have before, and is told once.
func TestThrottleAccount(t *testing.T) {
	t.Parallel()
	for _, email := range []string{"ada@example.com", "nobody@example.com"} {
		h := newHome(t)
		h.register(t, "ada@example.com", "")
		if w := h.wait(t, "198.51.100.7", "ada@example.com", password); w != 0 {
			t.Fatal(w)
		}
		began, tries := h.now(), 0
		for i := 0; h.now().Sub(began) < 2*time.Hour; i++ {
			w := h.wait(t, fmt.Sprintf("2001:db8:%x:%x::1", i/65536, i%65536), email, "wrong")
			if w == 0 {
				tries++
			}
			h.pass(w)
		}
		// 30 at once, 5+10+20+…+160 s, and then one each 300 s.
		if tries != 58 {
			t.Errorf("%s: %d tries in two hours, want 58", email, tries)
		}
		h.wait(t, "203.0.113.8", email, "wrong")
		if w := h.wait(t, "203.0.113.9", email, "wrong"); w == 0 {
			t.Errorf("%s: a network more has no wait", email)
		}
		told := len(h.letters(t, "Many sign-ins to APIQ failed"))
		if email == "nobody@example.com" {
			if told != 0 {
				t.Errorf("%d letters about nobody", told)
			}
			continue
		}
		if told != 1 {
			t.Errorf("told %d times", told)
		}
		if w := h.wait(t, "198.51.100.7", email, "wrong"); w != 0 {
			t.Errorf("their own network waits %v", w)
		}
		if _, err := h.Login(from("198.51.100.7"), email, password, ""); err != nil {
			t.Errorf("the person is locked out: %v", err)
		}
	}
}

// TestThrottleAtOnce: of many tries at one moment no more are looked at than one after the other.
func TestThrottleAtOnce(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	h.register(t, "ada@example.com", "")
	var wg sync.WaitGroup
	var mu sync.Mutex
	looked := 0
	for range 40 {
		wg.Go(func() {
			_, err := h.Login(from("192.0.2.1"), "ada@example.com", "wrong", "")
			mu.Lock()
			defer mu.Unlock()
			if apierr.CodeOf(err) == apierr.Unauthenticated {
				looked++
			} else if apierr.CodeOf(err) != apierr.RateLimited {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if looked < 1 || looked > 5 {
		t.Errorf("%d looked at, want at most 5", looked)
	}
}

// TestThrottleRight: a right try makes the count begin anew, and is not counted itself.
func TestThrottleRight(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	h.register(t, "ada@example.com", "")
	for range 10 {
		for range 4 {
			if w := h.wait(t, "192.0.2.1", "ada@example.com", "wrong"); w != 0 {
				t.Fatal(w)
			}
		}
		if w := h.wait(t, "192.0.2.1", "ada@example.com", password); w != 0 {
			t.Fatal(w)
		}
	}
	for i := range 60 { // from so many places
		if w := h.wait(t, fmt.Sprintf("198.51.100.%d", i), "ada@example.com", password); w != 0 {
			t.Fatalf("place %d waits %v", i, w)
		}
	}
	if n := len(h.letters(t, "New sign-in to APIQ")); n != 60 {
		t.Errorf("told of %d new networks, want all but the first", n)
	}
}
