package identity

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/id"
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

// inviteRecord is kept under the hash of its token.
type inviteRecord struct {
	ID          string     `json:"id"`
	WorkspaceID string     `json:"workspaceId"`
	Email       string     `json:"email"`
	Role        route.Role `json:"role"`
	ExpiresAt   time.Time  `json:"expiresAt"`
}

// Invite lets the holder of an e-mail address join this workspace with a role.
func (s *Service) Invite(ctx context.Context, email string, role route.Role) (Invite, error) {
	email, err := normalEmail(email)
	if err != nil {
		return Invite{}, err
	}
	if err := checkRole(role); err != nil {
		return Invite{}, err
	}
	workspace, err := tenant.From(ctx)
	if err != nil {
		return Invite{}, err
	}
	if err := s.notYetMember(ctx, workspace, email); err != nil {
		return Invite{}, err
	}
	invite, op, err := s.newInvite(workspace, email, role)
	if err != nil {
		return Invite{}, err
	}
	err = s.trail.Commit(ctx, []table.Op{op}, audit.Entry{Action: "user.invite", Resource: invite.ID, Message: "invited " + email + " as " + string(role)})
	if err != nil {
		return Invite{}, err
	}
	return invite, nil
}

// newInvite is an invitation and the operation that keeps it.
func (s *Service) newInvite(workspace, email string, role route.Role) (Invite, table.Op, error) {
	token := "inv_" + strings.ToLower(rand.Text())
	rec := inviteRecord{ID: id.New(id.Invite), WorkspaceID: workspace, Email: email, Role: role, ExpiresAt: s.now().Add(inviteLife).UTC().Truncate(time.Second)}
	op, err := put(inviteKey(hashToken(token)), rec, table.Absent(), rec.ExpiresAt)
	return Invite{ID: rec.ID, Email: email, Role: role, Token: token, ExpiresAt: rec.ExpiresAt}, op, err
}

// notYetMember refuses to invite who is here already. Accounts elsewhere are not told of.
func (s *Service) notYetMember(ctx context.Context, workspace, email string) error {
	user, err := s.byEmail(ctx, email)
	if err != nil || user.ID == "" {
		return err
	}
	switch _, _, err := load[Member](ctx, s, memberKey(workspace, user.ID)); {
	case errors.Is(err, table.ErrNotFound):
		return nil
	case err != nil:
		return err
	}
	return apierr.New(apierr.Conflict, "This person is a member already.")
}

func checkRole(role route.Role) error {
	if !slices.Contains(route.Roles(), role) {
		return problem("/role", "enum", "Must be USER, ADMIN or AUDITOR.")
	}
	return nil
}

func (s *Service) acceptInvite(ctx context.Context, token, email string) (place, error) {
	at := inviteKey(hashToken(token))
	rec, version, err := load[inviteRecord](ctx, s, at)
	if err != nil && !errors.Is(err, table.ErrNotFound) {
		return place{}, err
	}
	if err != nil || rec.Email != email || !rec.ExpiresAt.After(s.now()) {
		return place{}, badInvite()
	}
	w, err := s.workspace(ctx, rec.WorkspaceID)
	if err != nil {
		return place{}, err
	}
	return place{workspace: w, role: rec.Role, ops: []table.Op{table.Global(table.Delete(at, table.IfVersion(version)))},
		message: "joined by invitation as " + string(rec.Role)}, nil
}

func badInvite() error {
	return problem("/invite", "invalid", "The invitation is used, expired, or for another e-mail address. Ask for a new one.")
}

func hashToken(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// Change is what an admin may change of a member; nil leaves it.
type Change struct {
	Role   *route.Role
	Active *bool
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
	if before.Role == route.RoleAdmin && before.Active && (m.Role != route.RoleAdmin || !m.Active) {
		other, err := s.adminBut(ctx, func(m Member) bool { return m.ID == userID })
		if err != nil {
			return Member{}, err
		}
		// The other one must still be what it was: two admins who demote each
		// other at the same moment cannot both succeed.
		ops = append(ops, table.Global(table.Check(memberKey(workspace, other.ID), table.IfVersion(other.Version))))
	}
	op, err := put(memberKey(workspace, userID), m, table.IfVersion(version), noExpiry)
	if err != nil {
		return Member{}, err
	}
	err = s.trail.Commit(ctx, append(ops, op), audit.Entry{Action: "user.update", Resource: userID, Details: map[string]any{"role": m.Role, "active": m.Active}})
	if err != nil {
		return Member{}, err
	}
	m.Version = version + 1
	return m, nil
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
