package draft

import (
	"encoding/json"

	"github.com/apiq/apiq/shared/plan/catalog"
)

// Draft is a plan of calls in the order in which they run.
type Draft struct {
	Name        string
	Description string
	Steps       []*Step
	// Notes say in plain words what was assumed or could not be bound.
	Notes []string
	// Coverage is the part of the goal's clauses that a call serves, 0–1.
	Coverage float64
	// Likely is how likely the built-in planner's model holds exactly these calls to be
	// what is meant, 0–1; 0 where it was not asked.
	Likely float64
}

// Step is one call, or a pause for a person where Approval is set.
type Step struct {
	ID string
	// Entry, Op, Guard and Loop are stored as names; see Encode.
	Entry    *catalog.Entry `json:"-"`
	Op       *catalog.Op    `json:"-"`
	Args     []Arg
	Guard    *Guard `json:"-"`
	Loop     *Loop  `json:"-"`
	Approval string `json:",omitempty"`
	// Why says in plain words which part of the goal it serves.
	Why string
	// Match is how well the operation fits its part of the goal, Margin how far the
	// next best lies behind; both 0–1. A step brought in for another's sake has the
	// values of the one that needs it.
	Match, Margin float64
	// Inserted marks a step that no words of the goal ask for.
	Inserted bool
}

// Arg binds one argument. In and Path are those of a catalog.Field; an empty
// Path with In "body" binds the whole body.
type Arg struct {
	In    string
	Path  []string
	Value Value
	// From says in plain words where the value comes from; for the explanation.
	From string
}

// Value is exactly one of its fields.
type Value struct {
	Literal json.RawMessage `json:",omitempty"`
	Input   *Input          `json:",omitempty"`
	Ref     *Ref            `json:",omitempty"`
}

// Input is a value that the person is asked for.
type Input struct {
	// Name is the property of the run's input.
	Name     string
	Question string
	// Schema is the property's JSON Schema.
	Schema json.RawMessage
}

// Ref is a place in an earlier step's answer. "*" in Path stands for the items
// of an array; Pick says which of the first array's. Within a loop, a Ref with
// Item set starts at the loop's item instead of a step's answer.
type Ref struct {
	Step string
	Item bool
	Path []string
	Pick Pick
	// Text writes a number or a flag as text, for an argument that takes text.
	Text bool
	// Wrap makes the one value an array, for an argument that takes several.
	Wrap bool
}

// Pick chooses among the items of an array.
type Pick struct {
	// All takes every item's value, as an array.
	All bool
	// Last takes the last item; else Index counts from 0.
	Last  bool
	Index int
	// Field and Equals, where Field is set, take the first item whose field equals
	// the text.
	Field  string
	Equals string
}

// Loop runs a step once for each item. Consecutive steps with the same *Loop run
// together for each item.
type Loop struct {
	Over Ref // ends at the array, without "*"
	As   string
}

// Guard lets a step run only if it holds. Consecutive steps with the same *Guard
// stand in one condition.
type Guard struct {
	Left Ref
	// Count compares how many there are instead of the value.
	Count bool
	// Op is one of = != > >= < <= exists empty.
	Op    string
	Right json.RawMessage `json:",omitempty"`
	// Text is the condition as the person put it.
	Text string
}

// Find returns the step of an id.
func (d *Draft) Find(id string) (*Step, bool) {
	for _, s := range d.Steps {
		if s.ID == id {
			return s, true
		}
	}
	return nil, false
}

// Literal is a value that stands in the goal; v must be encodable as JSON.
func Literal(v any) Value {
	raw, err := json.Marshal(v)
	if err != nil {
		raw = []byte("null")
	}
	return Value{Literal: raw}
}
