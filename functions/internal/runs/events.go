package runs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/apiq/apiq/functions/internal/base"
	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/execution/stepfunctions"
	"github.com/apiq/apiq/shared/lambda"
	"github.com/apiq/apiq/shared/tenant"
)

// OnStatus is the handler of the bus's "Step Functions Execution Status Change": it
// brings the run's log up to date and settles what follows from its end. Delivered
// again it does the same again, which changes nothing.
func (r *Runs) OnStatus(b *base.Base) lambda.Handler {
	return func(ctx context.Context, payload json.RawMessage) (json.RawMessage, error) {
		var event struct {
			Detail struct {
				ExecutionARN string `json:"executionArn"`
			} `json:"detail"`
		}
		if err := json.Unmarshal(payload, &event); err != nil {
			return nil, fmt.Errorf("runs: not an event of the bus: %w", err)
		}
		workspace, run, ok := r.Engine.Ref(event.Detail.ExecutionARN)
		if !ok {
			b.Log.WarnContext(ctx, "an execution that is none of ours", "execution", event.Detail.ExecutionARN)
			return nil, nil
		}
		return nil, r.sync(ctx, stepfunctions.Ref{Workspace: workspace, Run: run})
	}
}

// OnLog is the handler of the subscription to the log of express executions: it
// stores their history, then does as OnStatus. What it could not store or settle is
// delivered again.
func (r *Runs) OnLog(b *base.Base) lambda.Handler {
	return func(ctx context.Context, payload json.RawMessage) (json.RawMessage, error) {
		events, skipped, err := stepfunctions.ParseLogs(payload)
		if err != nil {
			return nil, err
		}
		if skipped > 0 {
			b.Log.WarnContext(ctx, "entries of the log that are no events", "count", skipped)
		}
		moved, err := r.Engine.TakeIn(ctx, events)
		faults := []error{err}
		for _, ref := range moved {
			faults = append(faults, r.sync(ctx, ref))
		}
		return nil, errors.Join(faults...)
	}
}

func (r *Runs) sync(ctx context.Context, ref stepfunctions.Ref) error {
	ctx = tenant.WithActor(audit.Track(tenant.With(ctx, ref.Workspace)), tenant.Actor{ID: "system"})
	if err := r.Service.Sync(ctx, ref.Run); err != nil {
		return fmt.Errorf("runs: %s: %w", ref.Run, err)
	}
	return nil
}
