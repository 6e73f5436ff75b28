package trigger

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/id"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
)

// MaxBody is the largest body of a webhook, in bytes.
const MaxBody = 1 << 20

// Receipt is the answer to a webhook.
type Receipt struct {
	DeliveryID string `json:"deliveryId"`
	// Duplicate: it had been received before; nothing more happens.
	Duplicate bool `json:"duplicate"`
	// Challenge is to be answered as plain text: Slack asks for it once, to see
	// whose address it is.
	Challenge string `json:"-"`
}

// webhookRef is the data of WebhookReceived: the body stays in the table.
type webhookRef struct {
	Delivery string `json:"deliveryId"`
}

// errNoHook is the one answer to a hook that is not there, is disabled, or is
// called by somebody who cannot sign.
func errNoHook() error {
	return apierr.New(apierr.NotFound, "There is no such webhook, or the signature does not fit it.")
}

// Receive takes a webhook in: it verifies the signature over the raw body, makes
// the delivery durable with its audit record, and tells the bus; what it starts
// comes later, by Deliver. Errors: NOT_FOUND for an unknown trigger and for a
// signature that does not fit; with a good signature VALIDATION_FAILED for a time
// outside the window or a body that cannot be read, PAYLOAD_TOO_LARGE.
func (s *Service) Receive(ctx context.Context, tid string, h http.Header, raw []byte) (Receipt, error) {
	if len(raw) > MaxBody {
		return Receipt{}, apierr.Newf(apierr.PayloadTooLarge, "The body may have at most %d bytes here.", MaxBody)
	}
	ctx, t, key, err := s.hooked(ctx, tid)
	if err != nil {
		return Receipt{}, err
	}
	v, err := t.Signature.verify(key, h, raw, s.now())
	if errors.Is(err, errSignature) {
		return Receipt{}, errNoHook()
	}
	ctx = acting(ctx, tid)
	if err != nil {
		return Receipt{}, s.turnedAway(ctx, tid, apierr.New(apierr.ValidationFailed, fmt.Sprintf("The signed time is more than %d minutes from now.", int(window.Minutes()))))
	}
	if c := challenge(t.Signature.Kind, raw); c != "" {
		err := s.trail.Commit(ctx, nil, audit.Entry{Action: "trigger.receive", Resource: tid, Message: "answered a challenge"})
		return Receipt{Challenge: c}, err
	}
	return s.takeIn(ctx, tid, v, h, raw)
}

// hooked finds the webhook, in the context of its workspace, and its secret.
func (s *Service) hooked(ctx context.Context, tid string) (context.Context, Trigger, string, error) {
	if !id.Is(tid, id.Trigger) {
		return ctx, Trigger{}, "", errNoHook()
	}
	where, _, err := table.GetJSON[hook](tenant.WithSystem(ctx), s.store, hookKey(tid))
	if errors.Is(err, table.ErrNotFound) {
		return ctx, Trigger{}, "", errNoHook()
	}
	if err != nil {
		return ctx, Trigger{}, "", err
	}
	inside := tenant.With(ctx, where.Workspace)
	t, err := s.load(inside, tid)
	if apierr.CodeOf(err) == apierr.NotFound || err == nil && (t.Type != TypeWebhook || !t.Enabled || t.Signature == nil) {
		return ctx, Trigger{}, "", errNoHook()
	}
	if err != nil {
		return ctx, Trigger{}, "", err
	}
	kept, _, err := table.GetJSON[sealedSecret](inside, s.store, secretKey(tid))
	if errors.Is(err, table.ErrNotFound) {
		return ctx, Trigger{}, "", errNoHook() // deleted at this moment
	}
	if err != nil {
		return ctx, Trigger{}, "", err
	}
	key, err := s.sealer.Open(inside, scopeOf(tid), kept.Sealed)
	return inside, t, string(key), err
}

// turnedAway records, where the sender is known, why a webhook was not taken.
func (s *Service) turnedAway(ctx context.Context, tid string, why *apierr.Error) error {
	err := s.trail.Commit(ctx, nil, audit.Entry{Action: "trigger.receive", Resource: tid, Outcome: audit.Refused, Level: audit.Warn, Code: string(why.Code), Message: why.Detail})
	if err != nil {
		return err
	}
	return why
}

func (s *Service) takeIn(ctx context.Context, tid string, v verified, h http.Header, raw []byte) (Receipt, error) {
	var why *apierr.Error
	keep := kept
	if !v.stamped {
		keep = keptUnstamped
	}
	d := newDelivery(tid, v.eventID, s.moment(), keep)
	d.Status, d.ContentType, d.Headers = Received, h.Get("Content-Type"), told(h)
	if _, err := dataOf(d.ContentType, raw); errors.As(err, &why) {
		return Receipt{}, s.turnedAway(ctx, tid, why)
	}
	var err error
	if d.Body, err = pack(raw); errors.As(err, &why) {
		return Receipt{}, s.turnedAway(ctx, tid, why)
	} else if err != nil {
		return Receipt{}, err
	}
	put, err := d.put(table.Absent())
	if err != nil {
		return Receipt{}, err
	}
	promised, op, err := promise(ctx, dueWebhook, d.ID)
	if err != nil {
		return Receipt{}, err
	}
	err = s.trail.Commit(ctx, []table.Op{put, op}, audit.Entry{Action: "trigger.receive", Resource: tid, Details: map[string]any{"deliveryId": d.ID, "bytes": len(raw)}})
	if errors.Is(err, table.ErrCondition) {
		err := s.trail.Commit(ctx, nil, audit.Entry{Action: "trigger.receive", Resource: tid, Message: "received before", Details: map[string]any{"deliveryId": d.ID}})
		return Receipt{DeliveryID: d.ID, Duplicate: true}, err
	}
	if err != nil {
		return Receipt{}, err
	}
	s.soon(ctx, promised)
	return Receipt{DeliveryID: d.ID}, nil
}

// tellWebhook puts a reference to a delivery on the bus.
func (s *Service) tellWebhook(ctx context.Context, d due) error {
	if s.ports.Bus == nil {
		return errElsewhere
	}
	data, err := json.Marshal(webhookRef{Delivery: d.ID})
	if err != nil {
		return err
	}
	return s.ports.Bus.Publish(ctx, Event{ID: "webhook:" + d.ID, Name: WebhookReceived, Workspace: d.Workspace, At: s.moment(), Data: data})
}
