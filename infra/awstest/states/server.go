package states

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/apiq/apiq/shared/execution"
	"github.com/apiq/apiq/shared/execution/local"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/table/sqlite"
)

// Fault is how an invocation failed: the errorType and errorMessage of a function's
// answer, or what Lambda itself reports ("Lambda.TooManyRequestsException").
type Fault struct{ Type, Message string }

// Options of a Server.
type Options struct {
	// Region and Account stand in ARNs. Default to eu-central-1 and 123456789012.
	Region, Account string
	// Invoke calls a function. It must be set.
	Invoke func(ctx context.Context, functionARN string, payload []byte) (result []byte, fault *Fault)
	// OnStatus gets the event bus's "Step Functions Execution Status Change" of standard
	// executions. An error is tried again twice. Defaults to nobody.
	OnStatus func(ctx context.Context, event json.RawMessage) error
	// OnLog gets the payloads of a subscription to the log of express executions,
	// likewise.
	OnLog func(ctx context.Context, payload json.RawMessage) error
	// Logs makes deliveries of the log worse than they mostly are.
	Logs Logs
	// Speed is how fast the clock of state machines goes. Defaults to 1.
	Speed float64
	// ExpressLimit is how long an express execution may take, by that clock, in whole
	// seconds. Defaults to 5 minutes.
	ExpressLimit time.Duration
	// Tamper may answer a call with an error of AWS's instead: before it is carried
	// out, or after, when the caller does not learn that it was. Defaults to nil.
	Tamper func(action string, done bool) *Error
	// Dir is where the interpreter keeps its journal. Defaults to a folder of its own,
	// which Close removes.
	Dir string
	// Log gets what the interpreter has to say. Defaults to nowhere.
	Log *slog.Logger
}

// Logs says how deliveries of the log go wrong, as they may.
type Logs struct {
	// Duplicate delivers everything twice.
	Duplicate bool
	// Reverse delivers each event by itself, the last one first, when the execution
	// has ended.
	Reverse bool
	// Lose delivers nothing.
	Lose bool
}

// Server is Step Functions in one region of one account.
type Server struct {
	opts   Options
	http   *http.Server
	listen net.Listener
	db     *sqlite.DB
	dir    string // to remove
	engine *local.Engine
	began  time.Time
	stop   context.CancelFunc
	work   sync.WaitGroup

	mu         sync.Mutex
	machines   map[string]*machine     // by ARN
	executions map[string]*performance // by ARN
	byTenant   map[string]*performance // by the interpreter's workspace
	byName     map[string][]*performance
	told       *news
}

// New starts a server on a port of 127.0.0.1. Close ends it.
func New(o Options) (*Server, error) {
	if o.Invoke == nil {
		return nil, errors.New("states: Invoke must be set")
	}
	if o.Region == "" {
		o.Region = "eu-central-1"
	}
	if o.Account == "" {
		o.Account = "123456789012"
	}
	if o.Speed <= 0 {
		o.Speed = 1
	}
	if o.ExpressLimit <= 0 {
		o.ExpressLimit = 5 * time.Minute
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	s := &Server{opts: o, began: time.Now(), machines: map[string]*machine{}, executions: map[string]*performance{},
		byTenant: map[string]*performance{}, byName: map[string][]*performance{}, told: newNews()}
	if err := s.open(); err != nil {
		return nil, errors.Join(err, s.shut())
	}
	return s, nil
}

func (s *Server) open() error {
	dir := s.opts.Dir
	if dir == "" {
		made, err := os.MkdirTemp("", "states-")
		if err != nil {
			return fmt.Errorf("states: %w", err)
		}
		dir, s.dir = made, made
	}
	var err error
	if s.db, err = sqlite.Open(context.Background(), filepath.Join(dir, "states.db"), &sqlite.Options{Log: s.opts.Log}); err != nil {
		return fmt.Errorf("states: %w", err)
	}
	s.engine, err = local.New(table.New(s.db, nil), nil, &local.Options{
		Now: s.now, Log: s.opts.Log, Observer: s.observe, Answer: s.answer,
		Other: func(function string) execution.Handler {
			return func(ctx context.Context, task execution.Task) (json.RawMessage, error) {
				return s.invoke(ctx, function, task)
			}
		},
	})
	if err != nil {
		return fmt.Errorf("states: %w", err)
	}
	if s.listen, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		return fmt.Errorf("states: %w", err)
	}
	s.http = &http.Server{Handler: s, ReadHeaderTimeout: 5 * time.Second}
	ctx, cancel := context.WithCancel(context.Background())
	s.stop = cancel
	s.work.Go(func() {
		if err := s.engine.Run(ctx); err != nil && !errors.Is(err, context.Canceled) {
			s.opts.Log.Error("the interpreter ended", "err", err)
		}
	})
	s.work.Go(func() { s.announce(ctx) })
	s.work.Go(func() { s.hurry(ctx) })
	s.work.Go(func() {
		if err := s.http.Serve(s.listen); !errors.Is(err, http.ErrServerClosed) {
			s.opts.Log.Error("the server ended", "err", err)
		}
	})
	return nil
}

// URL is the endpoint for the SDK's BaseEndpoint.
func (s *Server) URL() string { return "http://" + s.listen.Addr().String() }

// Region is the region that requests are signed for.
func (s *Server) Region() string { return s.opts.Region }

// RoleARN and LogGroupARN are ones of this account that the server accepts.
func (s *Server) RoleARN() string { return "arn:aws:iam::" + s.opts.Account + ":role/states" }

// LogGroupARN is the log group of express executions.
func (s *Server) LogGroupARN() string {
	return "arn:aws:logs:" + s.opts.Region + ":" + s.opts.Account + ":log-group:/aws/vendedlogs/states/runs:*"
}

// Close ends the server and what it runs.
func (s *Server) Close() error {
	s.stop()
	err := s.http.Close()
	s.work.Wait()
	return errors.Join(err, s.shut())
}

func (s *Server) shut() error {
	var err error
	if s.db != nil {
		err = s.db.Close()
	}
	if s.dir != "" {
		err = errors.Join(err, os.RemoveAll(s.dir))
	}
	return err
}

// now is the clock of state machines.
func (s *Server) now() time.Time {
	if s.opts.Speed == 1 {
		return time.Now()
	}
	return s.began.Add(time.Duration(float64(time.Since(s.began)) * s.opts.Speed))
}

// hurry makes the interpreter look at a clock that goes faster than its timers.
func (s *Server) hurry(ctx context.Context) {
	if s.opts.Speed == 1 {
		return
	}
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			s.engine.Wake()
		}
	}
}
