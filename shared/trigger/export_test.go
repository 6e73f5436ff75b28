package trigger

import (
	"net/http"
	"time"
)

// Verify opens verification to the fuzzer.
func Verify(s Signature, secret string, h http.Header, body []byte, now time.Time) (string, error) {
	v, err := s.verify(secret, h, body, now)
	return v.eventID, err
}
