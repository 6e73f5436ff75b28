package execution

import (
	"context"
	"time"
)

// AttemptStarted and AttemptEnded make the service the sink of the calls: what
// they journalled shows in the run's log as it happens. Where the service runs,
// the log is written behind, and no request waits for it. A report that is lost is
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
	e.Type, e.StepType = EventAttempt, "api_call"
	ctx = context.WithoutCancel(ctx)
	if s.observed.report(ctx, execution, e) {
		return
	}
	// Nobody in this process writes behind, and it may end with this call.
	if _, err := s.catchUp(ctx, execution); err != nil {
		s.observed.attempts(execution)
		s.log.WarnContext(ctx, "an attempt is missing from the live log", "execution", execution, "path", e.Path, "err", err)
	}
}

// report is an attempt that the log does not have yet.
type report struct {
	Event
	// late: the history was read to its end since, so that it tells of the step's begin,
	// and of its end if there was one.
	late bool
}

// maxReports bounds what is kept for a run whose log cannot be written.
const maxReports = 4096
