package id_test

import (
	"context"
	"strings"
	"testing"

	"github.com/apiq/apiq/shared/id"
	"github.com/apiq/apiq/shared/tenant"
)

func TestIs(t *testing.T) {
	t.Parallel()
	const good = "usr_0197f0a2-5b3c-7d4e-8f90-a1b2c3d4e5f6"
	for s, want := range map[string]bool{
		"": false, "usr_": false, "usr_x": false, tenant.System: false,
		strings.ToUpper(good): false, "usr_" + strings.ToUpper(good[4:]): false, // one form only: ids are keys
		"wsp_" + good[4:]: false, good + " ": false, "usr_{0197f0a2-5b3c-7d4e-8f90-a1b2c3d4e5f6}": false, "usr_urn:uuid:0197f0a2-5b3c-7d4e-8f90-a1b2c3d4e5f6": false,
		"usr_0197f0a25b3c7d4e8f90a1b2c3d4e5f6":     false,
		"usr_0197f0a2-5b3c-4d4e-8f90-a1b2c3d4e5f6": false, // version 4
		good: true,
	} {
		if have := id.Is(s, id.User); have != want {
			t.Errorf("%q: %v", s, have)
		}
	}
}

func TestNew(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	last := ""
	for range 10_000 {
		s := id.New(id.Audit)
		if !id.Is(s, id.Audit) || seen[s] || s < last {
			t.Fatalf("%q after %q", s, last)
		}
		seen[s], last = true, s
	}
}

func TestIn(t *testing.T) {
	t.Parallel()
	seed := id.New("")
	three := func(ctx context.Context) (all [3]string) {
		for i := range all {
			all[i], _ = id.In(ctx, id.Execution)
			if !id.Is(all[i], id.Execution) {
				t.Errorf("%q is no id", all[i])
			}
		}
		return all
	}
	first := three(id.WithSeed(t.Context(), seed))
	if again := three(id.WithSeed(t.Context(), seed)); again != first || first[0] != id.Execution+seed || first[0] == first[1] || first[1] == first[2] {
		t.Errorf("under a seed %v, and again %v", first, again)
	}
	if _, seeded := id.In(id.WithSeed(t.Context(), seed), id.Execution); !seeded {
		t.Error("not told that there is a seed")
	}
	for name, ctx := range map[string]context.Context{"another seed": id.WithSeed(t.Context(), id.New("")), "none": t.Context(), "an empty one": id.WithSeed(t.Context(), "")} {
		if other := three(ctx); other[0] == first[0] {
			t.Errorf("%s: %v", name, other)
		}
	}
}

func TestBranch(t *testing.T) {
	t.Parallel()
	seed := id.New("")
	of := func(name string) string {
		got, seeded := id.In(id.Branch(id.WithSeed(t.Context(), seed), name), id.Execution)
		if !seeded || !id.Is(got, id.Execution) {
			t.Errorf("%q, seeded: %t", got, seeded)
		}
		return got
	}
	if one := of("one"); one != of("one") || one == of("two") || one == id.Execution+seed {
		t.Errorf("%s, and for another %s", one, of("two"))
	}
	if _, seeded := id.In(id.Branch(t.Context(), "one"), id.Execution); seeded {
		t.Error("a seed where there is none")
	}
}
