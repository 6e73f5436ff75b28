// Package trigger holds the handlers of triggers, webhooks and events.
package trigger

import (
	"context"
	"errors"
	"io"
	"net/http"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/trigger"
	"github.com/apiq/apiq/shared/web"
)

// Endpoints binds the routes of this area.
func Endpoints(triggers *trigger.Service) []web.Endpoint {
	h := handlers{triggers: triggers}
	return []web.Endpoint{
		web.Bind("triggers-list", http.StatusOK, h.list),
		web.Bind("triggers-create", http.StatusCreated, h.create),
		web.Bind("triggers-get", http.StatusOK, h.get),
		web.Bind("triggers-update", http.StatusOK, h.update),
		web.Bind("triggers-delete", http.StatusOK, h.remove),
		web.Bind("triggers-deliveries", http.StatusOK, h.deliveries),
		web.Bind("events", http.StatusAccepted, h.tell),
		web.BindRaw("hooks", "application/json", h.hook).Answers(http.StatusAccepted),
	}
}

type handlers struct{ triggers *trigger.Service }

func (h handlers) list(ctx context.Context, in *ListIn) (*web.Reply[[]trigger.Trigger], error) {
	page, err := web.Page(in.Limit, in.Cursor)
	if err != nil {
		return nil, err
	}
	all, next, err := h.triggers.List(ctx, in.ID, page.Limit, page.Cursor)
	if err != nil {
		return nil, err
	}
	return web.List(all, next)
}

func (h handlers) create(ctx context.Context, in *CreateIn) (*web.Reply[trigger.Made], error) {
	b := in.Body
	made, err := h.triggers.Create(ctx, in.ID, trigger.Input{Type: b.Type, Enabled: b.Enabled, Cron: b.Cron, Timezone: b.Timezone, Missed: b.Missed,
		Signature: b.Signature.domain(), Secret: b.Secret, Event: b.Event, Filter: b.Filter, Input: b.Input})
	if err != nil {
		return nil, err
	}
	return web.Created(made, made.Version)
}

func (b *SignatureBody) domain() *trigger.Signature {
	if b == nil {
		return nil
	}
	s := trigger.Signature(*b)
	return &s
}

func (h handlers) get(ctx context.Context, in *OneIn) (*web.Reply[trigger.Trigger], error) {
	t, err := h.triggers.Get(ctx, in.ID, in.TriggerID)
	if err != nil {
		return nil, err
	}
	return &web.Reply[trigger.Trigger]{Data: t, Version: t.Version}, nil
}

func (h handlers) update(ctx context.Context, in *UpdateIn) (*web.Reply[trigger.Made], error) {
	b := in.Body
	made, err := h.triggers.Update(ctx, in.ID, in.TriggerID, in.IfMatch, trigger.Input{Enabled: b.Enabled, Cron: b.Cron, Timezone: b.Timezone, Missed: b.Missed,
		Signature: b.Signature.domain(), Secret: b.Secret, RotateSecret: b.RotateSecret, Event: b.Event, Filter: b.Filter, Input: b.Input})
	if err != nil {
		return nil, err
	}
	return &web.Reply[trigger.Made]{Data: made, Version: made.Version}, nil
}

func (h handlers) remove(ctx context.Context, in *DeleteIn) (*web.Reply[web.None], error) {
	if err := h.triggers.Delete(ctx, in.ID, in.TriggerID, in.IfMatch); err != nil {
		return nil, err
	}
	return web.OK(web.None{})
}

func (h handlers) deliveries(ctx context.Context, in *DeliveriesIn) (*web.Reply[[]trigger.Delivery], error) {
	page, err := web.Page(in.Limit, in.Cursor)
	if err != nil {
		return nil, err
	}
	all, next, err := h.triggers.Deliveries(ctx, in.ID, in.TriggerID, page.Limit, page.Cursor)
	if err != nil {
		return nil, err
	}
	return web.List(all, next)
}

func (h handlers) tell(ctx context.Context, in *EventIn) (*web.Reply[Told], error) {
	e, err := h.triggers.Publish(ctx, in.Body.Name, in.Body.Data, in.Body.ID)
	if err != nil {
		return nil, err
	}
	return web.Accepted(Told{EventID: e.ID})
}

// hook takes the body byte for byte: the signature is over those.
func (h handlers) hook(w http.ResponseWriter, r *http.Request, in *HookIn) error {
	raw, err := io.ReadAll(http.MaxBytesReader(nil, r.Body, trigger.MaxBody))
	if err != nil {
		var tooLarge *http.MaxBytesError
		if errors.As(err, &tooLarge) {
			return apierr.Newf(apierr.PayloadTooLarge, "The body may have at most %d bytes here.", trigger.MaxBody)
		}
		return apierr.Wrap(apierr.ValidationFailed, "The body could not be read to its end.", err)
	}
	receipt, err := h.triggers.Receive(r.Context(), in.TriggerID, r.Header, raw)
	if err != nil {
		return err
	}
	if receipt.Challenge != "" {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = io.WriteString(w, receipt.Challenge) // who has left asks again
		return nil
	}
	return web.WriteData(w, http.StatusAccepted, receipt)
}
