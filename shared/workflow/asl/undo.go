package asl

import (
	"github.com/apiq/apiq/shared/effect"
	"github.com/apiq/apiq/shared/expr"
	"github.com/apiq/apiq/shared/workflow"
)

// The states of a workflow whose failed runs are undone:
//
//	workflow.input ─► workflow.steps, a Parallel of one branch: all steps ─► (end)
//	                        │ any error
//	                        ▼
//	                  workflow.undo: lists what is to be undone, in parts ◄─┐ more
//	                        ▼                                               │
//	                  workflow.undo.each, a Map, one after the other ───────┤
//	                        │ an item: its call; a failure does not stop    │
//	                        ▼ the others                                    │
//	                  workflow.undone ──────────────────────────────────────┘
//	                        ▼ no more
//	                  workflow.fail, a Fail with the first error
//
// Which steps are done, and what undoes them, is in the journal of calls and not
// here: nothing of it counts against the quotas, and what a branch or an item was
// still doing when another failed is known there.
const (
	stateSteps  = "workflow.steps"
	stateUndo   = "workflow.undo"
	stateEach   = "workflow.undo.each"
	stateCall   = "workflow.undo.call"
	stateUndone = "workflow.undone"
	stateFail   = "workflow.fail"
	// StateUndoItem is the first state of each item; its input says whose undo it is.
	StateUndoItem = "workflow.undo.item"
)

const (
	// UndoSuffix makes of a step's path that of its undo. No other step has such a path:
	// what stands before it in one is a loop's item, "each[3]/undo".
	UndoSuffix = "/undo"
	// ErrorUndoBusy is the error of the list of what is to be undone, while something is
	// under way that may have to be: it is asked for again.
	ErrorUndoBusy = "Undo.Busy"
	// undoWaits is how often calls under way are asked for. They bound themselves: a step
	// may take 14 minutes at most.
	undoWaits, undoWaitSeconds = 120, 10
)

// undoable compiles the steps so that, when they fail, those that are done are undone.
func (f *frame) undoable(doc *workflow.Document) {
	failed, after, item := f.fresh("workflow_failed"), f.fresh("workflow_undo_after"), f.fresh("workflow_undo")
	internal := owner{role: RoleInternal}
	in := f.inner()
	in.sequence(doc.Steps, StateOutput, nil)
	in.end(doc)
	f.put(stateSteps, internal, &state{
		Type: "Parallel", Branches: []machine{{StartAt: doc.Steps[0].ID, States: in.states}},
		Output: "{% $states.result[0] %}", End: true,
		Catch: []catcher{{
			ErrorEquals: []string{"States.ALL"}, Next: stateUndo, Output: "{% {} %}",
			Assign: map[string]any{
				failed: `{% {"error": $states.errorOutput.Error, "cause": $exists($states.errorOutput.Cause) ? $states.errorOutput.Cause : ""} %}`,
				after:  "",
			},
		}},
	})
	f.put(stateUndo, internal, &state{
		Type: "Task", Resource: resourceInvoke,
		Arguments: f.invoke(functionCall, map[string]any{
			"workspace": f.binding.Workspace, "execution": "{% $states.context.Execution.Name %}",
			"step": stateUndo, "path": stateUndo, "listUndo": map[string]any{"after": expr.Wrap("$" + after)},
		}),
		Retry: []retrier{lambdaRetry(), {
			ErrorEquals: []string{ErrorUndoBusy}, IntervalSeconds: 1, MaxAttempts: undoWaits, BackoffRate: 2, MaxDelaySeconds: undoWaitSeconds,
		}},
		Assign: map[string]any{after: "{% $states.result.Payload.value.next %}"},
		Output: "{% $states.result.Payload.value.steps %}", Next: stateEach,
		Catch: []catcher{{ErrorEquals: []string{"States.ALL"}, Next: stateFail}}, // the first error is the run's
	})
	each := f.inner()
	each.undoing = item
	call := &workflow.Step{ID: stateCall, Type: workflow.TypeAPICall, OnError: &workflow.OnError{Mode: workflow.OnErrorContinue}}
	each.put(StateUndoItem, internal, &state{Type: "Pass", Assign: map[string]any{item: "{% $states.input %}"}, Next: stateCall})
	each.step(call, "", nil)
	f.put(stateEach, internal, &state{
		Type: "Map", Items: "{% $states.input %}", MaxConcurrency: 1, Output: "{% {} %}", Next: stateUndone,
		ItemProcessor: &processor{ProcessorConfig: processorConfig{Mode: "INLINE"}, machine: machine{StartAt: StateUndoItem, States: each.states}},
	})
	f.put(stateUndone, internal, &state{
		Type: "Choice", Choices: []choice{{Condition: expr.Wrap("$" + after + ` != ""`), Next: stateUndo}}, Default: stateFail,
	})
	f.put(stateFail, internal, &state{Type: "Fail", Error: expr.Wrap("$" + failed + ".error"), Cause: expr.Wrap("$" + failed + ".cause")})
}

// undoPayload are the fields of call.Task for an item of what is to be undone. Its
// class is not known here: the journal keeps an unsafe request from being repeated,
// whatever the state would have tried again.
func (f *frame) undoPayload(p map[string]any) map[string]any {
	p["connection"], p["operation"] = f.ofUndone("connection"), f.ofUndone("operation")
	p["undoes"] = f.ofUndone("of")
	return p
}

// ofUndone is a field of the item that is being undone.
func (f *frame) ofUndone(field string) string { return expr.Wrap("$" + f.undoing + "." + field) }

// undo are the fields of call.TaskUndo, and the expressions in it. They read the
// answer, so that the call function evaluates them.
func (f *frame) undo(s *workflow.Step) (declared map[string]any, sources []string) {
	connection := s.Undo.Connection
	if connection == "" {
		connection = s.Connection
	}
	declared = map[string]any{"connection": connection, "operation": s.Undo.Operation, "specHash": f.binding.SpecHashes[connection]}
	parameters, body := bare(members(s.Undo.Parameters)), bare(s.Undo.Body)
	if parameters != "" {
		declared["parameters"] = parameters
	}
	if body != "" {
		declared["body"] = body
	}
	return declared, []string{parameters, body}
}

// undoClass is the one by which an undo's state is compiled: what may be tried again
// is, and a person is asked what became of a request without an answer.
const undoClass = effect.Keyed
