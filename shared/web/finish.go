package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/blob"
	"github.com/apiq/apiq/shared/route"
	"github.com/apiq/apiq/shared/secret"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
)

// errAborted: the handler gave up on the connection itself.
var errAborted = errors.New("web: handler aborted")

// outcome is how a request went.
type outcome struct {
	err error
	// told: the client has the answer, an error's too.
	told bool
	// again: it was the first one's answer given again; nothing happened anew.
	again bool
}

// run calls the handler and turns a panic into an error, so that a request that
// fails in this way too is recorded and gives its idempotency key back.
func (s *Server) run(e Endpoint, w http.ResponseWriter, r *http.Request) (err error) {
	defer func() {
		switch v := recover(); v {
		case nil:
		case http.ErrAbortHandler: //nolint:errorlint // the sentinel is panicked, not wrapped
			err = errAborted
		default:
			s.Log.ErrorContext(r.Context(), "panic", "value", v, "route", e.Route.ID, "requestId", RequestID(r.Context()), "stack", string(debug.Stack()))
			err = fmt.Errorf("web: panic in %s: %v", e.Route.ID, v)
		}
	}()
	return e.serve(w, r)
}

// finish records a mutating request that left no record of its own, then writes
// what the handler could not.
func (s *Server) finish(e Endpoint, rec *recorder, r *http.Request, o outcome) {
	row := e.Route
	if o.err != nil {
		o.err = clientError(r.Context(), o.err)
		if apierr.CodeOf(o.err) == apierr.Internal {
			s.Log.ErrorContext(r.Context(), "request failed", "route", row.ID, "requestId", RequestID(r.Context()), "err", o.err)
		}
	}
	// What the limiter held back is not recorded: it is there so that a flood of
	// requests makes no flood of writes.
	if row.Mutates && !o.again && !errors.Is(o.err, errLimited) && !audit.Committed(r.Context()) {
		s.record(row, r, o.err)
	}
	if !row.Mutates && apierr.CodeOf(o.err) == apierr.Forbidden {
		s.refusedRead(row, r, o.err)
	}
	switch {
	case o.err == nil || o.told:
	case rec.status == 0 && !errors.Is(o.err, errAborted):
		e.writeError(rec, RequestID(r.Context()), o.err)
	default:
		// Part of an answer is out. Ending it in good order would make it look whole:
		// the connection is cut instead.
		panic(http.ErrAbortHandler)
	}
}

// clientError gives errors of the stores and of the clock their public code.
func clientError(ctx context.Context, err error) error {
	var public *apierr.Error
	switch {
	case errors.As(err, &public):
		return err
	case errors.Is(err, table.ErrNotFound):
		return apierr.Wrap(apierr.NotFound, "There is no such thing here.", err)
	case errors.Is(err, table.ErrCondition):
		return apierr.Wrap(apierr.Conflict, "It was changed at the same moment. Load it again and retry.", err)
	case errors.Is(err, table.ErrCursor):
		return apierr.Wrap(apierr.ValidationFailed, "cursor is not one that this list gave.", err).
			With(apierr.Problem{Path: "query.cursor", Code: "cursor", Message: "Give meta.nextCursor of the page before, of the same list."})
	case errors.Is(err, table.ErrInDoubt):
		// Without Retry-After, which clients (our own calls too) take for a sign that
		// nothing was done.
		return apierr.Wrap(apierr.Unavailable, "A part of the service did not answer, and whether the change was made is not known. Look before you try again.", err)
	case errors.Is(err, secret.ErrOwnKey):
		return apierr.Wrap(apierr.Unavailable, "The KMS key that this workspace brought cannot be used. Whoever keeps it has to enable it and let APIQ use it; nothing is lost.", err)
	case errors.Is(err, table.ErrThrottled), errors.Is(err, secret.ErrUnavailable), errors.Is(err, blob.ErrUnavailable):
		e := apierr.Wrap(apierr.Unavailable, "A part of the service does not answer. Try again in a moment.", err)
		e.RetryAfter = 2 * time.Second
		return e
	case ctx.Err() != nil:
		return apierr.Wrap(apierr.UpstreamTimeout, "This took too long and was given up.", err)
	}
	return err
}

// refusedPerMinute bounds the records of one caller's refused reads: they cost the
// caller nothing, and one tells as much as a thousand.
const refusedPerMinute = 6

// refusedRead tells of a read that the caller's role does not allow, in the log and in
// the trail.
func (s *Server) refusedRead(row route.Route, r *http.Request, err error) {
	ctx := r.Context()
	who := tenant.ActorFrom(ctx).ID
	s.Log.WarnContext(ctx, "read refused", "route", row.ID, "actor", who, "requestId", RequestID(ctx))
	if ok, _, limitErr := s.Limiter.Allow(ctx, "refused read|"+who, refusedPerMinute, refusedPerMinute); ok && limitErr == nil {
		s.record(row, r, err)
	}
}

func (s *Server) record(row route.Route, r *http.Request, err error) {
	entry := audit.Entry{Action: "request." + row.ID, Resource: r.PathValue("id"), Outcome: audit.Done}
	if err != nil {
		e := apierr.From(err)
		entry.Outcome, entry.Level, entry.Code, entry.Message = audit.Refused, audit.Warn, string(e.Code), e.Detail
		if e.Code.Status() >= http.StatusInternalServerError {
			entry.Outcome, entry.Level = audit.Failed, audit.Error
		}
	}
	ctx, cancel := detached(r.Context())
	defer cancel()
	if noteErr := s.Trail.Note(withWorkspace(ctx), entry); noteErr != nil {
		s.Log.ErrorContext(ctx, "audit record lost", "route", row.ID, "requestId", RequestID(ctx), "err", noteErr)
	}
}

// detached is for what must be written although the request has run out of time
// or its client has gone.
func detached(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
}
