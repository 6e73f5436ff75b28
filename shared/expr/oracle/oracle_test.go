package oracle

import (
	"maps"
	"slices"
	"testing"
)

// TestEmitted: what the compiler and the planner write gives what the reference
// gives, without exception.
func TestEmitted(t *testing.T) {
	t.Parallel()
	e := emitter{newGenerator(1)}
	sources := distinct(10_000, e.expression)
	ref := reference(t, emittedVariables, sources)
	got := ours(t, decode(t, emittedVariables), sources)
	failed, codes := 0, 0
	for i, src := range sources {
		if ref[i].Code != "" {
			failed++
		}
		another := ref[i].Code != "" && ref[i].Code != got[i].Code
		if another {
			codes++
		}
		if another || difference(ref[i], got[i]) != "" {
			t.Errorf("%s\n reference %s\n ours      %s", src, ref[i], got[i])
		}
	}
	t.Logf("%d expressions, %d of them errors, %d with another code", len(sources), failed, codes)
}

// TestFree: what a person may write differs in known ways only.
func TestFree(t *testing.T) {
	t.Parallel()
	f := free{newGenerator(2)}
	sources := distinct(20_000, func() string { return f.expression(1 + f.IntN(3)) })
	c := comparison{variables: freeVariables}
	c.compare(t, sources)
	found := map[string][]string{}
	for _, src := range c.differing() {
		class, least := c.blame(t, src)
		found[class] = append(found[class], least)
	}
	agreed := len(sources) - len(c.differing())
	t.Logf("%d expressions: %d agree", len(sources), agreed)
	for _, class := range slices.Sorted(maps.Keys(found)) {
		at := found[class]
		example := slices.MinFunc(at, func(a, b string) int { return len(a) - len(b) })
		text := "reference " + c.ref[example].String() + ", ours " + c.got[example].String()
		if why, ok := known[class]; ok {
			t.Logf("%5d  %s (%s): %s: %s", len(at), class, why, example, text)
			continue
		}
		t.Errorf("%5d  %s is not among the known differences: %s: %s", len(at), class, example, text)
	}
	if agreed*1000 < len(sources)*least {
		t.Errorf("%d of %d agree, fewer than %d in a thousand", agreed, len(sources), least)
	}
}
