package asl

import (
	"github.com/apiq/apiq/shared/expr"
	"github.com/apiq/apiq/shared/workflow"
)

// reconcile are the states that ask the API what became of a request, after a while;
// it gives the first of them. The call function answers {decision: done|retry|ask,
// output?}; to ask a person it gives an Error Output that says what is known.
func (f *frame) reconcile(s *workflow.Step) (first string) {
	read, role := s.ID+".reconcile", RoleReconcile
	first = read
	after := workflow.ReconcileAfter
	if s.Reconcile.AfterSeconds != nil {
		after = *s.Reconcile.AfterSeconds
	}
	if after > 0 {
		first, role = s.ID+".pause", RoleInternal
		f.put(first, owner{s, RoleReconcile}, &state{Type: "Wait", Seconds: after, Next: read})
	}
	f.put(read, owner{s, role}, &state{
		Type: "Task", Resource: resourceInvoke,
		Arguments: f.invoke(functionCall, f.reconcilePayload(s)),
		Output:    "{% $states.result.Payload %}", Retry: []retrier{lambdaRetry()},
		Catch: []catcher{{ErrorEquals: []string{"States.ALL"}, Next: s.ID + ".unknown", Output: "{% $states.errorOutput %}"}},
		Next:  s.ID + ".reconciled",
	})
	f.put(s.ID+".reconciled", owner{s, RoleInternal}, &state{
		Type: "Choice",
		Choices: []choice{
			{Condition: `{% $states.input.decision = "retry" %}`, Next: s.ID},
			{Condition: `{% $states.input.decision = "done" %}`, Next: s.ID + ".resolved"},
		},
		Default: s.ID + ".unknown",
	})
	return first
}

// reconcilePayload are the fields of call.Task, for the read.
func (f *frame) reconcilePayload(s *workflow.Step) map[string]any {
	r := s.Reconcile
	found, _ := expr.Unwrap(r.Found)
	output := bare(r.Output)
	p := f.payload(s)
	p["connection"], p["operation"], p["specHash"] = s.Connection, r.Operation, f.binding.SpecHashes[s.Connection]
	p["reconcile"] = map[string]any{"of": s.Operation, "found": found}
	if len(r.Parameters) > 0 {
		p["parameters"] = f.object(r.Parameters)
	}
	if output != "" {
		p["output"] = output
	}
	sources := []string{found, output}
	if s.Undo != nil { // what the read finds can be undone
		declared, reads := f.undo(s)
		p["undo"], sources = declared, append(sources, reads...)
	}
	if vars := f.vars(s, sources...); vars != "" {
		p["vars"] = vars
	}
	return p
}
