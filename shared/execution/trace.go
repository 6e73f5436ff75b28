package execution

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/apiq/apiq/shared/workflow/asl"
)

// trace follows a history from its start and says what each event means to
// people. The same history gives the same entries, however often it is read.
type trace struct {
	program *program
	last    int64
	// log is the log's state as this process wrote it last, and its version; 0: it did not.
	log     logState
	version int64
	// lines holds, by event, where it lies; the next event of a line names it.
	lines map[int64]line
	// open are the steps under way, by path; suspended those that the run's end cut.
	open      map[string]openStep
	suspended []openStep
	// lost are the failures that ended a container, by the event it began with.
	lost map[int64]*Failure
	// attempts counts how often a state's task was scheduled, by path and state.
	attempts map[string]int
}

// openStep is a step under way: the entry that told of it and what it lies in.
type openStep struct {
	entry  entry
	inside []container
}

func newTrace(p *program) *trace {
	return &trace{program: p, lines: map[int64]line{}, open: map[string]openStep{},
		lost: map[int64]*Failure{}, attempts: map[string]int{}}
}

type stateDetails struct {
	Name              string            `json:"name"`
	State             string            `json:"state"`
	Index             int               `json:"index"`
	Input             string            `json:"input"`
	Output            string            `json:"output"`
	AssignedVariables map[string]string `json:"assignedVariables"`
	Error             string            `json:"error"`
	Cause             string            `json:"cause"`
	Restarted         bool              `json:"restarted"`
}

// step is what one history event means to people: nothing, for many.
func (t *trace) step(e HistoryEvent) []entry {
	var d stateDetails
	if len(e.Details) > 0 && telling(e.Type) {
		// A detail of another shape has none of these fields; that is no fault.
		_ = json.Unmarshal(e.Details, &d)
	}
	l := t.lines[e.PreviousID]
	var out []entry
	switch kind := e.Type; {
	case strings.HasPrefix(kind, "Execution"):
		out = t.run(e, l, d)
	case strings.HasPrefix(kind, "MapIteration"):
		l, out = t.iteration(e, l, d)
	case strings.HasSuffix(kind, "StateEntered"):
		l, out = t.entered(e, l, d)
	case strings.HasSuffix(kind, "StateExited"):
		l, out = t.exited(e, l, d)
	case strings.HasSuffix(kind, "StateAborted"):
		out = t.close(e, l.pathOf(t.info(l.state)), StepCancelled, nil)
	case kind == "MapStateFailed", kind == "ParallelStateFailed":
		l, out = t.containerFailed(e, l)
	case strings.HasSuffix(kind, "TimedOut"), strings.HasSuffix(kind, "Failed"):
		l, out = t.failed(e, l, d)
	case kind == "TaskScheduled", kind == "LambdaFunctionScheduled":
		l.failure = nil
		l.inquiry = t.inquire(e, l)
		out = t.scheduled(e, l)
	case kind == "TaskSubmitted":
		out = t.submitted(e, l)
	case strings.HasSuffix(kind, "Succeeded"):
		l.failure = nil
	}
	t.lines[e.ID], t.last = l, e.ID
	return out
}

// telling says whether the details of an event matter: of those of a task that goes well,
// which are the most and have the largest, they do not.
func telling(kind string) bool {
	return kind != "TaskScheduled" && kind != "LambdaFunctionScheduled" && kind != "TaskStarted" && kind != "TaskSubmitted" && kind != "TaskSucceeded"
}

func (t *trace) info(state string) asl.StateInfo { return t.program.States[state] }

// entry begins an entry for the step of a state.
func (t *trace) entry(e HistoryEvent, l line, st asl.StateInfo, status StepStatus) entry {
	out := entry{StepName: st.StepName, Event: Event{At: e.Timestamp, Type: EventStep, Status: string(status),
		StepID: st.StepID, StepType: st.StepType, Path: l.pathOf(st)}}
	if st.Undo {
		out.StepID, out.Undoes = l.undoing.Step, l.undoing.Path
	}
	return out
}

// begin tells that a step is under way.
func (t *trace) begin(out entry, l line) []entry {
	t.open[out.Path] = openStep{out, l.inside}
	return []entry{out}
}

// close tells how a step under way ended; one that is not is left alone.
func (t *trace) close(e HistoryEvent, path string, status StepStatus, f *Failure) []entry {
	o, ok := t.open[path]
	if !ok {
		return nil
	}
	delete(t.open, path)
	out := o.entry
	out.At, out.Status, out.Error = e.Timestamp, string(status), f
	out.Attempt, out.Message, out.ResumesAt, out.ExpiresAt = 0, "", nil, nil
	return []entry{out}
}

