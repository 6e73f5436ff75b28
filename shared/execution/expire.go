package execution

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/table"
)

// ActionExpire is the action of the records that removed runs leave.
const ActionExpire = "execution.expire"

// Forgetter is an engine that keeps ended runs until it is told not to.
type Forgetter interface {
	// Forget deletes what the engine keeps of a run that has ended. A run that it does
	// not know, or of which a part is left, is none or the rest of the same: it may be
	// repeated. A run that has not ended is an error.
	Forget(ctx context.Context, name string) error
}

const (
	gonePK = "EXEGONE"
	// expireAtOnce is how many runs go in one transaction: two operations each, beside
	// the audit record.
	expireAtOnce = 10
	expirePage   = 100
	// bodies is where package call keeps what does not fit the journal, by run.
	bodies = "executions/"
)

// Expire removes, from the workspace in the context, the runs that ended before a
// time, with all that is kept of them: records, log, journals, bodies. Programs stay,
// which are shared by the runs of a workflow's version. Each transaction removes a few
// runs and leaves one audit record that names them; what they leave is deleted after
// it, and by the next call where this one is cut off. A run that is continued at this
// moment stays. The number of runs that were removed is told with an error too.
func (s *Service) Expire(ctx context.Context, before time.Time) (removed int, err error) {
	if err := s.clearGone(ctx); err != nil {
		return 0, err
	}
	for cursor, last := "", false; !last; {
		page, err := s.store.Query(ctx, table.Query{PK: runsPK, Limit: expirePage, Cursor: cursor})
		if err != nil {
			return removed, err
		}
		var old []record
		for _, item := range page.Items {
			r, err := decodeRun(item)
			if err != nil {
				return removed, err
			}
			if !r.CreatedAt.Before(before) { // ids sort by time: so were all that follow
				last = true
				break
			}
			if !r.CompletedAt.Before(before) {
				continue
			}
			over, err := s.over(ctx, r)
			if err != nil {
				return removed, err
			}
			if over {
				old = append(old, r)
			}
		}
		for batch := range slices.Chunk(old, expireAtOnce) {
			n, err := s.remove(ctx, batch, before)
			removed += n
			if err != nil {
				return removed, err
			}
		}
		if err := s.clearGone(ctx); err != nil {
			return removed, err
		}
		cursor = page.Next
		last = last || cursor == ""
	}
	return removed, nil
}

// over says whether a run has ended, and nothing is left to do for it.
func (s *Service) over(ctx context.Context, r record) (bool, error) {
	if !r.Status.Ended() || r.Intent != intentNone {
		return false, nil
	}
	return s.closed(ctx, r)
}

// remove takes runs away, all in one transaction; where one of them has just been
// continued, each by itself.
func (s *Service) remove(ctx context.Context, runs []record, before time.Time) (int, error) {
	ops, ids := make([]table.Op, 0, 2*len(runs)), make([]string, 0, len(runs))
	for _, r := range runs {
		gone, err := removal(r)
		if err != nil {
			return 0, err
		}
		ops, ids = append(ops, gone...), append(ids, r.ID)
	}
	err := s.trail.Commit(ctx, ops, audit.Entry{Action: ActionExpire, Resource: ids[0],
		Message: fmt.Sprintf("Removed %d runs that ended before %s", len(runs), before.UTC().Format(time.RFC3339)), Details: map[string]any{"executions": ids}})
	switch {
	case err == nil:
		return len(runs), nil
	case !errors.Is(err, table.ErrCondition):
		return 0, err
	case len(runs) == 1:
		return 0, nil
	}
	removed := 0
	for i := range runs {
		n, err := s.remove(ctx, runs[i:i+1], before)
		if removed += n; err != nil {
			return removed, err
		}
	}
	return removed, nil
}

// removal takes a run away as it was read, and notes that something of it is left.
func removal(r record) ([]table.Op, error) {
	note, err := table.JSONItem(goneKey(r.ID), struct{}{})
	return []table.Op{table.Delete(runKey(r.ID), table.IfVersion(r.revision)), table.Put(note, table.Always())}, err
}

// goneKey is that of the note that a run was removed, while something of it may be
// there still.
func goneKey(id string) table.Key { return table.Key{PK: gonePK, SK: id} }

// clearGone deletes what removed runs have left.
func (s *Service) clearGone(ctx context.Context) error {
	var faults []error
	for item, err := range s.store.All(ctx, table.Query{PK: gonePK}) {
		if err != nil {
			return errors.Join(append(faults, err)...)
		}
		if err := s.clearRun(ctx, item.SK); err != nil { // it keeps no other from being cleared
			faults = append(faults, fmt.Errorf("execution: what is left of %s: %w", item.SK, err))
		}
	}
	return errors.Join(faults...)
}

// clearRun deletes records before the objects that they name, and last the note
// that there is something to delete.
func (s *Service) clearRun(ctx context.Context, id string) error {
	s.traces.Remove(id)
	if f, ok := s.engine.(Forgetter); ok {
		if err := f.Forget(ctx, id); err != nil {
			return err
		}
	}
	var objects []string
	err := table.Clear(ctx, s.store, runsPK+"#"+id, func(item table.Item) error {
		if item.SK != "DEF" {
			return nil
		}
		var at where // runs of before programs were shared have one of their own
		if err := item.Decode(&at); err == nil && at.Shared == "" && at.Blob != "" {
			objects = append(objects, at.Blob)
		}
		return nil
	})
	if err != nil {
		return err
	}
	for info, err := range s.blobs.All(ctx, bodies+id+"/") {
		if err != nil {
			return err
		}
		objects = append(objects, info.Name)
	}
	for _, name := range objects {
		if err := s.blobs.Delete(ctx, name); err != nil {
			return err
		}
	}
	return s.store.Delete(ctx, goneKey(id), table.Always())
}
