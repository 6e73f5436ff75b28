package execution

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
)

// openRun is the system's pointer to a run that has not ended.
type openRun struct {
	Workspace string `json:"workspace"`
	Execution string `json:"execution"`
}

const (
	openPK = "EXEOPEN"
	// openShards spread the pointers: all runs of all workspaces write one as they
	// start and end, and a partition of DynamoDB takes 1,000 units a second, which 250
	// runs would use up.
	openShards = 16

	openPerPage = 100
	sweepAtOnce = 8
	// sweepEach bounds what one run may hold up a sweep.
	sweepEach = time.Minute
	// spare is what a sweep leaves of its caller's time.
	spare = 30 * time.Second
)

// openIn is the partition of a new run's pointer.
func openIn(id string) string {
	h := fnv.New32a()
	_, _ = h.Write([]byte(id))
	return openPK + "#" + strconv.FormatUint(uint64(h.Sum32()%openShards), 16)
}

func (r record) openKey() table.Key {
	if r.Open == "" {
		return table.Key{PK: openPK, SK: r.ID}
	}
	return table.Key{PK: r.Open, SK: r.ID}
}

// closed says whether what followed from a run's end is done: the pointer is gone.
func (s *Service) closed(ctx context.Context, r record) (bool, error) {
	_, err := s.store.Get(tenant.WithSystem(ctx), r.openKey())
	if errors.Is(err, table.ErrNotFound) {
		return true, nil
	}
	return false, err
}

// shard is the nth partition of pointers; the first is that of before there were several.
func shard(n int) (pk string, ok bool) {
	switch {
	case n == 0:
		return openPK, true
	case n < 0 || n > openShards:
		return "", false
	}
	return openPK + "#" + strconv.FormatInt(int64(n-1), 16), true
}

// Resume does, in every workspace, what a crash left undone: what was promised
// (starts, stops, retries, decisions, what a queue is owed), and the logs. It is called
// once, when the process starts, before the engine's own resume, which would go past a
// stop. What it could not do is tried again while the service runs.
func (s *Service) Resume(ctx context.Context) error {
	var faults []error
	for cursor := ""; ; {
		next, err := s.part(ctx, cursor, table.MaxQueryLimit, func(ctx context.Context, id string) error {
			err := s.resume(ctx, id)
			if err != nil { // also where a killed process still has its turn
				s.later(ctx, id, err)
			}
			return err
		})
		faults = append(faults, err)
		if cursor = next; cursor == "" || ctx.Err() != nil {
			return errors.Join(faults...)
		}
	}
}

// sweepState is where SweepOn goes on.
type sweepState struct {
	Cursor string `json:"cursor"`
}

// SweepOn is for processes that are called from time to time, and have not the time
// for all runs: it takes up at most about that many, goes on where the call
// before ended, and ends half a minute before ctx does.
func (s *Service) SweepOn(ctx context.Context, most int) error {
	if deadline, ok := ctx.Deadline(); ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadline(ctx, deadline.Add(-spare))
		defer cancel()
	}
	key := table.Key{PK: "EXESWEEP", SK: "cursor"}
	system := context.WithoutCancel(tenant.WithSystem(ctx))
	at, _, err := table.GetJSON[sweepState](system, s.store, key)
	if err != nil && !errors.Is(err, table.ErrNotFound) {
		return err
	}
	was := at.Cursor
	var faults []error
	for taken := 0; taken < most && ctx.Err() == nil; taken += openPerPage {
		next, err := s.Sweep(ctx, at.Cursor, min(openPerPage, most))
		if err != nil {
			faults = append(faults, err)
		}
		if at.Cursor = next; next == "" {
			break
		}
	}
	if at.Cursor != was { // written also where a run took all the time: it has had its turn
		item, err := table.JSONItem(key, at)
		if err == nil {
			_, err = s.store.Put(system, item, table.Always())
		}
		faults = append(faults, err)
	}
	return errors.Join(faults...)
}

// Sweep carries out what a crash left undone of at most limit of the runs that have
// not ended, and returns where to go on, "" at the end. It may run beside other
// processes: what one of them is at, or has just done, is left to it.
func (s *Service) Sweep(ctx context.Context, cursor string, limit int) (next string, err error) {
	return s.part(ctx, cursor, limit, s.resume)
}

// part does something for at most limit runs, several at once. What failed for a run
// is in the error, and no reason not to go on.
func (s *Service) part(ctx context.Context, cursor string, limit int, do func(ctx context.Context, id string) error) (next string, err error) {
	open, next, err := s.openRuns(ctx, cursor, limit)
	var (
		mu     sync.Mutex
		faults []error
	)
	fault := func(err error) {
		mu.Lock()
		defer mu.Unlock()
		faults = append(faults, err)
	}
	if err != nil {
		fault(err)
	}
	var all errgroup.Group
	all.SetLimit(sweepAtOnce)
	for _, o := range open {
		if ctx.Err() != nil { // the next sweep finds the rest
			fault(ctx.Err())
			break
		}
		all.Go(func() error {
			ctx, cancel := context.WithTimeout(tenant.With(ctx, o.Workspace), sweepEach)
			defer cancel()
			if err := do(ctx, o.Execution); err != nil && !errors.Is(err, errTaken) {
				fault(fmt.Errorf("run %s: %w", o.Execution, err))
			}
			return nil
		})
	}
	_ = all.Wait() // the faults are told
	return next, errors.Join(faults...)
}

// openRuns are at most limit pointers, from a cursor on: the number of a partition and
// the cursor inside. One that cannot be read is passed over and told of.
func (s *Service) openRuns(ctx context.Context, cursor string, limit int) (open []openRun, next string, err error) {
	number, inside, _ := strings.Cut(cursor, ":")
	n, _ := strconv.Atoi(number) // "" is the first
	var faults []error
	for ; ; n++ {
		pk, ok := shard(n)
		if !ok {
			return open, "", errors.Join(faults...)
		}
		if len(open) >= limit {
			return open, strconv.Itoa(n) + ":", errors.Join(faults...)
		}
		page, err := s.store.Query(tenant.WithSystem(ctx), table.Query{PK: pk, Limit: limit - len(open), Cursor: inside})
		if err != nil {
			// What was found is taken up; the next sweep begins anew.
			return open, "", errors.Join(append(faults, err)...)
		}
		for _, item := range page.Items {
			var o openRun
			if err := item.Decode(&o); err != nil {
				faults = append(faults, err)
				continue
			}
			open = append(open, o)
		}
		if inside = page.Next; inside != "" {
			return open, strconv.Itoa(n) + ":" + inside, errors.Join(faults...)
		}
	}
}
