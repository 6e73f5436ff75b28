package call

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/apiq/apiq/shared/call/request"
	"github.com/apiq/apiq/shared/effect"
)

// Reconcile makes a task the read that tells what became of a request of the same step,
// whose outcome is unknown.
type Reconcile struct {
	// Of is the step's own operation.
	Of string `json:"of"`
	// Found is a bare expression over the read's $response: true where the request had
	// its effect, false where it had none; anything else tells nothing.
	Found string `json:"found"`
}

// Reconciled is the call function's answer to such a task.
type Reconciled struct {
	// Decision is done, retry, or ask: a person.
	Decision string          `json:"decision"`
	Output   json.RawMessage `json:"output,omitempty"`
	// Error and Cause are what is known, where a person is asked.
	Error string `json:"Error,omitempty"`
	Cause string `json:"Cause,omitempty"`
}

const (
	decisionAsk = "ask"
	// byReconcile is who decided, in a Resolution.
	byReconcile = "reconcile"
	// maxReconciled is how often a step is sent again because a read found nothing: who
	// loses each answer and each effect needs a person.
	maxReconciled = 3
	// telling are the answers that Found is asked about. A failure of the API's, or of the
	// caller's access, finds nothing either, and says nothing.
	telling = "$response.status >= 200 and $response.status < 300 or $response.status in [404, 410]"
)

// reconcile asks the API what became of a request and settles it. The read is journalled
// with the step's attempts; it may be repeated, and what is settled is not asked again.
func (s *Service) reconcile(ctx context.Context, workspace string, task Task) (*Reconciled, error) {
	e, version, err := s.journal.load(ctx, task.Execution, task.Path)
	if err != nil {
		return nil, err
	}
	if e == nil || e.Operation != task.Reconcile.Of || e.Connection != task.Connection {
		return nil, &Failure{errTaskFailed, "The journal holds another operation under this step."}
	}
	if e.Status != StatusUnknown {
		return s.reconciled(ctx, e)
	}
	if e.Reconciled >= maxReconciled {
		return e.ask(fmt.Sprintf("The API has said %d times that it was not there.", e.Reconciled)), nil
	}
	t, err := s.open(task.purpose(ctx), task.Connection, task.Operation, task.SpecHash)
	if err != nil {
		return nil, err
	}
	if t.op.Method != http.MethodGet && t.op.Method != http.MethodHead {
		return nil, &Failure{errTaskFailed, "What became of a request is found out by a GET or HEAD only."}
	}
	for i := range e.Log { // an earlier read whose process died
		if a := &e.Log[i]; a.Reconcile && a.EndedAt.IsZero() {
			a.Interrupted = true
		}
	}
	task.Success = telling
	r := &runner{s: s, task: task, t: t, class: effect.Safe, peer: s.peers.of(workspace, task.Connection, t.conn.Settings),
		e: e, version: version, began: s.opts.Now(), timeout: s.opts.Timeout}
	defer r.using(ctx)()
	var found any
	x, done, err := r.call(ctx, request.Input{Operation: t.op, Parameters: task.Parameters}, nil, 1,
		func(ctx context.Context, req *http.Request, x *exchange, c content, sc scope) conclusion {
			v, failure := s.project.eval(ctx, task.Reconcile.Found, sc)
			if found = v; failure != nil || v != true {
				return conclusion{failure: failure}
			}
			return r.single(ctx, req, x, c, sc)
		})
	asked := "The API was asked by " + operationName(task.Operation) + ": "
	if err != nil {
		failed, ok := taskFailure(err)
		if !ok {
			return nil, err
		}
		return r.e.ask(asked + failed.Cause), nil
	}
	switch found {
	case true:
		if done.undo != nil && r.e.Undo != nil {
			done.undo(r.e.Undo)
		}
		return s.settle(ctx, r, DecisionDone, done.value)
	case false:
		return s.settle(ctx, r, DecisionRetry, nil)
	}
	return r.e.ask(asked + answered(x.status) + " That does not tell."), nil
}

// settle records what the read found out.
func (s *Service) settle(ctx context.Context, r *runner, decision string, value json.RawMessage) (*Reconciled, error) {
	if r.e.Status != StatusUnknown { // a late answer to the request itself came first
		return s.reconciled(ctx, r.e)
	}
	s.resolve(r.e, byReconcile, decision, value)
	if decision == DecisionRetry {
		r.e.Reconciled++
	}
	if _, err := s.journal.save(context.WithoutCancel(ctx), r.task.Execution, r.e, r.version); err != nil {
		return nil, err
	}
	return s.reconciled(ctx, r.e)
}

// reconciled is what follows from an entry whose outcome is known.
func (s *Service) reconciled(ctx context.Context, e *entry) (*Reconciled, error) {
	if e.Status == StatusSucceeded {
		value, err := s.journal.value(ctx, e)
		return &Reconciled{Decision: DecisionDone, Output: value}, err
	}
	if e.Status == StatusFailed && e.Effect == EffectNone {
		return &Reconciled{Decision: DecisionRetry}, nil
	}
	return e.ask(""), nil
}

// ask leaves it to a person, with what is known.
func (e *entry) ask(why string) *Reconciled {
	r := &Reconciled{Decision: decisionAsk, Error: ErrOutcomeUnknown, Cause: why}
	if e.Error != nil {
		r.Cause = e.Error.Cause + " " + why
	}
	return r
}
