package launching

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/apiq/apiq/functions/internal/base"
	"github.com/apiq/apiq/functions/internal/triggers"
	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/lambda"
	"github.com/apiq/apiq/shared/trigger"
)

// Firing is a function whose payload starts runs: handle is given triggers that can.
// An error fails the invocation, and whoever invoked tries again.
func Firing[T any](handle func(ctx context.Context, t *trigger.Service, payload T) error) func(*base.Base) (lambda.Handler, error) {
	return func(b *base.Base) (lambda.Handler, error) {
		t := triggers.Open(b)
		l, err := Open(b, t)
		if err != nil {
			return nil, err
		}
		t.Use(trigger.Ports{Workflows: l.Workflows, Launcher: l.Launcher})
		return func(ctx context.Context, raw json.RawMessage) (json.RawMessage, error) {
			var payload T
			if err := json.Unmarshal(raw, &payload); err != nil {
				return nil, fmt.Errorf("launching: payload: %w", err)
			}
			return nil, handle(audit.Track(ctx), t, payload)
		}, nil
	}
}

// Told is an event as the bus hands it over.
type Told struct {
	Detail trigger.Event `json:"detail"`
}

// Consume is the handler of an event that the bus hands over.
func Consume(ctx context.Context, t *trigger.Service, told Told) error {
	return t.Consume(ctx, told.Detail)
}
