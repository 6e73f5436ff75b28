package execution

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/apiq/apiq/shared/workflow/asl"
)

const outcomeUnknown = "Outcome.Unknown"

func (t *trace) entered(e HistoryEvent, l line, d stateDetails) (line, []entry) {
	st := t.info(d.Name)
	var out []entry
	if l.asked != "" && l.asked != l.pathOf(st) {
		// Decided as failed, and onError has other steps to run.
		out = t.close(e, l.asked, StepContinued, refusal())
	}
	depth := min(len(st.Loops), len(l.loops))
	l.state, l.failure, l.asked, l.loops = d.Name, nil, "", l.loops[:depth:depth]
	if d.Name == asl.StateUndoItem {
		l.undoing = undoing{}
		_ = json.Unmarshal([]byte(d.Input), &l.undoing) // what the list of them says
	}
	out = append(out, t.reopen(e, l)...)
	path := l.pathOf(st)
	switch st.Role {
	case asl.RoleMain:
		began := t.entry(e, l, st, StepRunning)
		if st.StepType == "wait" {
			began.Status, began.ResumesAt = string(StepWaiting), t.program.static[d.Name].due(e.Timestamp)
		}
		out = append(out, t.begin(began, l)...)
	case asl.RoleReconcile:
		told := t.entry(e, l, st, StepRunning)
		told.Message = "The outcome of the request is not known: the API is asked what became of it."
		out = append(out, t.begin(told, l)...)
	case asl.RoleContinue:
		out = append(out, t.close(e, path, continuedAs(st), refusal())...)
	case asl.RoleRefused:
		out = append(out, t.close(e, path, StepFailed, refusal())...)
	case asl.RoleEnd, asl.RoleInternal, asl.RoleResolved, asl.RoleUnknown:
	}
	switch {
	case e.Type == "FailStateEntered":
		s := t.program.static[d.Name]
		l.failure = &Failure{Name: s.Error, Cause: s.Cause}
		out = append(out, t.close(e, path, StepFailed, l.failure)...)
	case st.Type == "Map", st.Type == "Parallel":
		c := container{state: d.Name, entered: e.ID}
		if st.Role == asl.RoleMain {
			c.path = path
		}
		l = l.enter(c)
	}
	return l, out
}

// reopen tells of containers that had failed and, the run being continued, go on.
func (t *trace) reopen(e HistoryEvent, l line) []entry {
	var out []entry
	for i, c := range l.inside {
		if _, open := t.open[c.path]; open || c.path == "" {
			continue
		}
		around := l
		around.inside = l.inside[:i:i]
		out = append(out, t.begin(t.entry(e, around, t.info(c.state), StepRunning), around)...)
	}
	return out
}

func (t *trace) exited(e HistoryEvent, l line, d stateDetails) (line, []entry) {
	var out []entry
	st := t.info(d.Name)
	if st.Type == "Map" || st.Type == "Parallel" {
		f := l.failure
		l = l.back(d.Name)
		out = t.closeWithin(e, l.top())
		l = l.leave(l.top().entered)
		l.failure = f
	}
	path := l.pathOf(st)
	switch {
	case l.failure != nil && l.failure.Name == outcomeUnknown && st.Role == asl.RoleMain: // a person is asked
	case l.failure != nil && (st.Role == asl.RoleMain || st.Role == asl.RoleUnknown):
		out = append(out, t.continued(e, l, st)...)
	case st.StepType == "condition" && st.Role == asl.RoleMain && st.Type == "Choice":
		l = l.enter(container{state: d.Name, entered: e.ID, path: path, condition: true})
	case st.Role == asl.RoleEnd, st.Role == asl.RoleResolved, st.Role == asl.RoleMain && !t.hasEnd(st.StepID):
		out = append(out, t.completed(e, l, st, d)...)
	case st.Role == asl.RoleInternal && st.StepType == "api_call" && st.Type == "Choice":
		l.asked = path
	}
	for i, c := range slices.Backward(l.inside) {
		if !c.condition {
			break
		}
		v, ok := t.assigned(d, t.info(c.state).StepID)
		if !ok {
			break
		}
		l.inside = l.inside[:i:i]
		done := t.close(e, c.path, StepCompleted, nil)
		for j := range done {
			done[j].Output = raw(v)
		}
		out = append(out, done...)
	}
	l.failure = nil
	return l, out
}

// completed is the end of a step that has its value.
func (t *trace) completed(e HistoryEvent, l line, st asl.StateInfo, d stateDetails) []entry {
	out := t.entry(e, l, st, StepCompleted)
	delete(t.open, out.Path)
	v, ok := t.assigned(d, st.StepID)
	if !ok {
		v = d.Output
	}
	out.Output = raw(v)
	return []entry{out}
}

// continuedAs is the status of a step whose error was caught. An undo that fails has
// failed, though the others go on.
func continuedAs(st asl.StateInfo) StepStatus {
	if st.Undo {
		return StepFailed
	}
	return StepContinued
}

