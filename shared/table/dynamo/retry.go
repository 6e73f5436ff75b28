package dynamo

import (
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"

	"github.com/apiq/apiq/shared/pause"
)

// backoff is a random pause below a bound that doubles (AWS Builders' Library,
// "Timeouts, retries and backoff with jitter": full jitter). The SDK's own starts
// at a second after throttling, which a person would feel; a partition that is
// too hot takes writes again within milliseconds.
type backoff struct{ first, most time.Duration }

// BackoffDelay implements retry.BackoffDelayer; attempts count from 1.
func (b backoff) BackoffDelay(attempt int, _ error) (time.Duration, error) {
	bound := b.most
	if shift := max(0, attempt-1); shift < 16 {
		bound = min(b.most, b.first<<shift)
	}
	return rand.N(bound + 1), nil // #nosec G404 -- jitter
}

// pause waits before a round of our own, or returns the context's error.
func (b backoff) pause(ctx context.Context, round int) error {
	d, _ := b.BackoffDelay(round, nil) // never fails
	return pause.For(ctx, d)
}

// retryCost is what a repetition takes from the driver's quota of 500: it is given
// back where the repetition succeeds, and each call that needs none adds 1. So the
// quota holds while less than a third of requests fail, and calls give up at their
// first failure when that has gone on for a while. At the SDK's 14 a fifth is
// enough to empty it.
const retryCost = 4

// newRetryer is the SDK's standard retryer with our attempts, pauses and cost. Not
// the adaptive mode: it slows down every call for one hot partition.
func newRetryer(attempts int, b backoff) aws.RetryerV2 {
	return retry.NewStandard(func(o *retry.StandardOptions) {
		o.MaxAttempts = attempts
		o.Backoff = b
		o.RetryCost, o.ThrottlingRetryCost = retryCost, retryCost
		// Ours first: the first check that knows an error decides.
		o.Retryables = append([]retry.IsErrorRetryable{retry.IsErrorRetryableFunc(retryable)}, o.Retryables...)
	})
}

// retryable knows what the SDK's checks don't: transactions that met another, and
// an answer that broke off.
func retryable(err error) aws.Ternary {
	if refused(err) {
		return aws.TrueTernary
	}
	var garbled *smithy.DeserializationError
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.As(err, &garbled) {
		return aws.TrueTernary
	}
	return aws.UnknownTernary
}

// busy are the codes with which DynamoDB refuses a request before it has any effect
// and asks for another try (Developer Guide, "Error handling with DynamoDB").
func busy(code string) bool {
	return slices.Contains([]string{
		"ProvisionedThroughputExceededException", "ProvisionedThroughputExceeded", "RequestLimitExceeded", "ThrottlingException", "Throttling",
		"ThrottlingError", "TransactionConflictException", "TransactionConflict", "TransactionInProgressException",
	}, code)
}

// refused says that a request had no effect and may be sent again.
func refused(err error) bool {
	var cancelled *types.TransactionCanceledException
	if errors.As(err, &cancelled) {
		again := false
		for _, reason := range cancelled.CancellationReasons {
			switch code := aws.ToString(reason.Code); {
			case code == "" || code == "None":
			case busy(code):
				again = true
			default:
				return false // a failed condition stays one
			}
		}
		return again
	}
	var api smithy.APIError
	if errors.As(err, &api) {
		return busy(api.ErrorCode())
	}
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "dial"
}

// trail is one call's retryer: it remembers whether an attempt may have had its
// effect although it failed.
type trail struct {
	aws.RetryerV2
	ctx   context.Context //nolint:containedctx // it lives as long as the call
	doubt bool
}

// IsErrorRetryable is asked after each failed attempt.
func (t *trail) IsErrorRetryable(err error) bool {
	if t.ctx.Err() != nil {
		return false
	}
	// An attempt that ran out of its own time looks to the SDK as if the caller had
	// left.
	again := errors.Is(err, context.DeadlineExceeded) || t.RetryerV2.IsErrorRetryable(err)
	if again && !refused(err) {
		t.doubt = true
	}
	return again
}

// tracked gives a call its trail, and each of its attempts a time-out.
func (db *DB) tracked(ctx context.Context) (*trail, func(*dynamodb.Options)) {
	t := &trail{RetryerV2: db.retryer, ctx: ctx}
	return t, func(o *dynamodb.Options) {
		o.Retryer = t
		o.APIOptions = append(o.APIOptions, func(stack *middleware.Stack) error {
			return stack.Finalize.Insert(db.bounded, "Retry", middleware.After)
		})
	}
}

// timeout bounds one attempt, its answer's body included.
func timeout(d time.Duration) middleware.FinalizeMiddleware {
	return middleware.FinalizeMiddlewareFunc("APIQAttemptTimeout", func(
		ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler,
	) (middleware.FinalizeOutput, middleware.Metadata, error) {
		ctx, cancel := context.WithTimeout(ctx, d)
		defer cancel()
		return next.HandleFinalize(ctx, in)
	})
}
