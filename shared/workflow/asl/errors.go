package asl

import "github.com/apiq/apiq/shared/workflow"

// handled says whether the step's errors do not simply end its scope.
func handled(s *workflow.Step) bool {
	return s.OnError != nil && s.OnError.Mode != workflow.OnErrorFail
}

// catches says whether the step's own main state can catch errors.
func catches(s *workflow.Step) bool {
	switch s.Type {
	case workflow.TypeAPICall, workflow.TypeApproval, workflow.TypeWorkflow, workflow.TypeParallel:
		return true
	case workflow.TypeLoop:
		return s.Tolerate == 0
	}
	return false
}

// catch is the step's Catch; nil where errors end the scope.
func catch(s *workflow.Step) []catcher {
	if !handled(s) {
		return nil
	}
	return []catcher{{ErrorEquals: []string{"States.ALL"}, Next: afterError(s)}}
}

// afterError is the state that an error leads to.
func afterError(s *workflow.Step) string {
	if s.OnError.Mode == workflow.OnErrorSteps {
		return s.OnError.Steps[0].ID
	}
	return s.ID + ".failed"
}

// handler compiles what runs when the step fails: the steps of onError, whose
// last value becomes the step's, or a state that makes the value null.
func (f *frame) handler(s *workflow.Step, to target) {
	if s.OnError.Mode == workflow.OnErrorSteps {
		f.sequence(s.OnError.Steps, to.next, to.names)
		return
	}
	f.put(s.ID+".failed", owner{s, RoleContinue}, f.finish(to, &state{Type: "Pass"}, null))
}

// caught puts a step whose states cannot catch into a Parallel of one branch.
// Inside, nothing is assigned to the step's name: Step Functions keeps a name to
// one scope.
func (f *frame) caught(s *workflow.Step, to target) {
	in := f.inner()
	first := s.ID + ".inner"
	in.body(s, first, RoleInternal, target{})
	f.put(s.ID, owner{s, RoleMain}, f.finish(to, &state{
		Type:     "Parallel",
		Branches: []machine{{StartAt: first, States: in.states}},
		Catch:    catch(s),
	}, "{% $states.result[0] %}"))
}
