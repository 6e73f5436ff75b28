package execution

import (
	"context"
	"time"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/route"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
)

// Kinds of questions.
const (
	KindApproval = "approval" // approve or reject
	KindUnknown  = "unknown"  // what became of a request: retry, done or fail
)

// Question is a decision that a run waits for, as who may make it sees it.
type Question struct {
	ExecutionID  string    `json:"executionId"`
	WorkflowID   string    `json:"workflowId"`
	WorkflowName string    `json:"workflowName"`
	StepID       string    `json:"stepId"`
	Path         string    `json:"path"` // "each[3]/charge"
	Kind         string    `json:"kind" jsonschema:"enum=approval,enum=unknown"`
	Message      string    `json:"message,omitempty"`
	Since        time.Time `json:"since"`
	// ExpiresAt is when an approval's time runs out.
	ExpiresAt time.Time `json:"expiresAt,omitzero"`
	// OnBehalfOf are the approvers whom the caller would decide for, as their delegate.
	OnBehalfOf []string `json:"onBehalfOf,omitempty"`
}

// Inbox lists what waits for the caller in the workspace, the oldest first: approvals
// that they may decide, and outcomes that are unknown, of runs that they see or are asked
// about by name. A page may be short, and still
// have a next one, where much waits for others. It reads what waits and the runs of
// that, never all runs.
func (s *Service) Inbox(ctx context.Context, limit int, cursor string) ([]Question, string, error) {
	actor, now := tenant.ActorFrom(ctx), s.now()
	all, runs, may := make([]Question, 0, limit), map[string]record{}, s.newRights(ctx)
	q := table.Query{Index: table.Index1, PK: inboxPK, Cursor: cursor}
	for read := 0; ; {
		q.Limit = limit - len(all)
		page, err := s.store.Query(ctx, q)
		if err != nil {
			return nil, "", err
		}
		for _, item := range page.Items {
			w, err := decodeAsk(item)
			if err != nil {
				return nil, "", err
			}
			if !w.waitsFor(actor, now) {
				continue
			}
			r, known := runs[w.Execution]
			if !known {
				if r, err = s.load(ctx, w.Execution); err != nil && apierr.CodeOf(err) != apierr.NotFound {
					return nil, "", err
				}
				runs[w.Execution] = r
			}
			if r.ID == "" || r.Status.Ended() { // a question can be late for its run's end
				continue
			}
			rights, err := may.of(ctx, r.WorkflowID)
			if err != nil {
				return nil, "", err
			}
			if rights.Sees() || w.names(actor) {
				all = append(all, w.question(r, actor, now))
			}
		}
		read += len(page.Items)
		q.Cursor = page.Next
		if q.Cursor == "" || len(all) >= limit || read >= scanBudget {
			return all, q.Cursor, nil
		}
	}
}

// waitsFor says whether somebody may decide it now.
func (w waiting) waitsFor(a tenant.Actor, now time.Time) bool {
	as, ends := w.standing(a, now), w.expiresAt()
	return (as == asApprover || as == asDelegate) && a.Role != string(route.RoleAuditor) && (ends.IsZero() || now.Before(ends))
}

func (w waiting) question(r record, a tenant.Actor, now time.Time) Question {
	q := Question{ExecutionID: w.Execution, WorkflowID: r.WorkflowID, WorkflowName: r.WorkflowName, StepID: w.Step, Path: w.Path,
		Kind: KindApproval, Message: w.Message, Since: w.Since, ExpiresAt: w.expiresAt()}
	if w.Function == FunctionUnknown {
		q.Kind = KindUnknown
	}
	if w.standing(a, now) == asDelegate {
		q.OnBehalfOf = w.Approvers
	}
	return q
}
