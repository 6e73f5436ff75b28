package execution

import (
	"context"

	"github.com/apiq/apiq/shared/apierr"
)

// StopAll cancels every run of the workspace in the context that has not ended, and
// returns how many that were. Nothing may be started meanwhile. It may be repeated.
func (s *Service) StopAll(ctx context.Context) (n int, err error) {
	for cursor := ""; ; {
		runs, next, err := s.List(ctx, Filter{}, listedAtOnce, cursor)
		if err != nil {
			return n, err
		}
		for _, r := range runs {
			if r.Status.Ended() {
				continue
			}
			switch _, err := s.Cancel(ctx, r.ID); {
			case err == nil:
				n++
			case apierr.CodeOf(err) != apierr.Conflict && apierr.CodeOf(err) != apierr.NotFound: // it has ended, or just moves
				return n, err
			}
		}
		if cursor = next; cursor == "" {
			return n, nil
		}
	}
}

const listedAtOnce = 100
