package local

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/apiq/apiq/shared/execution"
	"github.com/apiq/apiq/shared/execution/local/asl"
	"github.com/apiq/apiq/shared/expr"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
)

// Options of an Engine.
type Options struct {
	// Now is the clock. Defaults to time.Now.
	Now func() time.Time
	// Log gets what goes wrong in the background. Defaults to slog.Default().
	Log *slog.Logger
	// Observer is told after each durable commit. Defaults to nobody.
	Observer execution.Observer
	// Concurrency is how many functions run at once; more wait their turn. Defaults to 256.
	Concurrency int
	// Uses is the member of a payload that names what the function uses: those of a
	// workspace that use one thing take up a quarter of Concurrency, however slow it is.
	// Defaults to none.
	Uses string
	// Machines is how many definitions stay compiled. Defaults to 256.
	Machines int
	// Expr bounds expressions. Defaults to expr's defaults.
	Expr *expr.Options
	// Other gives the handler of a function that is not among the engine's own, or
	// nil. Defaults to none: there are no others.
	Other func(function string) execution.Handler
	// Answer is what lambda:invoke answers to a state for a function's result, nil
	// where there is none. Defaults to the part of it that states can rely on.
	Answer func(payload json.RawMessage) json.RawMessage
}

// Engine is an execution.Engine over the table. One process at a time may run one
// over the same table; the table's own lock sees to that.
type Engine struct {
	store    *table.Store
	handlers map[string]execution.Handler
	opts     Options
	machines *lru.Cache[string, *asl.Machine]
	pool     *pool
	timers   *timers
	tails    *tails

	// folding keeps batches from being put together while somebody reads on from one
	// to the next.
	folding sync.RWMutex

	mu   sync.Mutex
	live map[runKey]*live
	// background is the context of work that no caller waits for; nil unless Run runs.
	background context.Context
	closing    bool
}

var _ execution.Engine = (*Engine)(nil)

// runKey names a run across workspaces.
type runKey struct{ workspace, name string }

func (k runKey) context(ctx context.Context) context.Context { return tenant.With(ctx, k.workspace) }

// New makes an engine that calls the given functions, by the name that stands in
// FunctionName. Runs make progress while Run runs; all else works at once.
func New(store *table.Store, handlers map[string]execution.Handler, opts *Options) (*Engine, error) {
	o := Options{}
	if opts != nil {
		o = *opts
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.Concurrency <= 0 {
		o.Concurrency = 256
	}
	if o.Machines <= 0 {
		o.Machines = 256
	}
	if o.Other == nil {
		o.Other = func(string) execution.Handler { return nil }
	}
	if o.Answer == nil {
		o.Answer = asl.Invoked
	}
	machines, err := lru.New[string, *asl.Machine](o.Machines)
	if err != nil {
		return nil, fmt.Errorf("local: %w", err)
	}
	tails, err := newTails()
	if err != nil {
		return nil, fmt.Errorf("local: %w", err)
	}
	return &Engine{
		store: store, handlers: handlers, opts: o, machines: machines,
		pool: newPool(o.Concurrency), timers: newTimers(), tails: tails, live: map[runKey]*live{},
	}, nil
}

// Run takes up the runs that are under way, then keeps timers, until ctx ends. It
// returns after the functions that it called have returned; what they did not
// finish is done again by the next Run.
func (e *Engine) Run(ctx context.Context) error {
	background, stop := context.WithCancel(ctx)
	e.mu.Lock()
	if e.background != nil || e.closing {
		e.mu.Unlock()
		stop()
		return fmt.Errorf("local: engine was run before")
	}
	e.background = background
	e.mu.Unlock()
	defer func() {
		e.mu.Lock()
		e.background, e.closing = nil, true
		e.mu.Unlock()
		stop()
		e.pool.close()
	}()
	if err := e.resume(background); err != nil {
		return err
	}
	return e.timers.run(background, e.opts.Now, func(key runKey) { e.submit(key) })
}

// Wake makes the engine look at its clock, for clocks that are moved by hand.
func (e *Engine) Wake() { e.timers.poke() }

// resume takes up every run that is not only waiting.
func (e *Engine) resume(ctx context.Context) error {
	count := 0
	for item, err := range e.store.All(tenant.WithSystem(ctx), table.Query{PK: openPK, Limit: table.MaxQueryLimit}) {
		if err != nil {
			return fmt.Errorf("local: resume: %w", err)
		}
		open, err := decodeOpen(item.Data)
		if err != nil {
			return fmt.Errorf("local: resume: %w", err)
		}
		key := runKey{open.Workspace, open.Name}
		count++
		if !open.Due.IsZero() {
			e.timers.set(key, open.Due)
		}
		if !open.Parked {
			e.submit(key)
		}
	}
	if count > 0 {
		e.opts.Log.InfoContext(ctx, "runs taken up again", "count", count)
	}
	return nil
}

// running is the context of background work, or nil.
func (e *Engine) running() context.Context {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.background
}

// submit drives a run in the background. When nothing runs, the next Run finds it.
func (e *Engine) submit(key runKey) {
	ctx := e.running()
	if ctx == nil {
		return
	}
	ctx = key.context(ctx)
	held := e.hold(key) // what is in memory now need not be read again
	queued := e.pool.move(key.workspace, func() {
		defer e.drop(held)
		err := e.with(ctx, key, func(l *live) error { return e.drive(ctx, l) })
		if err != nil && ctx.Err() == nil {
			e.opts.Log.ErrorContext(ctx, "a run could not go on; it is tried again", "execution", key.name, "err", err)
		}
	})
	if !queued {
		e.drop(held)
	}
}

// retryAfter is how long a run rests after the table failed it.
const retryAfter = 5 * time.Second
