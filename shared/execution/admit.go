package execution

import (
	"context"
	"slices"
	"strings"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/workflow"
)

// Concurrency bounds how many runs of a group are under way at once: the runs of one
// workflow that have the same key.
type Concurrency struct {
	Limit int
	// Policy is PolicyQueue, PolicySkip or PolicyCancel of package workflow.
	Policy string
	Key    string
}

// Skipped is the cause of a start that its policy lets not run: a CONFLICT.
type Skipped struct {
	// Running hold the slots of the group.
	Running []string
}

func (e *Skipped) Error() string { return "no slot is free: " + strings.Join(e.Running, ", ") }

func skipped(g *group) error {
	e := &Skipped{Running: slices.Clone(g.Running)}
	out := apierr.Wrap(apierr.Conflict, "The workflow is running already, and its policy is to skip further starts meanwhile. Under way: "+strings.Join(e.Running, ", ")+".", e)
	for _, run := range e.Running {
		out = out.With(apierr.Problem{Path: "path.id", Code: "running", Message: run})
	}
	return out
}

// enter writes a new run, ops and the audit record, and in the same transaction its
// slot or its place in the queue. A run without a group needs neither.
func (s *Service) enter(ctx context.Context, r *record, c *Concurrency, ops []table.Op, e audit.Entry) error {
	commit := func(more []table.Op) error {
		save, err := s.save(*r)
		if err != nil {
			return err
		}
		return s.trail.Commit(ctx, slices.Concat(ops, []table.Op{save}, more), e)
	}
	if c == nil {
		return commit(nil)
	}
	r.Member = member{Group: groupID(r.WorkflowID, c.Key), Limit: c.Limit, Policy: c.Policy}
	if err := s.makeRoom(ctx, r.Member); err != nil {
		return err
	}
	return s.inGroup(ctx, r.Member.Group, func(g *group) ([]table.Op, error) { return s.admit(g, r) }, commit)
}

// admit lets a run in, queues or refuses it.
func (s *Service) admit(g *group, r *record) ([]table.Op, error) {
	m := &r.Member
	m.Place, r.Intent = 0, intentStart
	switch {
	case slices.Contains(g.Running, r.ID):
		return nil, nil // it is there, as the caller's transaction will find
	case !g.full(m.Limit):
		g.add(r.ID)
		return nil, nil
	case slices.Contains(r.Held, m.Group):
		return nil, &TaskError{Name: "Workflow.Refused", Cause: "a run that waits for this one holds the slot that it would wait for"}
	case m.Policy == workflow.PolicySkip:
		return nil, skipped(g)
	case g.Waiting >= s.maxQueued:
		return nil, apierr.Newf(apierr.QuotaExceeded, "%d runs of the workflow are waiting for their turn already. Start it when some of them have run, or cancel them.", g.Waiting)
	}
	g.Waiting++
	g.Last++
	m.Place, r.Intent = g.Last, intentNone
	item, err := table.JSONItem(placeKey(m.Group, m.Place), waiter{Execution: r.ID})
	return []table.Op{table.Put(item, table.Absent())}, err
}

// rejoin takes a slot for a run that is to be continued, in the transaction of that;
// it may still hold one.
func (s *Service) rejoin(ctx context.Context, r record, commit func([]table.Op) error) error {
	if r.Member.Group == "" {
		return commit(nil)
	}
	if err := s.makeRoom(ctx, r.Member); err != nil {
		return err
	}
	return s.inGroup(ctx, r.Member.Group, func(g *group) ([]table.Op, error) {
		switch {
		case slices.Contains(g.Running, r.ID):
		case g.full(r.Member.Limit):
			return nil, apierr.Newf(apierr.Conflict, "As many runs of the workflow are under way as may be at once. Retry this one when they have ended: %s.", strings.Join(g.Running, ", "))
		default:
			g.add(r.ID)
		}
		return nil, nil
	}, commit)
}

// leave writes ops at the end of a run, and frees its slot with them.
func (s *Service) leave(ctx context.Context, r record, ops []table.Op) error {
	if r.Member.Group == "" {
		return s.store.Transact(ctx, ops)
	}
	return s.inGroup(ctx, r.Member.Group, func(g *group) ([]table.Op, error) {
		g.remove(r.ID)
		return slices.Clone(ops), nil
	}, s.transact(ctx))
}
