package execution

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/apiq/apiq/shared/access"
	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
)

// Decisions. An approval takes the first two, an unknown outcome the others.
const (
	Approve = "approve"
	Reject  = "reject"
	Retry   = "retry"
	Done    = "done"
	Fail    = "fail"
)

// Decision is what a person decided.
type Decision struct {
	Decision string          `json:"decision"`
	Output   json.RawMessage `json:"output,omitempty"`
	Comment  string          `json:"comment,omitempty"`
	By       string          `json:"by"`
	// For are the approvers whom a delegate decided for.
	For []string  `json:"for,omitempty"`
	At  time.Time `json:"at"`
}

// Resolve decides for a step, named by its path, and lets the run go on.
func (s *Service) Resolve(ctx context.Context, id, path string, d Decision) (Execution, error) {
	actor, now := tenant.ActorFrom(ctx), s.now().UTC()
	w, err := s.ask(ctx, id, path)
	if err != nil || !w.names(actor) { // who is asked by name decides, whatever else is hidden from them
		if _, err := s.open(ctx, id, access.Use); err != nil {
			return Execution{}, err
		}
	}
	if errors.Is(err, table.ErrNotFound) {
		return Execution{}, apierr.Newf(apierr.Conflict, "Step %s waits for no decision.", path)
	}
	if err != nil {
		return Execution{}, err
	}
	if err := w.accepts(actor, d, now); err != nil {
		return Execution{}, err
	}
	// The token is there until it is used; whether the step still waits, the log tells.
	if err := s.Sync(ctx, id); err != nil {
		return Execution{}, err
	}
	if st, _, err := s.logState(ctx, id); err != nil || !st.Deciding[path] {
		return Execution{}, cmp.Or(err, error(noLonger()))
	}
	d.By, d.At = actor.ID, now
	details := map[string]any{"path": path, "decision": d.Decision, "comment": d.Comment}
	if w.standing(actor, now) == asDelegate {
		d.For, details["onBehalfOf"] = w.Approvers, w.Approvers
	}
	w.Decision, w.Until = &d, d.At.Add(turn)
	item, err := w.item()
	if err != nil {
		return Execution{}, err
	}
	err = s.trail.Commit(ctx, []table.Op{table.Put(item, table.IfVersion(w.version))}, audit.Entry{
		Action: "execution.resolve", Resource: id, Message: d.Decision + " " + path, Details: details})
	if errors.Is(err, table.ErrCondition) {
		return Execution{}, apierr.New(apierr.Conflict, "Somebody else has just decided.")
	}
	if err != nil {
		return Execution{}, err
	}
	ctx, w.version = context.WithoutCancel(ctx), w.version+1
	err = s.bring(ctx, w)
	if apierr.CodeOf(err) == apierr.Conflict {
		return Execution{}, err
	}
	if err == nil {
		err = s.Sync(ctx, id)
	}
	if err != nil {
		s.later(ctx, id, err)
	}
	return s.decided(ctx, id)
}

// decided is a run as who decided sees it: what it works with is shown to who sees its
// workflow.
func (s *Service) decided(ctx context.Context, id string) (Execution, error) {
	r, err := s.load(ctx, id)
	if err != nil {
		return Execution{}, err
	}
	if may, err := s.newRights(ctx).of(ctx, r.WorkflowID); err != nil || !may.Sees() {
		r.Input, r.Output, r.Error = nil, nil, nil
	}
	return r.Execution, nil
}

// maxDecided is the largest value that a person may give a step.
const maxDecided = 200 << 10

func noLonger() error {
	return apierr.New(apierr.Conflict, "The step no longer waits: its time ran out or the run has ended.")
}

