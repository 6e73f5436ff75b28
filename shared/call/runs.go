package call

import (
	"context"
	"encoding/json"

	"github.com/apiq/apiq/shared/execution"
)

// Runs is the journal as the execution domain reads it; it is an
// execution.Journal.
type Runs struct{ s *Service }

// Runs gives the execution domain its view of the journal.
func (s *Service) Runs() Runs { return Runs{s} }

var _ execution.Journal = Runs{}

// Attempts lists the attempts of an execution by step path, in order; of a step
// with many, the last twelve.
func (r Runs) Attempts(ctx context.Context, id string) (map[string][]execution.Attempt, error) {
	steps, err := r.s.Attempts(ctx, id)
	if err != nil {
		return nil, err
	}
	out := make(map[string][]execution.Attempt, len(steps))
	for _, step := range steps {
		for _, a := range step.Attempts {
			one, err := a.shown(step.Status == StatusUnknown)
			if err != nil {
				return nil, err
			}
			out[step.Path] = append(out[step.Path], one)
		}
	}
	return out, nil
}

// Resolve settles a step whose outcome is unknown; see ResolveUnknown.
func (r Runs) Resolve(ctx context.Context, id, path, decision string, value json.RawMessage) error {
	return r.s.ResolveUnknown(ctx, id, path, decision, value)
}

func (a Attempt) shown(unknown bool) (execution.Attempt, error) {
	out := execution.Attempt{Number: a.N, StartedAt: a.StartedAt, EndedAt: a.EndedAt, Status: "succeeded"}
	switch {
	case a.Error != nil && a.Error.Name == ErrOutcomeUnknown, a.Interrupted:
		out.Status = "unknown"
	case a.Error != nil:
		out.Status = "failed"
	case a.EndedAt.IsZero() && unknown:
		out.Status = "unknown"
	case a.EndedAt.IsZero():
		out.Status = "started"
	}
	if a.Error != nil {
		out.Error = &execution.Failure{Name: a.Error.Name, Cause: a.Error.Cause}
	}
	var err error
	if a.Request != nil {
		if out.Request, err = marshal(a.Request); err != nil {
			return out, err
		}
	}
	if a.Response != nil {
		out.Response, err = marshal(a.Response)
	}
	return out, err
}
