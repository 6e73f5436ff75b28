// Package sinks opens the places that records of the trail are sent to.
package sinks

import (
	"github.com/apiq/apiq/functions/internal/base"
	"github.com/apiq/apiq/functions/internal/guard"
	"github.com/apiq/apiq/shared/audit/sink"
	"github.com/apiq/apiq/shared/egress"
)

// Open opens them, with a client that sends through the guard.
func Open(b *base.Base) (*sink.Service, error) {
	g, err := guard.Open(b)
	if err != nil {
		return nil, err
	}
	return sink.New(b.Store, b.Trail, b.Sealer, g, g.Client(&egress.ClientOptions{NoRedirects: true}), &sink.Options{Log: b.Log}), nil
}
