package execution

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/apiq/apiq/shared/workflow/asl"
)

// trace follows a history from its start and knows, for each event, which
// iterations it lies in: GetExecutionHistory tells only the event before.
type trace struct {
	program Program
	last    int64
	frames  map[int64]*frame
	// attempts counts how often a step's task was scheduled, by path.
	attempts map[string]int
}

// frame is an iteration of a loop, inside another or none.
type frame struct {
	parent *frame
	loop   string // the loop's step id
	index  int
	state  string // the state that was entered last on this line
}

// prefix is the path of what lies inside the iteration: "each[3]/".
func (f *frame) prefix() string {
	var parts []string
	for ; f != nil; f = f.parent {
		if f.loop != "" {
			parts = append([]string{f.loop + "[" + strconv.Itoa(f.index) + "]/"}, parts...)
		}
	}
	return strings.Join(parts, "")
}

func newTrace(p Program) *trace {
	return &trace{program: p, frames: map[int64]*frame{}, attempts: map[string]int{}}
}

type stateDetails struct {
	Name              string            `json:"name"`
	Index             int               `json:"index"`
	Output            string            `json:"output"`
	AssignedVariables map[string]string `json:"assignedVariables"`
	Error             string            `json:"error"`
	Cause             string            `json:"cause"`
}

// step is what one history event means to people: nothing, when ok is false.
func (t *trace) step(e HistoryEvent) (out entry, ok bool) {
	defer func() { t.last = e.ID }()
	var d stateDetails
	if len(e.Details) > 0 {
		// A detail of another shape has none of these fields; that is no fault.
		_ = json.Unmarshal(e.Details, &d)
	}
	f := t.frames[e.PreviousID]
	if f == nil {
		f = &frame{}
	}
	switch {
	case e.Type == "MapIterationStarted":
		f = &frame{parent: f, loop: t.program.States[d.Name].StepID, index: d.Index}
	case strings.HasPrefix(e.Type, "MapIteration"):
		if f.parent != nil && f.loop != "" {
			f = f.parent
		}
	case strings.HasSuffix(e.Type, "StateEntered"):
		f = &frame{parent: f.parent, loop: f.loop, index: f.index, state: d.Name}
	}
	t.frames[e.ID] = f
	out = entry{Event: Event{At: e.Timestamp}}
	switch {
	case e.Type == "ExecutionStarted", e.Type == "ExecutionRedriven":
		out.Type, out.Status = EventRun, string(Running)
	case e.Type == "ExecutionSucceeded":
		out.Type, out.Status, out.Output = EventRun, string(Completed), raw(d.Output)
	case e.Type == "ExecutionFailed", e.Type == "ExecutionTimedOut":
		out.Type, out.Status, out.Error = EventRun, string(Failed), &Failure{Name: d.Error, Cause: d.Cause}
	case e.Type == "ExecutionAborted":
		out.Type, out.Status = EventRun, string(Cancelled)
	case strings.HasSuffix(e.Type, "StateEntered"):
		return t.entered(out, f, d.Name)
	case strings.HasSuffix(e.Type, "StateExited"):
		return t.exited(out, f, d)
	case strings.HasSuffix(e.Type, "TimedOut"), e.Type == "TaskFailed", e.Type == "LambdaFunctionFailed", e.Type == "TaskSubmitFailed", e.Type == "MapStateFailed", e.Type == "ParallelStateFailed":
		return t.failed(out, f, e.Type, d)
	case e.Type == "TaskScheduled", e.Type == "LambdaFunctionScheduled":
		return t.scheduled(out, f)
	default:
		return entry{}, false
	}
	return out, true
}

func (t *trace) describe(out entry, f *frame, state string) (entry, asl.StateInfo) {
	st := t.program.States[state]
	out.Type, out.StepID, out.StepType, out.StepName = EventStep, st.StepID, st.StepType, st.StepName
	out.Path = f.prefix() + st.StepID
	return out, st
}

func (t *trace) entered(out entry, f *frame, state string) (entry, bool) {
	out, st := t.describe(out, f, state)
	switch st.Role {
	case asl.RoleMain:
		out.Status = string(StepRunning)
		if st.StepType == "wait" || st.StepType == "approval" {
			out.Status = string(StepWaiting)
		}
	case asl.RoleUnknown:
		out.Status = string(StepUnknown)
		out.Message = "A request left and no answer came back. Look at the attempt, then decide what became of it."
	case asl.RoleContinue:
		out.Status = string(StepContinued)
	case asl.RoleRefused:
		out.Status, out.Error = string(StepFailed), &Failure{Name: "Outcome.Unknown", Cause: "a person decided that the request counts as failed"}
	case asl.RoleEnd, asl.RoleInternal, asl.RoleResolved:
		return out, false
	default:
		return out, false
	}
	return out, out.StepID != ""
}

func (t *trace) exited(out entry, f *frame, d stateDetails) (entry, bool) {
	out, st := t.describe(out, f, d.Name)
	switch {
	case st.StepID == "":
		return out, false
	case st.Role == asl.RoleEnd, st.Role == asl.RoleResolved:
	case st.Role == asl.RoleMain && !t.hasEnd(st.StepID):
	default:
		return out, false
	}
	out.Status = string(StepCompleted)
	if v, ok := d.AssignedVariables[st.StepID]; ok {
		out.Output = raw(v)
	} else {
		out.Output = raw(d.Output)
	}
	return out, true
}

func (t *trace) hasEnd(step string) bool {
	for _, st := range t.program.States {
		if st.StepID == step && st.Role == asl.RoleEnd {
			return true
		}
	}
	return false
}

func (t *trace) failed(out entry, f *frame, kind string, d stateDetails) (entry, bool) {
	out, st := t.describe(out, f, f.state)
	if st.StepID == "" {
		return out, false
	}
	if d.Error == "" && strings.HasSuffix(kind, "TimedOut") {
		d.Error = "States.Timeout"
	}
	if d.Error == "Outcome.Unknown" {
		return out, false // the state that asks a person follows
	}
	out.Status, out.Error = string(StepFailed), &Failure{Name: d.Error, Cause: d.Cause}
	return out, true
}

// scheduled tells of a retry: the first scheduling is told by the state's entry.
func (t *trace) scheduled(out entry, f *frame) (entry, bool) {
	out, st := t.describe(out, f, f.state)
	if st.StepID == "" || st.Role != asl.RoleMain {
		return out, false
	}
	key := fmt.Sprintf("%s\x00%s", out.Path, f.state)
	t.attempts[key]++
	out.Status, out.Attempt = string(StepRunning), t.attempts[key]
	return out, t.attempts[key] > 1
}

// raw keeps a value for the run's detail; one that is too large is told of instead.
func raw(s string) json.RawMessage {
	if s == "" || !json.Valid([]byte(s)) {
		return nil
	}
	if len(s) > maxLogged {
		b, _ := json.Marshal(fmt.Sprintf("(%d bytes, too large to show here)", len(s)))
		return b
	}
	return json.RawMessage(s)
}
