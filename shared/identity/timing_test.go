package identity_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/identity"
)

// TestTiming asks whether a clock tells an account that there is from one that there is
// not: 200 tries of each, mixed, for a sign-in with a wrong password and for a forgotten
// one. It measures, so it runs by itself (make bench/login).
func TestTiming(t *testing.T) {
	if os.Getenv("APIQ_TIMING") == "" {
		t.Skip("APIQ_TIMING is not set: a measurement, not a test; see make bench/login")
	}
	const people, tries = 50, 4
	h := newHome(t)
	h.cost = identity.Cost{} // what a product takes
	h.Service = h.another(t)
	for i := range people {
		h.register(t, fmt.Sprintf("known-%02d@example.com", i), "")
	}
	for name, try := range map[string]func(ip, email string){
		"sign-in": func(ip, email string) { _, _ = h.Login(from(ip), email, "a wrong long password", "") },
		"forgotten password": func(ip, email string) {
			h.pass(10 * time.Minute) // past the limit of letters
			if err := h.ForgotPassword(from(ip), email); err != nil {
				t.Fatal(err)
			}
		},
	} {
		var took [2][]float64 // unknown, known
		for i := range people {
			for range 2 { // what is done for the first time takes longer
				try("203.0.113.1", fmt.Sprintf("%s-%02d@example.com", [2]string{"other", "known"}[i%2], i))
			}
			if i == 3 {
				break
			}
		}
		type one struct{ kind, person, n int }
		var all []one
		for kind := range 2 {
			for person := range people {
				for n := range tries {
					all = append(all, one{kind, person, n})
				}
			}
		}
		rand.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		for _, o := range all {
			email := fmt.Sprintf("%s-%02d@example.com", [2]string{"other", "known"}[o.kind], o.person)
			began := time.Now()
			try(fmt.Sprintf("198.51.%d.%d", o.n, o.person), email)
			took[o.kind] = append(took[o.kind], time.Since(began).Seconds()*1000)
		}
		z, unknown, known := mannWhitney(took[0], took[1]), median(took[0]), median(took[1])
		apart := (known - unknown) / unknown * 100
		t.Logf("%s: %d tries each, median %.2f ms for an account that there is, %.2f ms for none (%+.1f %%); Mann-Whitney z %.2f (|z| < 3.29: not told apart at 0.1 %%)",
			name, len(took[0]), known, unknown, apart, z)
		if math.Abs(z) > 3.29 {
			t.Errorf("%s: a clock tells accounts", name)
		}
	}
}

func median(of []float64) float64 {
	of = slices.Sorted(slices.Values(of))
	return (of[(len(of)-1)/2] + of[len(of)/2]) / 2
}

// mannWhitney is the z of the rank sum test: how far b's ranks are from a's, in standard
// deviations of what chance does.
func mannWhitney(a, b []float64) float64 {
	type ranked struct {
		v float64
		b bool
	}
	var all []ranked
	for _, v := range a {
		all = append(all, ranked{v, false})
	}
	for _, v := range b {
		all = append(all, ranked{v, true})
	}
	slices.SortFunc(all, func(x, y ranked) int { return int(math.Copysign(1, x.v-y.v)) })
	sum := 0.0
	for i, r := range all {
		if r.b {
			sum += float64(i + 1)
		}
	}
	n, m := float64(len(a)), float64(len(b))
	return (sum - m*(m+1)/2 - n*m/2) / math.Sqrt(n*m*(n+m+1)/12)
}

// TestMannWhitney: the judge tells what differs, and not what does not.
func TestMannWhitney(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	sample := func(shift float64) (all []float64) {
		for range 200 {
			all = append(all, 50+r.NormFloat64()+shift)
		}
		return all
	}
	if z := mannWhitney(sample(0), sample(0)); math.Abs(z) > 3.29 {
		t.Errorf("the same: z %.2f", z)
	}
	if z := mannWhitney(sample(0), sample(0.5)); z < 3.29 {
		t.Errorf("half a standard deviation apart: z %.2f", z)
	}
	if m := median([]float64{3, 1, 2, 10}); m != 2.5 {
		t.Error(m)
	}
}
