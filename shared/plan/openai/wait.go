package openai

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	sdk "github.com/openai/openai-go/v3"
)

const (
	// longestWait is how long a Retry-After is waited for, while a person waits too.
	longestWait = 2 * time.Second
	// longestRest is how long the model is left alone for a longer one, whatever the
	// server says.
	longestRest = 5 * time.Minute
)

// retryAfter reads the Retry-After of a 429 or 503 (RFC 9110, section 10.2.3):
// seconds, of which some servers give parts, or a date.
func retryAfter(err error, now time.Time) (time.Duration, bool) {
	var failed *sdk.Error
	if !errors.As(err, &failed) || failed.Response == nil ||
		failed.StatusCode != http.StatusTooManyRequests && failed.StatusCode != http.StatusServiceUnavailable {
		return 0, false
	}
	text := strings.TrimSpace(failed.Response.Header.Get("Retry-After"))
	if seconds, err := strconv.ParseFloat(text, 64); err == nil && seconds >= 0 {
		return time.Duration(min(seconds, longestRest.Seconds()) * float64(time.Second)), true
	}
	if at, err := http.ParseTime(text); err == nil {
		return max(0, at.Sub(now)), true
	}
	return 0, false
}
