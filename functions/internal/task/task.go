// Package task serves one task of state machines from a function.
package task

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/apiq/apiq/functions/internal/base"
	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/execution"
	"github.com/apiq/apiq/shared/lambda"
	"github.com/apiq/apiq/shared/tenant"
)

// Serve is the main of a workflow's task; it does not return.
func Serve(build func(*base.Base) (execution.Handler, error)) {
	base.Main(func(b *base.Base) (lambda.Handler, error) {
		h, err := build(b)
		if err != nil {
			return nil, err
		}
		return handler(b, h), nil
	})
}

// envelope is what every payload of a compiled definition has.
type envelope struct {
	Workspace string `json:"workspace"`
	Execution string `json:"execution"`
	Token     string `json:"token"`
	// Operation is there where a request's outcome is asked about.
	Operation string `json:"operation"`
}

// Question is the handler of the function that asks people: about approvals, and
// about requests whose outcome is not known.
func Question(ask execution.Handler) execution.Handler {
	return func(ctx context.Context, t execution.Task) (json.RawMessage, error) {
		var e envelope
		if err := json.Unmarshal(t.Payload, &e); err != nil {
			return nil, err
		}
		t.Function = execution.FunctionApproval
		if e.Operation != "" {
			t.Function = execution.FunctionUnknown
		}
		return ask(ctx, t)
	}
}

// handler gives a task its workspace, which the definition names: only the role of
// workflows' state machines may invoke the function, and a definition is made for
// one workspace by its compiler.
func handler(b *base.Base, h execution.Handler) lambda.Handler {
	return func(ctx context.Context, payload json.RawMessage) (json.RawMessage, error) {
		var e envelope
		if err := json.Unmarshal(payload, &e); err != nil || e.Workspace == "" || e.Workspace == tenant.System || e.Execution == "" {
			return nil, &lambda.Fault{Name: "States.Runtime", Cause: "the payload of the task cannot be read"}
		}
		ctx = tenant.WithActor(audit.Track(tenant.With(ctx, e.Workspace)), tenant.Actor{ID: "system"})
		out, err := h(ctx, execution.Task{Payload: payload, Run: e.Execution, Token: e.Token})
		return out, Fault(ctx, b, err)
	}
}

// Fault gives an error the name that the state machine matches: the task's own, or
// that of a function whose stores failed, which is tried again.
func Fault(ctx context.Context, b *base.Base, err error) error {
	var failed *execution.TaskError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &failed):
		return &lambda.Fault{Name: failed.Name, Cause: failed.Cause}
	}
	b.Log.ErrorContext(ctx, "task failed", "err", err)
	return &lambda.Fault{Name: execution.ErrorUnavailable, Cause: "a part of the service did not answer"}
}
