package call

import "encoding/json"

// Task is the payload of the call function: what a compiled api_call state
// passes as Arguments.Payload. Expressions inside Parameters, Body and Headers
// are already evaluated by the engine; Output, Success and those of Paginate are
// bare expressions (without {% %}) that are evaluated here, since only here the
// response exists: a whole response never enters a state machine's history.
type Task struct {
	Workspace string `json:"workspace"`
	Execution string `json:"execution"`
	// Step is the step's id; Path tells it apart inside loops: "each[3]/charge".
	Step       string `json:"step"`
	Path       string `json:"path"`
	Connection string `json:"connection"`
	Operation  string `json:"operation"`
	// SpecHash is the document the plan was checked against; the run keeps it.
	SpecHash   string                     `json:"specHash"`
	Parameters map[string]json.RawMessage `json:"parameters,omitempty"`
	Body       json.RawMessage            `json:"body,omitempty"`
	Headers    map[string]json.RawMessage `json:"headers,omitempty"`
	// Output projects the step's value: a JSON string that is a bare expression;
	// empty means the response's body.
	Output json.RawMessage `json:"output,omitempty"`
	// Success decides, instead of the status, whether the answer is a success.
	Success        string    `json:"success,omitempty"`
	Paginate       *Paginate `json:"paginate,omitempty"`
	TimeoutSeconds int       `json:"timeoutSeconds,omitempty"`
	// Vars are the values of the names that Output, Success, Paginate, Reconcile and Undo use.
	Vars map[string]json.RawMessage `json:"vars,omitempty"`
	// Reconcile says that this is the read that tells what became of the step's request.
	Reconcile *Reconcile `json:"reconcile,omitempty"`
	// Undo is how the step is undone; nil where it is not.
	Undo *TaskUndo `json:"undo,omitempty"`
	// Undoes is the step that this call undoes: what is sent is what the journal keeps
	// there. Nil for a step's own call.
	Undoes *Place `json:"undoes,omitempty"`
	// ListUndo asks what is to be undone, instead of a call: the value is a ToUndo.
	ListUndo *ListUndo `json:"listUndo,omitempty"`
}

// Place is a step of a run: of the task's own where Execution is empty, or of one that
// a step of it has started.
type Place struct {
	Execution string `json:"execution,omitempty"`
	Path      string `json:"path"`
}

// reads says whether an expression looks at the answer.
func (t Task) reads() bool {
	return t.Success != "" || len(t.Output) > 0 || t.Paginate != nil
}

// Paginate asks for further pages until there are none or MaxItems are read.
type Paginate struct {
	Items    string `json:"items"` // bare expression over $response, gives an array
	MaxItems int    `json:"maxItems"`
	// Kind is link, cursor, offset or page; empty: as the document and the answers say.
	Kind  string `json:"kind,omitempty"`
	Next  string `json:"next,omitempty"` // bare expression over $response
	Param string `json:"param,omitempty"`
	Size  int    `json:"size,omitempty"`
}

// Result is the call function's answer.
type Result struct {
	// Value is the step's value: what Output projected.
	Value json.RawMessage `json:"value"`
	// Status is the HTTP status of the last response.
	Status int `json:"status"`
	// Attempts counts the requests that left for this step, in this and earlier invocations.
	Attempts int `json:"attempts"`
}

// Error names of the workflow document (docs/workflow.md), for Retry and Catch.
const (
	ErrHTTPTimeout    = "Http.Timeout"
	ErrHTTPNetwork    = "Http.Network"
	ErrReauthorize    = "Auth.Reauthorize"
	ErrEgressBlocked  = "Egress.Blocked"
	ErrSchemaMismatch = "Schema.Mismatch"
	ErrOutputTooLarge = "Output.TooLarge"
	ErrOutcomeUnknown = "Outcome.Unknown"
	// Http.<status> names, with Http.4xx and Http.5xx as classes: the handler
	// returns the exact one; the compiler expands a class into the exact names.
)
