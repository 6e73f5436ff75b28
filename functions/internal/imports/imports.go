// Package imports opens connections whose large documents are imported by the
// platform's state machine.
package imports

import (
	"context"

	"github.com/apiq/apiq/functions/internal/apis"
	"github.com/apiq/apiq/functions/internal/base"
	"github.com/apiq/apiq/functions/internal/blobs"
	"github.com/apiq/apiq/functions/internal/ports"
	"github.com/apiq/apiq/shared/awsenv"
	"github.com/apiq/apiq/shared/connection"
	"github.com/apiq/apiq/shared/execution/stepfunctions"
	"github.com/apiq/apiq/shared/plan/shelf"
	"github.com/apiq/apiq/shared/trigger"
)

// Open opens connections with the machine, and with those ports of triggers that
// the environment names.
func Open(b *base.Base) (*apis.APIs, error) {
	objects, err := blobs.Open(b)
	if err != nil {
		return nil, err
	}
	return apis.Open(b, objects, apis.Options{Triggers: ports.Open(b, trigger.Ports{}), Background: Machine(b),
		Imported: shelf.New(objects, nil, b.Log).Imported})
}

// Machine hands imports over to the platform's state machine.
func Machine(b *base.Base) func(ctx context.Context, job connection.ImportJob) error {
	machine := stepfunctions.NewPlatform(stepfunctions.NewClient(b.AWS, awsenv.Endpoint(b.Env.EndpointStates)), b.Env.ImportMachine)
	return func(ctx context.Context, job connection.ImportJob) error { return machine.Start(ctx, job.Name(), job) }
}
