package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/audit/sink"
	"github.com/apiq/apiq/shared/backup"
	"github.com/apiq/apiq/shared/blob"
	"github.com/apiq/apiq/shared/blob/dir"
	"github.com/apiq/apiq/shared/boot"
	"github.com/apiq/apiq/shared/call"
	"github.com/apiq/apiq/shared/connection"
	"github.com/apiq/apiq/shared/dns"
	"github.com/apiq/apiq/shared/egress"
	"github.com/apiq/apiq/shared/execution"
	"github.com/apiq/apiq/shared/execution/local"
	"github.com/apiq/apiq/shared/gallery"
	"github.com/apiq/apiq/shared/grant"
	"github.com/apiq/apiq/shared/identity"
	"github.com/apiq/apiq/shared/identity/domain"
	"github.com/apiq/apiq/shared/launch"
	"github.com/apiq/apiq/shared/limit"
	"github.com/apiq/apiq/shared/mail"
	"github.com/apiq/apiq/shared/mail/post"
	"github.com/apiq/apiq/shared/notice"
	"github.com/apiq/apiq/shared/plan"
	"github.com/apiq/apiq/shared/plan/shelf"
	"github.com/apiq/apiq/shared/quota"
	"github.com/apiq/apiq/shared/rehearse"
	"github.com/apiq/apiq/shared/retention"
	"github.com/apiq/apiq/shared/scim"
	"github.com/apiq/apiq/shared/secret"
	"github.com/apiq/apiq/shared/secret/keyfile"
	"github.com/apiq/apiq/shared/signin"
	"github.com/apiq/apiq/shared/signin/keypair"
	"github.com/apiq/apiq/shared/signin/oidc"
	"github.com/apiq/apiq/shared/signin/saml"
	"github.com/apiq/apiq/shared/spec"
	"github.com/apiq/apiq/shared/spec/library"
	"github.com/apiq/apiq/shared/spec/report"
	"github.com/apiq/apiq/shared/stats"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/table/sqlite"
	"github.com/apiq/apiq/shared/tenant"
	"github.com/apiq/apiq/shared/trigger"
	triggerlocal "github.com/apiq/apiq/shared/trigger/local"
	"github.com/apiq/apiq/shared/trigger/news"
	"github.com/apiq/apiq/shared/upkeep"
	"github.com/apiq/apiq/shared/wiring"
	"github.com/apiq/apiq/shared/workflow"
)

// home is the one-machine home, put together: every service over the embedded
// stores of one data folder.
type home struct {
	config  boot.Config
	log     *slog.Logger
	db      *sqlite.DB
	store   *table.Store
	blobs   *blob.Store
	wrap    *keyfile.Wrap
	sealer  *secret.Envelope
	trail   *audit.Trail
	limiter limit.Limiter
	quotas  *quota.Keeper
	// Messages: their queue, what sends them, and what shows those that are kept.
	post   *post.Post
	sender mail.Sender
	desk   *post.Desk
	// retention knows how long each workspace keeps what.
	retention *retention.Service

	people      *identity.Service
	directory   *scim.Service
	library     *library.Library
	shelf       *shelf.Shelf
	reports     *report.Service
	connections *connection.Service
	grants      *grant.Service
	calls       *call.Service
	flows       *workflow.Service
	runs        *execution.Service
	engine      *local.Engine
	launcher    *launch.Launcher
	rehearsals  *rehearse.Service
	templates   *gallery.Service
	plans       *plan.Service
	stats       *stats.Service
	triggers    *trigger.Service
	clocks      *triggerlocal.Scheduler
	bus         *triggerlocal.Bus
	rotation    *upkeep.Rotation
	sinks       *sink.Service
	signins     *signin.Service
	domains     *domain.Service
	saml        *saml.Service
	samlKeys    *keypair.Store
	// since is when this process got the data folder to itself.
	since time.Time
	// time is what clocks and events live by; nil is the machine's. Tests move it.
	time triggerlocal.Time

	// public is where browsers reach this process, "" until it listens.
	public string

	// warming holds workspaces whose first plan should not wait for its documents.
	warming chan string
	// sweeps asks for a look at sweeps of keys.
	sweeps bell
	// left asks for a look at what members who left owned.
	left    bell
	closers []func() error
}

