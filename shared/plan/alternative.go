package plan

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"

	"github.com/apiq/apiq/shared/connection"
	"github.com/apiq/apiq/shared/plan/draft"
)

// Alternative is another reading of the goal: a plan that passed the same checks as
// the one that is shown and is at least half as likely (closeEnough).
type Alternative struct {
	// ID is what a Request takes it by.
	ID string `json:"id"`
	// Title says in plain words what it does.
	Title string `json:"title"`
	// Likelihood is how likely these calls are what is meant, 0–1, as a plan's Confidence.
	Likelihood float64 `json:"likelihood"`
	// Operations are its calls in the order in which they run.
	Operations []Reading `json:"operations"`
	// Added are what it does and the shown plan does not, LeftOut the other way round.
	Added   []Reading `json:"added"`
	LeftOut []Reading `json:"leftOut"`
	// Reordered: what both do they do in another order.
	Reordered bool `json:"reordered,omitempty"`
}

// Reading is a step of an alternative: a call, or a pause for a person, which has
// nothing but a summary.
type Reading struct {
	Connection     string `json:"connection,omitempty"`
	ConnectionName string `json:"connectionName,omitempty"`
	Operation      string `json:"operation,omitempty"`
	Method         string `json:"method,omitempty"`
	Path           string `json:"path,omitempty"`
	Summary        string `json:"summary"`
}

const (
	// closeEnough is how likely another plan is, against the one that is shown, to be
	// offered beside it.
	closeEnough     = 0.5
	maxAlternatives = 3
	maxTitle        = 300
)

// reading is what an alternative is made of, as it is stored.
type reading struct {
	Draft json.RawMessage `json:"draft"`
	// SpecHashes are those of the documents that it was proved against, by connection.
	SpecHashes map[string]string `json:"specHashes"`
}

// offer puts the plans that may be meant instead into the record, likely ones before,
// as far as there is room for them.
func (r *record) offer(d *draft.Draft, others []*draft.Draft, conns []connection.Connection) error {
	room := maxPlanBytes/2 - len(r.Workflow) - len(r.Draft)
	slices.SortStableFunc(others, func(a, b *draft.Draft) int { return cmp.Compare(b.Likely, a.Likely) })
	for _, o := range others {
		if len(r.Alternatives) == maxAlternatives {
			break
		}
		if d.Likely <= 0 || o.Likely < closeEnough*d.Likely {
			continue
		}
		raw, err := o.Encode()
		if err != nil {
			return err
		}
		if room -= len(raw); room < 0 {
			break
		}
		r.Readings = append(r.Readings, reading{Draft: raw, SpecHashes: hashes(o, conns)})
		r.Alternatives = append(r.Alternatives, alternative(d, o))
	}
	return nil
}

// name gives the record its id, and its alternatives theirs.
func (r *record) name(planID string) {
	r.PlanID = planID
	r.Alternatives = append([]Alternative{}, r.Alternatives...)
	for i := range r.Alternatives {
		r.Alternatives[i].ID = alternativeID(planID, i)
	}
}

func alternative(shown, o *draft.Draft) Alternative {
	a := Alternative{Title: title(o), Likelihood: rounded(o.Likely), Operations: []Reading{}}
	for _, st := range o.Steps {
		if st.Op != nil {
			a.Operations = append(a.Operations, step(st))
		}
	}
	theirs, ours := steps(shown), steps(o)
	a.Added, a.LeftOut = without(ours, theirs), without(theirs, ours)
	a.Reordered = inOrder(ours, theirs) < len(ours)-len(a.Added)
	return a
}

func steps(d *draft.Draft) []Reading {
	out := make([]Reading, 0, len(d.Steps))
	for _, st := range d.Steps {
		out = append(out, step(st))
	}
	return out
}

func step(st *draft.Step) Reading {
	if st.Op == nil {
		return Reading{Summary: draft.Clip("Wait for a person. "+st.Approval, maxTitle)}
	}
	return Reading{Connection: st.Entry.Connection, ConnectionName: st.Entry.Name, Operation: st.Op.ID(), Method: st.Op.Method(), Path: st.Op.Spec.Path, Summary: draft.Title(st.Op)}
}

// without takes from a list each that stands in another, as often as it stands there.
func without(list, other []Reading) []Reading {
	out := []Reading{}
	left := slices.Clone(other)
	for _, r := range list {
		if i := slices.Index(left, r); i >= 0 {
			left = slices.Delete(left, i, i+1)
		} else {
			out = append(out, r)
		}
	}
	return out
}

// inOrder is how many steps two lists have in common in one order.
func inOrder(a, b []Reading) int {
	best := make([]int, len(b)+1) // of what has been seen of a, and the first of b
	for _, x := range a {
		before := 0
		for j, y := range b {
			here := best[j+1]
			if x == y {
				best[j+1] = max(here, before+1)
			}
			best[j+1] = max(best[j+1], best[j])
			before = here
		}
	}
	return best[len(b)]
}

// title says what a plan does, as one line.
func title(d *draft.Draft) string {
	var parts []string
	for _, st := range d.Steps {
		text := "wait for a person"
		if st.Op != nil {
			text = "“" + draft.Title(st.Op) + "”"
		}
		if st.Loop != nil {
			text = "for each " + strings.ReplaceAll(st.Loop.As, "_", " ") + " " + text
		}
		parts = append(parts, text)
	}
	return draft.Clip(strings.Join(parts, ", then "), maxTitle)
}

// hashes are those of the documents that a draft calls operations of, by connection.
func hashes(d *draft.Draft, conns []connection.Connection) map[string]string {
	used := map[string]bool{}
	for _, st := range d.Steps {
		if st.Entry != nil {
			used[st.Entry.Connection] = true
		}
	}
	out := map[string]string{}
	for _, c := range conns {
		if used[c.ID] {
			out[c.ID] = c.SpecHash
		}
	}
	return out
}
