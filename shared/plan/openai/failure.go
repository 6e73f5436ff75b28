package openai

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	sdk "github.com/openai/openai-go/v3"
)

const reasonBusy = "The model is at its rate limit."

// unsupported says that the server refused the way it was to answer in, and
// whether it would always: a fault of one schema says nothing of the next.
func unsupported(err error) (lacks, always bool) {
	var failed *sdk.Error
	if !errors.As(err, &failed) {
		return false, false
	}
	switch failed.StatusCode {
	case http.StatusBadRequest, http.StatusUnprocessableEntity, http.StatusNotImplemented:
	default:
		return false, false
	}
	text := strings.ToLower(failed.Message + failed.Param + failed.RawJSON())
	for _, word := range []string{"response_format", "json_schema", "json_object", "schema", "grammar"} {
		lacks = lacks || strings.Contains(text, word)
	}
	return lacks, lacks && !strings.Contains(text, "invalid schema") && !strings.Contains(text, "grammar")
}

// reason says in a sentence for a person why the model gave no answer.
func reason(ctx context.Context, err error) string {
	var failed *sdk.Error
	switch {
	case errors.Is(ctx.Err(), context.DeadlineExceeded) || errors.Is(err, context.DeadlineExceeded):
		return "The model did not answer in time."
	case !errors.As(err, &failed):
		return "The model could not be reached."
	case failed.StatusCode == http.StatusTooManyRequests:
		return reasonBusy
	case failed.StatusCode == http.StatusUnauthorized || failed.StatusCode == http.StatusForbidden:
		return "The model refused the configured key."
	case failed.StatusCode == http.StatusNotFound:
		return "The configured model does not exist on its server."
	default:
		return fmt.Sprintf("The model's server answered with status %d.", failed.StatusCode)
	}
}

// knownCodes are what servers say that an operator can act on. Others are not
// logged: a server may quote the request there, and with it the key.
var knownCodes = []string{"insufficient_quota", "rate_limit_exceeded", "invalid_api_key", "model_not_found", "context_length_exceeded", "invalid_request_error"}

// redact keeps what is logged to the status and a known code: the SDK's error
// holds the request, which holds the key.
func redact(err error) error {
	var failed *sdk.Error
	if !errors.As(err, &failed) {
		return err
	}
	if slices.Contains(knownCodes, failed.Code) {
		return fmt.Errorf("openai: status %d, %s", failed.StatusCode, failed.Code)
	}
	return fmt.Errorf("openai: status %d", failed.StatusCode)
}