func (w waiting) accepts(actor tenant.Actor, d Decision, now time.Time) error {
	if w.Decision != nil {
		return apierr.New(apierr.Conflict, "This was decided already.")
	}
	allowed := []string{Approve, Reject}
	if w.Function == FunctionUnknown {
		allowed = []string{Retry, Done, Fail}
	}
	if !slices.Contains(allowed, d.Decision) {
		message := "Decide " + strings.Join(allowed, " or ") + " here."
		return apierr.New(apierr.ValidationFailed, message).With(apierr.Problem{Path: "/decision", Code: "enum", Message: message})
	}
	switch {
	case len(d.Output) > 0 && d.Decision != Done:
		message := "Only what counts as done has an output."
		return apierr.New(apierr.ValidationFailed, message).With(apierr.Problem{Path: "/output", Code: "unexpected", Message: message})
	case len(d.Output) > maxDecided:
		return apierr.Newf(apierr.PayloadTooLarge, "The output of a step may have at most %d bytes.", maxDecided)
	}
	switch w.standing(actor, now) {
	case tooEarly:
		return apierr.Newf(apierr.Forbidden, "This step asks its approvers first; you may decide for them from %s on.", w.escalatesAt().Format(time.RFC3339))
	case notAsked:
		return apierr.New(apierr.Forbidden, "This step names its approvers, and you are not one of them.")
	case asApprover, asDelegate:
	}
	return nil
}

// bring sends a decision that this process has a turn of. What it could not send is
// anybody's again.
func (s *Service) bring(ctx context.Context, w waiting) error {
	sending, cancel := context.WithTimeout(ctx, act)
	defer cancel()
	err := s.send(sending, w)
	if err == nil || apierr.CodeOf(err) == apierr.Conflict {
		return err
	}
	w.Until = time.Time{}
	if _, saveErr := s.saveAsk(ctx, w); saveErr != nil && !errors.Is(saveErr, table.ErrCondition) {
		err = errors.Join(err, saveErr)
	}
	return err
}

// send brings a decision to the engine and forgets it. Each part may be repeated
// by who has the turn; a question that was asked anew meanwhile stays.
func (s *Service) send(ctx context.Context, w waiting) error {
	d := w.Decision
	var err error
	switch {
	case w.Function == FunctionUnknown:
		if err = s.journal.Resolve(ctx, w.Execution, w.Path, d.Decision, d.Output); err != nil {
			return err
		}
		if d.Decision == Fail {
			// The step fails where it waits, so that a retry of the run asks again.
			err = s.engine.TaskFailed(ctx, w.Token, "Outcome.Unknown", "a person decided that the request counts as failed")
			break
		}
		decided := map[string]any{"decision": d.Decision}
		if len(d.Output) > 0 {
			decided["output"] = d.Output
		}
		answer, merr := json.Marshal(decided)
		if merr != nil {
			return merr
		}
		err = s.engine.TaskSucceeded(ctx, w.Token, answer)
	case d.Decision == Approve:
		value := map[string]any{"decision": d.Decision, "by": d.By, "comment": d.Comment, "at": d.At}
		if len(d.For) > 0 {
			value["onBehalfOf"] = d.For
		}
		answer, merr := json.Marshal(value)
		if merr != nil {
			return merr
		}
		err = s.engine.TaskSucceeded(ctx, w.Token, answer)
	default:
		cause := "rejected"
		if d.Comment != "" {
			cause = "rejected: " + d.Comment
		}
		err = s.engine.TaskFailed(ctx, w.Token, "Approval.Rejected", cause)
	}
	gone := errors.Is(err, ErrTokenGone)
	if err != nil && !gone {
		return err
	}
	err = s.store.Delete(ctx, waitKey(w.Execution, w.Path), table.IfVersion(w.version))
	if errors.Is(err, table.ErrCondition) {
		err = nil
	}
	if gone && err == nil {
		return noLonger()
	}
	return err
}

// resendDecisions sends what was decided and, for a crash, never reached the engine.
// errTaken: another process is at one of them.
func (s *Service) resendDecisions(ctx context.Context, id string, asks []table.Item) (taken error) {
	for _, item := range asks {
		w, err := decodeAsk(item)
		if err != nil {
			return fmt.Errorf("execution: decision of %s: %w", id, err)
		}
		if w.Decision == nil {
			continue
		}
		if s.held(w.Until) {
			taken = errTaken
			continue
		}
		w.Until = s.now().UTC().Add(turn)
		w, err = s.saveAsk(ctx, w)
		if errors.Is(err, table.ErrCondition) {
			taken = errTaken
			continue
		}
		if err != nil {
			return err
		}
		if err := s.bring(ctx, w); err != nil && apierr.CodeOf(err) != apierr.Conflict {
			return err
		}
	}
	return taken
}
