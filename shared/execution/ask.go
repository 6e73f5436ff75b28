package execution

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
)

// Ask is the payload of the approval and unknown functions.
type Ask struct {
	Workspace string `json:"workspace"`
	Execution string `json:"execution"`
	Step      string `json:"step"`
	Path      string `json:"path"`
	// Message is what an approval asks.
	Message        string `json:"message,omitempty"`
	TimeoutSeconds int64  `json:"timeoutSeconds,omitempty"`
	// Approvers and Delegates are ids, e-mails or roles. The delegates may decide for the
	// approvers once EscalateAfterSeconds have passed; where there are no approvers, anybody may.
	Approvers            []string `json:"approvers,omitempty"`
	Delegates            []string `json:"delegates,omitempty"`
	EscalateAfterSeconds int64    `json:"escalateAfterSeconds,omitempty"`
	// Doubt is why an outcome is unknown, as the engine's catcher gives it.
	Doubt *doubt `json:"error,omitempty"`
}

// doubt has the names of Amazon States Language's Error Output.
type doubt struct {
	Error string `json:"Error"`
	Cause string `json:"Cause"`
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

// inboxPK is the partition of the index that has what waits for a decision in a
// workspace, the oldest first.
const inboxPK = "EXEASK"

// sortable is a time whose texts sort as the times do.
const sortable = "2006-01-02T15:04:05.000000000Z"

// item is what is stored. It is in the index until it is decided.
func (w waiting) item() (table.Item, error) {
	item, err := table.JSONItem(waitKey(w.Execution, w.Path), w)
	if err == nil && w.Decision == nil {
		item.Index = map[string]table.Key{table.Index1: {PK: inboxPK, SK: w.Since.Format(sortable) + "#" + w.Execution}}
	}
	return item, err
}

func decodeAsk(item table.Item) (w waiting, err error) {
	err = item.Decode(&w)
	w.version = item.Version
	return w, err
}

// expiresAt is when an approval's time runs out, zero where it has none.
func (w waiting) expiresAt() time.Time {
	if w.TimeoutSeconds == 0 {
		return time.Time{}
	}
	return w.Since.Add(time.Duration(w.TimeoutSeconds) * time.Second)
}

func (w waiting) escalatesAt() time.Time {
	return w.Since.Add(time.Duration(w.EscalateAfterSeconds) * time.Second)
}

// standing is how somebody stands to a question.
type standing int

const (
	notAsked standing = iota
	asApprover
	tooEarly // a delegate, before it escalates
	asDelegate
)

func (w waiting) standing(a tenant.Actor, now time.Time) standing {
	among := func(names []string) bool {
		return slices.ContainsFunc(names, func(n string) bool { return n == a.ID || strings.EqualFold(n, a.Email) || n == a.Role })
	}
	switch {
	case len(w.Approvers) == 0, among(w.Approvers):
		return asApprover
	case !among(w.Delegates):
		return notAsked
	case now.Before(w.escalatesAt()):
		return tooEarly
	}
	return asDelegate
}

// names says whether somebody is asked by name, not as one of a role or as anybody.
func (w waiting) names(a tenant.Actor) bool {
	return slices.ContainsFunc(slices.Concat(w.Approvers, w.Delegates), func(n string) bool { return n == a.ID || a.Email != "" && strings.EqualFold(n, a.Email) })
}

// AskPerson is the handler of the approval and unknown functions: it keeps the
// token until somebody decides.
func (s *Service) AskPerson(ctx context.Context, task Task) (json.RawMessage, error) {
	w := waiting{Function: task.Function, Token: task.Token, Since: s.now().UTC()}
	if err := json.Unmarshal(task.Payload, &w.Ask); err != nil {
		return nil, &TaskError{Name: "States.Runtime", Cause: "the payload of " + task.Function + " cannot be read"}
	}
	if w.Doubt != nil {
		w.Message, w.Doubt = PlainCause(w.Doubt.Error, w.Doubt.Cause), nil
	}
	before, err := s.ask(ctx, w.Execution, w.Path)
	switch {
	case err == nil && before.Token == w.Token: // asked before a crash
		return nil, nil
	case err != nil && !errors.Is(err, table.ErrNotFound):
		return nil, err
	}
	item, err := w.item()
	if err != nil {
		return nil, err
	}
	told, tell, err := s.asked(ctx, w)
	if err != nil {
		return nil, err
	}
	// A later ask of the same step (a retry that ended unknown again) replaces the first.
	if err := s.store.Transact(ctx, append([]table.Op{table.Put(item, table.Always())}, told...)); err != nil {
		return nil, err
	}
	tell(ctx)
	return nil, nil
}

// Asked is a question that people are told of.
type Asked struct {
	ExecutionID  string
	WorkflowName string
	Kind         string
	Message      string
	// Approvers are ids, e-mails or roles; none: anybody may decide.
	Approvers []string
	// StartedBy is who started the run: a person's id, or what else did.
	StartedBy string
}

// Asker tells people of questions.
type Asker interface {
	// Asked gives the operations that queue what tells them, at most twenty, which are
	// written with the question, and what is called once they are.
	Asked(ctx context.Context, q Asked) (ops []table.Op, tell func(context.Context), err error)
}

func (s *Service) asked(ctx context.Context, w waiting) ([]table.Op, func(context.Context), error) {
	if s.asker == nil {
		return nil, func(context.Context) {}, nil
	}
	r, err := s.load(ctx, w.Execution)
	if apierr.CodeOf(err) == apierr.NotFound {
		return nil, func(context.Context) {}, nil
	}
	if err != nil {
		return nil, nil, err
	}
	q := Asked{ExecutionID: w.Execution, WorkflowName: r.WorkflowName, Kind: KindApproval, Message: w.Message, Approvers: w.Approvers, StartedBy: r.StartedBy}
	if w.Function == FunctionUnknown {
		q.Kind = KindUnknown
	}
	return s.asker.Asked(ctx, q)
}

// ask reads the question of a step; table.ErrNotFound where it has none.
func (s *Service) ask(ctx context.Context, id, path string) (waiting, error) {
	item, err := s.store.Get(ctx, waitKey(id, path))
	if err != nil {
		return waiting{}, err
	}
	return decodeAsk(item)
}

// asks are the questions of a run, by path.
func (s *Service) asks(ctx context.Context, id string) (map[string]waiting, error) {
	asks := map[string]waiting{}
	for item, err := range s.store.All(ctx, table.Query{PK: runsPK + "#" + id, Prefix: askSK}) {
		if err != nil {
			return nil, err
		}
		w, err := decodeAsk(item)
		if err != nil {
			return nil, err
		}
		asks[w.Path] = w
	}
	return asks, nil
}

// saveAsk writes a question over the version it was read as.
func (s *Service) saveAsk(ctx context.Context, w waiting) (waiting, error) {
	item, err := w.item()
	if err != nil {
		return w, err
	}
	item, err = s.store.Put(ctx, item, table.IfVersion(w.version))
	w.version = item.Version
	return w, err
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

// forgetAsk drops the question of a step that came to its end without an answer while
// the run goes on: its time ran out, or what it lay in was given up. What was asked
// after that end stays.
func (s *Service) forgetAsk(ctx context.Context, id string, end Event) error {
	w, err := s.ask(ctx, id, end.Path)
	if errors.Is(err, table.ErrNotFound) || err == nil && (w.Decision != nil || w.Since.After(end.At)) {
		return nil
	}
	if err != nil {
		return err
	}
	err = s.store.Delete(ctx, waitKey(id, end.Path), table.IfVersion(w.version))
	if errors.Is(err, table.ErrCondition) {
		return nil
	}
	return err
}
