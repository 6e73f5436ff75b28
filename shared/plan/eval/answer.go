package eval

import "encoding/json"

// Answer is what a planner says to a goal, a line of a file of predictions.
type Answer struct {
	ID string `json:"id"`
	// Ranked are the operations found, best first.
	Ranked []string `json:"ranked,omitempty"`
	// Steps are nil where no plan was asked for.
	Steps []Call `json:"steps,omitempty"`
	Edges []Edge `json:"edges,omitempty"`
	// Confidence is the planner's own, 0–1.
	Confidence *float64 `json:"confidence,omitempty"`
	// Valid says that the plan passed its checks against the documents; nil for no plan.
	Valid *bool `json:"valid,omitempty"`
	// Questions is how many inputs the plan asks for.
	Questions int `json:"questions,omitempty"`
	// Planner is whose plan it is, where there are several, and FellBack why it is not
	// that of the one that was asked first.
	Planner  string `json:"planner,omitempty"`
	FellBack string `json:"fellBack,omitempty"`
}

// Call is a step of a plan. Op is "DOCUMENT METHOD PATH".
type Call struct {
	ID   string                     `json:"id"`
	Op   string                     `json:"op"`
	Args map[string]json.RawMessage `json:"args,omitempty"`
}
