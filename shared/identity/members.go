package identity

import (
	"context"
	"encoding/json"
	"iter"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/route"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
)

// Members lists the people of the workspace in the context.
func (s *Service) Members(ctx context.Context, limit int, cursor string) ([]Member, string, error) {
	workspace, err := tenant.From(ctx)
	if err != nil {
		return nil, "", err
	}
	page, err := s.store.Query(tenant.WithSystem(ctx), table.Query{PK: "MEMBERS#" + workspace, Limit: limit, Cursor: cursor})
	if err != nil {
		return nil, "", err
	}
	members := make([]Member, len(page.Items))
	for i, item := range page.Items {
		if err := json.Unmarshal(item.Data, &members[i]); err != nil {
			return nil, "", err
		}
		members[i].Version = item.Version
	}
	return members, page.Next, nil
}

// readTogether is how many records of a page of members are read at once.
const readTogether = 8

// Enrolled says of each member whether they have a second factor of their own.
func (s *Service) Enrolled(ctx context.Context, members []Member) ([]bool, error) {
	enrolled := make([]bool, len(members))
	reads, ctx := errgroup.WithContext(ctx)
	reads.SetLimit(readTogether)
	for i, m := range members {
		reads.Go(func() error {
			f, _, err := s.factors(ctx, m.ID)
			enrolled[i] = f.enrolled()
			return err
		})
	}
	return enrolled, reads.Wait()
}

func checkRole(role route.Role) error {
	if !slices.Contains(route.Roles(), role) {
		return problem("/role", "enum", "Must be USER, ADMIN or AUDITOR.")
	}
	return nil
}

// Change is what an admin may change of a member; nil leaves it.
type Change struct {
	Role   *route.Role
	Active *bool
	// PassTo gets what a member owns who is switched off. Defaults to the workspace's owner.
	PassTo string
}

// UpdateMember changes a member. The last active admin stays one. Sessions of a
// deactivated member end at once, since each request reads the membership.
func (s *Service) UpdateMember(ctx context.Context, userID string, c Change) (Member, error) {
	workspace, err := tenant.From(ctx)
	if err != nil {
		return Member{}, err
	}
	if c.Role != nil {
		if err := checkRole(*c.Role); err != nil {
			return Member{}, err
		}
	}
	m, version, err := load[Member](ctx, s, memberKey(workspace, userID))
	if err != nil {
		return Member{}, notFoundIs(err, apierr.New(apierr.NotFound, "There is no such member."))
	}
	before := m
	if c.Role != nil {
		m.Role = *c.Role
	}
	if c.Active != nil {
		m.Active = *c.Active
	}
	m.UpdatedAt = s.now().UTC()
	var ops []table.Op
	if !admin(m) {
		if ops, err = s.mayLose(ctx, before); err != nil {
			return Member{}, err
		}
	}
	leaves := before.Active && !m.Active
	if leaves {
		if err := s.mayInherit(ctx, userID, c.PassTo); err != nil {
			return Member{}, err
		}
		left, err := s.leaves(workspace, userID, c.PassTo)
		if err != nil {
			return Member{}, err
		}
		ops = append(ops, left)
	}
	op, err := put(memberKey(workspace, userID), m, table.IfVersion(version), noExpiry)
	if err != nil {
		return Member{}, err
	}
	err = s.trail.Commit(ctx, append(ops, op), audit.Entry{Action: "user.update", Resource: userID, Details: map[string]any{"role": m.Role, "active": m.Active}})
	if err != nil {
		return Member{}, err
	}
	if leaves {
		s.onLeave()
	}
	m.Version = version + 1
	return m, nil
}

// mayLose says whether the workspace can do without a member as an active admin, and
// what must still hold when it is written that they are none.
func (s *Service) mayLose(ctx context.Context, m Member) ([]table.Op, error) {
	if !admin(m) {
		return nil, nil
	}
	workspace, err := tenant.From(ctx)
	if err != nil {
		return nil, err
	}
	w, err := s.workspace(ctx, workspace)
	if err != nil {
		return nil, err
	}
	other, err := s.adminBut(ctx, func(other Member) bool { return other.ID == m.ID })
	if err != nil {
		return nil, err
	}
	if w.OwnerID == m.ID {
		return nil, ownerStays()
	}
	return []table.Op{
		// The other one must still be what it was: two admins who demote each
		// other at the same moment cannot both succeed.
		table.Global(table.Check(memberKey(workspace, other.ID), table.IfVersion(other.Version))),
		table.Global(table.Check(workspaceKey(workspace), table.IfVersion(w.Version))), // nor was it given to this one meanwhile
	}, nil
}

func ownerStays() error {
	return apierr.New(apierr.Conflict, "This member owns the workspace. They must hand it to another admin first.")
}

// AllMembers gives everybody of the workspace in the context, one after the other.
func (s *Service) AllMembers(ctx context.Context) iter.Seq2[Member, error] {
	return func(yield func(Member, error) bool) {
		for cursor := ""; ; {
			members, next, err := s.Members(ctx, 100, cursor)
			if err != nil {
				yield(Member{}, err)
				return
			}
			for _, m := range members {
				if !yield(m, nil) {
					return
				}
			}
			if cursor = next; cursor == "" {
				return
			}
		}
	}
}
