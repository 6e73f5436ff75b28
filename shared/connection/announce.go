package connection

import (
	"context"

	"github.com/apiq/apiq/shared/table"
)

// Announcer is told of changed documents, in the transaction that takes them over:
// what is told of a change can be lost no more than the change.
type Announcer interface {
	// SpecChanged gives the operations that keep the news until it is told, at most
	// five, and what tells it, called once they are written. None and nil: nobody
	// wants to know. It may be asked more than once for one change; only one answer
	// is written.
	SpecChanged(ctx context.Context, c Connection, found Refreshed) (ops []table.Op, tell func(context.Context), err error)
}

// storeAndTell is store for a document that a refresh found changed.
func (s *Service) storeAndTell(ctx context.Context, c *stored, found Refreshed, write func(more ...table.Op) error) error {
	if s.o.Announcer == nil || !found.Changed {
		return write()
	}
	ops, tell, err := s.o.Announcer.SpecChanged(ctx, c.Connection, found)
	if err != nil {
		return err
	}
	if err := write(ops...); err != nil {
		return err
	}
	if tell != nil {
		tell(ctx)
	}
	return nil
}
