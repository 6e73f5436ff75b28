package hometest

import (
	"fmt"
	"iter"
	"slices"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/dns/dnstest"
)

// Home is what a test may know of a home: where it answers. URL may differ after
// a Restart.
type Home interface {
	URL() string
}

// Restarter is a home that can be taken down hard.
type Restarter interface {
	// Restart ends all that computes, as kill -9 would, and returns when the home
	// answers again over the same data. Requests under way are cut.
	Restart(t testing.TB)
}

// Keeper is a home whose data can be looked at.
type Keeper interface {
	// Bytes gives everything that the home keeps, and has told anybody but its
	// clients, by the place where it stands: items, objects, logs, inputs and
	// histories of state machines.
	Bytes(t testing.TB) iter.Seq2[string, []byte]
}

// Patient is a home where things take their time.
type Patient interface {
	// Patience is how long a run, or anything else that goes on by itself, may take
	// in a test. Homes that are not Patient have 30 seconds.
	Patience() time.Duration
}

const defaultPatience = 30 * time.Second

func patience(h Home) time.Duration {
	if p, ok := h.(Patient); ok {
		return p.Patience()
	}
	return defaultPatience
}

// Options of a home that a test starts.
type Options struct {
	// Env overrides variables of the home's environment. Suites set those that both
	// homes have: SPEC_MAX_BYTES, SPEC_FETCH_TIMEOUT_SECONDS, APIQ_EGRESS_ALLOW.
	// Defaults to an environment whose guard lets calls to loopback pass, since the
	// peers of tests are there.
	Env map[string]string
	// Hard: the test will Restart it.
	Hard bool
}

// The guarantees that a home may lack, for a reason that it gives.
const (
	// Restart: the home is a Restarter.
	Restart = "restart"
	// Bytes: the home is a Keeper.
	Bytes = "bytes"
	// LargeBodies: bodies that their route allows are taken up to 4 MiB.
	LargeBodies = "large bodies"
	// Uploads: spec documents of more than 5 MiB can be pasted.
	Uploads = "uploads"
	// OwnRefusals: bodies of more than 4 MiB that are too large for their route are
	// refused in the contract's form, and not by something in front of the home in
	// its own.
	OwnRefusals = "own refusals"
	// Unsized: bodies may come without a Content-Length.
	Unsized = "unsized bodies"
)

func guarantees() []string {
	return []string{Restart, Bytes, LargeBodies, Uploads, OwnRefusals, Unsized}
}

// Harness lets the suite start homes of one kind.
type Harness struct {
	// Start starts a home and ends it with the test. It may be called by several
	// tests at once.
	Start func(t testing.TB, o Options) Home
	// Lacks names guarantees that this kind of home does not give, each with the
	// reason. What needs one is skipped, and the reason told.
	Lacks map[string]string
	// Public is where people open such a home, as it was told (APIQ_PUBLIC_URL). Empty:
	// it was told nothing, and is where it listens.
	Public string
}

func (h Harness) check() error {
	for name, why := range h.Lacks {
		if !slices.Contains(guarantees(), name) || why == "" {
			return fmt.Errorf("hometest: Lacks[%q] = %q: name a guarantee and give the reason", name, why)
		}
	}
	return nil
}

// house is the home that tests share, and the way to further ones.
type house struct {
	Home
	harness Harness
	// dns is the server that the home asks.
	dns *dnstest.Server
}

// needs skips a test where the home lacks what the test is about.
func (h *house) needs(t testing.TB, guarantee string) {
	t.Helper()
	if why := h.harness.Lacks[guarantee]; why != "" {
		t.Skipf("this home lacks %q: %s", guarantee, why)
	}
}

// lacks is needs for a part of a test, which says so and goes on.
func (h *house) lacks(t testing.TB, guarantee string) bool {
	t.Helper()
	why := h.harness.Lacks[guarantee]
	if why != "" {
		t.Logf("left out, for this home lacks %q: %s", guarantee, why)
	}
	return why != ""
}
