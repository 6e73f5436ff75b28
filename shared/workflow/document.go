package workflow

import "encoding/json"

// Version is the value of a document's "apiq" field.
const Version = "1"

// Document is what the planner writes, a person confirms, the builder edits and
// the compiler turns into a state machine. docs/workflow.md describes it.
type Document struct {
	APIQ        string `json:"apiq"`
	Name        string `json:"name"`
	Description string `json:"description,omitempty"`
	// Input is a JSON Schema (2020-12) that a run's input is checked against.
	Input json.RawMessage `json:"input,omitempty"`
	Steps []Step          `json:"steps"`
	// Output is a template: JSON whose strings may be {% expressions %}.
	Output json.RawMessage `json:"output,omitempty"`
	// Concurrency bounds the runs under way at once; nil for no bound.
	Concurrency *Concurrency `json:"concurrency,omitempty"`
	// OnFailure is "undo" where a run that fails takes back what it has done; "" for
	// nothing.
	OnFailure string `json:"onFailure,omitempty"`
}

// OnFailureUndo: the steps that are done and declare an undo are undone, the last
// one first.
const OnFailureUndo = "undo"

// Step types.
const (
	TypeAPICall   = "api_call"
	TypeCondition = "condition"
	TypeLoop      = "loop"
	TypeParallel  = "parallel"
	TypeTransform = "transform"
	TypeWait      = "wait"
	TypeApproval  = "approval"
	TypeWorkflow  = "workflow"
	TypeFail      = "fail"
)

// Step is one step; which fields apply depends on Type (the schema tells).
// Templates are JSON whose strings may be whole-string {% expressions %}.
type Step struct {
	// ID names the step's value in expressions: [A-Za-z][A-Za-z0-9_]{0,63}, unique in
	// the document. It becomes a Step Functions variable, which cannot begin with "_".
	ID   string `json:"id"`
	Type string `json:"type"`
	Name string `json:"name,omitempty"`

	// api_call
	Connection     string                     `json:"connection,omitempty"`
	Operation      string                     `json:"operation,omitempty"`
	Parameters     map[string]json.RawMessage `json:"parameters,omitempty"`
	Body           json.RawMessage            `json:"body,omitempty"`
	Headers        map[string]json.RawMessage `json:"headers,omitempty"`
	Output         json.RawMessage            `json:"output,omitempty"`
	Success        string                     `json:"success,omitempty"`
	TimeoutSeconds int                        `json:"timeoutSeconds,omitempty"` // also approval
	// Retry replaces the policy of the effect class; an empty list means no retry.
	Retry    []Retry   `json:"retry,omitzero"`
	Paginate *Paginate `json:"paginate,omitempty"`
	Undo     *Undo     `json:"undo,omitempty"`
	// Reconcile is asked before a person is, when an outcome is unknown.
	Reconcile *Reconcile `json:"reconcile,omitempty"`

	// condition
	If    string `json:"if,omitempty"`
	Then  []Step `json:"then,omitzero"`
	Else  []Step `json:"else,omitzero"`
	Cases []Case `json:"cases,omitempty"`

	// loop
	Over           string          `json:"over,omitempty"`
	As             string          `json:"as,omitempty"`
	Do             []Step          `json:"do,omitempty"`
	Collect        json.RawMessage `json:"collect,omitempty"`
	MaxConcurrency int             `json:"maxConcurrency,omitempty"` // 0 means 1
	Tolerate       int             `json:"tolerate,omitempty"`

	// parallel
	Branches map[string][]Step `json:"branches,omitempty"`

	// transform
	Value json.RawMessage `json:"value,omitempty"`

	// wait: one of the two. Seconds is a number or an expression.
	Seconds json.RawMessage `json:"seconds,omitempty"`
	Until   string          `json:"until,omitempty"`

	// approval. Delegates may decide for the approvers once EscalateAfterSeconds have
	// passed, 0 meaning from the start.
	Message              string   `json:"message,omitempty"`
	Approvers            []string `json:"approvers,omitempty"`
	Delegates            []string `json:"delegates,omitempty"`
	EscalateAfterSeconds int      `json:"escalateAfterSeconds,omitempty"`

	// workflow
	Workflow        string          `json:"workflow,omitempty"`
	WorkflowVersion int64           `json:"version,omitempty"`
	Input           json.RawMessage `json:"input,omitempty"`

	// fail
	Error string `json:"error,omitempty"`
	Cause string `json:"cause,omitempty"`

	// OnError is "fail" (the default), "continue", or steps to run instead.
	OnError *OnError `json:"onError,omitempty"`
}

// Case is one way of a condition with more than two.
type Case struct {
	If    string `json:"if"`
	Steps []Step `json:"steps"`
}

// Retry says which errors of an api_call are tried again. What may be tried
// again at all is decided by the operation's effect class, never here alone.
type Retry struct {
	Errors          []string `json:"errors"`
	MaxAttempts     int      `json:"maxAttempts,omitempty"`
	IntervalSeconds int      `json:"intervalSeconds,omitempty"`
	BackoffRate     float64  `json:"backoffRate,omitempty"`
	MaxDelaySeconds int      `json:"maxDelaySeconds,omitempty"`
}

// Paginate reads further pages into one list.
type Paginate struct {
	Items    string `json:"items"`
	MaxItems int    `json:"maxItems"`
	// Kind says how the next page is asked for; empty: as the answers look.
	Kind string `json:"kind,omitempty"`
	// Next is where an answer tells the next page: a link, which the Link header tells
	// where it is empty, or a cursor.
	Next string `json:"next,omitempty"`
	// Param is the parameter, or field of the body, that asks for a page.
	Param string `json:"param,omitempty"`
	// Size is how many items a full page has; one with fewer is the last.
	Size int `json:"size,omitempty"`
}

// Kinds of pages.
const (
	PagesByLink   = "link"
	PagesByCursor = "cursor"
	PagesByOffset = "offset" // counts items
	PagesByNumber = "page"   // counts pages
)

// Undo declares the call that takes a step's effect back. Its expressions see what
// the step sees, the step's own value, and $response; they are evaluated when the
// step is done. Without a connection it is the step's.
type Undo struct {
	Connection string                     `json:"connection,omitempty"`
	Operation  string                     `json:"operation"`
	Parameters map[string]json.RawMessage `json:"parameters,omitempty"`
	Body       json.RawMessage            `json:"body,omitempty"`
}

// Reconcile declares the read that tells what became of a request whose outcome is
// unknown, over the step's own connection.
type Reconcile struct {
	Operation  string                     `json:"operation"`
	Parameters map[string]json.RawMessage `json:"parameters,omitempty"`
	// Found says by $response, the read's, whether the request had its effect: true or
	// false; anything else leaves that to a person.
	Found string `json:"found"`
	// Output projects the step's value where it had; by default the read's body.
	Output json.RawMessage `json:"output,omitempty"`
	// AfterSeconds is how long the API is given before it is asked; nil means ReconcileAfter.
	AfterSeconds *int `json:"afterSeconds,omitempty"`
}

// ReconcileAfter is how long, in seconds, an API that may still be at a request is given
// before it is asked what became of it.
const ReconcileAfter = 10

// OnError is the union "fail" | "continue" | [steps].
type OnError struct {
	Mode  string // "fail", "continue" or "steps"
	Steps []Step
}
