package call

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/tenant"
)

// Decisions on a step whose outcome is unknown.
const (
	DecisionRetry = "retry" // it had no effect: send it again
	DecisionDone  = "done"  // it had its effect, with this value
	DecisionFail  = "fail"  // give the step up
)

// ResolveUnknown records what a person found out about a step whose outcome is
// unknown. After retry the next invocation sends a new request; after done it
// returns output (null where none is given); after fail the step has failed, and
// is asked about again if the run is continued. The same decision twice is the
// same as once. Errors: NOT_FOUND, CONFLICT where the outcome is not unknown,
// VALIDATION_FAILED.
func (l *Ledger) ResolveUnknown(ctx context.Context, execution, path, decision string, output json.RawMessage) error {
	if len(output) == 0 {
		output = json.RawMessage("null")
	}
	switch {
	case decision != DecisionRetry && decision != DecisionDone && decision != DecisionFail:
		return invalidDecision("/decision", "enum", "Decide retry, done or fail.")
	case !json.Valid(output):
		return invalidDecision("/output", "json", "The output is not JSON.")
	case len(output) > maxValue:
		return invalidDecision("/output", "too_large", "The output is larger than a step's value may be.")
	}
	for range endTries {
		e, version, err := l.journal.load(ctx, execution, path)
		if err != nil {
			return err
		}
		if e == nil {
			return apierr.New(apierr.NotFound, "The run has no such step.")
		}
		if e.Resolution != nil && e.Resolution.Decision == decision && e.Status != StatusSending {
			return nil
		}
		// A run that is continued after fail asks anew, without a look at the journal.
		given := e.Status == StatusFailed && e.Resolution != nil && e.Resolution.Decision == DecisionFail
		if e.Status != StatusUnknown && !given {
			return apierr.New(apierr.Conflict, "The step's outcome is not unknown.")
		}
		l.resolve(e, tenant.ActorFrom(ctx).ID, decision, output)
		if _, err = l.journal.save(ctx, execution, e, version); !errors.Is(err, errGone) {
			return err
		}
	}
	return apierr.New(apierr.Conflict, "The step is being changed by others. Try again.")
}

func (l *Ledger) resolve(e *entry, by, decision string, output json.RawMessage) {
	now := l.journal.now().UTC()
	e.Resolution = &Resolution{Decision: decision, By: by, At: now}
	e.EndedAt = now
	switch decision {
	case DecisionRetry:
		e.Status, e.Effect = StatusFailed, EffectNone
	case DecisionDone:
		e.Status, e.Effect, e.Error, e.Value = StatusSucceeded, EffectDone, nil, output
	case DecisionFail:
		e.Status = StatusFailed
		return
	}
	if a := e.last(); a != nil {
		a.Effect = e.Effect
	}
}

func invalidDecision(path, code, message string) error {
	return apierr.New(apierr.ValidationFailed, message).With(apierr.Problem{Path: path, Code: code, Message: message})
}
