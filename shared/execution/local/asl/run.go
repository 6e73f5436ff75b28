package asl

import (
	"context"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"strconv"
	"time"

	"github.com/apiq/apiq/shared/expr"
)

// Status of a run, in the words of Step Functions.
type Status string

// The states of a run. Before Start it has none.
const (
	Running   Status = "RUNNING"
	Succeeded Status = "SUCCEEDED"
	Failed    Status = "FAILED"
	TimedOut  Status = "TIMED_OUT"
	Aborted   Status = "ABORTED"
)

// Execution is what the context object tells of a run.
type Execution struct {
	ID, Name, RoleARN            string
	StateMachineID, StateMachine string
}

// RunOptions are a run's sources of chance.
type RunOptions struct {
	// Token makes a task token, unguessable, for the run. Defaults to a random one
	// that holds the run's name.
	Token func() string
	// Random is in [0, 1); it spreads retries with jitter. Defaults to the runtime's.
	Random func() float64
}

// Run is one execution of a Machine. It is not safe for concurrent use.
type Run struct {
	machine *Machine
	exec    Execution
	opts    RunOptions

	root      *thread
	threads   map[string]*thread
	status    Status
	input     any
	output    any
	outputRaw string
	failure   *Failure
	startedAt time.Time
	endedAt   time.Time
	deadline  time.Time
	lastID    int64
	redrives  int
	redriven  time.Time

	now     time.Time
	out     []*Entry
	outSize int
	// prefer is the kind of event that a Step should make, where it has a choice.
	prefer string
	// broken is set by an entry that does not fit; the run cannot go on.
	broken error
}

// NewRun makes a run that has not started.
func NewRun(m *Machine, exec Execution, opts *RunOptions) *Run {
	r := &Run{machine: m, exec: exec, threads: map[string]*thread{}}
	if opts != nil {
		r.opts = *opts
	}
	if r.opts.Random == nil {
		r.opts.Random = rand.Float64
	}
	if r.opts.Token == nil {
		r.opts.Token = func() string {
			return exec.Name + "." + strconv.FormatUint(rand.Uint64(), 36) + strconv.FormatUint(rand.Uint64(), 36)
		}
	}
	return r
}

// ErrJournal: entries do not fit the definition that they are said to be of.
var ErrJournal = errors.New("asl: journal does not fit the definition")

// Restore applies entries of a journal, in order, to a run that has not started or
// that has applied those before. It evaluates nothing.
func (r *Run) Restore(entries []Entry) error {
	for i := range entries {
		r.apply(&entries[i])
		if r.broken != nil {
			return r.broken
		}
	}
	return nil
}

// Take returns the entries made since the last Take. They are the caller's to
// store before it acts on them; when it cannot, it must drop the run.
func (r *Run) Take() []*Entry {
	out := r.out
	r.out, r.outSize = nil, 0
	return out
}

// Status, Output, Failure and so on tell where a run is.
func (r *Run) Status() Status       { return r.status }
func (r *Run) Failure() *Failure    { return r.failure }
func (r *Run) StartedAt() time.Time { return r.startedAt }
func (r *Run) EndedAt() time.Time   { return r.endedAt }
func (r *Run) LastEventID() int64   { return r.lastID }

// Output is the result of a run that succeeded.
func (r *Run) Output() json.RawMessage { return json.RawMessage(r.outputRaw) }

// Start begins the run with its input, which must be JSON of at most MaxPayload.
func (r *Run) Start(input json.RawMessage, now time.Time) error {
	v, err := expr.Decode(input)
	if err != nil {
		return err
	}
	if len(input) > MaxPayload {
		return errors.New("asl: the input is longer than 256 KiB")
	}
	r.now = now
	r.emit(nil, "ExecutionStarted", "executionStartedEventDetails",
		expr.Object("input", string(input), "inputDetails", untruncated(), "roleArn", r.exec.RoleARN),
		func(e *Entry) { e.decoded = v })
	return nil
}

