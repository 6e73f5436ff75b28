package execution

import (
	"encoding/json"
	"time"
)

// Status is a run's state as people see it.
//
//	PENDING → RUNNING ⇄ WAITING → COMPLETED | FAILED | CANCELLED; FAILED | CANCELLED → RUNNING by retry
type Status string

// The states of a run.
const (
	Pending   Status = "PENDING"
	Running   Status = "RUNNING"
	Waiting   Status = "WAITING"
	Completed Status = "COMPLETED"
	Failed    Status = "FAILED"
	Cancelled Status = "CANCELLED"
)

// Ended says whether the run has come to an end.
func (s Status) Ended() bool { return s == Completed || s == Failed || s == Cancelled }

// Execution is a run without its steps, as lists show it.
type Execution struct {
	ID           string `json:"id"`
	WorkflowID   string `json:"workflowId"`
	WorkflowName string `json:"workflowName"`
	// Version is the immutable version of the workflow that runs.
	Version int64           `json:"version"`
	Status  Status          `json:"status" jsonschema:"enum=PENDING,enum=RUNNING,enum=WAITING,enum=COMPLETED,enum=FAILED,enum=CANCELLED"`
	Input   json.RawMessage `json:"input,omitempty"`
	Output  json.RawMessage `json:"output,omitempty"`
	Error   *Failure        `json:"error,omitempty"`
	// ReplayOf is the run that this one runs again.
	ReplayOf    string    `json:"replayOf,omitempty"`
	StartedBy   string    `json:"startedBy"`
	StartedAt   time.Time `json:"startedAt"`
	CompletedAt time.Time `json:"completedAt,omitzero"`
	CreatedAt   time.Time `json:"createdAt"`
	UpdatedAt   time.Time `json:"updatedAt"`
}

// Failure names an error as Retry and onError do, with its cause in words.
type Failure struct {
	Name  string `json:"name"`
	Cause string `json:"cause"`
}

// StepStatus is a step's state.
type StepStatus string

// The states of a step.
const (
	StepRunning   StepStatus = "RUNNING"
	StepWaiting   StepStatus = "WAITING"   // an approval, a timer, a nested run
	StepUnknown   StepStatus = "UNKNOWN"   // a request left and its outcome is not known; with an end, nobody is asked
	StepCompleted StepStatus = "COMPLETED" //
	StepFailed    StepStatus = "FAILED"
	StepContinued StepStatus = "CONTINUED" // failed, and onError went on
	StepCancelled StepStatus = "CANCELLED"
)

// Step is one step of a run as its detail shows it; secrets are masked.
type Step struct {
	ID        string          `json:"id"`
	Path      string          `json:"path"` // "each[3]/charge"
	Type      string          `json:"type"`
	Name      string          `json:"name,omitempty"`
	Status    StepStatus      `json:"status" jsonschema:"enum=RUNNING,enum=WAITING,enum=UNKNOWN,enum=COMPLETED,enum=FAILED,enum=CONTINUED,enum=CANCELLED"`
	Attempt   int             `json:"attempt"`
	StartedAt time.Time       `json:"startedAt"`
	EndedAt   time.Time       `json:"endedAt,omitzero"`
	Output    json.RawMessage `json:"output,omitempty"`
	Request   json.RawMessage `json:"request,omitempty"`
	Response  json.RawMessage `json:"response,omitempty"`
	Error     *Failure        `json:"error,omitempty"`
	Attempts  []Attempt       `json:"attempts,omitempty"`
	// Effect is of an api_call that changes something: whether its requests did.
	Effect      Effect    `json:"effect,omitempty" jsonschema:"enum=none,enum=maybe,enum=done"`
	Message     string    `json:"message,omitempty"`     // what an approval asks
	ResumesAt   time.Time `json:"resumesAt,omitzero"`    // of a timer
	ExpiresAt   time.Time `json:"expiresAt,omitzero"`    // of an approval that waits
	ExecutionID string    `json:"executionId,omitempty"` // of a nested run
	Undoes      string    `json:"undoes,omitempty"`      // of an undo: the path of the step that it undoes
}

// Effect is what a step's requests did to its API, as far as is certain.
type Effect string

// The effects.
const (
	EffectNone  Effect = "none"
	EffectMaybe Effect = "maybe"
	EffectDone  Effect = "done"
)

// Calls is what the journal has of an api_call step.
type Calls struct {
	Attempts []Attempt
	// Effect is empty for an operation that changes nothing.
	Effect Effect
	// Succeeded: the step has its value. Value is that, where it is small.
	Succeeded bool
	Value     json.RawMessage
}

// Attempt is one request of an api_call step.
type Attempt struct {
	Number    int             `json:"number"`
	Status    string          `json:"status"` // started, succeeded, failed, unknown
	StartedAt time.Time       `json:"startedAt"`
	EndedAt   time.Time       `json:"endedAt,omitzero"`
	Request   json.RawMessage `json:"request,omitempty"`
	Response  json.RawMessage `json:"response,omitempty"`
	Error     *Failure        `json:"error,omitempty"`
	// Reconcile: it asked what became of the attempts before it.
	Reconcile bool `json:"reconcile,omitempty"`
}

// Event types of a run's log.
const (
	EventRun     = "run"     // the run's status changed
	EventStep    = "step"    // a step's status changed
	EventAttempt = "attempt" // a request left or was answered
)

// Event is one entry of a run's log, in the order in which it happened. Seq has
// no gaps: it is the cursor.
type Event struct {
	Seq       int64      `json:"seq"`
	At        time.Time  `json:"at"`
	Type      string     `json:"type" jsonschema:"enum=run,enum=step,enum=attempt"`
	Status    string     `json:"status"`
	StepID    string     `json:"stepId,omitempty"`
	Path      string     `json:"path,omitempty"`
	StepType  string     `json:"stepType,omitempty"`
	Attempt   int        `json:"attempt,omitempty"`
	Error     *Failure   `json:"error,omitempty"`
	HTTP      int        `json:"http,omitempty"` // status of an answered attempt
	ResumesAt *time.Time `json:"resumesAt,omitempty"`
	ExpiresAt *time.Time `json:"expiresAt,omitempty"` // of an approval that waits
	Message   string     `json:"message,omitempty"`
}

// Detail is a run with its steps.
type Detail struct {
	Execution
	Steps []Step `json:"steps"`
	// Queue tells of a run that is PENDING until it is its turn.
	Queue *Queue `json:"queue,omitempty"`
	// Undo tells of a run that has failed and undoes what it had done.
	Undo *Undo `json:"undo,omitempty"`
}
