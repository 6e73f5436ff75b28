package web

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/identity"
	"github.com/apiq/apiq/shared/limit"
	"github.com/apiq/apiq/shared/route"
	"github.com/apiq/apiq/shared/secret"
	"github.com/apiq/apiq/shared/table"
)

// errSent marks a failure after the answer had begun: nothing more can be said to the client.
var errSent = errors.New("web: answer was cut")

// Authenticator finds who holds a session token.
type Authenticator interface {
	// Authenticate looks the session up on each call, so that a logout acts at
	// once. Any failure is UNAUTHENTICATED.
	Authenticate(ctx context.Context, token string) (identity.Principal, error)
}

// Deps are what the middleware of every route needs.
type Deps struct {
	Auth    Authenticator
	Trail   *audit.Trail
	Store   *table.Store
	Sealer  secret.Sealer
	Limiter limit.Limiter
	Log     *slog.Logger
}

// Options of a Server.
type Options struct {
	// Now is the clock. Defaults to time.Now.
	Now func() time.Time
	// TrustProxy takes the client's address from the last X-Forwarded-For entry:
	// only behind API Gateway or a proxy of one's own. Defaults to false.
	TrustProxy bool
}

// Server serves endpoints: one in a function, all of them in the one process.
type Server struct {
	Deps
	now        func() time.Time
	trustProxy bool
	mux        *http.ServeMux
}

// New makes a server of endpoints. A route bound twice is an error.
func New(endpoints []Endpoint, deps Deps, o *Options) (*Server, error) {
	s := &Server{Deps: deps, now: time.Now, mux: http.NewServeMux()}
	if o != nil {
		s.trustProxy = o.TrustProxy
		if o.Now != nil {
			s.now = o.Now
		}
	}
	bound := map[string]bool{}
	for _, e := range endpoints {
		if bound[e.Route.ID] {
			return nil, fmt.Errorf("web: route %s is bound twice", e.Route.ID)
		}
		bound[e.Route.ID] = true
		s.mux.Handle(e.Route.Pattern(), s.endpoint(e))
	}
	s.mux.HandleFunc("/api/", func(w http.ResponseWriter, r *http.Request) {
		WriteError(w, RequestID(r.Context()), apierr.New(apierr.NotFound, "There is no such route. See /api/openapi.json for those there are."))
	})
	return s, nil
}

// Missing lists the routes of the table that have no endpoint.
func Missing(endpoints []Endpoint) []string {
	bound := map[string]bool{}
	for _, e := range endpoints {
		bound[e.Route.ID] = true
	}
	var missing []string
	for _, r := range route.Table() {
		if !bound[r.ID] {
			missing = append(missing, r.ID)
		}
	}
	return missing
}

// Handler is the whole chain: what every request passes, then its route.
func (s *Server) Handler() http.Handler {
	guard := http.NewCrossOriginProtection()
	guard.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		WriteError(w, RequestID(r.Context()), apierr.New(apierr.Forbidden, "Requests from another site are refused."))
	}))
	return s.recovered(s.identified(headers(guard.Handler(s.mux))))
}

// endpoint is the chain of one route: limit, sign-in, role, replay, record, handler.
func (s *Server) endpoint(e Endpoint) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), e.Route.Timeout)
		defer cancel()
		r = r.WithContext(ctx)
		rec := &recorder{ResponseWriter: w}
		ctx, err := s.admit(r, e.Route)
		if e.Route.Mutates {
			ctx = audit.Track(ctx)
		}
		r = r.WithContext(ctx)
		switch {
		case err != nil:
		case e.Route.Mutates && r.Header.Get(idempotencyHeader) != "":
			err = s.replayed(e, rec, r)
		default:
			err = e.serve(s, rec, r)
		}
		s.finish(e.Route, rec, r, err)
	})
}

// finish writes what the handler could not, and records a mutating request that
// left no record of its own.
func (s *Server) finish(row route.Route, rec *recorder, r *http.Request, err error) {
	if err != nil && !errors.Is(err, errSent) && !errors.Is(err, errReplayed) {
		err = clientError(r.Context(), err)
		if apierr.CodeOf(err) == apierr.Internal {
			s.Log.ErrorContext(r.Context(), "request failed", "route", row.ID, "requestId", RequestID(r.Context()), "err", err)
		}
		if rec.status == 0 {
			WriteError(rec, RequestID(r.Context()), err)
		}
	}
	if row.Mutates && !errors.Is(err, errReplayed) && apierr.CodeOf(err) != apierr.RateLimited && !audit.Committed(r.Context()) {
		s.record(row, r, err)
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
	case errors.Is(err, table.ErrThrottled), errors.Is(err, secret.ErrUnavailable):
		e := apierr.Wrap(apierr.RateLimited, "The service is busy. Try again in a moment.", err)
		e.RetryAfter = 2 * time.Second
		return e
	case ctx.Err() != nil:
		return apierr.Wrap(apierr.UpstreamTimeout, "This took too long and was given up.", err)
	}
	return err
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
	// The request may have run out of time; its record must be written all the same.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), 5*time.Second)
	defer cancel()
	if noteErr := s.Trail.Note(withWorkspace(ctx), entry); noteErr != nil {
		s.Log.ErrorContext(ctx, "audit record lost", "route", row.ID, "requestId", RequestID(ctx), "err", noteErr)
	}
}
