// Package platform serves the tasks of the platform's own state machines.
package platform

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/apiq/apiq/functions/internal/base"
	"github.com/apiq/apiq/functions/internal/task"
	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/lambda"
	"github.com/apiq/apiq/shared/tenant"
	"github.com/apiq/apiq/shared/upkeep"
)

// Serve is the main of such a task; it does not return. An error without a name of
// its own is tried again by the machine.
func Serve(build func(*base.Base) (lambda.Handler, error)) {
	base.Main(func(b *base.Base) (lambda.Handler, error) {
		h, err := build(b)
		if err != nil {
			return nil, err
		}
		return func(ctx context.Context, payload json.RawMessage) (json.RawMessage, error) {
			out, err := h(tenant.WithActor(audit.Track(ctx), tenant.Actor{ID: "system"}), payload)
			var refused *upkeep.Fault
			if errors.As(err, &refused) {
				return nil, &lambda.Fault{Name: refused.Name, Cause: refused.Cause}
			}
			return out, task.Fault(ctx, b, err)
		}, nil
	})
}
