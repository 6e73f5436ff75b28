package execution_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/execution"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
	"github.com/apiq/apiq/shared/workflow/asl"
)

// approving is a run that asks for an approval, of the given token.
func (p *pair) approving(t *testing.T) (run string, ask func(token string)) {
	t.Helper()
	r, err := p.a.Start(p.ctx, execution.StartRequest{WorkflowID: "wfl_1", WorkflowName: "Pay", Program: execution.Program{
		Definition: json.RawMessage(`{"StartAt":"a","States":{"a":{"Type":"Task","Next":"b"},"b":{"Type":"Pass","End":true}}}`),
		States: map[string]asl.StateInfo{
			"a": {StepID: "a", StepType: "approval", Role: asl.RoleMain, Type: "Task"},
			"b": {StepID: "b", StepType: "transform", Role: asl.RoleMain, Type: "Pass"},
		}}})
	if err != nil {
		t.Fatal(err)
	}
	payload := fmt.Sprintf(`{"workspace":"wsp_1","execution":%q,"step":"a","path":"a","message":"Pay?"}`, r.ID)
	p.engine.add(r.ID, "TaskStateEntered", `{"name":"a"}`)
	return r.ID, func(token string) {
		if _, err := p.a.AskPerson(p.ctx, execution.Task{Function: execution.FunctionApproval, Token: token, Payload: json.RawMessage(payload)}); err != nil {
			t.Error(err)
		}
	}
}

func (p *pair) inbox(t *testing.T) []execution.Question {
	t.Helper()
	all, next, err := p.b.Inbox(tenant.WithActor(p.ctx, tenant.Actor{ID: "usr_1", Role: "USER"}), 10, "")
	if err != nil || next != "" {
		t.Fatalf("%q %v", next, err)
	}
	return all
}

// asked counts the questions that are kept of a run.
func (p *pair) asked(t *testing.T, run string) (n int) {
	t.Helper()
	for _, err := range p.store.All(p.ctx, table.Query{PK: "EXE#" + run, Prefix: "WAIT#"}) {
		if err != nil {
			t.Fatal(err)
		}
		n++
	}
	return n
}

// TestInbox: a question is in the inbox from when it is asked, whoever has read the
// log, to when it is decided, whether or not the engine has the decision.
func TestInbox(t *testing.T) {
	t.Parallel()
	p := two(t)
	run, ask := p.approving(t)
	ask("first")
	all := p.inbox(t)
	if len(all) != 1 || all[0].ExecutionID != run || all[0].WorkflowName != "Pay" || all[0].Message != "Pay?" || all[0].Kind != execution.KindApproval {
		t.Fatalf("%+v", all)
	}
	p.pass(time.Minute)
	if ask("first"); !p.inbox(t)[0].Since.Equal(all[0].Since) {
		t.Error("asked again after a crash, it is another question")
	}
	if ask("second"); p.inbox(t)[0].Since.Equal(all[0].Since) {
		t.Error("asked anew, it is the old question")
	}
	p.engine.add(run, "TaskScheduled", `{}`)
	p.engine.add(run, "TaskSubmitted", `{}`)
	p.engine.on("TaskSucceeded", func(string) error { return table.ErrThrottled })
	if _, err := p.a.Resolve(p.ctx, run, "a", execution.Decision{Decision: execution.Approve}); err != nil {
		t.Fatal(err)
	}
	if n, kept := len(p.inbox(t)), p.asked(t, run); n != 0 || kept != 1 {
		t.Errorf("decided, and %d in the inbox; %d are kept for the engine", n, kept)
	}
	p.engine.on("TaskSucceeded", nil)
	if p.sweep(t, p.b); p.asked(t, run) != 0 {
		t.Error("the engine has the decision, and the question is still there")
	}
}

// TestInboxAfterTheStep: a question goes with its step, though its run goes on; one
// that was asked since stays.
func TestInboxAfterTheStep(t *testing.T) {
	t.Parallel()
	for name, again := range map[string]bool{"gone": false, "asked anew": true} {
		p := two(t)
		run, ask := p.approving(t)
		p.pass(-time.Hour)
		ask("first")
		p.engine.add(run, "TaskScheduled", `{}`)
		p.engine.add(run, "TaskSubmitted", `{}`)
		p.engine.add(run, "TaskTimedOut", `{"error":"States.Timeout"}`)
		p.engine.add(run, "TaskStateExited", `{"name":"a"}`)
		p.engine.add(run, "PassStateEntered", `{"name":"b"}`)
		if again {
			p.pass(2 * time.Hour)
			ask("second")
		}
		p.status(t, run, execution.Running)
		if n := p.asked(t, run); n != map[bool]int{true: 1}[again] {
			t.Errorf("%s: %d questions are kept", name, n)
		}
	}
}

// TestInboxLate: a question that a function keeps after its run's end waits for
// nobody, and goes with the run.
func TestInboxLate(t *testing.T) {
	t.Parallel()
	p := two(t)
	run, ask := p.approving(t)
	p.fail(run)
	if err := p.a.Sync(p.ctx, run); err != nil {
		t.Fatal(err)
	}
	ask("late")
	if all := p.inbox(t); len(all) != 0 {
		t.Errorf("%+v", all)
	}
	p.pass(48 * time.Hour)
	if n, err := p.a.Expire(p.ctx, p.now()); err != nil || n != 1 || p.asked(t, run) != 0 {
		t.Fatalf("%d removed, %v; %d questions are kept", n, err, p.asked(t, run))
	}
}

// TestAskedInTheLog: the log tells what is asked and until when, and why what was asked
// in vain has failed.
func TestAskedInTheLog(t *testing.T) {
	t.Parallel()
	p := two(t)
	run, _ := p.approving(t)
	p.engine.add(run, "TaskScheduled", `{"parameters":"{\"Payload\":{\"message\":\"Pay?\",\"approvers\":[\"ADMIN\",\"usr_2\"]}}","timeoutInSeconds":60}`)
	p.engine.add(run, "TaskSubmitted", `{}`)
	d, err := p.a.Get(p.ctx, run)
	if err != nil || len(d.Steps) != 1 || d.Steps[0].Message != "Pay?" || d.Steps[0].ExpiresAt.Sub(d.Steps[0].StartedAt) < time.Minute {
		t.Fatalf("%+v %v", d.Steps, err)
	}
	until := d.Steps[0].ExpiresAt
	p.engine.add(run, "TaskTimedOut", `{"error":"States.Timeout"}`)
	p.engine.add(run, "ExecutionFailed", `{"error":"States.Timeout"}`)
	want := "Nobody decided by " + until.Format(time.RFC3339) + ". Asked were ADMIN, usr_2."
	if d, err = p.a.Get(p.ctx, run); err != nil || d.Error == nil || d.Error.Cause != want || d.Steps[0].Error.Cause != want || !d.Steps[0].ExpiresAt.IsZero() {
		t.Errorf("%+v %+v %v", d.Error, d.Steps, err)
	}
}
