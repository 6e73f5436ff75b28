package dynamo

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"

	"github.com/apiq/apiq/shared/table"
)

// failed names what the port knows. A request that was refused to the end is
// ErrThrottled, and so is a read that could not be answered; a write in doubt is
// ErrInDoubt, because whoever sees ErrThrottled may take it for not written.
func (t *trail) failed(ctx context.Context, err error, reads bool) error {
	if ctx.Err() != nil {
		return fmt.Errorf("dynamo: %w", ctx.Err())
	}
	var exhausted *retry.MaxAttemptsError
	switch {
	case t.doubt && !reads:
		return fmt.Errorf("%w: %w", table.ErrInDoubt, err)
	case refused(err), reads && (t.doubt || errors.As(err, &exhausted)):
		return fmt.Errorf("%w: %w", table.ErrThrottled, err)
	}
	var api smithy.APIError
	if errors.As(err, &api) && api.ErrorCode() == "ValidationException" {
		return fmt.Errorf("%w: %w", table.ErrInvalid, err)
	}
	return fmt.Errorf("dynamo: %w", err)
}

// conditionOf gives a cancelled transaction's first failed condition.
func conditionOf(err error) *table.ConditionError {
	var cancelled *types.TransactionCanceledException
	if !errors.As(err, &cancelled) {
		return nil
	}
	for i, reason := range cancelled.CancellationReasons {
		if aws.ToString(reason.Code) == "ConditionalCheckFailed" {
			return &table.ConditionError{Index: i}
		}
	}
	return nil
}
