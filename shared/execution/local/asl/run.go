package asl

import (
	"context"
	crand "crypto/rand"
	"encoding/json"
	"errors"
	"math/rand/v2"
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
	outputRaw string
	failure   *Failure
	startedAt time.Time
	endedAt   time.Time
	deadline  time.Time
	lastID    int64
	held      int // bytes of all variables
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
			return exec.Name + "." + crand.Text()
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
