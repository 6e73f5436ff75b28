package identity

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/id"
	"github.com/apiq/apiq/shared/route"
	"github.com/apiq/apiq/shared/table"
)

// noWorkspace is the answer for every workspace that is not the caller's own.
func noWorkspace() error {
	return apierr.New(apierr.NotFound, "There is no such workspace among yours.")
}

// newWorkspace is a workspace that is to be made, and the operation that makes it.
func (s *Service) newWorkspace(name, ownerID string, now time.Time) (Workspace, table.Op, error) {
	w := Workspace{ID: id.New(id.Workspace), Name: name, OwnerID: ownerID, CreatedAt: now, UpdatedAt: now, Version: 1}
	item, err := workspaceItem(w)
	return w, table.Global(table.Put(item, table.Absent())), err
}

// Workspaces lists those that a person belongs to.
func (s *Service) Workspaces(ctx context.Context, p Principal) ([]Membership, error) {
	if to := p.Bound(); to != "" {
		m, err := s.membership(ctx, p.UserID, to)
		return []Membership{m}, err
	}
	u, err := s.user(ctx, p.UserID)
	if err != nil {
		return nil, err
	}
	return s.memberships(ctx, u)
}

// CreateWorkspace makes one more workspace, whose owner and ADMIN the person is. The
// session stays where it is. The record of it opens the new workspace's trail.
func (s *Service) CreateWorkspace(ctx context.Context, p Principal, name string) (Membership, error) {
	name, err := checkName("/name", name)
	if err != nil {
		return Membership{}, err
	}
	if err := p.free(""); err != nil {
		return Membership{}, err
	}
	u, err := s.user(ctx, p.UserID)
	if err != nil {
		return Membership{}, err
	}
	if err := s.roomForMore(ctx, u); err != nil {
		return Membership{}, err
	}
	here, err := remember(u.ID, p.WorkspaceID) // one that is from before they were listed stays found
	if err != nil {
		return Membership{}, err
	}
	return s.makeWorkspace(ctx, u.User, name, here)
}

// ownWorkspace makes one for a person who belongs nowhere any more: they keep their
// account, and with it the way to export or erase what is held on them.
func (s *Service) ownWorkspace(ctx context.Context, u userRecord) (Membership, error) {
	return s.makeWorkspace(ctx, u.User, defaultTitle(u.Name))
}

func (s *Service) makeWorkspace(ctx context.Context, u User, name string, also ...table.Op) (Membership, error) {
	w, made, err := s.newWorkspace(name, u.ID, s.now().UTC())
	if err != nil {
		return Membership{}, err
	}
	join, err := joinOps(w.ID, s.newMember(u, route.RoleAdmin))
	if err != nil {
		return Membership{}, err
	}
	ctx = as(ctx, u, w.ID)
	if err := s.trail.Commit(ctx, append(append(join, made), also...), audit.Entry{Action: "workspace.create", Resource: w.ID, Message: "made the workspace " + w.Name}); err != nil {
		return Membership{}, err
	}
	s.onWorkspace(ctx, w)
	return Membership{Workspace: w, Role: route.RoleAdmin, Active: true}, nil
}

// Switch moves the session to another of the person's workspaces, where their next
// sign-in leads too. The token stays the same: it names the session, not the place.
func (s *Service) Switch(ctx context.Context, p Principal, workspaceID string) (Membership, error) {
	if !id.Is(workspaceID, id.Workspace) {
		return Membership{}, noWorkspace()
	}
	if err := p.free(workspaceID); err != nil {
		return Membership{}, err
	}
	m, err := s.membership(ctx, p.UserID, workspaceID)
	if err != nil {
		return Membership{}, notFoundIs(err, noWorkspace())
	}
	if !m.Active {
		return Membership{}, noWorkspace()
	}
	session, at, err := load[sessionRecord](ctx, s, sessionKey(p.UserID, p.SessionID))
	if err != nil {
		return Membership{}, notFoundIs(err, unauthenticated())
	}
	u, err := s.user(ctx, p.UserID)
	if err != nil {
		return Membership{}, err
	}
	if p.Via == nil {
		switch barred, err := s.barred(ctx, u.User); {
		case err != nil:
			return Membership{}, err
		case barred == workspaceID:
			return Membership{}, providerOnly()
		}
	}
	left := u.Workspace
	session.WorkspaceID, u.Workspace = workspaceID, workspaceID
	moved, err := put(sessionKey(u.ID, session.ID), session, table.IfVersion(at), session.ExpiresAt)
	if err != nil {
		return Membership{}, err
	}
	leads, err := put(userKey(u.ID), u, table.IfVersion(u.Version), noExpiry)
	if err != nil {
		return Membership{}, err
	}
	ops := []table.Op{moved, leads}
	if left != workspaceID { // which from now on nothing else tells of
		stays, err := remember(u.ID, left)
		if err != nil {
			return Membership{}, err
		}
		ops = append(ops, stays)
	}
	return m, s.trail.Commit(as(ctx, u.User, workspaceID), ops, audit.Entry{Action: "user.switch", Resource: u.ID, Message: "came from another workspace"})
}

