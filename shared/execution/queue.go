package execution

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/pause"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/workflow"
)

// moveUp starts the runs that wait in a group, in their order, for as long as slots
// are free. Who ends a run calls it; what was interrupted, the sweep of the one that
// is the first in the queue does, or the next start of the process.
func (s *Service) moveUp(ctx context.Context, id string) error {
	for {
		next, more, err := s.letIn(ctx, id)
		if err != nil || !more {
			return err
		}
		if next.ID == "" {
			continue
		}
		if err := s.carryOut(ctx, next); err != nil {
			s.later(ctx, next.ID, err)
		}
	}
}

// letIn gives the first of the queue a slot, and the promise that it is started. more:
// it has changed the queue, and there may be more to do.
func (s *Service) letIn(ctx context.Context, id string) (next record, more bool, err error) {
	err = s.inGroup(ctx, id, func(g *group) ([]table.Op, error) {
		if next, more = (record{}), false; g.Waiting == 0 {
			return nil, nil
		}
		first, err := s.first(ctx, id)
		switch r := first.run; {
		case err != nil:
			return nil, err
		case first.none:
			g.Waiting = 0
			return nil, nil
		case first.stale:
			more = true
			g.Waiting--
			return []table.Op{table.Delete(first.key, table.Present())}, nil
		case r.ID == "" || len(g.Running) >= r.Member.Limit:
			return nil, nil
		}
		more, next = true, first.run
		next.Member.Place, next.Intent, next.StartedAt = 0, intentStart, s.now().UTC()
		save, err := s.save(next)
		if err != nil {
			return nil, err
		}
		next.revision++
		g.Waiting--
		g.add(next.ID)
		return []table.Op{save, table.Delete(first.key, table.Present())}, nil
	}, s.transact(ctx))
	return next, more && err == nil, err
}

// head is the run whose turn it is next. There is none where all that wait are just
// being cancelled, which is left to who does so.
type head struct {
	run record
	key table.Key // of its entry
	// stale: the entry is there, and its run does not wait: it was put back from an
	// older copy. none: nor are there any entries.
	stale, none bool
}

func (s *Service) first(ctx context.Context, id string) (head, error) {
	none := true
	for item, err := range s.store.All(ctx, table.Query{PK: groupKey(id).PK, Prefix: placePrefix, Limit: 10}) {
		if err != nil {
			return head{}, err
		}
		none = false
		var w waiter
		if err := item.Decode(&w); err != nil {
			return head{}, err
		}
		r, err := s.load(ctx, w.Execution)
		switch {
		case apierr.CodeOf(err) == apierr.NotFound, err == nil && placeKey(id, r.Member.Place) != item.Key:
			return head{key: item.Key, stale: true}, nil
		case err != nil:
			return head{}, err
		case r.Intent == intentNone:
			return head{run: r, key: item.Key}, nil
		}
	}
	return head{none: none}, nil
}

// withdraw ends a run that waits in the queue, as cancelled: it never began.
func (s *Service) withdraw(ctx context.Context, r record) error {
	return s.inGroup(ctx, r.Member.Group, func(g *group) (ops []table.Op, err error) {
		if r, err = s.load(ctx, r.ID); err != nil || !r.queued() {
			return nil, err
		}
		g.Waiting--
		place := placeKey(r.Member.Group, r.Member.Place)
		r.Member.Place = 0
		return []table.Op{table.Delete(place, table.Present())}, nil
	}, func(ops []table.Op) error {
		if len(ops) == 0 {
			return nil // another process did
		}
		return s.end(ctx, r, Cancelled, nil, ops...)
	})
}

// keepPlace does what follows from the place of a run in its queue: the runs that it
// replaces give way, and where it is the first, slots are looked for.
func (s *Service) keepPlace(ctx context.Context, r record) error {
	if !r.queued() {
		return nil
	}
	if r.Member.Policy == workflow.PolicyCancel {
		if err := s.supersede(ctx, r); err != nil {
			return err
		}
	}
	first, err := s.first(ctx, r.Member.Group)
	if err != nil || !first.stale && first.run.ID != r.ID {
		return err
	}
	if err := s.makeRoom(ctx, r.Member); err != nil {
		return err
	}
	return s.moveUp(ctx, r.Member.Group)
}