// phase is where a thread is; see the package comment.
type phase int

const (
	phaseReady    phase = iota // next is to be entered with data
	phaseEntered               // its state's work is to begin
	phaseRunning               // a task is out
	phaseWaiting               // until due
	phaseRetrying              // until due, then as entered
	phaseChildren              // branches or iterations are under way
	phaseSettled               // result is there; output is to be made
	phaseErrored               // failure is there; to be retried, caught or passed on
	phaseDone                  // data is the flow's result
	phaseFailed                // failure is the flow's
	phaseAborted               // ended because another failed
)

// thread is one line of control: the execution, a branch or an iteration.
type thread struct {
	id     string
	parent *thread
	index  int
	flow   *flow

	phase   phase
	next    string
	data    any // the next state's input, or the flow's result
	vars    map[string]any
	failure *Failure

	prev int64 // the thread's latest event
	base int64 // the one before the transition at hand, where evaluations are said to fail

	state     *state
	entered   int64
	enteredAt time.Time
	input     any
	result    any
	due       time.Time
	retries   []int
	attempts  int
	noted     bool // the container's Failed event is out

	task *task
	kids []*thread
	// of a container:
	items       []any
	share       any // what branches start with
	concurrency int
	tolerated   int
	failures    int
	finished    int
	accounted   bool  // the parent has taken note of this thread's end
	slot        int64 // the latest event of the child that ended last
	// item is an iteration's own: $states.context.Map.Item.
	item any
}

// task is a task that is out.
type task struct {
	scheduled int64
	token     string
	arguments any
	started   bool
	submitted bool
	due       time.Time // the task's own time-out
	heartbeat float64
	beat      time.Time // when it must be heard of next
}

// batchSize is how many bytes of entries Advance makes before it lets them be taken.
const batchSize = 256 << 10

// Advance takes the steps that can be taken at a time, until the run waits for
// tasks, time or tokens, or has ended; more says that it stopped before that
// because there is much to Take.
func (r *Run) Advance(ctx context.Context, now time.Time) (more bool, err error) {
	for r.outSize < batchSize {
		moved, err := r.Step(ctx, now, nil)
		if err != nil || !moved {
			return false, err
		}
	}
	return true, nil
}

// Move is a step that could be taken: a thread's, and the kind of event and the
// name or index in it that would come of it, where that can be told.
type Move struct {
	Thread string
	Event  string
	Name   string
	Index  int
}

// Step takes one step, a given one or the next in order, and says whether there
// was one.
func (r *Run) Step(ctx context.Context, now time.Time, move *Move) (bool, error) {
	if r.broken != nil {
		return false, r.broken
	}
	if r.status != Running {
		return false, nil
	}
	r.now = now
	if !r.deadline.IsZero() && !now.Before(r.deadline) {
		r.emit(nil, "ExecutionTimedOut", "executionTimedOutEventDetails", expr.Object(), func(e *Entry) {
			e.Previous, e.Failure = r.root.prev, &Failure{Error: errTimeout}
		})
		return true, r.broken
	}
	if r.lastID >= MaxEvents-1 {
		r.end(&Failure{errRuntime, "The execution reached the maximum number of history events (25000)."}, r.root.prev)
		return true, r.broken
	}
	var t *thread
	r.prefer = ""
	if move != nil {
		t, r.prefer = r.threads[move.Thread], move.Event
	} else {
		t = r.root.runnable(now)
	}
	if t == nil || !t.canMove(now) {
		return false, nil
	}
	if err := r.step(ctx, t); err != nil {
		return false, err
	}
	return true, r.broken
}

// runnable finds a thread that can move: ends of children first, so that places
// of a Map are filled again as they become free, then in order of creation.
func (t *thread) runnable(now time.Time) *thread {
	if t.phase == phaseChildren {
		for _, k := range t.kids {
			if k.accounted {
				continue
			}
			if found := k.runnable(now); found != nil {
				return found
			}
			if k.over() && t.canMove(now) {
				return t
			}
		}
	}
	if t.canMove(now) {
		return t
	}
	return nil
}