// free refuses who came by a workspace's own sign-in what lies outside of it: that
// workspace chooses the provider, and must not reach a person's other places by it.
func (p Principal) free(to string) error {
	if in := p.Bound(); in != "" && in != to {
		return apierr.New(apierr.Forbidden, "You came by the sign-in of one workspace, which opens no other. Sign in with your password or a provider of the whole installation.")
	}
	return nil
}

// current reads the workspace that a principal is in, where that is the one named.
// Others, also of the person's own, are not there: their role here says nothing there.
func (s *Service) current(ctx context.Context, p Principal, workspaceID string) (Workspace, error) {
	if workspaceID != p.WorkspaceID {
		return Workspace{}, noWorkspace()
	}
	return s.workspace(ctx, workspaceID)
}

// RenameWorkspace gives the workspace that the person is in another name.
func (s *Service) RenameWorkspace(ctx context.Context, p Principal, workspaceID, name string) (Workspace, error) {
	w, err := s.current(ctx, p, workspaceID)
	if err != nil {
		return Workspace{}, err
	}
	if name, err = checkName("/name", name); err != nil {
		return Workspace{}, err
	}
	before := w.Name
	w.Name = name
	return s.keep(ctx, w, nil, audit.Entry{Action: "workspace.update", Message: fmt.Sprintf("renamed %s to %s", before, name)})
}

// keep writes a changed workspace with its record, and what else must happen then.
func (s *Service) keep(ctx context.Context, w Workspace, also []table.Op, e audit.Entry) (Workspace, error) {
	version := w.Version
	w.UpdatedAt = s.now().UTC()
	item, err := workspaceItem(w)
	if err != nil {
		return Workspace{}, err
	}
	e.Resource = w.ID
	if err := s.trail.Commit(ctx, append(also, table.Global(table.Put(item, table.IfVersion(version)))), e); err != nil {
		return Workspace{}, err
	}
	w.Version = version + 1
	return w, nil
}

// ownerOf is who owns a workspace. One from before there were owners, or whose owner
// is no active admin any more because a directory said so, is its first active admin's.
func (s *Service) ownerOf(ctx context.Context, w Workspace) (string, error) {
	var first Member
	for m, err := range s.AllMembers(ctx) {
		switch {
		case err != nil:
			return "", err
		case !admin(m):
		case m.ID == w.OwnerID:
			return m.ID, nil
		case first.ID == "" || m.JoinedAt.Before(first.JoinedAt):
			first = m
		}
	}
	return first.ID, nil
}

// owned is current for what only the owner may do.
func (s *Service) owned(ctx context.Context, p Principal, workspaceID string) (Workspace, error) {
	w, err := s.current(ctx, p, workspaceID)
	if err != nil {
		return Workspace{}, err
	}
	owner, err := s.ownerOf(ctx, w)
	if err != nil {
		return Workspace{}, err
	}
	if owner != p.UserID {
		return Workspace{}, apierr.New(apierr.Forbidden, "Only the owner of the workspace can do this.")
	}
	return w, nil
}

// TransferWorkspace makes another active admin the owner. The one before stays an
// admin.
func (s *Service) TransferWorkspace(ctx context.Context, p Principal, workspaceID, to string) (Workspace, error) {
	w, err := s.owned(ctx, p, workspaceID)
	if err != nil {
		return Workspace{}, err
	}
	heir, at, err := load[Member](ctx, s, memberKey(w.ID, to))
	if err != nil && !errors.Is(err, table.ErrNotFound) {
		return Workspace{}, err
	}
	if err != nil || !heir.Active || heir.Role != route.RoleAdmin {
		return Workspace{}, problem("/userId", "admin", "The new owner must be an active admin of this workspace. Make them one first.")
	}
	w.OwnerID = heir.ID
	still := table.Global(table.Check(memberKey(w.ID, heir.ID), table.IfVersion(at)))
	return s.keep(ctx, w, []table.Op{still}, audit.Entry{Action: "workspace.transfer", Message: "made another admin the owner", Details: map[string]string{"owner": heir.ID}})
}
