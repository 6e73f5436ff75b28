package trigger

import (
	"context"
	"errors"
	"fmt"

	"github.com/apiq/apiq/shared/access"
	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/id"
	"github.com/apiq/apiq/shared/secret"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
)

// AnyVersion, as the version that a change expects, lets the change go over any.
const AnyVersion int64 = 0

func errStale() error {
	return apierr.New(apierr.VersionStale, "The trigger has been changed since you read it. Load it again.")
}

// Create makes a trigger of a workflow. Errors: NOT_FOUND, VALIDATION_FAILED,
// QUOTA_EXCEEDED.
func (s *Service) Create(ctx context.Context, workflowID string, in Input) (Made, error) {
	_, err := s.ports.Workflows.Status(ctx, workflowID)
	if err == nil {
		err = s.judge(ctx, workflowID, access.Edit)
	}
	if err != nil {
		return Made{}, err
	}
	page, err := s.store.Query(ctx, table.Query{Index: table.Index1, PK: byWorkflow + workflowID, Limit: maxPerWorkflow})
	if err != nil {
		return Made{}, err
	}
	if len(page.Items) >= maxPerWorkflow {
		return Made{}, apierr.Newf(apierr.QuotaExceeded, "A workflow may have at most %d triggers.", maxPerWorkflow)
	}
	now, actor := s.moment(), tenant.ActorFrom(ctx).ID
	t := Trigger{ID: id.New(id.Trigger), WorkflowID: workflowID, Type: in.Type, Enabled: true, CreatedAt: now, CreatedBy: actor}
	done, err := s.room.Reserve(ctx, triggerKey(t.ID))
	if err != nil {
		return Made{}, err
	}
	defer done()
	return s.write(ctx, Trigger{}, t, in, "trigger.create")
}

// Update changes a trigger of the expected version; its type stays. Errors:
// NOT_FOUND, VERSION_STALE, VALIDATION_FAILED.
func (s *Service) Update(ctx context.Context, workflowID, tid string, expected int64, in Input) (Made, error) {
	t, err := s.of(ctx, workflowID, tid, access.Edit)
	if err != nil {
		return Made{}, err
	}
	if expected != AnyVersion && expected != t.Version {
		return Made{}, errStale()
	}
	if in.Type != "" && in.Type != t.Type {
		return Made{}, refuse(apierr.Problem{Path: "/type", Code: "immutable", Message: "The type of a trigger stays. Make another trigger."})
	}
	return s.write(ctx, t, t, in, "trigger.update")
}

// write judges what a person gave and stores it over old, whose version is 0 for none.
func (s *Service) write(ctx context.Context, old, t Trigger, in Input, action string) (Made, error) {
	key, shown, problems := t.apply(in)
	if len(problems) == 0 && t.Type == TypeSchedule {
		problems = s.checkClock(ctx, t)
	}
	if len(problems) > 0 {
		return Made{}, refuse(problems...)
	}
	t.UpdatedAt, t.UpdatedBy = s.moment(), tenant.ActorFrom(ctx).ID
	put, err := t.put(table.Unchanged(old.Version))
	if err != nil {
		return Made{}, err
	}
	ops := []table.Op{put}
	then := func() {}
	switch t.Type {
	case TypeSchedule:
		d, op, err := promise(ctx, dueClock, t.ID)
		if err != nil {
			return Made{}, err
		}
		ops, then = append(ops, op), func() { s.keep(outside(ctx), d) }
	case TypeEvent:
		if old.Version > 0 && old.Event != t.Event {
			ops = append(ops, table.Delete(listenerKey(old.Event, t.ID), table.Always()))
		}
		ops = append(ops, t.listens())
	case TypeWebhook:
		more, err := s.hookOps(ctx, t, key)
		if err != nil {
			return Made{}, err
		}
		ops = append(ops, more...)
	}
	details := t.details()
	details["version"] = old.Version + 1
	if !key.IsZero() {
		details["newSecret"] = true
	}
	err = s.trail.Commit(ctx, ops, audit.Entry{Action: action, Resource: t.ID, Details: details})
	if errors.Is(err, table.ErrCondition) {
		return Made{}, errStale()
	}
	if err != nil {
		return Made{}, fmt.Errorf("trigger: write: %w", err)
	}
	then()
	t.Version = old.Version + 1
	t, err = s.shown(ctx, t)
	return Made{Trigger: t, Secret: shown}, err
}

