package spec

import (
	"strings"
	"testing"

	"github.com/apiq/apiq/shared/spec/hostile"
)

// TestHostileWork counts what samples of documents that are made to break readers
// cost, in values made and schema objects tried, whatever the machine: never more
// than twice what one sample may take, since the last piece of work is begun while
// there is something left.
func TestHostileWork(t *testing.T) {
	t.Parallel()
	for _, c := range hostile.Documents() {
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
			d := mustParse(t, c.JSON)
			left, all := newWork(), newWork()
			v, _ := d.sampleWithin(AnyWay, ref("S"), 1, left)
			if left.values < -all.values || left.visits < -all.visits || left.tries < -all.tries {
				t.Errorf("%d values, %d visits and %d tries, of %d, %d and %d", all.values-left.values, all.visits-left.visits, all.tries-left.tries, all.values, all.visits, all.tries)
			}
			const limit = 10_000
			if _, _, took := d.ValidateWithin(AnyWay, ref("S"), v, limit); took > 2*limit && !strings.HasPrefix(c.Name, "large sets") {
				t.Errorf("validation took %d visits of %d", took, limit)
			}
		})
	}
}

// TestPatternCost: what a pattern costs is known before it is compiled.
func TestPatternCost(t *testing.T) {
	t.Parallel()
	for pattern, dear := range map[string]bool{
		`^[a-z]{2,10}$`: false, `^([01]\d|2[0-3]):?([0-5]\d)$`: false, `^.{1,1000}$`: false, `(`: true, `(?=x)`: true,
		strings.Repeat(`a{1000}`, 30): true, strings.Repeat(`\pL\PN`, 1000): true, `((a{10}){10}){10}`: false, strings.Repeat("a", maxPattern+1): true,
	} {
		if got := PatternCost(pattern); (got > maxPatternCost) != dear {
			t.Errorf("%.40s costs %d", pattern, got)
		}
	}
	// One that costs too much matches anything, and leaves the rest of its schema checked.
	problems, checked := Bare().Validate([]byte(`{"pattern":"`+strings.Repeat(`a{1000}`, 100)+`","minLength":5}`), "x")
	if !checked || len(problems) != 1 || problems[0].Code != "minLength" {
		t.Errorf("%v %v", checked, problems)
	}
}
