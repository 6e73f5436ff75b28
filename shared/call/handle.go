package call

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/call/request"
	"github.com/apiq/apiq/shared/connection"
	"github.com/apiq/apiq/shared/execution"
	"github.com/apiq/apiq/shared/tenant"
)

// errTaskFailed is Step Functions' name for what has no name of its own.
const errTaskFailed = "States.TaskFailed"

// Handle runs one api_call task; it is the execution.Handler of the call
// function. The result is a Result. Errors that the workflow may handle are
// *execution.TaskError with the names of docs/workflow.md; any other is ours (the
// journal cannot be written, the context has ended) and says nothing of the step:
// the same task may be handed over again.
func (s *Service) Handle(ctx context.Context, task execution.Task) (_ json.RawMessage, err error) {
	defer func() {
		if p := recover(); p != nil {
			s.opts.Log.ErrorContext(ctx, "call: panic", "panic", fmt.Sprintf("%T", p), "stack", string(debug.Stack()))
			err = errors.New("call: internal failure")
		}
	}()
	var t Task
	if err := json.Unmarshal(task.Payload, &t); err != nil {
		return nil, &execution.TaskError{Name: errTaskFailed, Cause: "The step's payload is not one of this version."}
	}
	workspace, err := tenant.From(ctx)
	if err != nil {
		return nil, err
	}
	// The payload is data; who may do what comes from the context.
	if t.Workspace != "" && t.Workspace != workspace || task.Run != "" && t.Execution != task.Run || t.Execution == "" || t.Path == "" {
		return nil, &execution.TaskError{Name: errTaskFailed, Cause: "The step's payload belongs to another run."}
	}
	var result any
	switch {
	case t.ListUndo != nil:
		result, err = s.listUndo(ctx, t.Execution, *t.ListUndo)
	case t.Undoes != nil:
		result, err = s.runUndo(ctx, workspace, t)
	case t.Reconcile != nil:
		result, err = s.reconcile(ctx, workspace, t)
	default:
		result, err = s.run(ctx, workspace, t)
	}
	if err != nil {
		return nil, taskError(err)
	}
	return json.Marshal(result)
}

// taskError gives an error its name in the workflow.
func taskError(err error) error {
	if failed, ok := taskFailure(err); ok {
		return &execution.TaskError{Name: failed.Name, Cause: failed.Cause}
	}
	return err
}

// taskFailure is the failure that an error is to a workflow; others say nothing of the step.
func taskFailure(err error) (_ *Failure, ok bool) {
	var failed *Failure
	if errors.As(err, &failed) {
		return failed, true
	}
	var public *apierr.Error
	if !errors.As(err, &public) {
		return nil, false
	}
	name := errTaskFailed
	switch public.Code {
	case apierr.Reauthorize, apierr.CredentialsInvalid:
		name = ErrReauthorize
	case apierr.EgressBlocked:
		name = ErrEgressBlocked
	case apierr.UpstreamError: // of who gives the connection its token
		name = ErrHTTPNetwork
	case apierr.UpstreamTimeout:
		name = ErrHTTPTimeout
	case apierr.ValidationFailed:
		name = ErrSchemaMismatch
	case apierr.NotFound:
	default:
		return nil, false
	}
	cause := public.Detail
	for i, p := range public.Problems {
		if i == 10 {
			cause += " …"
			break
		}
		cause += " " + p.Path + ": " + p.Message
	}
	return &Failure{name, cause}, true
}

// Error makes a Failure travel as an error inside the package.
func (f *Failure) Error() string { return f.Name + ": " + f.Cause }

// run answers from the journal what needs no request, and calls otherwise.
func (s *Service) run(ctx context.Context, workspace string, task Task) (*Result, error) {
	e, version, err := s.journal.load(ctx, task.Execution, task.Path)
	if err != nil {
		return nil, err
	}
	if e != nil {
		if done, result, err := s.settled(ctx, task, e, version); done {
			return result, err
		}
	}
	if err := ctx.Err(); err != nil {
		return nil, err // cancelled: stop before the next request
	}
	t, err := s.open(task.purpose(ctx), task.Connection, task.Operation, task.SpecHash)
	if err != nil {
		return nil, err
	}
	if task.Undoes != nil && t.op.Method == http.MethodDelete {
		task.Success = deleted
	}
	r := &runner{s: s, task: task, t: t, class: t.class(), peer: s.peers.of(workspace, task.Connection, t.conn.Settings),
		e: e, version: version, began: s.opts.Now(), timeout: s.timeout(task.TimeoutSeconds)}
	if e != nil && !r.class.Repeatable() && e.Class.Repeatable() && (e.Status == StatusSending || e.Effect != EffectNone) {
		// What made a second request harmless is no longer set.
		return s.unknownAgain(ctx, task, e, version, "The connection's settings have changed since the request was sent.")
	}
	defer r.using(ctx)()
	return r.pages(ctx, request.Input{Operation: t.op, Parameters: task.Parameters, Body: task.Body, Headers: task.Headers})
}

// purpose is what a step's credential is opened for.
func (t Task) purpose(ctx context.Context) context.Context {
	return connection.For(ctx, connection.Purpose{Why: connection.WhyRun, Run: t.Execution, Step: t.Path})
}

func (s *Service) timeout(seconds int) time.Duration {
	if seconds <= 0 {
		return s.opts.Timeout
	}
	return min(time.Duration(min(seconds, 1<<20))*time.Second, s.opts.MaxTimeout)
}

// settled answers from the journal where no request may or need be sent: done
// tells so. What it leaves is a first attempt, or one more that does no harm.
func (s *Service) settled(ctx context.Context, task Task, e *entry, version int64) (done bool, _ *Result, _ error) {
	if e.Operation != task.Operation || e.Connection != task.Connection {
		return true, nil, &Failure{errTaskFailed, "The journal holds another operation under this step."}
	}
	unknownAgain := func(cause string) (bool, *Result, error) {
		_, err := s.unknownAgain(ctx, task, e, version, cause)
		return true, nil, err
	}
	switch e.Status {
	case StatusSucceeded:
		value, err := s.journal.value(ctx, e)
		if err != nil {
			return true, nil, err
		}
		return true, &Result{Value: value, Status: e.HTTPStatus, Attempts: e.Attempts}, nil
	case StatusUnknown:
		return true, nil, e.Error
	case StatusSending:
		a := e.last()
		if a != nil && a.EndedAt.IsZero() {
			a.Interrupted = true
		}
		if !e.Class.Repeatable() {
			return unknownAgain("The request was being sent when the work on it stopped.")
		}
	case StatusFailed:
		if e.Resolution != nil && e.Resolution.Decision == DecisionFail {
			return unknownAgain("It was given up as failed before.") // the run is being continued
		}
		if !e.Class.Repeatable() && e.Effect != EffectNone {
			return true, nil, e.Error
		}
	}
	return false, nil, nil
}

// unknownAgain makes a step's outcome one that a person has to tell.
func (s *Service) unknownAgain(ctx context.Context, task Task, e *entry, version int64, cause string) (*Result, error) {
	e.Status, e.Error, e.Effect, e.Resolution = StatusUnknown, unknown(e.left()+cause), EffectMaybe, nil
	if _, err := s.journal.save(ctx, task.Execution, e, version); err != nil {
		return nil, err
	}
	return nil, e.Error
}

// operationName shortens what a payload calls an operation, for logs.
func operationName(s string) string { return cutText(strings.ToValidUTF8(s, ""), 200) }
