package trigger

import (
	"context"
	"errors"
	"fmt"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
	"github.com/apiq/apiq/shared/workflow"
)

// clock is what the scheduler keeps for a schedule.
func (t Trigger) clock(workspace string) Clock {
	keep := grace
	if t.Missed == MissedOnce {
		keep = makeUp
	}
	return Clock{Trigger: t.ID, Workspace: workspace, Cron: t.Cron, Timezone: t.Timezone, Keep: keep,
		Revision: digest(t.Cron + "\n" + t.Timezone + "\n" + string(t.Missed))}
}

// arrangeTries bounds how often a clock is set anew because its trigger changed
// meanwhile.
const arrangeTries = 8

// arrange brings a trigger's clock in step with the trigger and its workflow.
// It looks again afterwards: of two that do it at once, the later one to put a
// clock may have read the older trigger.
func (s *Service) arrange(ctx context.Context, tid string) error {
	if s.ports.Scheduler == nil {
		return errElsewhere
	}
	for range arrangeTries {
		want, clock, err := s.wanted(ctx, tid)
		if err != nil {
			return err
		}
		if want {
			if err = s.ports.Scheduler.Put(ctx, clock); errors.Is(err, ErrClock) {
				// It was checked when it was made. Tried again it would be refused again.
				s.log.ErrorContext(ctx, "a clock that the scheduler never keeps", "trigger", tid, "err", err)
				return nil
			}
		} else {
			err = s.ports.Scheduler.Delete(ctx, tid)
		}
		if err != nil {
			return err
		}
		again, after, err := s.wanted(ctx, tid)
		if err != nil || (again == want && after == clock) {
			return err
		}
	}
	return fmt.Errorf("trigger: %s is changed too often: %w", tid, table.ErrThrottled)
}

// wanted is the clock that a trigger should have, if any.
func (s *Service) wanted(ctx context.Context, tid string) (bool, Clock, error) {
	t, err := s.load(ctx, tid)
	if apierr.CodeOf(err) == apierr.NotFound {
		return false, Clock{}, nil
	}
	if err != nil || t.Type != TypeSchedule || !t.Enabled {
		return false, Clock{}, err
	}
	status, err := s.ports.Workflows.Status(ctx, t.WorkflowID)
	if apierr.CodeOf(err) == apierr.NotFound {
		return false, Clock{}, nil
	}
	if err != nil || status != workflow.StatusActive {
		return false, Clock{}, err
	}
	workspace, err := tenant.From(ctx)
	return true, t.clock(workspace), err
}

// StatusChanged implements workflow.Watcher: clocks go only while their workflow
// is ACTIVE, and triggers go with it.
func (s *Service) StatusChanged(ctx context.Context, workflowID string) ([]table.Op, func(context.Context), error) {
	d, op, err := promise(ctx, dueFlow, workflowID)
	if err != nil {
		return nil, nil, err
	}
	return []table.Op{op}, func(ctx context.Context) { s.keep(outside(ctx), d) }, nil
}

// arrangeAll brings the clocks of a workflow's triggers in step with it, and
// deletes the triggers of a deleted one. A trigger that its index does not show
// yet is found by its own next firing.
func (s *Service) arrangeAll(ctx context.Context, workflowID string) error {
	_, err := s.ports.Workflows.Status(ctx, workflowID)
	gone := apierr.CodeOf(err) == apierr.NotFound
	if err != nil && !gone {
		return err
	}
	var faults []error
	for item, err := range s.store.All(ctx, table.Query{Index: table.Index1, PK: byWorkflow + workflowID}) {
		if err != nil {
			return errors.Join(append(faults, err)...)
		}
		var t Trigger
		if err := item.Decode(&t); err != nil {
			return err
		}
		switch {
		case gone:
			faults = append(faults, s.drop(system(ctx), t.ID))
		case t.Type == TypeSchedule:
			faults = append(faults, s.arrange(ctx, t.ID))
		}
	}
	return errors.Join(faults...)
}

// drop deletes a trigger whose workflow is gone.
func (s *Service) drop(ctx context.Context, tid string) error {
	t, err := s.load(ctx, tid)
	if apierr.CodeOf(err) == apierr.NotFound {
		return nil
	}
	if err != nil {
		return err
	}
	err = s.remove(ctx, t, audit.Entry{Action: "trigger.delete", Resource: tid, Message: "its workflow is deleted", Details: t.details()})
	if errors.Is(err, table.ErrCondition) {
		return nil // changed or deleted at this moment; its next firing finds out
	}
	return err
}
