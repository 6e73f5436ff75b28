package execution

import (
	"context"
	"encoding/json"
	"hash/fnv"
	"log/slog"
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/blob"
	"github.com/apiq/apiq/shared/table"
)

// Journal is what the execution domain needs of the journal of calls.
type Journal interface {
	// Calls tells of a run's api_call steps, by step path.
	Calls(ctx context.Context, execution string) (map[string]Calls, error)
	// Resolve settles an attempt whose outcome is unknown: "retry" lets the step
	// send again, "done" stores the value as its result, "fail" ends it.
	Resolve(ctx context.Context, execution, path, decision string, value json.RawMessage) error
	// Undo tells what became of a run's own steps that can be undone; nil where that has not begun.
	Undo(ctx context.Context, execution string) (*Undo, error)
}

// Options of a Service.
type Options struct {
	// Now is the clock. Defaults to time.Now.
	Now func() time.Time
	// MaxWait caps how long Events waits for something new. Defaults to 25 s.
	MaxWait time.Duration
	// Follow: nobody in this process says when a run moves on, for the engine is
	// elsewhere. Get and Events then bring the log of a run that has not ended up to
	// date themselves, Events again and again while it waits. What follows from the
	// end of a run is left to Sync, so that reading takes no more of the engine than
	// its history. Defaults to false: an Observer says so.
	Follow bool
	// Gate is asked before a run is started in the workspace of the context, and its
	// refusal is the start's. Defaults to nil: everything may start.
	Gate func(ctx context.Context) error
	// Announcer is told of the end of runs. Defaults to nil: nobody is.
	Announcer Announcer
	// Asker tells people of questions. Defaults to nil: the inbox does.
	Asker Asker
	// Since is when this process took over data that nobody else has meanwhile: a turn
	// that was taken before is nobody's. Defaults to the zero time: other processes may
	// be at work.
	Since time.Time
	// MaxQueued is how many runs of one group may wait for their turn. Defaults to 1,000.
	MaxQueued int
	// Log tells of what has no caller to be told to. Defaults to slog.Default().
	Log *slog.Logger
}

const (
	stripes     = 64
	tracedRuns  = 4096 // runs whose place in the history is kept in memory
	programsMax = 256  // programs that are kept in memory
	maxInput    = 256 << 10
	maxDepth    = 10 // of nested runs
	spillBytes  = 200 << 10
)

// Service is the domain of runs.
type Service struct {
	store   *table.Store
	blobs   *blob.Store
	trail   *audit.Trail
	engine  Engine
	journal Journal
	// announcer may be nil.
	announcer Announcer
	asker     Asker                       // may be nil
	gate      func(context.Context) error // may be nil
	hub       *hub
	observed  *observed
	traces    *lru.Cache[string, *trace]
	programs  *lru.Cache[string, *program] // by workspace and hash
	// locks are of runs' logs, groupLocks of groups. Under a group's a run's may be taken,
	// under a run's nothing.
	locks      [stripes]sync.Mutex
	groupLocks [stripes]sync.Mutex
	now        func() time.Time
	since      time.Time
	maxWait    time.Duration
	follow     bool
	maxQueued  int
	log        *slog.Logger
}

// New makes the service. The engine must be given its Observe method as
// Observer, the calls the service itself as their sink.
func New(store *table.Store, blobs *blob.Store, trail *audit.Trail, o *Options) (*Service, error) {
	traces, err := lru.New[string, *trace](tracedRuns)
	if err != nil {
		return nil, err
	}
	programs, err := lru.New[string, *program](programsMax)
	if err != nil {
		return nil, err
	}
	s := &Service{programs: programs, store: store, blobs: blobs, trail: trail, hub: newHub(), observed: newObserved(), traces: traces,
		now: time.Now, maxWait: 25 * time.Second, maxQueued: 1000, log: slog.Default()}
	if o != nil {
		if o.Now != nil {
			s.now = o.Now
		}
		if o.MaxWait > 0 {
			s.maxWait = o.MaxWait
		}
		if o.MaxQueued > 0 {
			s.maxQueued = o.MaxQueued
		}
		if o.Log != nil {
			s.log = o.Log
		}
		s.gate, s.asker = o.Gate, o.Asker
		s.announcer, s.follow, s.since = o.Announcer, o.Follow, o.Since
	}
	return s, nil
}

// Use sets the engine and the journal of calls: both report to the service, so
// they come second. It is called once, before anything else.
func (s *Service) Use(engine Engine, journal Journal) { s.engine, s.journal = engine, journal }

func (s *Service) lock(run string) *sync.Mutex { return &s.locks[stripe(run)] }

func stripe(id string) uint32 {
	h := fnv.New32a()
	_, _ = h.Write([]byte(id))
	return h.Sum32() % stripes
}
