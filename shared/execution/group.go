package execution

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"time"

	"github.com/apiq/apiq/shared/pause"
	"github.com/apiq/apiq/shared/table"
)

// group is what runs that share a limit have in common. A run holds a slot from the
// transaction that lets it in to the one that forgets that it was open: a slot is
// neither taken nor freed twice, whatever is interrupted.
type group struct {
	// Running are the runs that hold a slot, in the order in which they came to it.
	Running []string `json:"running,omitempty"`
	// Waiting is how many are in the queue, Last the place that was given last.
	Waiting int   `json:"waiting,omitempty"`
	Last    int64 `json:"last,omitempty"`
	version int64
}

// member is what a run's record says of its group.
type member struct {
	Group  string `json:"group"`
	Limit  int    `json:"limit"`
	Policy string `json:"policy"`
	// Place is where it stands in the queue; 0 when it does not.
	Place int64 `json:"place,omitempty"`
}

// waiter is an entry of the queue.
type waiter struct {
	Execution string `json:"execution"`
}

func (r record) queued() bool { return r.Member.Place > 0 }

const (
	groupTries = 64
	// groupBackOff is the first pause of a process that another was faster than.
	groupBackOff    = 2 * time.Millisecond
	groupBackOffMax = 250 * time.Millisecond
	// groupKept is how long a group without runs stays: longer than anybody takes who
	// has read it and writes it, so that its version never begins anew meanwhile.
	groupKept = 24 * time.Hour
)

// groupID names the group of a workflow's runs that have a key.
func groupID(workflow, key string) string {
	if key == "" {
		return workflow
	}
	sum := sha256.Sum256([]byte(key))
	return workflow + "." + hex.EncodeToString(sum[:16])
}

func groupKey(id string) table.Key { return table.Key{PK: "EXEGROUP#" + id, SK: "0"} }

const placePrefix = "Q#"

func placeKey(id string, place int64) table.Key {
	return table.Key{PK: "EXEGROUP#" + id, SK: fmt.Sprintf("%s%012d", placePrefix, place)}
}

func (s *Service) group(ctx context.Context, id string) (group, error) {
	g, version, err := table.GetJSON[group](ctx, s.store, groupKey(id))
	if errors.Is(err, table.ErrNotFound) {
		return group{}, nil
	}
	g.version = version
	return g, err
}

// full says whether a run must wait.
func (g *group) full(limit int) bool { return g.Waiting > 0 || len(g.Running) >= limit }

func (g *group) add(run string) { g.Running = append(slices.Clone(g.Running), run) }

func (g *group) remove(run string) {
	g.Running = slices.DeleteFunc(slices.Clone(g.Running), func(id string) bool { return id == run })
}

// putGroup is the operation that writes a group over the version it was read as.
func (s *Service) putGroup(id string, g group) (table.Op, error) {
	item, err := table.JSONItem(groupKey(id), g)
	if err != nil {
		return table.Op{}, err
	}
	if len(g.Running) == 0 && g.Waiting == 0 {
		item.ExpiresAt = s.now().Add(groupKept)
	}
	return table.Put(item, table.Unchanged(g.version)), nil
}

// inGroup changes a group in the transaction that commit makes of the operations that
// change returns, as often as somebody else was faster. change may thus be called
// several times; a condition that fails although the group is as it was is commit's
// own, and its error is returned.
func (s *Service) inGroup(ctx context.Context, id string, change func(*group) ([]table.Op, error), commit func([]table.Op) error) error {
	lock := &s.groupLocks[stripe(id)] // in one process nobody is faster
	lock.Lock()
	defer lock.Unlock()
	for try, wait := 0, groupBackOff; try < groupTries; try++ {
		g, err := s.group(ctx, id)
		if err != nil {
			return err
		}
		before := g
		ops, err := change(&g)
		if err != nil {
			return err
		}
		if !reflect.DeepEqual(g, before) {
			op, err := s.putGroup(id, g)
			if err != nil {
				return err
			}
			ops = append(ops, op)
		}
		if err = commit(ops); !errors.Is(err, table.ErrCondition) {
			return err
		}
		now, readErr := s.group(ctx, id)
		if readErr != nil || now.version == g.version {
			return errors.Join(err, readErr)
		}
		if err := pause.For(ctx, rand.N(wait)); err != nil { // #nosec G404 -- jitter
			return err
		}
		wait = min(2*wait, groupBackOffMax)
	}
	return fmt.Errorf("execution: group %s too busy: %w", id, table.ErrThrottled)
}

// transact is the commit of changes that leave no audit record.
func (s *Service) transact(ctx context.Context) func([]table.Op) error {
	return func(ops []table.Op) error {
		if len(ops) == 0 {
			return nil
		}
		return s.store.Transact(ctx, ops)
	}
}
