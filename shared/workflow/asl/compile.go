package asl

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/effect"
	"github.com/apiq/apiq/shared/workflow"
)

const (
	// MaxDefinition is Step Functions' quota for a definition, in bytes.
	MaxDefinition = 1 << 20
	// MaxStateName is its quota for a state's name.
	MaxStateName = 80
)

// Names of the first and the last state.
const (
	StateInput  = "workflow.input"
	StateOutput = "workflow.output"
)

// Binding is what a document does not say of itself.
type Binding struct {
	Workspace string
	// Functions are names or ARNs of the functions that the definition calls, by
	// placeholder. Defaults to the placeholders, ${call} and so on.
	Functions map[string]string
	// Handed says that the definition leaves the product: its comment then tells which
	// placeholders are to be substituted.
	Handed     bool
	WorkflowID string
	// Version is the workflow's version, which the definition's comment names.
	Version int64
	// SpecHashes give, by connection, the spec that the document was checked against.
	SpecHashes map[string]string
	// Effects give, by step id, the effect class of its operation; a step without one
	// is taken as unsafe.
	Effects map[string]effect.Class
}

// Role says what a state does for its step.
type Role string

// The roles of states. A step begins when its main state is entered and has its
// value when its end state is left; where it has none, when the main one is.
const (
	RoleMain Role = "main"
	RoleEnd  Role = "end"
	// RoleReconcile begins the finding out, from the API, what became of a request.
	RoleReconcile Role = "reconcile"
	RoleUnknown   Role = "unknown"  // waits for a person to say what became of a request
	RoleResolved  Role = "resolved" // the person said done: the step has its value when this is left
	RoleRefused   Role = "refused"  // the person said fail: the step has failed
	RoleContinue  Role = "continue" // the step failed and the run goes on: its value is null
	RoleInternal  Role = "internal" // no event of its own
)

// StateInfo says whose a state is.
type StateInfo struct {
	StepID string `json:"stepId,omitempty"`
	// StepType is the step's type; "" for the input and output states.
	StepType string `json:"stepType,omitempty"`
	StepName string `json:"stepName,omitempty"`
	Role     Role   `json:"role"`
	// Type is the state's own: Task, Pass, Choice, …
	Type string `json:"type"`
	// Loops are the ids of the loops around the step, the outermost first; with the
	// items' indexes they make its path: "each[3]/charge".
	Loops []string `json:"loops,omitempty"`
	// Undo: the state is part of undoing a step, which its item names.
	Undo bool `json:"undo,omitempty"`
}

// ErrorUnavailable is what a function answers that could not reach its stores: what
// became of its work is in the journal or was not done, and it is called again.
const ErrorUnavailable = "Apiq.Unavailable"

// Errors that definitions raise besides those of the call function.
const (
	ErrorTooManyFailed    = "Loop.TooManyFailed"
	ErrorApprovalRejected = "Approval.Rejected"
)

// Compile gives the definition of a document that Parse accepted, and what each
// of its states stands for. The error is WORKFLOW_INVALID where the document
// does not fit into a definition. FunctionNames are the placeholders ${call},
// ${unknown}, ${approval} and ${workflow}.
func Compile(doc *workflow.Document, b Binding) (json.RawMessage, map[string]StateInfo, error) {
	c := &compiler{binding: b, info: map[string]StateInfo{}, called: map[string]bool{}, names: map[string]bool{"input": true}, functions: doc.Functions(), renamed: map[string]string{}}
	doc.Walk(func(_ string, s *workflow.Step) {
		c.names[s.ID] = true
		if s.As != "" {
			c.names[s.As] = true
		}
	})
	for _, name := range c.functions {
		c.renamed[name] = c.fresh(name + "_value")
	}
	f := &frame{compiler: c, states: newStates()}
	first := &state{Type: "Pass", Assign: map[string]any{"input": "{% $states.input %}"}, Next: doc.Steps[0].ID}
	f.put(StateInput, owner{role: RoleInternal}, first)
	if doc.OnFailure == workflow.OnFailureUndo {
		first.Next = stateSteps
		f.undoable(doc)
	} else {
		f.sequence(doc.Steps, StateOutput, nil)
		f.end(doc)
	}
	definition, err := encode(machine{
		Comment:       fmt.Sprintf("%s (%s, version %d)", doc.Name, b.WorkflowID, b.Version) + c.open(),
		QueryLanguage: "JSONata", StartAt: StateInput, States: f.states,
	})
	if err != nil {
		return nil, nil, fmt.Errorf("workflow/asl: %w", err)
	}
	if len(definition) > MaxDefinition {
		return nil, nil, apierr.New(apierr.WorkflowInvalid, "The workflow is too large to run.").With(apierr.Problem{
			Path: "/steps", Code: "too_large",
			Message: fmt.Sprintf("Compiled, it takes %d bytes of the %d that Step Functions accepts; split it into workflows that call each other.", len(definition), MaxDefinition),
		})
	}
	for name := range c.info {
		if len(name) > MaxStateName {
			return nil, nil, fmt.Errorf("workflow/asl: state name %q is longer than %d", name, MaxStateName)
		}
	}
	return definition, c.info, nil
}

