package s3

import (
	"context"
	"errors"
	"fmt"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go"

	"github.com/apiq/apiq/shared/awsfault"
	"github.com/apiq/apiq/shared/blob"
)

// Codes of S3 (Amazon S3 API Reference, "Error responses").
const (
	codeNoSuchKey    = "NoSuchKey"
	codeNotFound     = "NotFound" // HEAD has no body to name the key
	codeNoSuchUpload = "NoSuchUpload"
	codeInvalidRange = "InvalidRange"
	codeExists       = "PreconditionFailed"
	codeConflict     = "ConditionalRequestConflict"
)

// code is S3's name for an error; "" where S3 did not answer.
func code(err error) string {
	var api smithy.APIError
	if errors.As(err, &api) {
		return api.ErrorCode()
	}
	return ""
}

// wrap gives an error the port's name. A missing bucket stays what it is, a fault
// of the installation, and is no missing object.
func wrap(ctx context.Context, doing string, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("s3: %s: %w", doing, ctx.Err())
	}
	switch code(err) {
	case codeNoSuchKey, codeNotFound:
		return blob.ErrNotFound
	case codeExists:
		return blob.ErrExists
	}
	if temporary(err) {
		return fmt.Errorf("s3: %s: %w: %w", doing, blob.ErrUnavailable, err)
	}
	return fmt.Errorf("s3: %s: %w", doing, err)
}

// temporary: S3 did not answer, throttled, failed, was busy with another writer of
// the same name, or has forgotten an upload, which was completed or aborted.
func temporary(err error) bool {
	var answer *awshttp.ResponseError
	if !errors.As(err, &answer) {
		var api smithy.APIError
		return !errors.As(err, &api)
	}
	return awsfault.Passing(err) || answer.HTTPStatusCode() == 0 || code(err) == codeConflict || code(err) == codeNoSuchUpload
}
