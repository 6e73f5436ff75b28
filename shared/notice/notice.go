// Package notice tells people by mail of what waits for them. It decides nothing, and
// keeps nothing but what is queued.
package notice

import (
	"context"
	"net/url"

	"github.com/apiq/apiq/shared/execution"
	"github.com/apiq/apiq/shared/identity"
	"github.com/apiq/apiq/shared/mail/letter"
	"github.com/apiq/apiq/shared/mail/post"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
)

// maxPeople is how many are told of one question.
const maxPeople = 10

// Desk writes to people. It is given to executions as their Asker.
type Desk struct {
	people *identity.Directory
	post   *post.Post
}

// New makes a Desk.
func New(people *identity.Directory, queue *post.Post) Desk { return Desk{people, queue} }

// Asked implements execution.Asker: one letter to each of those who may decide. Where
// anybody may, whoever started the run is told.
func (d Desk) Asked(ctx context.Context, q execution.Asked) ([]table.Op, func(context.Context), error) {
	names := q.Approvers
	if len(names) == 0 {
		names = []string{q.StartedBy}
	}
	people, err := d.people.Reach(ctx, names, maxPeople)
	if err != nil || len(people) == 0 {
		return nil, func(context.Context) {}, err
	}
	workspace, err := tenant.From(ctx)
	if err != nil {
		return nil, nil, err
	}
	write := letter.Question
	if q.Kind == execution.KindUnknown {
		write = letter.Doubt
	}
	return d.pack(ctx, workspace, people, write(q.WorkflowName, q.Message, d.post.Link("/runs/"+url.PathEscape(q.ExecutionID))))
}
