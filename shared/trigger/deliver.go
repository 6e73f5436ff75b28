package trigger

import (
	"context"
	"errors"
	"fmt"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
)

// Deliver starts the run of a webhook that was received. It may be called any
// number of times; an error is a passing one: call again.
func (s *Service) Deliver(ctx context.Context, workspace, deliveryID string) error {
	ctx = tenant.With(ctx, workspace)
	tid, sum, ok := triggerOf(deliveryID)
	if !ok {
		return fmt.Errorf("trigger: %q names no delivery", short(deliveryID))
	}
	promised, forget := due{Task: dueWebhook, Workspace: workspace, ID: deliveryID}, []table.Op(nil)
	forget = append(forget, table.Global(table.Delete(promised.key(), table.Always())))
	d, version, err := s.delivery(ctx, deliveryKey(tid, sum))
	if errors.Is(err, table.ErrNotFound) || err == nil && d.Status != Received {
		return s.store.Transact(ctx, forget) // delivered before, or too old to matter
	}
	if err != nil {
		return err
	}
	f := firing{delivery: d, cond: table.IfVersion(version), more: forget}
	f.event = seen{ID: d.EventID, Name: WebhookReceived, Time: d.At, Headers: d.Headers}
	t, err := s.load(ctx, tid)
	switch {
	case apierr.CodeOf(err) == apierr.NotFound:
		_, err = s.refuse(acting(ctx, tid), Trigger{ID: tid, Type: TypeWebhook}, f, err)
		return err
	case err != nil:
		return err
	case !t.Enabled:
		_, err = s.refuse(acting(ctx, tid), t, f, apierr.New(apierr.Conflict, "The trigger was disabled before it could start the run."))
		return err
	}
	body, err := unpack(d.Body)
	if err != nil {
		return err
	}
	if f.event.Data, err = dataOf(d.ContentType, body); err != nil { // it was understood when it was taken in
		_, err = s.refuse(acting(ctx, tid), t, f, err)
		return err
	}
	_, err = s.fire(ctx, t, f)
	return err
}
