package main

import (
	"context"
	"time"

	"github.com/apiq/apiq/shared/audit/sink"
	"github.com/apiq/apiq/shared/audit/sink/s3"
	"github.com/apiq/apiq/shared/egress"
)

func (h *home) openSinks(guard *egress.Guard) error {
	client := guard.Client(&egress.ClientOptions{NoRedirects: true})
	h.closers = append(h.closers, closer(client.Close))
	buckets, err := s3.New(client, nil)
	if err != nil {
		return err
	}
	h.sinks = sink.New(h.store, h.trail, h.sealer, guard, client, &sink.Options{Log: h.log, Buckets: buckets})
	return nil
}

// streamEvery is how long a record waits at most before it is sent on.
const streamEvery = 10 * time.Second

// stream sends records of the trails on to where workspaces want them.
func (h *home) stream(ctx context.Context) error {
	ticker := time.NewTicker(streamEvery)
	defer ticker.Stop()
	for {
		if err := h.sinks.Deliver(ctx); err != nil && ctx.Err() == nil {
			h.log.ErrorContext(ctx, "some records were not sent on; it is tried again in a moment", "err", err)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-ticker.C:
		}
	}
}
