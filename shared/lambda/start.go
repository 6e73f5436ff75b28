package lambda

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambda/messages"
)

// Handler is a function: JSON in, JSON out.
type Handler func(ctx context.Context, payload json.RawMessage) (json.RawMessage, error)

// Fault is an error whose name the caller of a function sees: Step Functions
// matches Retry and Catch against it.
type Fault struct{ Name, Cause string }

func (f *Fault) Error() string { return f.Name + ": " + f.Cause }

// grace is kept back of an invocation's time. When that is over the environment is
// killed, so what must be written then (the audit record of a request that took too
// long, the journal of a call, a key given back) and the answer need their share.
const grace = 1500 * time.Millisecond

// Main is a function's whole main: its handler is built once, when its environment
// starts, and serves invocations until that is taken down. It does not return. A
// fault of the start ends the process, and Lambda starts another.
func Main(build func() (Handler, error)) {
	h, err := build()
	if err != nil {
		fmt.Fprintf(os.Stderr, `{"level":"ERROR","msg":"function cannot start","err":%q}`+"\n", err.Error())
		os.Exit(1)
	}
	Start(h)
}

// Start serves invocations; it does not return.
func Start(h Handler) { lambda.Start(h.Invoke) }

// Invoke is the function as the runtime calls it, with a little less time than the
// runtime gives. A Fault keeps its name; the cause of any other error is only logged
// by the runtime, under its Go type.
func (h Handler) Invoke(ctx context.Context, payload json.RawMessage) (json.RawMessage, error) {
	if deadline, ok := ctx.Deadline(); ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadline(ctx, deadline.Add(-grace))
		defer cancel()
	}
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
