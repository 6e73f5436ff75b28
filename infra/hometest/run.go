package hometest

import (
	"slices"
	"testing"

	"github.com/apiq/apiq/shared/dns/dnstest"
)

// group is a part of the contract with its tests.
type group struct {
	name  string
	tests []test
	// hard: the group has a home of its own that its tests take down, one after the
	// other.
	hard bool
}

type test struct {
	name string
	run  func(t *testing.T, h *house)
}

// Run holds a home to the contract, group by group. All groups share one home,
// and each test makes a workspace of its own there; tests that need a home of
// their own start one.
func Run(t *testing.T, h Harness) {
	t.Helper()
	run(t, h, groups())
}

// RunGroup is one group of Run by itself, so that `go test -run` finds it under a name
// of its own; RunExcept is the others.
func RunGroup(t *testing.T, h Harness, name string) {
	t.Helper()
	all := groups()
	i := slices.IndexFunc(all, func(g group) bool { return g.name == name })
	if i < 0 {
		t.Fatalf("there is no group %s", name)
	}
	run(t, h, all[i:i+1])
}

// RunExcept is Run without the groups named.
func RunExcept(t *testing.T, h Harness, names ...string) {
	t.Helper()
	run(t, h, slices.DeleteFunc(groups(), func(g group) bool { return slices.Contains(names, g.name) }))
}

func run(t *testing.T, h Harness, groups []group) {
	t.Helper()
	if err := h.check(); err != nil {
		t.Fatal(err)
	}
	for guarantee, why := range h.Lacks {
		t.Logf("this home lacks %q: %s", guarantee, why)
	}
	names := dnstest.New(t)
	env := map[string]string{"APIQ_DNS": names.Addr()}
	shared := &house{Home: h.Start(t, Options{Env: env}), harness: h, dns: names}
	for _, g := range groups {
		t.Run(g.name, func(t *testing.T) {
			t.Parallel()
			home := shared
			if g.hard {
				shared.needs(t, Restart)
				home = &house{Home: h.Start(t, Options{Env: env, Hard: true}), harness: h, dns: names}
			}
			for _, c := range g.tests {
				t.Run(c.name, func(t *testing.T) {
					if !g.hard {
						t.Parallel()
					}
					c.run(t, home)
				})
			}
		})
	}
}
