package corrupt

import (
	"fmt"
	"io"
	"slices"
	"sort"
	"strings"

	"github.com/apiq/apiq/shared/apierr"
)

// Outcome is what became of a broken plan.
type Outcome struct {
	// At are the places that count as the broken one, and Put what was put there.
	At  []string `json:"at,omitempty"`
	Put string   `json:"put,omitempty"`
	// Problems are what the checks found; none: it was not caught.
	Problems []apierr.Problem `json:"problems"`
	// Placed says that one of them lies where the plan was broken.
	Placed bool `json:"placed"`
	// Repaired says that it passes again, Restored that it is the gold plan again.
	Repaired bool `json:"repaired"`
	Restored bool `json:"restored"`
	// Open says that the document does not tell enough to catch it.
	Open bool `json:"open"`
}

// Case is one goal's.
type Case struct {
	Goal string `json:"goal"`
	// Class is empty for the gold plan as it is.
	Class Class `json:"class,omitempty"`
	// Left says why there is no gold plan.
	Left string `json:"left,omitempty"`
	Outcome
}

// Tally counts.
type Tally struct {
	Cases   []Case
	Classes map[Class]*Count
	// Left are the goals without a gold plan, Alarms the problems of gold plans, by reason.
	Left, Alarms map[string]int
	// Plans are the gold plans, Passed those that the checks pass.
	Plans, Passed int
}

// Count is that of a class. N are all; those not caught are Open where the document
// does not tell enough, and else missed.
type Count struct{ N, Open, Caught, Placed, Repaired, Restored int }

// Rate is the part caught of what documents decide.
func (c *Count) Rate() float64 { return part(c.Caught, c.N-c.Open) }

func part(n, of int) float64 {
	if of == 0 {
		return 1
	}
	return float64(n) / float64(of)
}

func newTally() *Tally {
	return &Tally{Classes: map[Class]*Count{}, Left: map[string]int{}, Alarms: map[string]int{}}
}

func (t *Tally) left(goal, why string) {
	t.Left[why]++
	t.Cases = append(t.Cases, Case{Goal: goal, Left: why})
}

func (t *Tally) gold(goal string, problems []apierr.Problem) {
	t.Plans++
	if len(problems) == 0 {
		t.Passed++
	}
	seen := map[string]bool{}
	for _, p := range problems {
		if why := reason(p); !seen[why] {
			seen[why] = true
			t.Alarms[why]++
		}
	}
	t.Cases = append(t.Cases, Case{Goal: goal, Outcome: Outcome{Problems: problems}})
}

// reason is a problem's message without the name of the place.
func reason(p apierr.Problem) string {
	_, what, named := strings.Cut(p.Message, ": ")
	if !named {
		if i := strings.Index(p.Message, " is required"); i > 0 {
			what = p.Message[i+1:]
		} else {
			what = p.Message
		}
	}
	if r := []rune(what); len(r) > 60 {
		what = string(r[:60]) + "…"
	}
	return p.Code + ": " + what
}

func (t *Tally) add(class Class, goal string, o Outcome) {
	c := t.Classes[class]
	if c == nil {
		c = &Count{}
		t.Classes[class] = c
	}
	c.N++
	for n, holds := range map[*int]bool{&c.Caught: len(o.Problems) > 0, &c.Open: len(o.Problems) == 0 && o.Open,
		&c.Placed: o.Placed, &c.Repaired: o.Repaired, &c.Restored: o.Restored} {
		if holds {
			*n++
		}
	}
	t.Cases = append(t.Cases, Case{Goal: goal, Class: class, Outcome: o})
}

// sort makes the order that of goals and classes, whichever was judged first.
func (t *Tally) sort() {
	order := Classes()
	sort.SliceStable(t.Cases, func(i, j int) bool {
		a, b := t.Cases[i], t.Cases[j]
		if a.Goal != b.Goal {
			return a.Goal < b.Goal
		}
		return slices.Index(order, a.Class) < slices.Index(order, b.Class)
	})
}

// Least is the lowest rate of the classes, and which it is; 1 where there are none.
func (t *Tally) Least() (Class, float64) {
	least, which := 1.0, Class("")
	for _, class := range Classes() {
		if c := t.Classes[class]; c != nil && c.Rate() < least {
			least, which = c.Rate(), class
		}
	}
	return which, least
}

// Print writes the table.
func (t *Tally) Print(w io.Writer) error {
	var b strings.Builder
	left := 0
	for _, n := range t.Left {
		left += n
	}
	fmt.Fprintf(&b, "%d gold plans, %d pass as they are; %d goals left out\n", t.Plans, t.Passed, left)
	reasons(&b, "left out", t.Left)
	reasons(&b, "does not pass", t.Alarms)
	fmt.Fprintf(&b, "%-28s %5s %5s %7s %7s %9s %9s\n", "broken", "n", "open", "caught", "placed", "repaired", "restored")
	for _, class := range Classes() {
		c := t.Classes[class]
		if c == nil {
			continue
		}
		fmt.Fprintf(&b, "%-28s %5d %5d %6.1f%% %6.1f%% %8.1f%% %8.1f%%\n", class, c.N, c.Open, 100*c.Rate(),
			100*part(c.Placed, c.N-c.Open), 100*part(c.Repaired, c.Caught), 100*part(c.Restored, c.Caught))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

const mostReasons = 12

func reasons(b *strings.Builder, title string, counts map[string]int) {
	list := sorted(counts)
	sort.SliceStable(list, func(i, j int) bool { return counts[list[i]] > counts[list[j]] })
	for i, why := range list {
		if i == mostReasons {
			fmt.Fprintf(b, "  %s: and %d more reasons\n", title, len(list)-i)
			return
		}
		fmt.Fprintf(b, "  %s: %4d  %s\n", title, counts[why], why)
	}
}