// openHome opens the data folder and puts the services together. onWorkspace
// runs in each new workspace.
func openHome(ctx context.Context, c boot.Config, log *slog.Logger, onWorkspace func(context.Context, *home)) (*home, error) {
	return newHome(c, log).open(ctx, onWorkspace)
}

func newHome(c boot.Config, log *slog.Logger) *home {
	return &home{config: c, log: log, warming: make(chan string, warmingQueue), sweeps: make(bell, 1), left: make(bell, 1)}
}

func (h *home) open(ctx context.Context, onWorkspace func(context.Context, *home)) (_ *home, err error) {
	defer func() {
		if err != nil {
			err = errors.Join(err, h.Close())
		}
	}()
	if err := h.openStores(ctx); err != nil {
		return nil, err
	}
	if err := h.migrate(ctx); err != nil {
		return nil, err
	}
	quotas, err := quota.Parse(h.config.Quotas)
	if err != nil {
		return nil, fmt.Errorf("APIQ_QUOTAS: %w", err)
	}
	h.retention = retention.New(h.store, h.trail, &retention.Options{RunsDays: h.config.KeepRunsDays})
	h.quotas = quota.New(h.store, quotas, &quota.Options{Log: h.log}).Counting(h.blobs)
	h.blobs = h.blobs.Metered(h.quotas.Meter())
	if h.limiter, err = limit.NewLocal(nil); err != nil {
		return nil, err
	}
	if err := h.openMail(); err != nil {
		return nil, err
	}
	h.people, err = identity.New(h.store, h.trail, h.sealer, h.limiter, &identity.Options{Mail: h.post, Desk: h.desk, Registration: h.config.Registration, OnLeave: h.left.ring, Room: h.quotas.GlobalRoom(quota.Members),
		OnWorkspace: func(ctx context.Context, _ identity.Workspace) { onWorkspace(ctx, h) }})
	if err != nil {
		return nil, err
	}
	h.directory = scim.New(h.store, h.trail, h.people, &scim.Options{PublicURL: strings.TrimRight(h.config.PublicURL, "/")})
	if err := h.openServices(); err != nil {
		return nil, err
	}
	if err := h.eraseAgain(ctx); err != nil {
		return nil, err
	}
	return h, nil
}

// openStores opens the table, the blobs and the key. The key is made only with
// a new table: a lost key must be told of, never replaced.
func (h *home) openStores(ctx context.Context) error {
	if err := os.MkdirAll(h.config.Data, 0o700); err != nil {
		return fmt.Errorf("data folder: %w", err)
	}
	path := filepath.Join(h.config.Data, backup.TableName)
	_, statErr := os.Stat(path)
	fresh := errors.Is(statErr, os.ErrNotExist)
	var err error
	if h.db, err = sqlite.Open(ctx, path, &sqlite.Options{Log: h.log}); err != nil {
		return err
	}
	h.since = time.Now()
	h.closers = append(h.closers, h.db.Close)
	h.store = table.New(h.db, nil)
	objects, err := dir.Open(filepath.Join(h.config.Data, backup.BlobsName), nil)
	if err != nil {
		return err
	}
	h.closers = append(h.closers, objects.Close)
	h.blobs = blob.New(objects)
	openKey := keyfile.Open
	if fresh {
		openKey = keyfile.OpenOrCreate
	}
	wrap, err := openKey(filepath.Join(h.config.Data, backup.KeyName))
	if err != nil {
		return fmt.Errorf("the key of this data folder: %w", err)
	}
	h.wrap, h.sealer = wrap, secret.NewEnvelope(h.store, wrap, nil)
	h.trail = audit.New(h.store, nil)
	return nil
}

