package execution

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/apiq/apiq/shared/workflow/asl"
)

// Errors of the Engine port.
var (
	// ErrNoRun: the engine knows no run of this name in this workspace.
	ErrNoRun = errors.New("execution: no such run")
	// ErrTokenGone: the task token was used, timed out, or its run has ended.
	ErrTokenGone = errors.New("execution: task token is not waiting")
	// ErrNotRedrivable: the run is still going, or ended well.
	ErrNotRedrivable = errors.New("execution: run cannot be redriven")
)

// Engine runs state machines in Amazon States Language, JSONata mode. The
// workspace comes from the context. Adapters: execution/local interprets,
// execution/stepfunctions hands over to AWS.
type Engine interface {
	// Start begins a run under its name. A second start of the same name with the
	// same definition and input is the same start and returns nil.
	Start(ctx context.Context, in StartInput) error
	// Describe tells the state of a run, or ErrNoRun.
	Describe(ctx context.Context, name string) (Run, error)
	// History returns events with an id above after, in order, at most limit; fewer
	// are all that there are.
	History(ctx context.Context, name string, after int64, limit int) ([]HistoryEvent, error)
	// Stop ends a run before its next task begins. A task in flight is not cut;
	// its outcome is still recorded by whoever runs it. Stopping an ended run is no error.
	Stop(ctx context.Context, name, errorName, cause string) error
	// Redrive continues a failed, timed-out or aborted run from the states that
	// did not succeed; what succeeded is not run again.
	Redrive(ctx context.Context, name string) error
	// TaskSucceeded and TaskFailed answer a task that waits for its token, or ErrTokenGone.
	TaskSucceeded(ctx context.Context, token string, output json.RawMessage) error
	TaskFailed(ctx context.Context, token, errorName, cause string) error
	// TaskHeartbeat says that a task which waits for its token is still being worked
	// on, so that its HeartbeatSeconds begin anew; or ErrTokenGone. It makes no event.
	// The product never calls it, and no function is granted it.
	TaskHeartbeat(ctx context.Context, token string) error
}

// StartInput is what a run needs.
type StartInput struct {
	// Name is the execution's id; it names the run for ever.
	Name string
	// Definition is the compiled state machine.
	Definition json.RawMessage
	Input      json.RawMessage
	// Brief: the run is short and may be begun anew without harm (asl.Brief). An
	// engine may use that or not. One that does may go on with the run from its first
	// state, at Redrive or by itself; its history then has an ExecutionRedriven whose
	// details say "restarted". The other promises of the port hold either way.
	Brief bool
}

// RunStatus is a run's state in the engine's words (Step Functions API).
type RunStatus string

// The states of a run.
const (
	RunRunning   RunStatus = "RUNNING"
	RunSucceeded RunStatus = "SUCCEEDED"
	RunFailed    RunStatus = "FAILED"
	RunTimedOut  RunStatus = "TIMED_OUT"
	RunAborted   RunStatus = "ABORTED"
)

// Run is what Describe tells.
type Run struct {
	Name        string
	Status      RunStatus
	Output      json.RawMessage // when it succeeded
	Error       string          // when it failed
	Cause       string
	StartedAt   time.Time
	EndedAt     time.Time
	LastEventID int64
}

// HistoryEvent is one entry of a run's history, shaped as GetExecutionHistory
// answers it: Details holds the one "<type>EventDetails" object, by that name.
type HistoryEvent struct {
	ID         int64           `json:"id"`
	PreviousID int64           `json:"previousEventId"`
	Type       string          `json:"type"`
	Timestamp  time.Time       `json:"timestamp"`
	DetailsKey string          `json:"detailsKey,omitempty"` // "stateEnteredEventDetails"
	Details    json.RawMessage `json:"details,omitempty"`
}

// Task is what an engine hands to a function: the Payload of lambda:invoke.
type Task struct {
	// Function is the logical function name that the definition calls: see Function constants.
	Function string
	Payload  json.RawMessage
	// Run is the execution's name; Token is set for waitForTaskToken tasks.
	Run   string
	Token string
}

// The functions that compiled definitions call. In a definition they stand as
// FunctionName "${call}" and so on; each home substitutes its own.
const (
	FunctionCall     = "call"     // one api_call step
	FunctionApproval = "approval" // asks a person; waits for the token
	FunctionUnknown  = "unknown"  // asks a person what became of a request; waits for the token
	FunctionWorkflow = "workflow" // starts a nested execution; waits for the token
)

// ErrorUnavailable is the error of a function whose journal or store failed: what
// definitions retry without asking what became of the task.
const ErrorUnavailable = asl.ErrorUnavailable

// Handler runs one task. For a waitForTaskToken task its result is ignored
// unless it is an error. An engine may call it again after a crash, with the same payload.
type Handler func(ctx context.Context, task Task) (json.RawMessage, error)

// TaskError is a failure with the name that Retry and Catch match.
type TaskError struct{ Name, Cause string }

func (e *TaskError) Error() string { return e.Name + ": " + e.Cause }

// Observer is told, after each durable commit of history, that a run moved on. It
// must be quick and must not call back into the engine for the same run
// synchronously; a missed call is made good by the next.
type Observer func(ctx context.Context, run string)
