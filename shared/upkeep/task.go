package upkeep

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"

	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
)

// Refused is the name of a fault that trying again does not mend. Every other
// error of a task is of a store or a service that may answer the next time.
const Refused = "Apiq.Refused"

// Fault is an error whose name a state machine sees.
type Fault struct{ Name, Cause string }

func (f *Fault) Error() string { return f.Name + ": " + f.Cause }

func refused(format string, args ...any) error {
	return &Fault{Refused, fmt.Sprintf(format, args...)}
}

// Trail is the part of the audit trail that upkeep writes to.
type Trail interface {
	Commit(ctx context.Context, ops []table.Op, e audit.Entry) error
}

// operations are what a function does, by the op of its payload.
type operations map[string]func(ctx context.Context, payload json.RawMessage) (any, error)

// serve does what a payload asks for. One that is not understood is Refused.
func (o operations) serve(ctx context.Context, payload json.RawMessage) (json.RawMessage, error) {
	var call struct {
		Op string `json:"op"`
	}
	if err := json.Unmarshal(payload, &call); err != nil || o[call.Op] == nil {
		return nil, refused("there is no operation %q", call.Op)
	}
	out, err := o[call.Op](ctx, payload)
	if err != nil {
		return nil, err
	}
	return json.Marshal(out)
}

// operation reads the payload of one operation, strictly: a state machine and its
// functions are deployed together.
func operation[In, Out any](do func(ctx context.Context, in In) (Out, error)) func(context.Context, json.RawMessage) (any, error) {
	return func(ctx context.Context, payload json.RawMessage) (any, error) {
		var in In
		d := json.NewDecoder(bytes.NewReader(payload))
		d.DisallowUnknownFields()
		if err := d.Decode(&in); err != nil {
			return nil, refused("the payload cannot be read: %v", err)
		}
		return do(ctx, in)
	}
}

// within is the context of what the system does in a workspace.
func within(ctx context.Context, workspace string) context.Context {
	return tenant.WithActor(tenant.With(ctx, workspace), tenant.Actor{ID: "system"})
}
