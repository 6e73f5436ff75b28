package execution

import (
	"context"
	"errors"
	"time"

	"github.com/apiq/apiq/shared/access"
	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/table"
)

// Delete removes a run that has ended, with all that is kept of it, as Expire does. Runs
// that it started, or that ran it again, stay. CONFLICT: it has not ended.
func (s *Service) Delete(ctx context.Context, id string) error {
	if _, err := s.open(ctx, id, access.Edit); err != nil {
		return err
	}
	// What a home that follows its engine has not written yet; it settles the end too.
	if err := s.Sync(ctx, id); err != nil {
		return err
	}
	r, err := s.load(ctx, id)
	if err != nil {
		return err
	}
	if !r.Status.Ended() {
		return apierr.Newf(apierr.Conflict, "The run is %s: only what has ended is removed. Cancel it first.", r.Status)
	}
	over, err := s.over(ctx, r)
	if err != nil {
		return err
	}
	if !over {
		busy := apierr.New(apierr.Conflict, "The run is just ending, or being started again. Try again in a moment.")
		busy.RetryAfter = time.Second
		return busy
	}
	ops, err := removal(r)
	if err != nil {
		return err
	}
	err = s.trail.Commit(ctx, ops, audit.Entry{Action: "execution.delete", Resource: id,
		Message: "removed a run of " + r.WorkflowName, Details: map[string]any{"workflowId": r.WorkflowID, "status": r.Status}})
	if errors.Is(err, table.ErrCondition) {
		return apierr.New(apierr.Conflict, "The run has just moved on. Look at it again, then decide.")
	}
	if err != nil {
		return err
	}
	// It is removed; what could not be cleared is cleared with the next that is.
	if err := s.clearGone(context.WithoutCancel(ctx)); err != nil {
		s.log.ErrorContext(ctx, "something of a removed run is left", "execution", id, "err", err)
	}
	return nil
}