// supersede cancels, as a person would, the oldest runs of the group that are too many
// beside this one and those after them: also such as wait before it.
func (s *Service) supersede(ctx context.Context, r record) error {
	g, err := s.group(ctx, r.Member.Group)
	if err != nil || slices.Contains(g.Running, r.ID) {
		return err
	}
	older := g.Running
	q := table.Query{PK: groupKey(r.Member.Group).PK, From: placeKey(r.Member.Group, 0).SK, To: placeKey(r.Member.Group, r.Member.Place-1).SK}
	for item, err := range s.store.All(ctx, q) {
		if err != nil {
			return err
		}
		var w waiter
		if err := item.Decode(&w); err != nil {
			return err
		}
		older = append(older, w.Execution)
	}
	for _, run := range older[:max(0, len(older)-r.Member.Limit+1)] {
		if err := s.giveWay(ctx, run, r.ID); err != nil {
			return err
		}
	}
	return nil
}

const (
	// starting is how often, and after which pause, a run is looked at again that
	// cannot be cancelled since it is being started at this moment.
	startingTries = 20
	startingPause = 100 * time.Millisecond
)

// giveWay cancels a run for a newer one, unless it has ended or is being cancelled.
func (s *Service) giveWay(ctx context.Context, run, newer string) error {
	e := audit.Entry{Message: "made way for a newer run of its workflow", Details: map[string]any{"newer": newer}}
	for try := 1; ; try++ {
		err := s.stopUnasked(ctx, run, e, func(r record) bool { return r.Status.Ended() || r.Intent == intentStop })
		if apierr.CodeOf(err) != apierr.Conflict || try == startingTries {
			return err
		}
		if err := pause.For(ctx, startingPause); err != nil {
			return err
		}
	}
}

// makeRoom looks, where a run must wait, whether those who hold them are still there:
// the end of a run that nobody has settled yet is settled, and the slot of one that is
// closed, or was never there, is free. Nothing else leaves such a slot than damage, or
// data put back from an older copy.
func (s *Service) makeRoom(ctx context.Context, m member) error {
	g, err := s.group(ctx, m.Group)
	switch {
	case err != nil || !g.full(m.Limit):
		return err
	case len(g.Running) < m.Limit: // whose end was cut short before the next was let in
		return s.moveUp(ctx, m.Group)
	}
	var lost []string
	for _, run := range g.Running {
		gone, err := s.gone(ctx, run)
		if err != nil {
			return err
		}
		if gone {
			lost = append(lost, run)
		}
	}
	if len(lost) == 0 {
		return nil
	}
	for _, run := range lost {
		g.remove(run)
	}
	op, err := s.putGroup(m.Group, g)
	if err != nil {
		return err
	}
	// Only over what was read before: such a run may be continued at this moment.
	switch _, err := s.store.Put(ctx, op.Item, op.If); {
	case errors.Is(err, table.ErrCondition):
		return nil
	case err != nil:
		return err
	}
	s.log.WarnContext(ctx, "slots were held by runs that are closed; they are free again", "group", m.Group, "executions", lost)
	return nil
}

// gone says whether a run that holds a slot is closed. One that has ended and is open
// is settled on the way.
func (s *Service) gone(ctx context.Context, run string) (bool, error) {
	r, err := s.load(ctx, run)
	switch {
	case apierr.CodeOf(err) == apierr.NotFound:
		return true, nil
	case err != nil || !r.Status.Ended() || r.Intent != intentNone:
		return false, err
	}
	if closed, err := s.closed(ctx, r); err != nil || closed {
		return closed, err
	}
	if err := s.settle(ctx, run); err != nil {
		s.log.WarnContext(ctx, "a run that has ended keeps its slot, for its end cannot be settled now", "execution", run, "err", err)
	}
	return false, nil
}