// continued is a step whose error was caught.
func (t *trace) continued(e HistoryEvent, l line, st asl.StateInfo) []entry {
	out := t.entry(e, l, st, continuedAs(st))
	delete(t.open, out.Path)
	out.Error = l.failure
	return []entry{out}
}

// assigned is the value that a step got. A step whose id is also a function's
// has its value under the name that the compiler chose instead: see asl.Compile.
func (t *trace) assigned(d stateDetails, step string) (string, bool) {
	if v, ok := d.AssignedVariables[step]; ok {
		return v, true
	}
	for name, v := range d.AssignedVariables {
		if _, isStep := t.program.States[name]; strings.HasPrefix(name, step+"_value") && !isStep {
			return v, true
		}
	}
	return "", false
}

func (t *trace) hasEnd(step string) bool {
	for _, st := range t.program.States {
		if st.StepID == step && st.Role == asl.RoleEnd {
			return true
		}
	}
	return false
}

// failed is a task that failed, or an expression.
func (t *trace) failed(e HistoryEvent, l line, d stateDetails) (line, []entry) {
	if d.State != "" {
		l.state = d.State
	}
	l.failure = failure(e.Type, d)
	st := t.info(l.state)
	if l.failure.Name == outcomeUnknown && st.Role == asl.RoleMain {
		return l, nil // the state that asks a person follows
	}
	if st.Role == asl.RoleInternal {
		return l, nil // what it is part of fails, or catches it
	}
	if st.StepType == "approval" && l.failure.Name == "States.Timeout" && l.failure.Cause == "" {
		l.failure.Cause = l.inquiry.late()
	}
	return l, t.close(e, l.pathOf(st), StepFailed, l.failure)
}

// scheduled tells of a task that is tried again; its first time is told by the
// state's entry.
func (t *trace) scheduled(e HistoryEvent, l line) []entry {
	st := t.info(l.state)
	out := t.reopen(e, l)
	if st.StepID == "" || st.Role != asl.RoleMain && st.Role != asl.RoleUnknown {
		return out
	}
	told := t.entry(e, l, st, StepRunning)
	key := told.Path + "\x00" + l.state
	t.attempts[key]++
	if _, open := t.open[told.Path]; open && (t.attempts[key] == 1 || st.Role == asl.RoleUnknown) {
		return out
	}
	if st.Role == asl.RoleMain {
		told.Attempt = t.attempts[key]
	}
	return append(out, t.begin(told, l)...)
}

// submitted: whoever is to answer has been asked.
func (t *trace) submitted(e HistoryEvent, l line) []entry {
	st := t.info(l.state)
	told := t.entry(e, l, st, StepWaiting)
	told.Message, told.ExpiresAt = l.inquiry.message, l.inquiry.expires
	switch st.Role {
	case asl.RoleUnknown:
		told.Status = string(StepUnknown)
		told.Message = cmp.Or(told.Message, "A request left and its outcome is not known. Look at the attempt, then decide what became of it.")
	case asl.RoleMain:
	default:
		return nil
	}
	return t.begin(told, l)
}

func refusal() *Failure {
	return &Failure{Name: outcomeUnknown, Cause: "A person decided that the request counts as failed."}
}

// staticState is what a definition says of a state that its events do not.
type staticState struct {
	Error     string          `json:"Error"`
	Cause     string          `json:"Cause"`
	Seconds   json.RawMessage `json:"Seconds"`
	Timestamp string          `json:"Timestamp"`
}

// due is when a Wait ends; nil where only the run can tell.
func (s staticState) due(entered time.Time) *time.Time {
	var seconds float64
	if json.Unmarshal(s.Seconds, &seconds) == nil {
		at := entered.Add(time.Duration(seconds * float64(time.Second))).UTC()
		return &at
	}
	if at, err := time.Parse(time.RFC3339, s.Timestamp); err == nil {
		at = at.UTC()
		return &at
	}
	return nil
}

// staticStates reads them out of a definition, by name, at every depth.
func staticStates(definition json.RawMessage) map[string]staticState {
	type scope struct {
		States map[string]json.RawMessage `json:"States"`
	}
	out := map[string]staticState{}
	var walk func(json.RawMessage)
	walk = func(raw json.RawMessage) {
		var in scope
		if json.Unmarshal(raw, &in) != nil {
			return // the engine has refused it before
		}
		for name, state := range in.States {
			var s struct {
				staticState
				Branches      []json.RawMessage `json:"Branches"`
				ItemProcessor json.RawMessage   `json:"ItemProcessor"`
			}
			// A field of another shape, such as a number's expression, stays empty.
			_ = json.Unmarshal(state, &s)
			if strings.HasPrefix(s.Cause, "{%") {
				s.Cause = ""
			}
			if strings.HasPrefix(s.Error, "{%") {
				s.Error = ""
			}
			if s.Error != "" || s.Seconds != nil || s.Timestamp != "" {
				out[name] = s.staticState
			}
			for _, b := range s.Branches {
				walk(b)
			}
			if s.ItemProcessor != nil {
				walk(s.ItemProcessor)
			}
		}
	}
	walk(definition)
	return out
}
