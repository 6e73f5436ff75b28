package trigger

import (
	"context"
	"log/slog"
	"time"

	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/quota"
	"github.com/apiq/apiq/shared/secret"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
)

// Options of a Service.
type Options struct {
	// Now is the clock. Defaults to time.Now.
	Now func() time.Time
	// Room bounds how many triggers a workspace may have. Defaults to nil: there is
	// always room.
	Room *quota.Room
	// Log tells of what has no caller to be told to. Defaults to slog.Default().
	Log *slog.Logger
}

// Ports are what a Service works with. A function that has no need of one leaves
// it nil: what would go there stays promised, and is done by the Resume of one that has it.
type Ports struct {
	Workflows Workflows
	Launcher  Launcher
	Scheduler Scheduler
	Bus       Bus
}

const (
	// maxChain is how many runs may follow from one another by the events of their ends.
	maxChain = 5
	// window is how far a signed time may be from ours, as Standard Webhooks and
	// Stripe advise.
	window = 5 * time.Minute
	// grace is how late a scheduled run may be before it counts as missed.
	grace = 5 * time.Minute
	// makeUp is how long a missed run is still made up for: the longest that
	// EventBridge Scheduler keeps an event.
	makeUp = 24 * time.Hour
	// kept is how long a delivery is remembered, and repeats of it are told. Senders
	// retry for three days at most.
	kept = 7 * 24 * time.Hour
	// keptUnstamped is for signatures that cover no time: only memory tells a replay.
	keptUnstamped = 90 * 24 * time.Hour
	// maxPerWorkflow bounds what one workflow's events and clocks can cost.
	maxPerWorkflow = 100
)

// Service is the triggers of all workspaces, kept apart by the one in the
// context. It is safe for concurrent use.
type Service struct {
	store  *table.Store
	trail  *audit.Trail
	sealer secret.Sealer
	ports  Ports
	room   *quota.Room // may be nil
	now    func() time.Time
	log    *slog.Logger
}

// New makes a Service. The sealer may be nil where no webhook is made or received.
func New(store *table.Store, trail *audit.Trail, sealer secret.Sealer, o *Options) *Service {
	s := &Service{store: store, trail: trail, sealer: sealer, now: time.Now, log: slog.Default()}
	if o != nil {
		if o.Now != nil {
			s.now = o.Now
		}
		if o.Log != nil {
			s.log = o.Log
		}
		s.room = o.Room
	}
	return s
}

// Use sets the ports: several of them report to the service, so they come second.
// It is called once, before anything else.
func (s *Service) Use(p Ports) { s.ports = p }

func (s *Service) moment() time.Time { return s.now().UTC().Truncate(time.Millisecond) }

// acting is the context of what a trigger does: no person does it.
func acting(ctx context.Context, trigger string) context.Context {
	a := tenant.ActorFrom(ctx)
	return tenant.WithActor(ctx, tenant.Actor{ID: trigger, Email: "trigger", RequestID: a.RequestID, IP: a.IP})
}

// system is the context of what follows from a change by itself.
func system(ctx context.Context) context.Context {
	return tenant.WithActor(ctx, tenant.Actor{ID: "system", RequestID: tenant.ActorFrom(ctx).RequestID})
}
