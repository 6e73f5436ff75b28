package call

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// maxRetryAfter bounds what an answer may make us wait: beyond it, a value is a
// mistake of the peer's more often than a wish.
const maxRetryAfter = time.Hour

// retryAfter reads how long the peer asks us to stay away (RFC 9110, section
// 10.2.3): seconds, also with a fraction, or a date. ok is false where it does
// not say, or says what cannot be read.
func retryAfter(h http.Header, now time.Time) (d time.Duration, ok bool) {
	text := strings.TrimSpace(h.Get("Retry-After"))
	if text == "" {
		return 0, false
	}
	if seconds, err := strconv.ParseFloat(text, 64); err == nil {
		if !(seconds >= 0) { // also refuses NaN
			return 0, false
		}
		return bounded(seconds), true
	}
	at, err := http.ParseTime(text)
	if err != nil {
		return 0, false
	}
	return min(max(at.Sub(now), 0), maxRetryAfter), true
}

func bounded(seconds float64) time.Duration {
	if seconds > maxRetryAfter.Seconds() {
		return maxRetryAfter
	}
	return time.Duration(seconds * float64(time.Second))
}

// rateReset reads the common dialects of rate-limit headers: how long until the
// quota, which is used up, is full again. ok is false while any is left.
func rateReset(h http.Header, now time.Time) (d time.Duration, ok bool) {
	for _, prefix := range []string{"RateLimit-", "X-RateLimit-", "X-Rate-Limit-"} {
		remaining, err := strconv.ParseFloat(strings.TrimSpace(h.Get(prefix+"Remaining")), 64)
		if err != nil || remaining > 0 {
			continue
		}
		reset, err := strconv.ParseFloat(strings.TrimSpace(h.Get(prefix+"Reset")), 64)
		if err != nil || !(reset >= 0) {
			continue
		}
		switch {
		case reset > 1e11: // milliseconds since 1970
			reset = reset/1e3 - float64(now.Unix())
		case reset > 1e8: // seconds since 1970
			reset -= float64(now.Unix())
		}
		return bounded(max(reset, 0)), true
	}
	return 0, false
}
