package grant

import (
	"net/http"
	"regexp"
	"slices"
	"time"

	"github.com/apiq/apiq/shared/apierr"
)

// kind says what an authorisation server's refusal means.
type kind int

const (
	faultClient  kind = iota // the connection's configuration is wrong: the same request fails again
	faultGrant               // what was presented is not valid (any more)
	faultPassing             // it may well succeed later
	faultPending             // device flow: nobody has decided yet
	faultSlow                // device flow: nor so often
	faultDenied              // the person said no
)

// fault is why there is no token. Its words are ours: an authorisation server's own
// description is text from outside, of which only the code is told.
type fault struct {
	kind   kind
	code   apierr.Code
	detail string
	// wait is how long the server asked to be left alone; 0 where it did not.
	wait  time.Duration
	cause error
}

func (f *fault) Error() string { return f.detail }
func (f *fault) Unwrap() error { return f.cause }

// public is the error that callers get.
func (f *fault) public() error {
	e := apierr.Wrap(f.code, f.detail, f.cause)
	e.RetryAfter = f.wait
	return e
}

// codes that providers use, those of RFC 6749, 5.2 first.
var (
	grantCodes = []string{"invalid_grant", "expired_token", "bad_verification_code", "bad_refresh_token", "invalid_refresh_token", "invalid_code",
		"code_already_used", "token_revoked", "token_expired", "token_inactive", "account_inactive", "unauthorized_access", "interaction_required",
		"consent_required", "login_required"}
	clientCodes = []string{"invalid_client", "unauthorized_client", "incorrect_client_credentials", "bad_client_secret", "invalid_client_id", "bad_client_id"}
)

var plainCode = regexp.MustCompile(`^[A-Za-z0-9_.-]{1,64}$`)

// classify makes a fault of an answer that has no token. Known codes count more than
// the status: Slack says 200, others 400 or 401 of anything.
func classify(status int, code string, wait time.Duration) *fault {
	said := ""
	if plainCode.MatchString(code) {
		said = " (" + code + ")"
	}
	switch {
	case code == "authorization_pending":
		return &fault{kind: faultPending}
	case code == "slow_down":
		return &fault{kind: faultSlow}
	case code == "access_denied" || code == "authorization_declined":
		return &fault{kind: faultDenied, code: apierr.Forbidden, detail: "The access was not granted."}
	case slices.Contains(grantCodes, code):
		return &fault{kind: faultGrant, code: apierr.Reauthorize, detail: "The provider no longer takes the stored grant" + said + ": connect the account again."}
	case slices.Contains(clientCodes, code):
		return &fault{kind: faultClient, code: apierr.CredentialsInvalid, detail: "The provider does not take the client id or secret" + said + ": check them at the provider, then give them anew."}
	case status == http.StatusTooManyRequests || status >= 500 || code == "temporarily_unavailable" || code == "server_error" || code == "ratelimited":
		return &fault{kind: faultPassing, code: apierr.UpstreamError, wait: wait, detail: "The provider gives no token at the moment" + said + ": it is tried again later."}
	case status == http.StatusUnauthorized:
		return &fault{kind: faultClient, code: apierr.CredentialsInvalid, detail: "The provider does not take the client id or secret" + said + ": check them, and clientAuth, at the provider."}
	case status >= 300 && status < 400:
		return &fault{kind: faultClient, code: apierr.CredentialsInvalid, detail: "The token address sends on elsewhere, which is not followed: give tokenUrl as the provider's documentation has it."}
	case code == "invalid_scope":
		return &fault{kind: faultClient, code: apierr.CredentialsInvalid, detail: "The provider does not know one of the scopes (invalid_scope): check the connection's scopes."}
	}
	return &fault{kind: faultClient, code: apierr.CredentialsInvalid, detail: "The provider refuses to give a token" + said + ": check how the connection is configured."}
}
