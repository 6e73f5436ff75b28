package call

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"time"

	"github.com/apiq/apiq/shared/blob"
	"github.com/apiq/apiq/shared/connection"
	"github.com/apiq/apiq/shared/egress"
	"github.com/apiq/apiq/shared/pause"
	"github.com/apiq/apiq/shared/spec"
	"github.com/apiq/apiq/shared/table"
)

// Connections is what a call needs of a workspace's connections. Errors are
// apierr: NOT_FOUND for an unknown id, REAUTHORIZE or CREDENTIALS_INVALID where
// there is no usable credential.
type Connections interface {
	Get(ctx context.Context, id string) (connection.Connection, error)
	// Credential opens the credential for one request; one of type NONE is empty.
	Credential(ctx context.Context, id string) (connection.Credential, error)
	// Renew gives another credential for one that the API refused; that one's Serial says
	// which it was. Errors are those of Credential.
	Renew(ctx context.Context, id string, refused connection.Credential) (connection.Credential, error)
	// Used notes that the connection was used just now, and what is known of the API's
	// limits; nil for nothing. It must be quick.
	Used(ctx context.Context, id string, seen *connection.Limits)
}

// Documents opens API descriptions by their hash, Operation one of them for one
// operation, of which it reads little else.
type Documents interface {
	Open(ctx context.Context, hash string) (*spec.Document, error)
	Operation(ctx context.Context, hash, id string) (*spec.Document, *spec.Operation, error)
}

// Sink is told of attempts as they happen, after they are durable; a call that
// is missed does no harm. It must be quick.
type Sink interface {
	AttemptStarted(ctx context.Context, execution, step, path string, attempt int, at time.Time)
	// AttemptEnded: status is 0 where there was no answer, errorName "" for success.
	AttemptEnded(ctx context.Context, execution, step, path string, attempt int, at time.Time, status int, errorName string)
}

// longest is the longest that a request may take.
const longest = 5 * time.Minute

// Options of a Service.
type Options struct {
	// Timeout bounds one request, from dial to the end of its body, where the step
	// sets none. Defaults to 30 s.
	Timeout time.Duration
	// MaxTimeout is the longest that a step may ask for. Defaults to 5 min.
	MaxTimeout time.Duration
	// IdleTimeout bounds a pause within a body. Defaults to 15 s.
	IdleTimeout time.Duration
	// MaxBody bounds an answer's body, packed and unpacked. Defaults to 10 MiB.
	MaxBody int64
	// Attempts is how many requests one invocation makes at most. Defaults to 4.
	Attempts int
	// Budget bounds how long one invocation goes on waiting and retrying before it
	// leaves the next attempt to the engine. Defaults to 20 s.
	Budget time.Duration
	// BackoffBase and BackoffMax bound the pause before a retry, which is drawn
	// between 0 and BackoffBase doubled with each. Default to 250 ms and 5 s.
	BackoffBase time.Duration
	BackoffMax  time.Duration
	// Peer bounds what one connection's API is asked for.
	Peer PeerOptions
	// Sink is told of attempts. Defaults to none.
	Sink Sink
	// Nested gives the runs that the steps of a run have started, by path, so that they
	// are undone with it; a *execution.TaskError "Undo.Busy" while one has not ended.
	// Defaults to none.
	Nested func(ctx context.Context, execution string) (map[string][]string, error)
	// Log gets what a person need not see. Defaults to slog.Default().
	Log *slog.Logger
	// Now is the clock. Defaults to time.Now.
	Now func() time.Time
	// Sleep waits, or returns the context's error. Defaults to a timer.
	Sleep func(context.Context, time.Duration) error
	// Random draws from [0, n). Defaults to math/rand/v2.
	Random func(n time.Duration) time.Duration
}

func (o *Options) withDefaults() Options {
	var out Options
	if o != nil {
		out = *o
	}
	setDefault(&out.Timeout, 30*time.Second)
	setDefault(&out.MaxTimeout, longest)
	setDefault(&out.IdleTimeout, 15*time.Second)
	setDefault(&out.MaxBody, 10<<20)
	setDefault(&out.Attempts, 4)
	setDefault(&out.Budget, 20*time.Second)
	setDefault(&out.BackoffBase, 250*time.Millisecond)
	setDefault(&out.BackoffMax, 5*time.Second)
	out.Peer.defaults()
	if out.Nested == nil {
		out.Nested = func(context.Context, string) (map[string][]string, error) { return nil, nil }
	}
	if out.Sink == nil {
		out.Sink = noSink{}
	}
	if out.Log == nil {
		out.Log = slog.Default()
	}
	if out.Now == nil {
		out.Now = time.Now
	}
	if out.Sleep == nil {
		out.Sleep = pause.For
	}
	if out.Random == nil {
		out.Random = func(n time.Duration) time.Duration { return rand.N(max(n, 1)) } // #nosec G404 -- jitter
	}
	return out
}

func setDefault[T comparable](v *T, d T) {
	var zero T
	if *v == zero {
		*v = d
	}
}

type noSink struct{}

func (noSink) AttemptStarted(context.Context, string, string, string, int, time.Time)            {}
func (noSink) AttemptEnded(context.Context, string, string, string, int, time.Time, int, string) {}

// Service makes the calls of workflow steps, and those that people try by hand.
// It is safe for concurrent use.
type Service struct {
	*Ledger
	connections Connections
	documents   Documents
	wire        *wire
	certified   *certified // nil in a rehearsal
	peers       *peers
	project     *projector
	opts        Options
}

// New returns a Service that dials through the guard and keeps its journal in
// the table and blob stores.
func New(connections Connections, documents Documents, guard *egress.Guard, store *table.Store, blobs *blob.Store, opts *Options) *Service {
	o := opts.withDefaults()
	return &Service{
		connections: connections,
		documents:   documents,
		Ledger:      &Ledger{journal: &journal{store: store, blobs: blobs, now: o.Now}},
		wire: &wire{
			senders: senders{guard.Client(&egress.ClientOptions{HeaderTimeout: -1}), guard.Client(&egress.ClientOptions{HeaderTimeout: -1, Fresh: true})},
			maxBody: o.MaxBody, idle: o.IdleTimeout, now: o.Now, room: newRoom(),
		},
		certified: newCertified(guard),
		peers:     newPeers(o.Peer),
		project:   newProjector(),
		opts:      o,
	}
}

// Close closes connections that are idle.
func (s *Service) Close() {
	s.wire.close()
	s.certified.close()
}
