package trigger

import (
	"context"

	"github.com/apiq/apiq/shared/table"
)

// Count is how many triggers the workspace in the context has.
func (s *Service) Count(ctx context.Context) (n int64, err error) {
	for _, err := range s.store.All(ctx, table.Query{PK: triggerPK}) {
		if err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

// ForgetClocks takes the clocks of all triggers of the workspace in the context from
// the scheduler, for good: the workspace is about to be deleted. It may be repeated.
func (s *Service) ForgetClocks(ctx context.Context) (n int, err error) {
	for item, err := range s.store.All(ctx, table.Query{PK: triggerPK}) {
		if err != nil {
			return n, err
		}
		var t Trigger
		if err := item.Decode(&t); err != nil {
			return n, err
		}
		if t.Type != TypeSchedule {
			continue
		}
		if err := s.ports.Scheduler.Delete(ctx, t.ID); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}
