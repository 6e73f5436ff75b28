package grant

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/apiq/apiq/shared/access"
	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/connection"
	"github.com/apiq/apiq/shared/pause"
	"github.com/apiq/apiq/shared/secret"
	"github.com/apiq/apiq/shared/table"
)

// Actions of the trail.
const (
	ActionAuthorise  = "connection.authorise"
	ActionDisconnect = "connection.disconnect"
)

// Connections is what grants need of connections.
type Connections interface {
	// MarkStatus notes how a connection stands.
	MarkStatus(ctx context.Context, conID string, status connection.Status, detail string) error
	// Judge refuses who may less than this with a connection, JudgeSettings who does not
	// see how it is set up.
	Judge(ctx context.Context, conID string, l access.Level) error
	JudgeSettings(ctx context.Context, conID string) error
	// OAuth opens how a connection obtains its grant. Errors are those of
	// connection.Service.OAuth.
	OAuth(ctx context.Context, conID string) (connection.Connection, connection.OAuthConfig, error)
}

// granting is OAuth for who may change the connection.
func (s *Service) granting(ctx context.Context, conID string) (connection.Connection, connection.OAuthConfig, error) {
	if err := s.connections.Judge(ctx, conID, access.Edit); err != nil {
		return connection.Connection{}, connection.OAuthConfig{}, err
	}
	return s.connections.OAuth(ctx, conID)
}

// Client asks authorisation servers. It dials through the guard and follows no
// redirect: a credential that was sent on would be anybody's.
type Client interface {
	Do(req *http.Request) (*http.Response, error)
}

// Trail is the part of the audit trail that grants write to.
type Trail interface {
	Commit(ctx context.Context, ops []table.Op, e audit.Entry) error
	Note(ctx context.Context, e audit.Entry) error
}

// Needs tells which scopes the active workflows need of a connection. Where an
// operation takes one or another, those that are in have are preferred.
type Needs interface {
	NeededScopes(ctx context.Context, conID string, have []string) ([]Need, error)
}

// Need is what one workflow needs.
type Need struct {
	WorkflowID string   `json:"workflowId"`
	Name       string   `json:"name"`
	Scopes     []string `json:"scopes"`
}

// Options of a Service.
type Options struct {
	// Redirect is the address that people come back to: <public>/api/oauth/callback.
	// Defaults to none: nobody can be sent away then.
	Redirect string
	// Needs tells which scopes workflows need. Defaults to nobody: none are known.
	Needs Needs
	// Timeout bounds one request to an authorisation server. Defaults to 10 s.
	Timeout time.Duration
	// Lease is how long one who renews a token is waited for. It must be longer than all
	// requests of a renewal together. Defaults to 45 s.
	Lease time.Duration
	// Now is the clock. Defaults to time.Now.
	Now func() time.Time
	// Sleep waits, or returns the context's error. Defaults to a timer.
	Sleep func(context.Context, time.Duration) error
	// Log gets what a person need not see. Defaults to slog.Default().
	Log *slog.Logger
}

// Service is the grants of all workspaces, kept apart by the one in the context. It is
// safe for concurrent use, and any number of processes may serve one table.
type Service struct {
	store       *table.Store
	trail       Trail
	sealer      secret.Sealer
	connections Connections
	client      Client
	o           Options
	// flights lets those of this process who wait for the same token wait together. It
	// spares the table; the lease alone keeps a token from being renewed twice.
	flights singleflight.Group
}

// New makes a Service.
func New(store *table.Store, trail Trail, sealer secret.Sealer, cons Connections, client Client, opts *Options) *Service {
	o := Options{}
	if opts != nil {
		o = *opts
	}
	if o.Timeout <= 0 {
		o.Timeout = 10 * time.Second
	}
	if o.Lease <= 0 {
		o.Lease = 45 * time.Second
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Sleep == nil {
		o.Sleep = pause.For
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	return &Service{store: store, trail: trail, sealer: sealer, connections: cons, client: client, o: o}
}

func (s *Service) now() time.Time { return s.o.Now().UTC() }
