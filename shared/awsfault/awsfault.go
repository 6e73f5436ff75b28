// Package awsfault says which errors of AWS's clients pass by themselves. It is for
// the adapters whose services it knows no more of than that; it names no error.
package awsfault

import (
	"errors"
	"io"

	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// Passing says that a service was too busy, failed, could not be reached, or that its
// answer broke off: the same request may do the next time, and may have done already.
// What a service calls by names of its own (a full account, a conflict) it does not know.
func Passing(err error) bool {
	var (
		api      smithy.APIError
		response *smithyhttp.ResponseError
		send     *smithyhttp.RequestSendError
		garbled  *smithy.DeserializationError
	)
	return errors.As(err, &api) && (Throttles(api.ErrorCode()) || slow(api.ErrorCode())) ||
		errors.As(err, &response) && (response.HTTPStatusCode() >= 500 || response.HTTPStatusCode() == 429) ||
		errors.As(err, &send) || errors.As(err, &garbled) || errors.Is(err, io.ErrUnexpectedEOF)
}

// Throttles says whether a code is one by which AWS says "too fast".
func Throttles(code string) bool {
	_, ok := retry.DefaultThrottleErrorCodes[code]
	return ok
}

// slow says whether a code is one by which AWS says that a request took too long to come.
func slow(code string) bool {
	_, ok := retry.DefaultRetryableErrorCodes[code]
	return ok
}