// end is the state in which the run has its output.
func (f *frame) end(doc *workflow.Document) {
	last := &state{Type: "Succeed"}
	if len(doc.Output) > 0 {
		last.Output = output(f.value(doc.Output))
	}
	f.put(StateOutput, owner{role: RoleInternal}, last)
}

// compiler is what all scopes of one definition share.
type compiler struct {
	binding Binding
	info    map[string]StateInfo
	called  map[string]bool // functions
	names   map[string]bool // variables in use anywhere
	// functions are the document's names that are also functions': as variables
	// they would hide these, so renamed gives the variables they have instead.
	functions []string
	renamed   map[string]string
}

// fresh makes a variable name that nothing else in the document has.
func (c *compiler) fresh(base string) string {
	name := base
	for i := 2; c.names[name] || len(name) > MaxStateName; i++ {
		name = fmt.Sprintf("%.60s_%d", base, i)
	}
	c.names[name] = true
	return name
}

// loop is a loop around what is being compiled.
type loop struct {
	id    string
	index string // the variable that holds the item's index
}

// frame is one scope of states: the definition's own, a branch's, an item's.
type frame struct {
	*compiler
	states *states
	loops  []loop
	// undoing is the variable with the step that is being undone; "" where none is.
	undoing string
}

func (f *frame) inner(more ...loop) *frame {
	return &frame{compiler: f.compiler, states: newStates(), loops: append(slices.Clone(f.loops), more...)}
}

// owner says what a state stands for.
type owner struct {
	step *workflow.Step
	role Role
}

func (f *frame) put(name string, o owner, s *state) {
	info := StateInfo{Role: o.role, Type: s.Type, Undo: f.undoing != ""}
	if o.step != nil {
		info.StepID, info.StepType, info.StepName = o.step.ID, o.step.Type, o.step.Name
	}
	for _, l := range f.loops {
		info.Loops = append(info.Loops, l.id)
	}
	f.info[name] = info
	f.states.add(name, s)
}

// sequence compiles steps that run one after the other and then go to next, ""
// for the end of the scope. The value of the last is also assigned to names.
func (f *frame) sequence(steps []workflow.Step, next string, names []string) {
	for i := range steps {
		s := &steps[i]
		if i+1 < len(steps) {
			f.step(s, steps[i+1].ID, []string{s.ID})
		} else {
			f.step(s, next, append([]string{s.ID}, names...))
		}
	}
}

// step compiles one step; its value is assigned to each of names.
func (f *frame) step(s *workflow.Step, next string, names []string) {
	to := target{next: next, names: names}
	if !handled(s) || catches(s) {
		f.body(s, s.ID, RoleMain, to)
	} else {
		f.caught(s, to)
	}
	if handled(s) {
		f.handler(s, to)
	}
}

// body compiles what the step does, its first state being called name.
func (f *frame) body(s *workflow.Step, name string, role Role, to target) {
	o := owner{step: s, role: role}
	switch s.Type {
	case workflow.TypeAPICall:
		f.apiCall(s, to)
	case workflow.TypeApproval:
		f.approval(s, to)
	case workflow.TypeWorkflow:
		f.nested(s, to)
	case workflow.TypeCondition:
		f.condition(s, name, o, to)
	case workflow.TypeLoop:
		f.loop(s, name, o, to)
	case workflow.TypeParallel:
		f.parallel(s, name, o, to)
	case workflow.TypeTransform:
		f.transform(s, name, o, to)
	case workflow.TypeWait:
		f.wait(s, name, o, to)
	case workflow.TypeFail:
		f.put(name, o, &state{Type: "Fail", Error: s.Error, Cause: f.text(s.Cause)})
	}
}

// target is where a step's value goes and what runs after it.
type target struct {
	next  string
	names []string
}

// finish gives a state its way on and its value, an expression or static JSON.
func (f *frame) finish(t target, s *state, value any) *state {
	s.Output = output(value)
	if len(t.names) > 0 {
		s.Assign = map[string]any{}
		for _, name := range t.names {
			s.Assign[f.variable(name)] = value
		}
	}
	s.Next, s.End = t.next, t.next == ""
	return s
}
