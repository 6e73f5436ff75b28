package stepfunctions

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
	smithyhttp "github.com/aws/smithy-go/transport/http"

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

// throttles are the codes by which AWS says "too fast".
var throttles = retry.ThrottleErrorCode{Codes: retry.DefaultThrottleErrorCodes}

func unavailable(err error) bool {
	var (
		response *smithyhttp.ResponseError
		send     *smithyhttp.RequestSendError
	)
	switch {
	case throttles.IsErrorThrottle(err) == aws.TrueTernary:
		return true
	case errors.As(err, &response) && response.HTTPStatusCode() >= 500:
		return true
	case errors.As(err, &send):
		return true
	}
	return is[*types.ExecutionLimitExceeded](err) || is[*types.StateMachineDeleting](err) ||
		is[*types.ConflictException](err) || is[*types.KmsThrottlingException](err)
}

// is says whether an error of the service is of a type.
func is[E error](err error) bool {
	var e E
	return errors.As(err, &e)
}
