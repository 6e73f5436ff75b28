package execution

import (
	"slices"
	"strconv"
	"strings"

	"github.com/apiq/apiq/shared/workflow/asl"
)

// line is where an event of a history lies: GetExecutionHistory tells only the
// event before. It is a value; its slices are never written to in place.
type line struct {
	loops  []iteration // the iterations around it, the outermost first
	inside []container // the containers around it, likewise
	state  string      // the state that was entered last
	// failure is what the state failed with, until something deals with it.
	failure *Failure
	// asked is the path of a step about which a person has just decided.
	asked string
	// inquiry is what the task that was scheduled last asks people.
	inquiry inquiry
	// undoing is the step that is being undone on this line.
	undoing undoing
}

// undoing names a step that is undone, as the list of these does (call.StepToUndo).
type undoing struct {
	Path string `json:"path"`
	Step string `json:"step"`
}

// iteration is an item of a loop.
type iteration struct {
	loop  string // the loop's step id
	index int
}

// container is a Map or Parallel that was entered, or a condition whose way is
// being gone.
type container struct {
	state     string
	entered   int64 // the event
	path      string
	condition bool
}

// pathOf is the path of a state's step on this line: "each[3]/charge".
func (l line) pathOf(st asl.StateInfo) string {
	if st.Undo {
		return l.undoing.Path + asl.UndoSuffix
	}
	var b strings.Builder
	for _, i := range l.loops[:min(len(st.Loops), len(l.loops))] {
		b.WriteString(i.loop + "[" + strconv.Itoa(i.index) + "]/")
	}
	return b.String() + st.StepID
}

func (l line) top() container {
	if len(l.inside) == 0 {
		return container{}
	}
	return l.inside[len(l.inside)-1]
}

// container is the state of the innermost Map or Parallel.
func (l line) container() string {
	for _, c := range slices.Backward(l.inside) {
		if !c.condition {
			return c.state
		}
	}
	return ""
}

// back is the line of a container's own events: its state, and nothing inside.
func (l line) back(state string) line {
	l.state, l.failure, l.asked = state, nil, ""
	for i, c := range slices.Backward(l.inside) {
		if c.state == state && !c.condition {
			l.inside = l.inside[: i+1 : i+1]
			break
		}
	}
	return l
}

// leave takes the line out of a container.
func (l line) leave(entered int64) line {
	for i, c := range l.inside {
		if c.entered == entered {
			l.inside = l.inside[:i:i]
			break
		}
	}
	return l
}

func (l line) enter(c container) line {
	l.inside = append(slices.Clone(l.inside), c)
	return l
}
