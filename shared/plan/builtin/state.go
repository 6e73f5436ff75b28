package builtin

import (
	"maps"
	"strconv"
	"strings"

	"github.com/apiq/apiq/shared/plan/catalog"
	"github.com/apiq/apiq/shared/plan/draft"
)

// state is a plan under way. Steps already in it are shared with other states
// and not changed; the slice is copied before it grows.
type state struct {
	steps []*draft.Step
	score float64
	notes []string
	// covered counts the clauses that got a call or were answered by an earlier one.
	covered int
	// last is the step that served the clause before.
	last *draft.Step
	// loop is the loop that the last step stands in, for steps that go with it.
	loop *draft.Loop
	// guards are the conditions bound so far.
	guards map[*condition]*draft.Guard
}

func (s *state) clone() *state {
	n := *s
	n.steps = s.steps[:len(s.steps):len(s.steps)]
	n.notes = s.notes[:len(s.notes):len(s.notes)]
	n.guards = maps.Clone(s.guards)
	return &n
}

// taken says whether a step or a loop's item has the name. "each_" and "if_"
// begin the names of loops and conditions.
func (s *state) taken(id string) bool {
	for _, st := range s.steps {
		if st.ID == id || st.Loop != nil && st.Loop.As == id || "each_"+st.ID == id || "if_"+st.ID == id {
			return true
		}
	}
	return false
}

const maxID = 40

// name makes an id for a call of the operation: its own words, unique here.
func (s *state) name(op *catalog.Op) string {
	base := op.ID()
	if strings.Contains(base, "/") && strings.Contains(base, " ") {
		base = strings.ToLower(op.Method()) + " " + strings.Join(catalog.Split(op.Spec.Path), " ")
	}
	return s.unique(strings.Join(catalog.Split(base), "_"))
}

func (s *state) unique(base string) string {
	base = strings.Map(func(r rune) rune {
		if r == '_' || r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return '_'
	}, base)
	if len(base) > maxID {
		base = strings.Trim(base[:maxID], "_")
	}
	if base == "" || base[0] >= '0' && base[0] <= '9' {
		base = "step_" + base
	}
	if draft.Reserved(base) {
		base += "_call"
	}
	id := base
	for n := 2; s.taken(id); n++ {
		id = base + "_" + strconv.Itoa(n)
	}
	return id
}
