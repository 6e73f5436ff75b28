package rehearse

import (
	"encoding/json"

	"github.com/apiq/apiq/shared/effect"
)

// How a rehearsed run ends.
const (
	Completed = "COMPLETED"
	Failed    = "FAILED"
	Waiting   = "WAITING" // a person has to say what became of a request
	Stopped   = "STOPPED" // it reached a bound of the rehearsal
	Skipped   = "SKIPPED" // there was no time left for it
)

// Report is what a rehearsal found.
type Report struct {
	WorkflowID string `json:"workflowId"`
	Version    int64  `json:"version"`
	Name       string `json:"name"`
	// Samples are the values that the input lacked, made from its schema.
	Samples map[string]json.RawMessage `json:"samples"`
	// Assumed are sentences: what a real run would wait for, and the rehearsal did not.
	Assumed []string `json:"assumed"`
	Run     Outcome  `json:"run"`
	// Steps are the calls of the document, in its order; those of a nested workflow
	// follow the step that runs it.
	Steps []Step `json:"steps"`
	// Egress tells which data goes to which host.
	Egress    []Destination `json:"egress"`
	Totals    Totals        `json:"totals"`
	Scenarios []Scenario    `json:"scenarios"`
	Problems  []Problem     `json:"problems"`
	// Truncated says that the document has more call steps than faults were tried on.
	Truncated bool `json:"truncated,omitempty"`
}

// Outcome is how a run ends.
type Outcome struct {
	Status string `json:"status" jsonschema:"enum=COMPLETED,enum=FAILED,enum=WAITING,enum=STOPPED,enum=SKIPPED"`
	// At is the step where it failed or waits, "" where it completed.
	At    string `json:"at,omitempty"`
	Error string `json:"error,omitempty"`
	Cause string `json:"cause,omitempty"`
	Calls int    `json:"calls"`
}

// Step is one call step: what it sends where, and what that does.
type Step struct {
	// ID is the step's; one inside a nested workflow has the id of the step that runs
	// it before it: "onboard/invite".
	ID             string `json:"id"`
	Name           string `json:"name,omitempty"`
	Connection     string `json:"connection"`
	ConnectionName string `json:"connectionName"`
	Operation      string `json:"operation"`
	Host           string `json:"host"`
	Method         string `json:"method"`
	Path           string `json:"path"`
	// Fields are what it sends; a credential is not among them, see Destination.
	Fields     []Field      `json:"fields"`
	Effect     effect.Level `json:"effect"`
	EffectWhy  string       `json:"effectWhy"`
	RepeatRule string       `json:"repeatRule"`
	// Change is what the call does to the API's data: reads, creates, changes, deletes
	// or acts, and on what.
	Change Change `json:"change"`
	// Calls is how many requests the plain run made for it.
	Calls int `json:"calls"`
}

// Change is what a call does.
type Change struct {
	Verb string `json:"verb" jsonschema:"enum=reads,enum=creates,enum=changes,enum=deletes,enum=acts"`
	What string `json:"what"`
}

// Field is one value that a step sends.
type Field struct {
	In   string   `json:"in" jsonschema:"enum=path,enum=query,enum=header,enum=cookie,enum=body"`
	Name string   `json:"name"`
	From []Source `json:"from"`
	// Sent says that the plain run sent it at least once.
	Sent bool `json:"sent"`
}

// Source is where a value comes from.
type Source struct {
	Kind string `json:"kind" jsonschema:"enum=literal,enum=input,enum=step,enum=person,enum=product"`
	// Ref names it: "input.paymentId", "payment.customer"; "" for a literal.
	Ref string `json:"ref,omitempty"`
	// Host is where a step's value came from.
	Host string `json:"host,omitempty"`
}

// Destination is a host that data goes to.
type Destination struct {
	Host        string   `json:"host"`
	Connections []string `json:"connections"`
	// Credential is the kind of credential that would go along, and where in the
	// request; "" for none. Its value is never opened.
	Credential string `json:"credential"`
	// Steps are those that send there.
	Steps []string `json:"steps"`
	Data  []Datum  `json:"data"`
}

// Datum is one source whose data goes to a host, with the fields it goes in.
type Datum struct {
	Source
	Fields []string `json:"fields"`
}

// Totals are the plain run's.
type Totals struct {
	Calls        int              `json:"calls"`
	ByConnection []ConnectionCall `json:"byConnection"`
	Reads        int              `json:"reads"`
	Writes       int              `json:"writes"`
	Irreversible int              `json:"irreversible"`
	Duration     Duration         `json:"duration"`
	Cost         Cost             `json:"cost"`
}

// ConnectionCall counts the calls of one connection.
type ConnectionCall struct {
	Connection string `json:"connection"`
	Name       string `json:"name"`
	Calls      int    `json:"calls"`
}

// Duration is how long a run takes, about.
type Duration struct {
	MinMs int64  `json:"minMs"`
	MaxMs int64  `json:"maxMs"`
	Basis string `json:"basis"`
}

// Cost is what a run costs, in US dollars.
type Cost struct {
	Transitions int `json:"transitions"`
	// Engine is what runs it on AWS: standard or express.
	Engine     string  `json:"engine" jsonschema:"enum=standard,enum=express"`
	AWS        float64 `json:"awsUsd"`
	OneMachine float64 `json:"oneMachineUsd"`
	Basis      string  `json:"basis"`
}

// Scenario is the run with one fault in one step.
type Scenario struct {
	Step  string `json:"step"`
	Fault Fault  `json:"fault" jsonschema:"enum=unauthorized,enum=rate_limited,enum=timeout,enum=field_missing,enum=field_type"`
	// What says in a sentence what was played.
	What string `json:"what"`
	Outcome
	// Acted are the rules that acted on the fault, in order.
	Acted []string `json:"acted"`
	// Done are the changes that had taken effect by the end.
	Done []Done `json:"done"`
	// Lost are fields of later steps, and of the output, that went without the value
	// that the plain run gave them.
	Lost []string `json:"lost"`
	// Altered are fields that went with another value than in the plain run.
	Altered []string `json:"altered"`
	// Repeat says whether starting the run anew is safe: "safe", "duplicates" or
	// "unknown"; "" where the run completed.
	Repeat    string `json:"repeat,omitempty" jsonschema:"enum=safe,enum=duplicates,enum=unknown"`
	RepeatWhy string `json:"repeatWhy,omitempty"`
}

// Done is a change that took effect.
type Done struct {
	Step  string `json:"step"`
	Verb  string `json:"verb"`
	What  string `json:"what"`
	Times int    `json:"times"`
	// Unnoticed says that the answer was lost, so that the run does not know.
	Unnoticed bool `json:"unnoticed,omitempty"`
}

// Problem is something to mend.
type Problem struct {
	Step    string `json:"step,omitempty"`
	Message string `json:"message"`
}
