package asl

import (
	"encoding/json"
	"time"
)

// Entry is one record of a run's journal: an event of its history (ID > 0) or a
// hidden note (ID 0, Type is one of the note constants). Beside what
// GetExecutionHistory shows it holds what Restore needs.
type Entry struct {
	ID       int64     `json:"i,omitempty"`
	Previous int64     `json:"p,omitempty"`
	Type     string    `json:"t"`
	At       time.Time `json:"a"`
	// Key and Details are the one details object: "stateEnteredEventDetails".
	Key     string          `json:"k,omitempty"`
	Details json.RawMessage `json:"d,omitempty"`

	// Thread is whose entry it is: "" for the execution, "2" for its third branch
	// or iteration, "2.0" for the first inside that.
	Thread string `json:"th,omitempty"`
	// Next is the state that follows an exit; "" at the end of a flow.
	Next string `json:"n,omitempty"`
	// Failure is what a thread failed with.
	Failure *Failure `json:"f,omitempty"`
	// Due is when a wait ends, a retry begins, or a task's time is up.
	Due time.Time `json:"u,omitzero"`
	// Heartbeat is how often a task must be heard of, in seconds; 0 for never.
	Heartbeat float64 `json:"h,omitempty"`
	// Retrier is the index of the retrier that a retry counts against.
	Retrier int `json:"r,omitempty"`
	// Token is a task's token.
	Token string `json:"tk,omitempty"`
	// Data is a value that the details do not show: the items of a Map, the input
	// of an iteration or of branches, the input of the execution.
	Data json.RawMessage `json:"v,omitempty"`
	// Concurrency and Tolerated are a Map's evaluated bounds.
	Concurrency int `json:"c,omitempty"`
	Tolerated   int `json:"l,omitempty"`

	// decoded spares Apply the decoding of what was just encoded.
	decoded  any
	assigned []variable
}

// Hidden notes.
const (
	// NoteRetry: the failed state starts over at Due.
	NoteRetry = "~retry"
	// NoteErrored: the state failed in a way that AWS has no event for.
	NoteErrored = "~errored"
	// NoteWaiting: a wait was worked out anew; it ends at Due.
	NoteWaiting = "~waiting"
	// NoteFailed: the thread ends with its failure.
	NoteFailed = "~failed"
	// NoteAborted: the thread ends because another failed.
	NoteAborted = "~aborted"
	// NoteHeartbeat: a task was heard of; Due is when it must be next.
	NoteHeartbeat = "~heartbeat"
)

// Hidden says that an entry is not part of the history.
func (e *Entry) Hidden() bool { return e.ID == 0 }

// Failure is an error with ASL's name for it.
type Failure struct {
	Error string `json:"e,omitempty"`
	Cause string `json:"c,omitempty"`
}

// Names of errors (ASL specification, appendix A; Step Functions' own).
const (
	errAll        = "States.ALL"
	errTaskFailed = "States.TaskFailed"
	errTimeout    = "States.Timeout"
	errHeartbeat  = "States.HeartbeatTimeout"
	errRuntime    = "States.Runtime"
	errDataLimit  = "States.DataLimitExceeded"
	errQuery      = "States.QueryEvaluationError"
	errNoChoice   = "States.NoChoiceMatched"
	errTolerated  = "States.ExceedToleratedFailureThreshold"
)

// Quotas of Step Functions.
const (
	// MaxPayload is the longest input, output or argument, in bytes.
	MaxPayload = 256 << 10
	// MaxVariable is the longest that one Assign may be, MaxVariables the longest of
	// all variables in one execution together, in bytes.
	MaxVariable  = 256 << 10
	MaxVariables = 10 << 20
	// MaxEvents is the longest history.
	MaxEvents = 25_000
	// MaxInlineConcurrency is how many iterations of an inline Map run at once.
	MaxInlineConcurrency = 40
)
