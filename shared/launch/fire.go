package launch

import (
	"context"
	"errors"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/execution"
	"github.com/apiq/apiq/shared/trigger"
	"github.com/apiq/apiq/shared/workflow"
)

// Fire implements trigger.Launcher: it starts the newest version of a workflow
// that is ACTIVE, with what the trigger writes in the same transaction.
func (l *Launcher) Fire(ctx context.Context, in trigger.Start) error {
	status, err := l.workflows.Status(ctx, in.WorkflowID)
	if err != nil {
		return err
	}
	if status != workflow.StatusActive {
		return apierr.Newf(apierr.Conflict, "The workflow is %s: triggers start only those that are ACTIVE.", status)
	}
	w, err := l.load(ctx, in.WorkflowID, 0)
	if err != nil {
		return err
	}
	_, err = l.start(ctx, w, execution.StartRequest{ID: in.ExecutionID, Input: in.Input, Chain: in.Chain, Ops: in.Ops, Entry: in.Entry})
	var skipped *execution.Skipped
	if errors.As(err, &skipped) {
		return &trigger.SkippedError{Detail: apierr.From(err).Detail}
	}
	return err
}
