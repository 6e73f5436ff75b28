package access

import (
	"context"
	"errors"
	"strings"

	"github.com/apiq/apiq/shared/id"
	"github.com/apiq/apiq/shared/route"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
)

// Subject is whose rights count. The zero Subject is nobody in particular, who may what
// everyone may.
type Subject struct {
	id      string
	role    route.Role
	machine bool
}

// Person is a member with a role.
func Person(userID string, role route.Role) Subject { return Subject{id: userID, role: role} }

// Machine is work that no person asks for, or whose right to it was judged before: the
// steps of a run, upkeep. It reaches everything of its workspace.
func Machine() Subject { return Subject{machine: true} }

// SeesAll says whether nothing is hidden from the subject, so that nothing need be read
// to know.
func (s Subject) SeesAll() bool {
	return s.machine || s.role == route.RoleAdmin || s.role == route.RoleAuditor
}

type subjectKey struct{}

// As returns a context in which a subject's rights count, whoever acts.
func As(ctx context.Context, s Subject) context.Context {
	return context.WithValue(ctx, subjectKey{}, s)
}

// From is whose rights count: those of As, or else who acts. Who is no person and not
// the system either (somebody who has not signed in, a directory) is nobody.
func From(ctx context.Context) Subject {
	if s, ok := ctx.Value(subjectKey{}).(Subject); ok {
		return s
	}
	switch a := tenant.ActorFrom(ctx); {
	case a.ID == "system", strings.HasPrefix(a.ID, id.Trigger): // what a trigger starts is judged by its workflow's owner
		return Machine()
	case strings.HasPrefix(a.ID, id.User):
		return Person(a.ID, route.Role(a.Role))
	}
	return Subject{}
}

// Creator is who a resource belongs to that is made now: the person who acts, or nobody.
func Creator(ctx context.Context) string {
	if a := tenant.ActorFrom(ctx); strings.HasPrefix(a.ID, id.User) {
		return a.ID
	}
	return ""
}

// Members knows who belongs to the workspace of the context.
type Members interface {
	// Standing is the role of a member, or table.ErrNotFound for who is none, or is
	// switched off.
	Standing(ctx context.Context, userID string) (route.Role, error)
}

// Member is the subject that an owner is now: nobody, where they are no member.
func Member(ctx context.Context, m Members, userID string) (Subject, error) {
	if userID == "" || m == nil {
		return Subject{}, nil
	}
	role, err := m.Standing(ctx, userID)
	if errors.Is(err, table.ErrNotFound) {
		return Subject{}, nil
	}
	return Person(userID, role), err
}
