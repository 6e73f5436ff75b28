// Package sigv4 looks at the signature of requests to AWS's stand-ins. It checks
// form and scope, not the signature itself: the stand-ins know no secrets.
package sigv4

import (
	"errors"
	"net/http"
	"regexp"
	"slices"
	"strings"
)

// ErrMissing: the request has no signature, or one of another form or service.
var ErrMissing = errors.New("sigv4: the request is not signed for this service")

// header is the Authorization header of Signature Version 4 (AWS IAM User Guide,
// "Create a signed AWS API request").
var header = regexp.MustCompile(`^AWS4-HMAC-SHA256 Credential=[^/,\s]+/[0-9]{8}/[a-z0-9-]+/([a-z0-9-]+)/aws4_request, ?SignedHeaders=([a-z0-9;-]+), ?Signature=[0-9a-f]{64}$`)

// Check says whether a request carries a signature for a service ("s3", "kms",
// "ses"): the scope names it, the date is there, the host is signed.
func Check(r *http.Request, service string) error {
	m := header.FindStringSubmatch(r.Header.Get("Authorization"))
	if m == nil || m[1] != service || r.Header.Get("X-Amz-Date") == "" ||
		!slices.Contains(strings.Split(m[2], ";"), "host") {
		return ErrMissing
	}
	return nil
}
