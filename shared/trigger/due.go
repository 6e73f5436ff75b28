package trigger

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
)

// duePK holds what is promised and not yet done: it is written with what makes
// it due, and done at once by who wrote it. Where that fails, Resume does it.
const duePK = "TRGDUE"

// task is a kind of what is due. Each may be done any number of times.
type task string

const (
	dueClock   task = "clock"   // bring a trigger's clock in step; id: the trigger
	dueFlow    task = "flow"    // bring a workflow's triggers in step; id: the workflow
	dueEvent   task = "event"   // put an event on the bus; id: its digest
	dueWebhook task = "webhook" // tell the bus of a webhook; id: the delivery
)

type due struct {
	Task      task   `json:"task"`
	Workspace string `json:"workspace"`
	ID        string `json:"id"`
}

func (d due) key() table.Key {
	return table.Key{PK: duePK, SK: string(d.Task) + "#" + d.Workspace + "#" + d.ID}
}

// promise is the operation that makes something due, in the workspace of the context.
func promise(ctx context.Context, t task, id string) (due, table.Op, error) {
	workspace, err := tenant.From(ctx)
	if err != nil {
		return due{}, table.Op{}, err
	}
	d := due{Task: t, Workspace: workspace, ID: id}
	item, err := table.JSONItem(d.key(), d)
	return d, table.Global(table.Put(item, table.Always())), err
}

// keep does what is due. Where it cannot be done here and now it stays due.
func (s *Service) keep(ctx context.Context, d due) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if err := s.tryKeep(ctx, d); err != nil && !errors.Is(err, errElsewhere) {
		s.log.ErrorContext(ctx, "something of a trigger is left undone; it is tried again later", "task", d.Task, "id", d.ID, "err", err)
	}
}

const (
	// prompt is how long the sender of a webhook waits for more than its safekeeping.
	prompt = 500 * time.Millisecond
	// patience is how long anybody waits for what can be done later too.
	patience = 5 * time.Second
)

// soon is keep for one who must be answered at once: it goes on behind the answer
// where the process does, and where not, Resume does.
func (s *Service) soon(ctx context.Context, d due) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.keep(outside(ctx), d)
	}()
	late := time.NewTimer(prompt)
	defer late.Stop()
	select {
	case <-done:
	case <-late.C:
	}
}

// errElsewhere: this process has not got the port that it takes.
var errElsewhere = errors.New("trigger: to be done by another process")

func (s *Service) tryKeep(ctx context.Context, d due) error {
	ctx = tenant.With(ctx, d.Workspace)
	before, err := s.store.Get(tenant.WithSystem(ctx), d.key())
	if errors.Is(err, table.ErrNotFound) {
		return nil // another was faster
	}
	if err != nil {
		return err
	}
	done, err := s.perform(ctx, d)
	if err != nil || !done {
		return err
	}
	// Where it has become due again meanwhile, it stays.
	err = s.store.Delete(tenant.WithSystem(ctx), d.key(), table.IfVersion(before.Version))
	if errors.Is(err, table.ErrCondition) {
		return nil
	}
	return err
}

// perform does it; done says that nothing is due any more.
func (s *Service) perform(ctx context.Context, d due) (done bool, err error) {
	switch d.Task {
	case dueClock:
		return true, s.arrange(ctx, d.ID)
	case dueFlow:
		return true, s.arrangeAll(ctx, d.ID)
	case dueEvent:
		return true, s.publishKept(ctx, d.ID)
	case dueWebhook:
		// It stays due until it is delivered: what is told twice is delivered once.
		return false, s.tellWebhook(ctx, d)
	}
	return false, fmt.Errorf("trigger: nobody knows how to do %q", d.Task)
}

const (
	duePage   = 100
	dueAtOnce = 8
	// dueEach is the patience of who has nothing else to do: a workflow may have a
	// hundred clocks.
	dueEach = time.Minute
)

// Resume does what a crash or a failure left undone, in every workspace: when
// the process starts, and from time to time. It may run beside anything else. Each
// has its minute, and several are done at once, so that what hangs keeps little else
// waiting.
func (s *Service) Resume(ctx context.Context) error {
	var (
		all    errgroup.Group
		mu     sync.Mutex
		faults []error
	)
	fault := func(err error) {
		mu.Lock()
		defer mu.Unlock()
		faults = append(faults, err)
	}
	all.SetLimit(dueAtOnce)
	for item, err := range s.store.All(tenant.WithSystem(ctx), table.Query{PK: duePK, Limit: duePage}) {
		if err != nil {
			fault(err)
			break
		}
		var d due
		if err := item.Decode(&d); err != nil {
			fault(err)
			continue
		}
		all.Go(func() error {
			ctx, cancel := context.WithTimeout(system(ctx), dueEach)
			defer cancel()
			if err := s.tryKeep(ctx, d); err != nil && !errors.Is(err, errElsewhere) {
				fault(fmt.Errorf("%s %s: %w", d.Task, d.ID, err))
			}
			return nil
		})
	}
	_ = all.Wait() // the faults are told
	return errors.Join(faults...)
}

// outside is the context of what goes on after the answer: its client may leave.
func outside(ctx context.Context) context.Context { return context.WithoutCancel(ctx) }

// short makes what comes from outside fit a sentence.
func short(s string) string {
	const most = 120
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "") + "…"
	}
	return s
}
