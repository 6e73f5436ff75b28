package execution

import (
	"context"
	"time"
)

// RemoveAfter removes runs as they were before something happened.
func (s *Service) RemoveAfter(ctx context.Context, ids []string, happens func()) (int, error) {
	runs := make([]record, len(ids))
	for i, id := range ids {
		var err error
		if runs[i], err = s.load(ctx, id); err != nil {
			return 0, err
		}
	}
	happens()
	return s.remove(ctx, runs, time.Now())
}

// Running says whether the service writes its logs behind.
func (s *Service) Running() bool { return s.observed.running() }
