package workflow

import (
	"context"

	"github.com/apiq/apiq/shared/table"
)

// Watcher keeps what depends on a workflow being ACTIVE in step with it.
type Watcher interface {
	// StatusChanged is asked when a workflow's status changes or it is deleted. It
	// gives operations, at most two, that are written with the change, and what is
	// done once they are. Of a change that fails nothing more is heard.
	StatusChanged(ctx context.Context, workflowID string) (ops []table.Op, then func(context.Context), err error)
}

// Status reads no more than a workflow's status, for whoever keeps something in step
// with it: it is judged by nobody's rights. The error is NOT_FOUND.
func (s *Service) Status(ctx context.Context, wid string) (Status, error) {
	w, _, err := s.load(ctx, wid)
	return w.Status, err
}

func (s *Service) statusChanged(ctx context.Context, wid string) ([]table.Op, func(context.Context), error) {
	if s.watcher == nil {
		return nil, func(context.Context) {}, nil
	}
	return s.watcher.StatusChanged(ctx, wid)
}
