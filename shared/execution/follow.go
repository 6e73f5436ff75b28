package execution

import (
	"context"
	"errors"
	"time"

	"github.com/apiq/apiq/shared/table"
)

// pollEvery is how often a run that is followed is looked at while somebody waits.
const pollEvery = 400 * time.Millisecond

// freshen brings the log of a run that has not ended up to date, where nobody else
// in this process does. An engine or a table that is too busy makes the answer older, not an error.
func (s *Service) freshen(ctx context.Context, id string) error {
	if !s.follow {
		return nil
	}
	r, err := s.load(ctx, id)
	if err != nil || r.Status.Ended() && r.Intent == intentNone {
		return err
	}
	_, err = s.catchUp(ctx, id)
	if errors.Is(err, table.ErrThrottled) || errors.Is(err, table.ErrInDoubt) {
		s.log.WarnContext(ctx, "a run's log is not up to date", "execution", id, "err", err)
		return nil
	}
	return err
}

// poll fires when a run that is followed is to be looked at again; never else.
func (s *Service) poll() <-chan time.Time {
	if !s.follow {
		return nil
	}
	return time.After(pollEvery)
}
