package stepfunctions

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/sfn/types"

	"github.com/apiq/apiq/shared/awsfault"
	"github.com/apiq/apiq/shared/table"
)

// failed gives an error of the client its name here; nil stays nil. What the
// caller means by an error of the service it has looked at before.
func failed(ctx context.Context, op string, err error) error {
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return fmt.Errorf("stepfunctions: %s: %w", op, ctx.Err())
	case unavailable(err):
		return fmt.Errorf("stepfunctions: %s: %w: %w", op, table.ErrThrottled, err)
	}
	return fmt.Errorf("stepfunctions: %s: %w", op, err)
}

func unavailable(err error) bool {
	return awsfault.Passing(err) || is[*types.ExecutionLimitExceeded](err) || is[*types.StateMachineDeleting](err) ||
		is[*types.StateMachineLimitExceeded](err) || // see docs/decisions/010
		is[*types.ConflictException](err) || is[*types.KmsThrottlingException](err)
}

// is says whether an error of the service is of a type.
func is[E error](err error) bool {
	var e E
	return errors.As(err, &e)
}