// checkClock asks the scheduler of this home too.
func (s *Service) checkClock(ctx context.Context, t Trigger) []apierr.Problem {
	if s.ports.Scheduler == nil {
		return nil
	}
	workspace, err := tenant.From(ctx)
	if err == nil {
		err = s.ports.Scheduler.Check(t.clock(workspace))
	}
	if err != nil {
		return []apierr.Problem{{Path: "/cron", Code: "cron", Message: "This schedule cannot be kept: " + err.Error()}}
	}
	return nil
}

// hookOps let a webhook be found by its URL, and keep its secret.
func (s *Service) hookOps(ctx context.Context, t Trigger, key secret.Secret) ([]table.Op, error) {
	workspace, err := tenant.From(ctx)
	if err != nil {
		return nil, err
	}
	found, err := table.JSONItem(hookKey(t.ID), hook{Workspace: workspace})
	if err != nil {
		return nil, err
	}
	ops := []table.Op{table.Global(table.Put(found, table.Always()))}
	if key.IsZero() {
		return ops, nil
	}
	sealed, err := s.sealer.Seal(ctx, scopeOf(t.ID), []byte(key.Reveal()))
	if err != nil {
		return nil, err
	}
	item, err := table.JSONItem(secretKey(t.ID), sealedSecret{Sealed: sealed})
	return append(ops, table.Put(item, table.Always())), err
}

// sealedSecret is a webhook's secret as it is kept.
type sealedSecret struct {
	Sealed []byte `json:"sealed"`
}

func scopeOf(tid string) secret.Scope { return secret.Scope{Resource: tid, Field: "webhook-secret"} }

// Delete removes a trigger of the expected version; its deliveries stay for their
// time. Errors: NOT_FOUND, VERSION_STALE.
func (s *Service) Delete(ctx context.Context, workflowID, tid string, expected int64) error {
	t, err := s.of(ctx, workflowID, tid, access.Edit)
	if err != nil {
		return err
	}
	if expected != AnyVersion && expected != t.Version {
		return errStale()
	}
	err = s.remove(ctx, t, audit.Entry{Action: "trigger.delete", Resource: tid, Details: t.details()})
	if errors.Is(err, table.ErrCondition) {
		return errStale()
	}
	return err
}

func (s *Service) remove(ctx context.Context, t Trigger, e audit.Entry) error {
	ops := []table.Op{
		table.Delete(triggerKey(t.ID), table.IfVersion(t.Version)),
		table.Delete(stateKey(t.ID), table.Always()),
	}
	then := func() {}
	switch t.Type {
	case TypeSchedule:
		d, op, err := promise(ctx, dueClock, t.ID)
		if err != nil {
			return err
		}
		ops, then = append(ops, op), func() { s.keep(outside(ctx), d) }
	case TypeEvent:
		ops = append(ops, table.Delete(listenerKey(t.Event, t.ID), table.Always()))
	case TypeWebhook:
		ops = append(ops, table.Delete(secretKey(t.ID), table.Always()), table.Global(table.Delete(hookKey(t.ID), table.Always())))
	}
	if err := s.trail.Commit(ctx, ops, e); err != nil {
		return err
	}
	then()
	return nil
}

// details are what the trail says of a trigger.
func (t Trigger) details() map[string]any {
	d := map[string]any{"type": t.Type, "workflowId": t.WorkflowID, "enabled": t.Enabled}
	switch t.Type {
	case TypeSchedule:
		d["cron"], d["timezone"], d["missed"] = t.Cron, t.Timezone, t.Missed
	case TypeEvent:
		d["event"] = t.Event
	case TypeWebhook:
		if t.Signature != nil {
			d["signature"] = t.Signature.Kind
		}
	}
	return d
}
