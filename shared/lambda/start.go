package lambda

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambda/messages"
)

// Handler is a function: JSON in, JSON out.
type Handler func(ctx context.Context, payload json.RawMessage) (json.RawMessage, error)

// Fault is an error whose name the caller of a function sees: Step Functions
// matches Retry and Catch against it.
type Fault struct{ Name, Cause string }

func (f *Fault) Error() string { return f.Name + ": " + f.Cause }

// Start serves invocations until the environment is taken down; it does not return.
func Start(h Handler) { lambda.Start(h.Invoke) }

// Invoke is the function as the runtime calls it. A Fault keeps its name; the
// cause of any other error is only logged by the runtime, under its Go type.
func (h Handler) Invoke(ctx context.Context, payload json.RawMessage) (json.RawMessage, error) {
	out, err := h(ctx, payload)
	var fault *Fault
	if errors.As(err, &fault) {
		return nil, messages.InvokeResponse_Error{Type: fault.Name, Message: fault.Cause}
	}
	if err == nil && len(out) == 0 {
		out = json.RawMessage("null")
	}
	return out, err
}
