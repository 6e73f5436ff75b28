package asl

import (
	"github.com/apiq/apiq/shared/effect"
	"github.com/apiq/apiq/shared/expr"
	"github.com/apiq/apiq/shared/workflow"
)

// The functions that definitions call, as package execution names them, and the
// error of package call; neither is imported, since execution imports this one.
const (
	functionCall     = "call"
	functionApproval = "approval"
	functionUnknown  = "unknown"
	functionWorkflow = "workflow"
	outcomeUnknown   = "Outcome.Unknown"
)

const (
	resourceInvoke = "arn:aws:states:::lambda:invoke"
	resourceToken  = "arn:aws:states:::lambda:invoke.waitForTaskToken" // #nosec G101 -- a resource's name
)

// apiCall is a Task, and, where a request's outcome can stay unknown, the states
// that let a person decide.
func (f *frame) apiCall(s *workflow.Step, to target) {
	class := f.class(s)
	st := f.finish(to, &state{
		Type: "Task", Resource: resourceInvoke,
		Arguments: f.invoke(functionCall, f.callPayload(s)),
		Retry:     retries(s, class),
	}, "{% $states.result.Payload.value %}")
	if class == effect.Keyed || class == effect.Unsafe {
		next := s.ID + ".unknown"
		if s.Reconcile != nil {
			next = f.reconcile(s)
		}
		st.Catch = append(st.Catch, catcher{ErrorEquals: []string{outcomeUnknown}, Next: next, Output: "{% $states.errorOutput %}"})
	}
	st.Catch = append(st.Catch, catch(s)...)
	f.put(s.ID, owner{s, RoleMain}, st)
	if class == effect.Keyed || class == effect.Unsafe {
		f.unknown(s, to)
	}
}

func (f *frame) class(s *workflow.Step) effect.Class {
	if f.undoing != "" {
		return undoClass
	}
	if c, ok := f.binding.Effects[s.ID]; ok {
		return c
	}
	return effect.Unsafe
}

// callPayload are the fields of call.Task.
func (f *frame) callPayload(s *workflow.Step) map[string]any {
	p := f.payload(s)
	if f.undoing != "" {
		return f.undoPayload(p)
	}
	p["connection"], p["operation"], p["specHash"] = s.Connection, s.Operation, f.binding.SpecHashes[s.Connection]
	if len(s.Parameters) > 0 {
		p["parameters"] = f.object(s.Parameters)
	}
	if len(s.Headers) > 0 {
		p["headers"] = f.object(s.Headers)
	}
	if len(s.Body) > 0 {
		p["body"] = f.value(s.Body)
	}
	if s.TimeoutSeconds > 0 {
		p["timeoutSeconds"] = s.TimeoutSeconds
	}
	output := bare(s.Output)
	if output != "" {
		p["output"] = output
	}
	success, _ := expr.Unwrap(s.Success)
	if success != "" {
		p["success"] = success
	}
	items, next := "", ""
	if s.Paginate != nil {
		items, _ = expr.Unwrap(s.Paginate.Items)
		next, _ = expr.Unwrap(s.Paginate.Next)
		p["paginate"] = pages(s.Paginate, items, next)
	}
	sources := []string{output, success, items, next}
	if s.Undo != nil {
		declared, reads := f.undo(s)
		p["undo"], sources = declared, append(sources, reads...)
	}
	if vars := f.vars(s, sources...); vars != "" {
		p["vars"] = vars
	}
	return p
}

// pages are the fields of call.Paginate that are set.
func pages(p *workflow.Paginate, items, next string) map[string]any {
	m := map[string]any{"items": items, "maxItems": p.MaxItems}
	for name, value := range map[string]string{"kind": p.Kind, "next": next, "param": p.Param} {
		if value != "" {
			m[name] = value
		}
	}
	if p.Size > 0 {
		m["size"] = p.Size
	}
	return m
}

