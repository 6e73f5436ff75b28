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

// Ask is the payload of the approval and unknown functions.
type Ask struct {
	Workspace string   `json:"workspace"`
	Execution string   `json:"execution"`
	Step      string   `json:"step"`
	Path      string   `json:"path"`
	Message   string   `json:"message,omitempty"`
	Approvers []string `json:"approvers,omitempty"`
}

// waiting is a decision that a step waits for.
type waiting struct {
	Ask
	Function string    `json:"function"`
	Token    string    `json:"token"`
	Since    time.Time `json:"since"`
	// Decision is set once it is made, until the engine has it.
	Decision *Decision `json:"decision,omitempty"`
	// Until is how long the decision belongs to the process that brings it there.
	Until   time.Time `json:"until,omitzero"`
	version int64
}

// Decision is what a person decided.
type Decision struct {
	Decision string          `json:"decision"`
	Output   json.RawMessage `json:"output,omitempty"`
	Comment  string          `json:"comment,omitempty"`
	By       string          `json:"by"`
	At       time.Time       `json:"at"`
}

// AskPerson is the handler of the approval and unknown functions: it keeps the
// token until somebody decides.
func (s *Service) AskPerson(ctx context.Context, task Task) (json.RawMessage, error) {
	var ask Ask
	if err := json.Unmarshal(task.Payload, &ask); err != nil {
		return nil, &TaskError{Name: "States.Runtime", Cause: "the payload of " + task.Function + " cannot be read"}
	}
	item, err := table.JSONItem(waitKey(ask.Execution, ask.Path), waiting{Ask: ask, Function: task.Function, Token: task.Token, Since: s.now().UTC()})
	if err != nil {
		return nil, err
	}
	// A later ask of the same step (a retry that ended unknown again) replaces the first.
	_, err = s.store.Put(ctx, item, table.Always())
	return nil, err
}

// Resolve decides for a step, named by its path, and lets the run go on.
func (s *Service) Resolve(ctx context.Context, id, path string, d Decision) (Execution, error) {
	if _, err := s.load(ctx, id); err != nil {
		return Execution{}, err
	}
	w, version, err := table.GetJSON[waiting](ctx, s.store, waitKey(id, path))
	if errors.Is(err, table.ErrNotFound) {
		return Execution{}, apierr.Newf(apierr.Conflict, "Step %s waits for no decision.", path)
	}
	if err != nil {
		return Execution{}, err
	}
	if err := w.accepts(ctx, d); err != nil {
		return Execution{}, err
	}
	// The token is there until it is used; whether the step still waits, the log tells.
	if err := s.Sync(ctx, id); err != nil {
		return Execution{}, err
	}
	if st, _, err := s.logState(ctx, id); err != nil || !st.Deciding[path] {
		return Execution{}, cmp.Or(err, error(noLonger()))
	}
	actor := tenant.ActorFrom(ctx)
	d.By, d.At = actor.ID, s.now().UTC()
	w.Decision, w.Until = &d, d.At.Add(turn)
	item, err := table.JSONItem(waitKey(id, path), w)
	if err != nil {
		return Execution{}, err
	}
	err = s.trail.Commit(ctx, []table.Op{table.Put(item, table.IfVersion(version))}, audit.Entry{
		Action: "execution.resolve", Resource: id, Message: d.Decision + " " + path,
		Details: map[string]any{"path": path, "decision": d.Decision, "comment": d.Comment}})
	if errors.Is(err, table.ErrCondition) {
		return Execution{}, apierr.New(apierr.Conflict, "Somebody else has just decided.")
	}
	if err != nil {
		return Execution{}, err
	}
	ctx, w.version = context.WithoutCancel(ctx), version+1
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
	r, err := s.load(ctx, id)
	return r.Execution, err
}

// maxDecided is the largest value that a person may give a step.
const maxDecided = 200 << 10

func noLonger() error {
	return apierr.New(apierr.Conflict, "The step no longer waits: its time ran out or the run has ended.")
}

func (w waiting) accepts(ctx context.Context, d Decision) error {
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
	actor := tenant.ActorFrom(ctx)
	named := slices.ContainsFunc(w.Approvers, func(a string) bool {
		return a == actor.ID || strings.EqualFold(a, actor.Email) || a == actor.Role
	})
	if len(w.Approvers) > 0 && !named {
		return apierr.New(apierr.Forbidden, "This step names its approvers, and you are not one of them.")
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

// saveAsk writes a question over the version it was read as.
func (s *Service) saveAsk(ctx context.Context, w waiting) (waiting, error) {
	item, err := table.JSONItem(waitKey(w.Execution, w.Path), w)
	if err != nil {
		return w, err
	}
	item, err = s.store.Put(ctx, item, table.IfVersion(w.version))
	w.version = item.Version
	return w, err
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
		answer, merr := json.Marshal(map[string]any{"decision": d.Decision, "by": d.By, "comment": d.Comment, "at": d.At})
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

// forgetAsks drops the questions of a run that has ended, while it is as it was
// read: one that is continued asks anew.
func (s *Service) forgetAsks(ctx context.Context, r record) error {
	for item, err := range s.store.All(ctx, table.Query{PK: runsPK + "#" + r.ID, Prefix: askSK}) {
		if err != nil {
			return err
		}
		err := s.store.Transact(ctx, []table.Op{table.Check(runKey(r.ID), table.IfVersion(r.revision)), table.Delete(item.Key, table.IfVersion(item.Version))})
		if err != nil && !errors.Is(err, table.ErrCondition) {
			return err
		}
	}
	return nil
}

// resendDecisions sends what was decided and, for a crash, never reached the engine.
// errTaken: another process is at one of them.
func (s *Service) resendDecisions(ctx context.Context, id string, asks []table.Item) (taken error) {
	for _, item := range asks {
		var w waiting
		if err := item.Decode(&w); err != nil {
			return fmt.Errorf("execution: decision of %s: %w", id, err)
		}
		if w.Decision == nil {
			continue
		}
		if s.held(w.Until) {
			taken = errTaken
			continue
		}
		w.Until, w.version = s.now().UTC().Add(turn), item.Version
		w, err := s.saveAsk(ctx, w)
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
