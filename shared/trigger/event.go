package trigger

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/google/uuid"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
)

// Publish tells a custom event: durable when it returns. The same id again is the
// same event, and starts nothing more. An empty id means a new event. The error is
// VALIDATION_FAILED, or PAYLOAD_TOO_LARGE.
func (s *Service) Publish(ctx context.Context, name string, data json.RawMessage, eventID string) (Event, error) {
	if fault := custom(name); fault != "" {
		return Event{}, invalidEvent("/name", fault)
	}
	if len(eventID) > maxEventID {
		return Event{}, invalidEvent("/id", fmt.Sprintf("At most %d bytes.", maxEventID))
	}
	if len(data) == 0 {
		data = json.RawMessage("{}")
	}
	if len(data) > MaxEventData {
		return Event{}, apierr.Newf(apierr.PayloadTooLarge, "The data of an event may have at most %d KiB.", MaxEventData>>10)
	}
	workspace, err := tenant.From(ctx)
	if err != nil {
		return Event{}, err
	}
	if eventID == "" {
		eventID = uuid.Must(uuid.NewV7()).String()
	}
	e := Event{ID: eventID, Name: name, Workspace: workspace, At: s.moment(), Data: data}
	ops, tell, err := s.outbox(ctx, e)
	if err != nil {
		return Event{}, err
	}
	err = s.trail.Commit(ctx, ops, audit.Entry{Action: "event.publish", Resource: name, Details: map[string]any{"eventId": short(eventID), "bytes": len(data)}})
	if err != nil {
		return Event{}, err
	}
	tell(ctx)
	return e, nil
}

func invalidEvent(path, message string) error {
	return apierr.New(apierr.ValidationFailed, message).With(apierr.Problem{Path: path, Code: "event", Message: message})
}

// outbox are the operations that keep an event until the bus has it, and what
// brings it there.
func (s *Service) outbox(ctx context.Context, e Event) ([]table.Op, func(context.Context), error) {
	sum := digest(e.Name + "\n" + e.ID)
	item, err := table.JSONItem(table.Key{PK: outboxPK, SK: sum}, e)
	if err != nil {
		return nil, nil, err
	}
	d, op, err := promise(ctx, dueEvent, sum)
	if err != nil {
		return nil, nil, err
	}
	return []table.Op{table.Put(item, table.Always()), op}, func(ctx context.Context) { s.keep(outside(ctx), d) }, nil
}

// Announce is outbox for the events that APIQ itself tells, of a workspace where
// somebody listens; else there is nothing to write and nothing to do.
func (s *Service) Announce(ctx context.Context, e Event) (ops []table.Op, tell func(context.Context), err error) {
	page, err := s.store.Query(ctx, table.Query{PK: listenerPK(e.Name), Limit: 1})
	if err != nil || len(page.Items) == 0 {
		return nil, nil, err
	}
	if e.Workspace, err = tenant.From(ctx); err != nil {
		return nil, nil, err
	}
	return s.outbox(ctx, e)
}

// publishKept brings an event from the outbox to the bus.
func (s *Service) publishKept(ctx context.Context, sum string) error {
	if s.ports.Bus == nil {
		return errElsewhere
	}
	key := table.Key{PK: outboxPK, SK: sum}
	e, version, err := table.GetJSON[Event](ctx, s.store, key)
	if errors.Is(err, table.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	if err := s.ports.Bus.Publish(ctx, e); err != nil && !errors.Is(err, ErrEvent) {
		return err
	} else if err != nil {
		s.log.ErrorContext(ctx, "an event that the bus never takes is dropped", "event", e.Name, "id", short(e.ID), "err", err)
	}
	err = s.store.Delete(ctx, key, table.IfVersion(version))
	if errors.Is(err, table.ErrCondition) {
		return nil // told again meanwhile, and so due again
	}
	return err
}

// Consume is what a Bus calls with each event: every trigger that listens hears
// it. An error is a passing one: call again.
func (s *Service) Consume(ctx context.Context, e Event) error {
	ctx = tenant.With(ctx, e.Workspace)
	if e.Name == WebhookReceived {
		var ref webhookRef
		if err := json.Unmarshal(e.Data, &ref); err != nil {
			return fmt.Errorf("trigger: data of %s: %w", WebhookReceived, err)
		}
		return s.Deliver(ctx, e.Workspace, ref.Delivery)
	}
	var faults []error
	for item, err := range s.store.All(ctx, table.Query{PK: listenerPK(e.Name)}) {
		if err != nil {
			return errors.Join(append(faults, err)...)
		}
		if _, err := s.Fire(ctx, item.SK, e); err != nil {
			faults = append(faults, fmt.Errorf("trigger %s: %w", item.SK, err))
		}
	}
	return errors.Join(faults...)
}
