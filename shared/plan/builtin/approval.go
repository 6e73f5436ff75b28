package builtin

import (
	"slices"

	"github.com/apiq/apiq/shared/plan/catalog"
	"github.com/apiq/apiq/shared/plan/draft"
)

// approvalAt finds where a request wants a person's word: "ask for approval", "once I
// approve", "with my manager's permission".
func approvalAt(ts []token) (from, to int, ok bool) {
	for i, t := range ts {
		if t.value >= 0 || !asking[t.lower] && !pending[t.lower] {
			continue
		}
		for j := i + 1; j < len(ts) && j <= i+4; j++ {
			w := ts[j].lower
			if approvals[w] || pending[t.lower] && approving[w] {
				return i, j + 1, true
			}
			if !between[w] && ts[j].value < 0 {
				break
			}
		}
	}
	return 0, 0, false
}

var (
	asking    = catalog.Words(`ask asks wait waits request requests require requires get seek obtain needs need`)
	pending   = catalog.Words(`after once upon pending with when until`)
	approvals = catalog.Words(`approval confirmation permission consent sign-off signoff go-ahead`)
	approving = catalog.Words(`approve approves approved confirm confirms confirmed agree agrees`)
	between   = catalog.Words(`for my our an the a i we you he she they it is has been have human manager manager's someone somebody person's person explicit me us of from his her their to be`)
)

// approve takes what wants a person's word out of a request. It comes before what is
// said after it.
func (g *goal) approve(ts []token) []token {
	from, to, ok := approvalAt(ts)
	if !ok {
		return ts
	}
	before := pending[ts[from].lower]
	for to < len(ts) && (between[ts[to].lower] && ts[to].value < 0 || ts[to].value >= 0 && ts[to-1].lower == "from") {
		to++
	}
	for from > 0 && joiners[ts[from-1].lower] && ts[from-1].value < 0 {
		from--
	}
	g.refuse(ts[from:to]) // its words name no operation
	switch {
	case from == 0:
		g.pauseNext = true
		return ts[to:]
	case to == len(ts) && !before: // "list them and ask for approval": of what comes next
		g.pauseAfter = true
		return ts[:from]
	}
	g.pauseNext = true
	return slices.Concat(ts[:from], ts[to:])
}

// consent puts a pause for a person before what a clause asks for.
func (s *state) consent(c *clause) {
	if !c.pause {
		return
	}
	message := "Go on with this? " + draft.Clip(c.text, 200)
	for _, st := range s.steps {
		if st.Approval == message {
			return
		}
	}
	s.steps = append(s.steps, &draft.Step{ID: s.unique("ask_approval"), Approval: message, Why: "You asked for approval first."})
}
