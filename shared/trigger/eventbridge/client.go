package eventbridge

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/scheduler"

	"github.com/apiq/apiq/shared/awsfault"
	"github.com/apiq/apiq/shared/table"
)

// NewSchedulerClient makes a client of EventBridge Scheduler; endpoint is nil for
// the service's own address.
func NewSchedulerClient(cfg aws.Config, endpoint *string) *scheduler.Client {
	return scheduler.NewFromConfig(cfg, func(o *scheduler.Options) { o.BaseEndpoint = endpoint })
}

// NewBusClient makes a client of EventBridge; endpoint is nil for the service's
// own address.
func NewBusClient(cfg aws.Config, endpoint *string) *eventbridge.Client {
	return eventbridge.NewFromConfig(cfg, func(o *eventbridge.Options) { o.BaseEndpoint = endpoint })
}

// failed gives an error of a client its name here; nil stays nil.
func failed(ctx context.Context, op string, err error) error {
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return fmt.Errorf("eventbridge: %s: %w", op, ctx.Err())
	case awsfault.Passing(err):
		return fmt.Errorf("eventbridge: %s: %w: %w", op, table.ErrThrottled, err)
	}
	return fmt.Errorf("eventbridge: %s: %w", op, err)
}