// unknown asks a person what became of the request: {decision: retry|done|fail,
// output?} answers the token. Another error of the question is the step's own.
func (f *frame) unknown(s *workflow.Step, to target) {
	p := f.tokenPayload(s)
	p["connection"], p["operation"] = s.Connection, s.Operation
	if f.undoing != "" {
		p["connection"], p["operation"] = f.ofUndone("connection"), f.ofUndone("operation")
	}
	p["error"] = "{% $states.input %}"
	f.put(s.ID+".unknown", owner{s, RoleUnknown}, &state{
		Type: "Task", Resource: resourceToken,
		Arguments: f.invoke(functionUnknown, p),
		Output:    "{% $states.result %}", Retry: []retrier{lambdaRetry()},
		Catch: catch(s), Next: s.ID + ".decision",
	})
	refused := s.ID + ".refused"
	if handled(s) {
		refused = afterError(s)
	}
	f.put(s.ID+".decision", owner{s, RoleInternal}, &state{
		Type: "Choice",
		Choices: []choice{
			{Condition: `{% $states.input.decision = "retry" %}`, Next: s.ID},
			{Condition: `{% $states.input.decision = "done" %}`, Next: s.ID + ".resolved"},
		},
		Default: refused,
	})
	f.put(s.ID+".resolved", owner{s, RoleResolved}, f.finish(to, &state{Type: "Pass"},
		"{% $exists($states.input.output) ? $states.input.output : null %}"))
	if !handled(s) {
		f.put(refused, owner{s, RoleRefused}, &state{
			Type: "Fail", Error: outcomeUnknown,
			Cause: "A person decided that the request counts as failed.",
		})
	}
}

// approval waits for a person; a rejection comes as the error Approval.Rejected.
func (f *frame) approval(s *workflow.Step, to target) {
	p := f.tokenPayload(s)
	p["message"] = f.text(s.Message)
	if len(s.Approvers) > 0 {
		p["approvers"] = s.Approvers
	}
	if len(s.Delegates) > 0 {
		p["delegates"] = s.Delegates
	}
	if s.EscalateAfterSeconds > 0 {
		p["escalateAfterSeconds"] = s.EscalateAfterSeconds
	}
	if s.TimeoutSeconds > 0 {
		p["timeoutSeconds"] = s.TimeoutSeconds
	}
	f.put(s.ID, owner{s, RoleMain}, f.finish(to, &state{
		Type: "Task", Resource: resourceToken, TimeoutSeconds: s.TimeoutSeconds,
		Arguments: f.invoke(functionApproval, p),
		Retry:     []retrier{lambdaRetry()}, Catch: catch(s),
	}, "{% $states.result %}"))
}

// nested runs another workflow; its output is the step's value.
func (f *frame) nested(s *workflow.Step, to target) {
	p := f.tokenPayload(s)
	p["workflow"] = s.Workflow
	if s.WorkflowVersion > 0 {
		p["version"] = s.WorkflowVersion
	}
	if len(s.Input) > 0 {
		p["input"] = f.value(s.Input)
	}
	f.put(s.ID, owner{s, RoleMain}, f.finish(to, &state{
		Type: "Task", Resource: resourceToken,
		Arguments: f.invoke(functionWorkflow, p),
		Retry:     []retrier{lambdaRetry()}, Catch: catch(s),
	}, "{% $states.result %}"))
}

// payload are the fields that every function gets.
func (f *frame) payload(s *workflow.Step) map[string]any {
	step, path := s.ID, f.path(s.ID)
	if f.undoing != "" {
		step, path = f.ofUndone("step"), expr.Wrap("$"+f.undoing+".path & "+quote(UndoSuffix))
	}
	return map[string]any{"workspace": f.binding.Workspace, "execution": "{% $states.context.Execution.Name %}", "step": step, "path": path}
}

func (f *frame) tokenPayload(s *workflow.Step) map[string]any {
	p := f.payload(s)
	p["token"] = "{% $states.context.Task.Token %}"
	return p
}
