package identity

import (
	"context"
	"errors"
	"slices"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/id"
	"github.com/apiq/apiq/shared/route"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
)

// Seat is what it takes to give somebody a place in a workspace. Whoever asked for it
// commits Ops together with records of their own and the trail's.
type Seat struct {
	Member Member
	// Taken says that they are a member already, active or not; there are no Ops.
	Taken bool
	Ops   []table.Op
	// Done is called when Ops are committed, or will not be.
	Done func()
}

// PlanSeat plans a place for somebody whom the workspace's directory names. Its word
// holds in this workspace only, as that of the workspace's own sign-in does (External):
// who is no member yet gets an account that is known here and nowhere else, without a
// password, which the workspace's sign-in leads to. An account of the same address
// elsewhere is neither touched nor told of.
func (s *Service) PlanSeat(ctx context.Context, email, name string, role route.Role, active bool) (Seat, error) {
	email, err := normalEmail(email)
	if err != nil {
		return Seat{}, err
	}
	if name, err = checkName("/name", name); err != nil {
		return Seat{}, err
	}
	if err := checkRole(role); err != nil {
		return Seat{}, err
	}
	workspace, err := tenant.From(ctx)
	if err != nil {
		return Seat{}, err
	}
	switch m, err := s.MemberByEmail(ctx, email); {
	case err == nil:
		return Seat{Member: m, Taken: true, Done: func() {}}, nil
	case !errors.Is(err, table.ErrNotFound):
		return Seat{}, err
	}
	// One whose membership was ended comes back as who they were.
	ref, _, err := load[emailRecord](ctx, s, managedKey(workspace, email))
	if err == nil {
		user, err := s.user(ctx, ref.UserID)
		if err != nil {
			return Seat{}, err
		}
		seat := Seat{Member: s.newMember(user.User, role)}
		seat.Member.Name, seat.Member.Active = name, active
		if seat.Ops, err = joinOps(workspace, seat.Member); err != nil {
			return Seat{}, err
		}
		seat.Done, err = s.reserve(ctx, workspace, user.ID)
		return seat, err
	}
	if !errors.Is(err, table.ErrNotFound) {
		return Seat{}, err
	}
	seat, err := s.newSeat(workspace, email, name, role, active)
	if err != nil {
		return Seat{}, err
	}
	seat.Done, err = s.reserve(ctx, workspace, seat.Member.ID)
	return seat, err
}

func (s *Service) newSeat(workspace, email, name string, role route.Role, active bool) (Seat, error) {
	now := s.now().UTC()
	user := User{ID: id.New(id.User), Email: email, Name: name, CreatedAt: now, UpdatedAt: now, Version: 1}
	m := s.newMember(user, role)
	m.Active = active
	join, err := joinOps(workspace, m)
	if err != nil {
		return Seat{}, err
	}
	seat := Seat{Member: m, Ops: join}
	for _, row := range []struct {
		key   table.Key
		value any
	}{
		{managedKey(workspace, email), emailRecord{UserID: user.ID}},
		{userKey(user.ID), userRecord{User: user, Workspace: workspace, Managed: workspace}},
	} {
		op, err := put(row.key, row.value, table.Absent(), noExpiry)
		if err != nil {
			return Seat{}, err
		}
		seat.Ops = append(seat.Ops, op)
	}
	return seat, nil
}

// SeatChange is what a workspace's directory changes of one member; nil leaves it.
type SeatChange struct {
	ID     string
	Name   *string
	Role   *route.Role
	Active *bool
}

// PlanSeats plans changes of several members at once, to be committed together. The
// members come back as they will be, in order; who stays as they are costs nothing.
// One active admin must be left, whoever else changes at the same moment. The owner may
// leave like anybody else: the directory knows who works here, and ownerOf who follows.
func (s *Service) PlanSeats(ctx context.Context, changes ...SeatChange) ([]Member, []table.Op, error) {
	workspace, err := tenant.From(ctx)
	if err != nil {
		return nil, nil, err
	}
	members := make([]Member, len(changes))
	var ops []table.Op
	var losing []string
	var written []Member
	for i, c := range changes {
		m, err := s.Member(ctx, c.ID)
		if err != nil {
			return nil, nil, err
		}
		before := m
		if err := c.apply(&m); err != nil {
			return nil, nil, err
		}
		members[i] = m
		if m == before {
			continue
		}
		if before.Active && !m.Active {
			left, err := s.leaves(workspace, m.ID, "")
			if err != nil {
				return nil, nil, err
			}
			ops = append(ops, left)
		}
		if admin(before) && !admin(m) {
			losing = append(losing, m.ID)
		}
		m.UpdatedAt = s.now().UTC()
		op, err := put(memberKey(workspace, m.ID), m, table.IfVersion(before.Version), noExpiry)
		if err != nil {
			return nil, nil, err
		}
		ops = append(ops, op)
		m.Version = before.Version + 1
		members[i] = m
		written = append(written, m)
	}
	if len(losing) == 0 {
		return members, ops, nil
	}
	if slices.ContainsFunc(written, admin) {
		return members, ops, nil // one of those who are written here is an admin then
	}
	other, err := s.adminBut(ctx, func(m Member) bool { return slices.Contains(losing, m.ID) })
	if err != nil {
		return nil, nil, err
	}
	return members, append(ops, table.Global(table.Check(memberKey(workspace, other.ID), table.IfVersion(other.Version)))), nil
}

func admin(m Member) bool { return m.Active && m.Role == route.RoleAdmin }

func (c SeatChange) apply(m *Member) error {
	if c.Name != nil {
		name, err := checkName("/name", *c.Name)
		if err != nil {
			return err
		}
		m.Name = name
	}
	if c.Role != nil {
		if err := checkRole(*c.Role); err != nil {
			return err
		}
		m.Role = *c.Role
	}
	if c.Active != nil {
		m.Active = *c.Active
	}
	return nil
}

// adminBut finds an active admin who is not left out.
func (s *Service) adminBut(ctx context.Context, out func(Member) bool) (Member, error) {
	for m, err := range s.AllMembers(ctx) {
		if err != nil {
			return Member{}, err
		}
		if admin(m) && !out(m) {
			return m, nil
		}
	}
	return Member{}, apierr.New(apierr.Conflict, "A workspace needs at least one active admin. Make another member ADMIN first.")
}
