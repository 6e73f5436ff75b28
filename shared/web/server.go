package web

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/identity"
	"github.com/apiq/apiq/shared/limit"
	"github.com/apiq/apiq/shared/route"
	"github.com/apiq/apiq/shared/secret"
	"github.com/apiq/apiq/shared/table"
)

// Authenticator finds who holds a session token.
type Authenticator interface {
	// Authenticate looks the session up on each call, so that a logout acts at
	// once. Any failure is UNAUTHENTICATED.
	Authenticate(ctx context.Context, token string) (identity.Principal, error)
	// Changeable is CONFLICT where the principal's workspace waits for its deletion.
	Changeable(ctx context.Context, p identity.Principal) error
}

// Directory finds whose directory holds a provisioning token.
type Directory interface {
	// Provisioner is UNAUTHENTICATED for whatever is none, a session's token too.
	Provisioner(ctx context.Context, token string) (identity.Provisioner, error)
}

// Quotas tells how much a whole workspace may ask, whoever asks in it.
type Quotas interface {
	// RequestsPerMinute is 0 for no limit.
	RequestsPerMinute(workspace string) int
}

// Deps are what the middleware of every route needs.
type Deps struct {
	Auth Authenticator
	// Directory is needed where provisioning routes are served. Without it none is open.
	Directory Directory
	Trail     *audit.Trail
	Store     *table.Store
	Sealer    secret.Sealer
	Limiter   limit.Limiter
	// Quotas are the limits of whole workspaces; nil: there are none.
	Quotas Quotas
	Log    *slog.Logger
}

// Options of a Server.
type Options struct {
	// Now is the clock. Defaults to time.Now.
	Now func() time.Time
	// TrustProxy takes the client's address from the last X-Forwarded-For entry:
	// only behind API Gateway or a proxy of one's own. Defaults to false.
	TrustProxy bool
	// Since is when this process took over data that nobody else has meanwhile: an
	// Idempotency-Key that was claimed before is held by nobody. Defaults to the zero
	// time: other processes may be at work.
	Since time.Time
}

// Server serves endpoints: one in a function, all of them in the one process.
type Server struct {
	Deps
	now        func() time.Time
	since      time.Time
	trustProxy bool
	mux        *http.ServeMux
	known      *http.ServeMux // the routes that Allow tells of
	guard      *http.CrossOriginProtection
}

const anyPath = "/"

// New makes a server of endpoints. A route bound twice is an error.
func New(endpoints []Endpoint, deps Deps, o *Options) (*Server, error) {
	s := &Server{Deps: deps, now: time.Now, mux: http.NewServeMux(), guard: http.NewCrossOriginProtection()}
	if o != nil {
		s.trustProxy, s.since = o.TrustProxy, o.Since
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
	s.mux.HandleFunc(anyPath, s.notFound)
	s.known = s.mux
	return s, nil
}

// NewFallback makes a server for what no route took: behind a gateway that routes by
// itself, a function of its own answers the rest as the one process would.
func NewFallback(deps Deps, o *Options) (*Server, error) {
	s, err := New(nil, deps, o)
	if err != nil {
		return nil, err
	}
	known := http.NewServeMux()
	for _, r := range route.Table() {
		known.Handle(r.Pattern(), http.NotFoundHandler())
	}
	known.HandleFunc(anyPath, s.notFound)
	s.known = known
	return s, nil
}

const noRoute = "There is no such route. See /api/openapi.json for those there are."

// notFound answers what no route has. The contract's closed set has no code with
// status 405: a known path under another method is NOT_FOUND too, and Allow says
// what there is.
func (s *Server) notFound(w http.ResponseWriter, r *http.Request) {
	detail := noRoute
	var allow []string
	for _, method := range []string{http.MethodDelete, http.MethodGet, http.MethodHead, http.MethodPatch, http.MethodPost, http.MethodPut} {
		other := r.WithContext(r.Context())
		other.Method = method
		if _, pattern := s.known.Handler(other); pattern != anyPath {
			allow = append(allow, method)
		}
	}
	if len(allow) > 0 {
		w.Header().Set("Allow", strings.Join(allow, ", "))
		detail = "There is no such route under this method. Allow lists those that this path has."
	}
	WriteError(w, RequestID(r.Context()), apierr.New(apierr.NotFound, detail))
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
	return s.identified(s.recovered(headers(http.HandlerFunc(s.routed))))
}

// routed keeps paths from the mux that it would answer with a redirect of its own, to
// a path that it encodes once more: an empty segment, . and .. are in no route.
func (s *Server) routed(w http.ResponseWriter, r *http.Request) {
	path := r.URL.EscapedPath() + "/"
	if strings.Contains(strings.TrimSuffix(path, "/"), "//") || strings.Contains(path, "/./") || strings.Contains(path, "/../") {
		WriteError(w, RequestID(r.Context()), apierr.New(apierr.NotFound, noRoute))
		return
	}
	s.mux.ServeHTTP(w, r)
}

// writeGrace is how long a client may take to read an answer after the time of
// its route is over.
const writeGrace = 30 * time.Second

// endpoint is the chain of one route: sign-in, limit, role, replay, handler, record.
func (s *Server) endpoint(e Endpoint) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), e.Route.Timeout)
		defer cancel()
		// A context ends no read: without deadlines of the connection's own, a
		// client that sends or reads a byte a minute would hold the request for good.
		// Writers that have none (tests, functions) are bounded by their host.
		conn, end := http.NewResponseController(w), time.Now().Add(e.Route.Timeout)
		_ = conn.SetReadDeadline(end)
		_ = conn.SetWriteDeadline(end.Add(writeGrace))

		r = r.WithContext(ctx)
		rec := &recorder{ResponseWriter: w}
		ctx, err := s.admit(r, e.Route)
		if e.Route.Mutates {
			ctx = audit.Track(ctx)
		}
		r = r.WithContext(ctx)
		switch {
		case err != nil:
			s.finish(e, rec, r, outcome{err: err})
		case e.Route.Mutates && r.Header.Get(idempotencyHeader) != "":
			s.finish(e, rec, r, s.once(e, rec, r))
		default:
			s.finish(e, rec, r, outcome{err: s.run(e, rec, r)})
		}
	})
}
