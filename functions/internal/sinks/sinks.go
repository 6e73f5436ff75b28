// Package sinks opens the places that records of the trail are sent to.
package sinks

import (
	"github.com/apiq/apiq/functions/internal/base"
	"github.com/apiq/apiq/functions/internal/guard"
	"github.com/apiq/apiq/shared/audit/sink"
	"github.com/apiq/apiq/shared/audit/sink/s3"
	"github.com/apiq/apiq/shared/awsenv"
	"github.com/apiq/apiq/shared/egress"
)

// Open opens them, with a client that sends through the guard, and with buckets, whose
// roles are assumed as the function.
func Open(b *base.Base) (*sink.Service, error) {
	g, err := guard.Open(b)
	if err != nil {
		return nil, err
	}
	client := g.Client(&egress.ClientOptions{NoRedirects: true})
	buckets, err := s3.New(client, &s3.Options{Roles: s3.NewRoles(b.AWS, awsenv.Endpoint(b.Env.EndpointRoles)), Principal: b.Sealer.Principal()})
	if err != nil {
		return nil, err
	}
	return sink.New(b.Store, b.Trail, b.Sealer, g, client, &sink.Options{Log: b.Log, Buckets: buckets}), nil
}
