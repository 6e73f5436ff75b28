package trigger

import (
	"context"
	"errors"
	"net/http"

	"github.com/apiq/apiq/shared/access"
	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/id"
	"github.com/apiq/apiq/shared/route"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
)

// firing is one event on its way to one trigger.
type firing struct {
	delivery storedDelivery
	cond     table.Condition
	event    seen
	depth    int
	// more is written with the outcome.
	more []table.Op
}

// Fire lets an event reach a trigger: at most one run for each trigger and event
// id, however often it is called, and whatever it is interrupted by. What cannot
// run is a refused delivery, not an error; errors are passing ones. A trigger that
// is gone, disabled, may not know of the event, or whose filter does not hold, has no delivery.
func (s *Service) Fire(ctx context.Context, tid string, e Event) (Delivery, error) {
	ctx = tenant.With(ctx, e.Workspace)
	t, err := s.load(ctx, tid)
	if apierr.CodeOf(err) == apierr.NotFound || err == nil && !t.Enabled {
		return Delivery{}, nil
	}
	if err != nil {
		return Delivery{}, err
	}
	if hears, err := s.hears(ctx, t, e); err != nil || !hears {
		return Delivery{}, err
	}
	return s.fire(ctx, t, firing{
		delivery: newDelivery(tid, e.ID, s.moment(), kept), cond: table.Absent(), depth: e.Depth,
		event: seen{ID: e.ID, Name: e.Name, Time: e.At, Data: e.Data},
	})
}

// hears says whether a trigger may know of an event: its workflow's owner, as any member,
// may use what the event tells of.
func (s *Service) hears(ctx context.Context, t Trigger, e Event) (bool, error) {
	if e.About == "" || e.About == t.WorkflowID {
		return true, nil
	}
	about, err := access.Load(ctx, s.store, e.About)
	if err != nil || about.Open(access.Use) {
		return err == nil, err
	}
	listener, err := access.Load(ctx, s.store, t.WorkflowID)
	return about.For(access.Person(listener.OwnerID, route.RoleUser)).May(access.Use), err
}

func (s *Service) fire(ctx context.Context, t Trigger, f firing) (Delivery, error) {
	ctx = acting(ctx, t.ID)
	if f.cond == table.Absent() {
		// The usual repeat is told without compiling anything; the condition tells the rest.
		d, _, err := s.delivery(ctx, f.delivery.key())
		if !errors.Is(err, table.ErrNotFound) {
			return d.Delivery, err
		}
	}
	if f.depth > maxChain {
		return s.refuse(ctx, t, f, apierr.Newf(apierr.Conflict, "More than %d runs have followed from one another: the chain ends here.", maxChain))
	}
	input, wanted, err := t.mapped(ctx, f.event)
	if err != nil {
		return s.refuse(ctx, t, f, err)
	}
	if !wanted {
		return s.unwanted(ctx, f)
	}
	f.delivery.Status, f.delivery.ExecutionID = Started, id.New(id.Execution)
	ops, err := s.ended(f.delivery, f.cond)
	if err != nil {
		return Delivery{}, err
	}
	if s.ports.Launcher == nil {
		return Delivery{}, errElsewhere
	}
	err = s.ports.Launcher.Fire(ctx, Start{
		WorkflowID: t.WorkflowID, ExecutionID: f.delivery.ExecutionID, Input: input, Chain: f.depth, Ops: append(ops, f.more...),
		Entry: audit.Entry{Action: "execution.start", Message: "started by a trigger", Details: map[string]any{
			"trigger": t.ID, "type": t.Type, "workflowId": t.WorkflowID, "event": short(f.event.Name), "eventId": short(f.delivery.EventID)}},
	})
	var skipped *SkippedError
	switch {
	case errors.As(err, &skipped):
		return s.skip(ctx, f, skipped.Detail)
	case err != nil:
		return s.refuse(ctx, t, f, err)
	}
	return f.delivery.Delivery, nil
}

// refuse writes that a firing started nothing, with its audit record, where the
// error is for good; a passing one is returned.
func (s *Service) refuse(ctx context.Context, t Trigger, f firing, cause error) (Delivery, error) {
	if errors.Is(cause, table.ErrCondition) {
		return s.settled(ctx, f, cause)
	}
	if errors.Is(cause, table.ErrInvalid) {
		cause = apierr.Wrap(apierr.PayloadTooLarge, "What the run would start with does not fit a record.", cause)
	}
	var public *apierr.Error
	if !errors.As(cause, &public) || public.Code.Status() >= http.StatusInternalServerError || public.Code.Status() == http.StatusTooManyRequests {
		return Delivery{}, cause
	}
	f.delivery.Status, f.delivery.ExecutionID = Refused, ""
	f.delivery.Code, f.delivery.Detail = string(public.Code), detail(public)
	d, err := s.close(ctx, f, audit.Entry{Action: "trigger.fire", Resource: t.ID, Outcome: audit.Refused, Level: audit.Warn,
		Code: f.delivery.Code, Message: f.delivery.Detail, Details: map[string]any{"workflowId": t.WorkflowID, "deliveryId": f.delivery.ID, "event": short(f.event.Name)}})
	if err == nil && t.Type == TypeSchedule {
		s.rearrange(ctx, t.ID) // a clock whose workflow is not ACTIVE any more need not go
	}
	return d, err
}

// detail says in one sentence why, the first problem's place included.
func detail(e *apierr.Error) string {
	if len(e.Problems) > 0 {
		return e.Detail + " " + e.Problems[0].Path + ": " + e.Problems[0].Message
	}
	return e.Detail
}

// unwanted ends a firing that the filter does not hold for. A webhook was taken in
// before the filter was asked, and is told of; of other events nothing is kept.
func (s *Service) unwanted(ctx context.Context, f firing) (Delivery, error) {
	if f.cond == table.Absent() {
		return Delivery{}, nil
	}
	return s.skip(ctx, f, "The filter does not hold.")
}

// skip writes that a firing starts nothing, and need not.
func (s *Service) skip(ctx context.Context, f firing, why string) (Delivery, error) {
	f.delivery.Status, f.delivery.ExecutionID, f.delivery.Detail = Skipped, "", why
	return s.close(ctx, f, audit.Entry{Action: "trigger.skip", Resource: f.delivery.TriggerID, Message: why,
		Details: map[string]any{"deliveryId": f.delivery.ID}})
}

// close writes an outcome without a run.
func (s *Service) close(ctx context.Context, f firing, e audit.Entry) (Delivery, error) {
	ops, err := s.ended(f.delivery, f.cond)
	if err != nil {
		return Delivery{}, err
	}
	err = s.trail.Commit(ctx, append(ops, f.more...), e)
	if errors.Is(err, table.ErrCondition) {
		return s.settled(ctx, f, err)
	}
	return f.delivery.Delivery, err
}

// settled is what another firing of the same event wrote; or this one, where the
// store tried a write again that had gone through.
func (s *Service) settled(ctx context.Context, f firing, cause error) (Delivery, error) {
	d, _, err := s.delivery(ctx, f.delivery.key())
	if err == nil && d.Status == Received {
		err = cause
	}
	if errors.Is(err, table.ErrNotFound) {
		err = cause
	}
	return d.Delivery, err
}