func (t *thread) over() bool {
	return t.phase == phaseDone || t.phase == phaseFailed || t.phase == phaseAborted
}

func (t *thread) canMove(now time.Time) bool {
	switch t.phase {
	case phaseReady, phaseEntered, phaseSettled, phaseErrored:
		return true
	case phaseWaiting, phaseRetrying:
		return !now.Before(t.due)
	case phaseRunning:
		return t.task.late(now)
	case phaseChildren:
		return t.canSettle()
	case phaseDone, phaseFailed:
		return t.parent == nil
	case phaseAborted:
	}
	return false
}

func (k *task) late(now time.Time) bool {
	return !k.due.IsZero() && !now.Before(k.due) || !k.beat.IsZero() && !now.Before(k.beat)
}

// canSettle says whether a container has something to do about its children.
func (t *thread) canSettle() bool {
	done := 0
	for _, k := range t.kids {
		switch {
		case k.phase == phaseDone && t.state.kind == "Parallel":
			done++
		case k.over() && !k.accounted:
			return true
		}
	}
	if t.state.kind == "Parallel" {
		return done == len(t.kids)
	}
	return t.finished == len(t.items) || t.canBegin()
}

func (t *thread) canBegin() bool {
	return t.state.kind == "Map" && len(t.kids) < len(t.items) && len(t.kids)-t.finished < t.concurrency
}

// NextDue is the earliest time at which Advance will find something to do without
// a task's outcome; zero for never.
func (r *Run) NextDue() time.Time {
	var first time.Time
	earlier := func(at time.Time) {
		if !at.IsZero() && (first.IsZero() || at.Before(first)) {
			first = at
		}
	}
	if r.status != Running {
		return first
	}
	earlier(r.deadline)
	for _, t := range r.threads {
		switch t.phase {
		case phaseWaiting, phaseRetrying:
			earlier(t.due)
		case phaseRunning:
			earlier(t.task.due)
			earlier(t.task.beat)
		}
	}
	return first
}

// Moves lists the steps that could be taken now, in no order.
func (r *Run) Moves(now time.Time) []Move {
	var out []Move
	if r.status != Running {
		return out
	}
	for _, t := range r.threads {
		if t.canMove(now) {
			out = append(out, t.moves()...)
		}
	}
	return out
}

func (t *thread) moves() []Move {
	m := Move{Thread: t.id}
	switch t.phase {
	case phaseReady:
		m.Event, m.Name = t.flow.states[t.next].kind+"StateEntered", t.next
	case phaseEntered, phaseRetrying:
		switch t.state.kind {
		case "Task":
			m.Event = t.state.resource.family + "Scheduled"
		case "Map", "Parallel":
			m.Event = t.state.kind + "StateStarted"
		default:
			m.Event, m.Name = t.state.kind+"StateExited", t.state.name
		}
	case phaseWaiting, phaseSettled:
		m.Event, m.Name = t.state.kind+"StateExited", t.state.name
	case phaseChildren:
		return t.childMoves()
	case phaseDone:
		m.Event = "ExecutionSucceeded"
	}
	return []Move{m}
}

func (t *thread) childMoves() []Move {
	if t.state.kind == "Parallel" {
		return []Move{{Thread: t.id, Event: "ParallelStateSucceeded"}}
	}
	var out []Move
	for _, k := range t.kids {
		if k.over() && !k.accounted {
			out = append(out, Move{Thread: t.id, Event: "MapIterationSucceeded", Index: k.index})
			break
		}
	}
	if t.canBegin() {
		out = append(out, Move{Thread: t.id, Event: "MapIterationStarted", Index: len(t.kids)})
	}
	if len(out) == 0 {
		out = append(out, Move{Thread: t.id, Event: "MapStateSucceeded"})
	}
	return out
}
