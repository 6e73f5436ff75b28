package execution

import (
	"context"

	"github.com/apiq/apiq/shared/access"
	"github.com/apiq/apiq/shared/apierr"
)

func errNotFound() error { return apierr.New(apierr.NotFound, "There is no such run.") }

// open is load for whose rights count in the context. A run has those of its workflow:
// who may use that sees its runs and controls them.
func (s *Service) open(ctx context.Context, id string, l access.Level) (record, error) {
	r, err := s.load(ctx, id)
	if err != nil {
		return record{}, err
	}
	rights, err := s.newRights(ctx).of(ctx, r.WorkflowID)
	if err != nil {
		return record{}, err
	}
	return r, rights.Require(l, errNotFound())
}

// rights are those of one subject to workflows, each read once.
type rights struct {
	s       *Service
	subject access.Subject
	known   map[string]access.Rights
}

func (s *Service) newRights(ctx context.Context) *rights {
	return &rights{s: s, subject: access.From(ctx), known: map[string]access.Rights{}}
}

func (r *rights) of(ctx context.Context, workflowID string) (access.Rights, error) {
	key := workflowID
	if r.subject.SeesAll() {
		key = "" // whatever the workflow's sharing says
	}
	if have, ok := r.known[key]; ok {
		return have, nil
	}
	var sharing access.Sharing
	if key != "" {
		var err error
		if sharing, err = access.Load(ctx, r.s.store, workflowID); err != nil {
			return access.Rights{}, err
		}
	}
	have := sharing.For(r.subject)
	r.known[key] = have
	return have, nil
}
