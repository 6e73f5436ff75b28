package library

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"syscall"
	"time"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/egress"
)

// Unreachable is the detail that a person sees whenever a source does not give
// its document; the contract fixes its words.
const Unreachable = "Spec unreachable, see logs"

var errTimeout = errors.New("library: the fetch took too long")

// statusError is an answer that is not the document.
type statusError struct{ status int }

func (e *statusError) Error() string {
	return fmt.Sprintf("HTTP %d %s", e.status, http.StatusText(e.status))
}

// failure is a fetch that gave no document: the public error, and what the trail
// is told.
type failure struct {
	public *apierr.Error
	level  audit.Level
	// reason says in a few words what happened; it holds no address and no body.
	reason string
	// down: the source is out of order rather than without this document, so that
	// the stored one may serve.
	down bool
}

func (f *failure) Error() string { return f.public.Error() }
func (f *failure) Unwrap() error { return f.public }

// classify gives an error of a fetch its code. ctx is the fetch's own.
func classify(ctx context.Context, err error, limit time.Duration) *failure {
	err = stripURL(err)
	var status *statusError
	var packing *packingError
	var public *apierr.Error
	var network net.Error
	switch {
	case errors.Is(context.Cause(ctx), errTimeout), errors.Is(err, errTimeout):
		return timedOut(err, limit)
	case errors.As(err, &public):
		return &failure{public: public, level: audit.Warn, reason: public.Detail}
	case errors.As(err, &status):
		f := unreachable(err, status.Error())
		f.down = status.status >= 500 || status.status == http.StatusTooManyRequests
		if status.status < 500 {
			f.level = audit.Warn
		}
		return f
	case errors.Is(err, errTooLarge):
		return &failure{public: apierr.Wrap(apierr.SpecTooLarge, "The document is larger than is accepted here.", err), level: audit.Warn, reason: "too large"}
	case errors.Is(err, errEncoding):
		return invalid(err, "content_encoding", "The server packs the document in a way that is not known here; gzip and br are.")
	case errors.As(err, &packing):
		return invalid(err, "packing", "The document arrives packed, but does not unpack.")
	case errors.Is(err, egress.ErrRedirects):
		f := unreachable(err, "too many redirects")
		f.level, f.down = audit.Warn, false
		return f
	case errors.As(err, &network) && network.Timeout():
		return timedOut(err, limit)
	}
	return unreachable(err, reasonOf(err))
}

func timedOut(err error, limit time.Duration) *failure {
	detail := fmt.Sprintf("The document did not arrive within %s.", limit)
	return &failure{public: apierr.Wrap(apierr.SpecTimeout, detail, err), level: audit.Error, reason: "timeout", down: true}
}

func unreachable(err error, reason string) *failure {
	return &failure{public: apierr.Wrap(apierr.SpecUnreachable, Unreachable, err), level: audit.Error, reason: reason, down: true}
}

func invalid(err error, code, message string) *failure {
	return &failure{
		public: apierr.Wrap(apierr.SpecInvalid, message, err).With(apierr.Problem{Code: code, Message: message}),
		level:  audit.Warn, reason: message,
	}
}

// stripURL takes the address out of net/http's errors: its query may hold a credential.
func stripURL(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}

func reasonOf(err error) string {
	var dns *net.DNSError
	switch {
	case errors.As(err, &dns):
		return "host not found"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "connection refused"
	case errors.Is(err, syscall.ECONNRESET):
		return "connection reset"
	}
	return "network error"
}
