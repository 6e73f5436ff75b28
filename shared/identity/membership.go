package identity

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
)

// maxMemberships bounds the workspaces of one person: each list reads them all.
const maxMemberships = 50

const membershipPrefix = "PLACE#"

// membershipRecord stands among a person's records for a workspace that they belong
// to. It tells where to look, not what they may do: that is the member record's.
type membershipRecord struct {
	WorkspaceID string `json:"workspaceId"`
}

func membershipKey(usr, wsp string) table.Key {
	return table.Key{PK: "USER#" + usr, SK: membershipPrefix + wsp}
}

// remember is the operation that puts a workspace among a person's.
func remember(userID, workspaceID string) (table.Op, error) {
	return put(membershipKey(userID, workspaceID), membershipRecord{workspaceID}, table.Always(), noExpiry)
}

// joinOps are the operations that make a person a member of a workspace; it is a
// failed condition where they are one already.
func joinOps(workspaceID string, m Member) ([]table.Op, error) {
	member, err := put(memberKey(workspaceID, m.ID), m, table.Absent(), noExpiry)
	if err != nil {
		return nil, err
	}
	place, err := remember(m.ID, workspaceID)
	return []table.Op{member, place}, err
}

// reserve keeps a place in a workspace for somebody who is about to become a member;
// done is called when they are one, or will not be.
func (s *Service) reserve(ctx context.Context, workspaceID, userID string) (done func(), err error) {
	return s.room.Reserve(tenant.With(ctx, workspaceID), memberKey(workspaceID, userID))
}

// memberships are all of a person's, by the name of the workspace. A person from
// before they were listed has one: where their sign-in leads.
func (s *Service) memberships(ctx context.Context, u userRecord) ([]Membership, error) {
	ids := []string{u.Workspace}
	for item, err := range s.store.All(tenant.WithSystem(ctx), table.Query{PK: "USER#" + u.ID, Prefix: membershipPrefix}) {
		if err != nil {
			return nil, err
		}
		if workspaceID := strings.TrimPrefix(item.SK, membershipPrefix); workspaceID != u.Workspace {
			ids = append(ids, workspaceID)
		}
	}
	all := make([]Membership, 0, len(ids))
	for _, workspaceID := range ids {
		switch m, err := s.membership(ctx, u.ID, workspaceID); {
		case err == nil:
			all = append(all, m)
		case !errors.Is(err, table.ErrNotFound):
			return nil, err
		}
	}
	slices.SortStableFunc(all, func(a, b Membership) int {
		return cmp.Or(strings.Compare(a.Workspace.Name, b.Workspace.Name), strings.Compare(a.Workspace.ID, b.Workspace.ID))
	})
	return all, nil
}

// membership reads one; table.ErrNotFound where there is none.
func (s *Service) membership(ctx context.Context, userID, workspaceID string) (Membership, error) {
	if workspaceID == "" {
		return Membership{}, table.ErrNotFound
	}
	m, _, err := load[Member](ctx, s, memberKey(workspaceID, userID))
	if err != nil {
		return Membership{}, err
	}
	w, err := s.workspace(ctx, workspaceID)
	return Membership{Workspace: w, Role: m.Role, Active: m.Active}, err
}

// entrance is the membership that a sign-in by a password or a passkey leads to: where
// the person was last, or another that they may still enter; else one that they may not.
// The zero Membership: they belong nowhere. providerOnly where all that is left to them
// is a workspace that takes them through its provider.
func (s *Service) entrance(ctx context.Context, u userRecord) (Membership, error) {
	barred, err := s.barred(ctx, u.User)
	if err != nil {
		return Membership{}, err
	}
	m, err := s.membership(ctx, u.ID, u.Workspace)
	if err != nil && !errors.Is(err, table.ErrNotFound) {
		return Membership{}, err
	}
	open := func(m Membership) bool { return m.Active && m.Workspace.ID != barred }
	if open(m) {
		return m, nil
	}
	was, shut := m, m.Active
	all, err := s.memberships(ctx, u)
	if err != nil {
		return Membership{}, err
	}
	for _, other := range all {
		if open(other) {
			return other, nil
		}
		was, shut = other, shut || other.Active
	}
	if shut {
		return Membership{}, providerOnly()
	}
	return was, nil
}

// roomForMore refuses a person one workspace too many.
func (s *Service) roomForMore(ctx context.Context, u userRecord) error {
	all, err := s.memberships(ctx, u)
	if err == nil && len(all) >= maxMemberships {
		err = apierr.Newf(apierr.Conflict, "A person can belong to %d workspaces. Leave one first.", maxMemberships)
	}
	return err
}