// closeWithin cancels what was under way inside a container that has ended.
func (t *trace) closeWithin(e HistoryEvent, c container) []entry {
	var out []entry
	for _, path := range slices.Sorted(maps.Keys(t.open)) {
		if slices.ContainsFunc(t.open[path].inside, func(in container) bool { return in.entered == c.entered }) {
			out = append(out, t.close(e, path, StepCancelled, nil)...)
		}
	}
	return out
}

// run is an event of the execution itself. The entry of its end is the last: the
// log is whole where that is written.
func (t *trace) run(e HistoryEvent, l line, d stateDetails) []entry {
	told := entry{Event: Event{At: e.Timestamp, Type: EventRun}}
	var out []entry
	switch e.Type {
	case "ExecutionStarted":
		told.Status = string(Running)
	case "ExecutionRedriven":
		told.Status = string(Running)
		out = append(out, told)
		if d.Restarted { // every state is entered again
			t.open, t.suspended, t.attempts = map[string]openStep{}, nil, map[string]int{}
			return out
		}
		for _, o := range t.suspended {
			if o.entry.At, o.entry.Error = e.Timestamp, nil; o.entry.StepType != "wait" { // a wait goes on, the others begin again
				o.entry.Status, o.entry.Message = string(StepRunning), ""
			}
			t.open[o.entry.Path] = o
			out = append(out, o.entry)
		}
		t.suspended = nil
		return out
	case "ExecutionSucceeded":
		told.Status, told.Output = string(Completed), raw(d.Output)
	case "ExecutionFailed", "ExecutionTimedOut":
		told.Status, told.Error = string(Failed), failure(e.Type, d)
		if f := l.failure; f != nil && f.Name == told.Error.Name && told.Error.Cause == "" {
			told.Error = f
		}
		cut := slices.Collect(maps.Values(t.open))
		out = t.failLine(e, l, 0, told.Error)
		out = append(out, t.suspend(e, cut)...)
	case "ExecutionAborted":
		told.Status = string(Cancelled)
		out = t.suspend(e, slices.Collect(maps.Values(t.open)))
	default:
		return nil
	}
	return append(out, told)
}

// suspend cancels what the end of the run cut, and keeps it for a redrive.
func (t *trace) suspend(e HistoryEvent, cut []openStep) []entry {
	slices.SortFunc(cut, func(a, b openStep) int { return cmp.Compare(a.entry.Path, b.entry.Path) })
	t.suspended = cut
	var out []entry
	for _, o := range cut {
		out = append(out, t.close(e, o.entry.Path, StepCancelled, nil)...)
	}
	return out
}

// failLine fails the step at which a line ended and the conditions around it, down
// to a depth of containers.
func (t *trace) failLine(e HistoryEvent, l line, depth int, f *Failure) []entry {
	out := t.close(e, l.pathOf(t.info(l.state)), StepFailed, f)
	for i := len(l.inside) - 1; i >= depth; i-- {
		if l.inside[i].condition {
			out = append(out, t.close(e, l.inside[i].path, StepFailed, f)...)
		}
	}
	return out
}

func (t *trace) iteration(e HistoryEvent, l line, d stateDetails) (line, []entry) {
	before, f := l, l.failure
	l = l.back(d.Name)
	st := t.info(d.Name)
	l.loops = l.loops[:min(len(st.Loops), len(l.loops)):min(len(st.Loops), len(l.loops))]
	switch e.Type {
	case "MapIterationStarted":
		l.loops = append(l.loops, iteration{st.StepID, d.Index})
	case "MapIterationFailed":
		t.lost[l.top().entered] = f
		return l, t.failLine(e, before, len(l.inside), f)
	}
	return l, nil
}

func (t *trace) containerFailed(e HistoryEvent, l line) (line, []entry) {
	before, f := l, l.failure
	l = l.back(l.container())
	if f == nil {
		f = t.lost[l.top().entered]
	}
	l.failure = f
	out := t.failLine(e, before, len(l.inside), f)
	out = append(out, t.closeWithin(e, l.top())...)
	if st := t.info(l.state); st.Role == asl.RoleMain {
		out = append(out, t.close(e, l.pathOf(st), StepFailed, f)...)
	}
	return l, out
}

func failure(kind string, d stateDetails) *Failure {
	if d.Error == "" && strings.HasSuffix(kind, "TimedOut") {
		d.Error = "States.Timeout"
	}
	return &Failure{Name: d.Error, Cause: d.Cause}
}

// raw keeps a value for the run's detail; one that is too large is told of instead.
func raw(s string) json.RawMessage {
	if s == "" || !json.Valid([]byte(s)) {
		return nil
	}
	if len(s) > maxLogged {
		b, _ := json.Marshal(fmt.Sprintf("(%d"+tooLarge, len(s)))
		return b
	}
	return json.RawMessage(s)
}

const tooLarge = " bytes, too large to show here)"

// Remarked says that a value is not a run's or step's own: it is only told that it was
// too large.
func Remarked(v json.RawMessage) bool { return strings.HasSuffix(string(v), tooLarge+`"`) }
