package execution

import (
	"context"
	"time"
)

// AttemptStarted and AttemptEnded make the service the sink of the calls: what
// they journalled shows in the run's log as it happens. A report that is lost is
// missing from the live log only; the journal has the attempt.
func (s *Service) AttemptStarted(ctx context.Context, execution, step, path string, attempt int, at time.Time) {
	s.attempted(ctx, execution, Event{At: at.UTC(), StepID: step, Path: path, Attempt: attempt, Status: "started"})
}

// AttemptEnded reports an answer, or how there was none.
func (s *Service) AttemptEnded(ctx context.Context, execution, step, path string, attempt int, at time.Time, status int, errorName string) {
	e := Event{At: at.UTC(), StepID: step, Path: path, Attempt: attempt, HTTP: status, Status: "succeeded"}
	if errorName != "" {
		e.Status, e.Error = "failed", &Failure{Name: errorName}
	}
	s.attempted(ctx, execution, e)
}

func (s *Service) attempted(ctx context.Context, execution string, e Event) {
	e.StepType = "api_call"
	if err := s.logAttempt(context.WithoutCancel(ctx), execution, e); err != nil {
		s.log.WarnContext(ctx, "an attempt is missing from the live log", "execution", execution, "path", e.Path, "err", err)
	}
}