func (h *home) openServices() error {
	allow, err := h.config.Allow()
	if err != nil {
		return err
	}
	guard := egress.New(&egress.Options{Allow: allow})
	operator, err := signin.Operator(h.config.SignIn())
	if err != nil {
		return err
	}
	h.signins = signin.New(h.store, h.trail, h.sealer, h.people, oidc.New(guard, nil), &signin.Options{Operator: operator, PublicURL: func() string { return h.public }})
	h.domains = domain.New(h.store, h.trail, h.people, h.post, dns.New(&dns.Options{Server: h.config.DNS}), &domain.Options{Providers: h.signins.Ready})
	h.samlKeys = keypair.New(h.store, h.sealer)
	h.saml = saml.New(h.store, h.trail, h.samlKeys, h.people, guard.Client(nil), &saml.Options{PublicURL: func() string { return h.public }})
	h.library = library.New(guard.Client(nil), h.store, h.blobs, h.trail, &library.Options{
		TTL: h.config.CacheTTL(), MaxBytes: h.config.SpecMaxBytes, FetchTimeout: h.config.FetchTimeout(), Log: h.log,
		Imported: func(ctx context.Context, doc *spec.Document) { h.shelf.Imported(ctx, doc) }})
	h.shelf = shelf.New(h.blobs, h.library, h.log)
	h.closers = append(h.closers, closer(h.library.Close))
	if err := h.openReports(); err != nil {
		return err
	}
	h.openTriggers()
	desk := news.New(h.triggers)
	members := identity.NewDirectory(h.store)
	h.flows = workflow.New(h.store, h.blobs, h.trail, &workflow.Options{Watcher: h.triggers, Room: h.quotas.Room(quota.Workflows), Members: members})
	h.connections = connection.New(h.store, h.trail, h.sealer, h.library, guard, &connection.Options{Room: h.quotas.Room(quota.Connections), Members: members, Workflows: wiring.Uses{Workflows: h.flows},
		Impact: &wiring.Impact{Workflows: h.flows, Connections: func() *connection.Service { return h.connections }}, Reports: h.reports, Announcer: desk, Log: h.log})
	h.closers = append(h.closers, closer(h.connections.Close))
	h.openGrants(guard)
	if h.runs, err = execution.New(h.store, h.blobs, h.trail, &execution.Options{Gate: h.gate, Announcer: desk,
		Asker: notice.New(members, h.post), Since: h.since, Log: h.log}); err != nil {
		return err
	}
	h.calls = call.New(h.connections, h.library, guard, h.store, h.blobs, &call.Options{Sink: h.runs, Nested: h.runs.Nested, Log: h.log})
	h.closers = append(h.closers, closer(h.calls.Close))
	h.launcher = launch.New(h.flows, wiring.Resolver{Connections: h.connections}, h.runs)
	h.rehearsals = rehearse.New(h.flows, wiring.Resolver{Connections: h.connections}, h.trail, nil)
	h.templates = gallery.New(h.connections, wiring.Resolver{Connections: h.connections}, h.flows)
	if h.engine, err = h.openEngine(); err != nil {
		return err
	}
	h.triggers.Use(trigger.Ports{Workflows: h.flows, Launcher: h.launcher, Scheduler: h.clocks, Bus: h.bus})
	h.runs.Use(h.engine, call.JournalView{Ledger: h.calls.Ledger})
	model, err := planningModel(h.config)
	if err != nil {
		return err
	}
	if h.plans, err = plan.New(h.store, h.trail, h.connections, &plan.Options{Model: model, Tokens: h.quotas, Catalogues: h.shelf, Log: h.log}); err != nil {
		return err
	}
	if err := h.openSinks(guard); err != nil {
		return err
	}
	h.openRotation()
	h.stats = stats.New(h.connections, h.flows, h.runs, h.people, nil)
	return nil
}

