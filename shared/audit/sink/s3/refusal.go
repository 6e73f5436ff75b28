package s3

import (
	"context"
	"errors"
	"net/http"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/audit/sink"
)

// reasons are the codes that tell why (Amazon S3 API Reference, "Error responses").
var reasons = map[string]sink.Reason{
	"NoSuchBucket":                         sink.ReasonNoBucket,
	"PermanentRedirect":                    sink.ReasonRegion,
	"TemporaryRedirect":                    sink.ReasonRegion,
	"AuthorizationHeaderMalformed":         sink.ReasonRegion,
	"IllegalLocationConstraintException":   sink.ReasonRegion,
	"InvalidAccessKeyId":                   sink.ReasonCredentials,
	"SignatureDoesNotMatch":                sink.ReasonCredentials,
	"InvalidToken":                         sink.ReasonCredentials,
	"ExpiredToken":                         sink.ReasonCredentials,
	"Forbidden":                            sink.ReasonDenied, // an answer without a body
	"AccessDenied":                         sink.ReasonDenied,
	"AllAccessDisabled":                    sink.ReasonDenied,
	"InvalidRequest":                       sink.ReasonOther,
	"ObjectLockConfigurationNotFoundError": sink.ReasonLock,
}

// lockMissing is what S3 says with InvalidRequest where a bucket has no Object Lock.
const lockMissing = "Bucket is missing Object Lock Configuration"

// refusal says why a call failed. What the guard refused comes through the SDK as a
// request that was not sent.
func refusal(ctx context.Context, err error) *sink.Refusal {
	r := &sink.Refusal{Reason: sink.ReasonOther, Err: err}
	var api smithy.APIError
	var answer *awshttp.ResponseError
	switch {
	case apierr.CodeOf(err) == apierr.EgressBlocked:
		r.Reason = sink.ReasonBlocked
	case ctx.Err() != nil:
		r.Reason = sink.ReasonAway
	case errors.As(err, &api) && api.ErrorCode() == "AccessDenied" && ofRole(err):
		r.Reason = sink.ReasonRole
	case errors.As(err, &api):
		if reason, ok := reasons[api.ErrorCode()]; ok {
			r.Reason = reason
		}
		if api.ErrorMessage() == lockMissing {
			r.Reason = sink.ReasonLock
		}
		if errors.As(err, &answer) {
			switch status := answer.HTTPStatusCode(); {
			case status >= http.StatusInternalServerError:
				r.Reason = sink.ReasonAway
			case r.Reason == sink.ReasonOther && status/100 == 3: // a HEAD or a redirect without a code
				r.Reason = sink.ReasonRegion
			}
		}
	case errors.As(err, &answer) && answer.HTTPStatusCode()/100 == 3:
		r.Reason = sink.ReasonRegion
	default:
		r.Reason = sink.ReasonAway
	}
	return r
}

// ofRole tells what STS said, by itself or in the middle of a call to the bucket.
func ofRole(err error) bool {
	for {
		var call *smithy.OperationError
		if !errors.As(err, &call) {
			return false
		}
		if call.Service() == sts.ServiceID {
			return true
		}
		err = call.Err
	}
}
