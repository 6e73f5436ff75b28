package execution

import (
	"context"
	"errors"

	"github.com/apiq/apiq/shared/table"
)

// Announcer is told of the end of runs, in the transaction that makes it final:
// what is told of a run can be lost no more than its end.
type Announcer interface {
	// Ended gives the operations that keep the news until it is told, at most five, and what
	// tells it, called once they are written. None and nil: nobody wants to know.
	// It may be asked more than once for one end; only one answer is written. chain is
	// that of StartRequest.
	Ended(ctx context.Context, run Execution, chain int) (ops []table.Op, tell func(context.Context), err error)
}

// conclude forgets that a run was open, tells of its end, and lets those go on that
// waited for it. A run that is no
// longer as it was read, or was closed by another, is none of this call's.
func (s *Service) conclude(ctx context.Context, r record) error {
	ops := []table.Op{table.Check(runKey(r.ID), table.IfVersion(r.revision)), table.Global(table.Delete(r.openKey(), table.Present()))}
	var tell func(context.Context)
	if s.announcer != nil && r.Status != Cancelled {
		news, then, err := s.announcer.Ended(ctx, r.Execution, r.Chain)
		if err != nil {
			return err
		}
		ops, tell = append(ops, news...), then
	}
	switch err := s.leave(ctx, r, ops); {
	case errors.Is(err, table.ErrCondition):
		tell = nil
	case err != nil:
		return err
	}
	if tell != nil {
		tell(ctx)
	}
	if r.Member.Group == "" {
		return nil
	}
	return s.moveUp(ctx, r.Member.Group)
}