// openGrants makes what obtains the tokens of connections.
func (h *home) openGrants(guard *egress.Guard) {
	client := guard.Client(&egress.ClientOptions{NoRedirects: true})
	h.closers = append(h.closers, closer(client.Close))
	h.grants = grant.New(h.store, h.trail, h.sealer, h.connections, client, &grant.Options{Redirect: h.config.BaseURL() + grant.CallbackPath,
		Needs: wiring.Scopes{Workflows: h.flows, Connections: h.connections}, Log: h.log})
	h.connections.UseTokens(connection.AuthOAuth, h.grants)
	h.connections.UseTokens(connection.AuthTokenExchange, h.grants)
}

// openTriggers makes triggers with their clocks and events; its ports follow once
// what they start is there.
func (h *home) openTriggers() {
	o := &trigger.Options{Room: h.quotas.Room(quota.Triggers), Log: h.log}
	if h.time != nil {
		o.Now = h.time.Now
	}
	h.triggers = trigger.New(h.store, h.trail, h.sealer, o)
	h.clocks = triggerlocal.NewScheduler(h.store, h.triggers.Tick, &triggerlocal.Options{Time: h.time, Log: h.log})
	h.bus = triggerlocal.NewBus(h.store, h.triggers.Consume, &triggerlocal.Options{Time: h.time, Log: h.log})
}

// sweepEvery is how often what a failure left undone for triggers is looked for.
const sweepEvery = time.Minute

// sweep does what was promised for triggers and not kept, now and from time to time.
func (h *home) sweep(ctx context.Context) error {
	ticker := time.NewTicker(sweepEvery)
	defer ticker.Stop()
	for {
		if err := h.triggers.Resume(ctx); err != nil && ctx.Err() == nil {
			h.log.ErrorContext(ctx, "something of triggers is left undone; it is tried again in a moment", "err", err)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-ticker.C:
		}
	}
}

// work does what goes on in the background until ctx ends: first what a crash
// left undone, then following runs.
func (h *home) work(ctx context.Context) error {
	if err := h.runs.Resume(ctx); err != nil {
		h.log.ErrorContext(ctx, "some runs could not be taken up again", "err", err)
	}
	if n, err := h.connections.ResumeImports(ctx); err != nil || n > 0 {
		h.log.InfoContext(ctx, "imports taken up again", "count", n, "err", err)
	}
	var all errgroup.Group
	all.Go(func() error { return h.post.Run(ctx, h.sender) })
	all.Go(func() error { return h.runs.Run(ctx) })
	all.Go(func() error { return h.engine.Run(ctx) })
	all.Go(func() error { return h.clocks.Run(ctx) })
	all.Go(func() error { return h.bus.Run(ctx) })
	all.Go(func() error { return h.sweep(ctx) })
	all.Go(func() error { return h.warm(ctx) })
	all.Go(func() error { return h.nights(ctx) })
	all.Go(func() error { return h.deletions(ctx) })
	all.Go(func() error { return h.rotations(ctx) })
	all.Go(func() error { return h.domainChecks(ctx) })
	all.Go(func() error { return h.warnings(ctx) })
	all.Go(func() error { return h.stream(ctx) })
	all.Go(func() error { return h.reports.Run(ctx) })
	if err := all.Wait(); err != nil && !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}

const warmingQueue = 64

// soon asks for a workspace's documents to be read ahead; when many wait, the
// first plan reads them itself.
func (h *home) soon(ctx context.Context) {
	workspace, err := tenant.From(ctx)
	if err != nil {
		return
	}
	select {
	case h.warming <- workspace:
	default:
	}
}

func (h *home) warm(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case workspace := <-h.warming:
			if err := h.plans.Warm(tenant.With(ctx, workspace)); err != nil && ctx.Err() == nil {
				h.log.WarnContext(ctx, "documents not read ahead", "err", err)
			}
		}
	}
}

// Close closes everything, the last opened first.
func (h *home) Close() error {
	var faults []error
	for i := len(h.closers) - 1; i >= 0; i-- {
		faults = append(faults, h.closers[i]())
	}
	h.closers = nil
	return errors.Join(faults...)
}

func closer(f func()) func() error { return func() error { f(); return nil } }
