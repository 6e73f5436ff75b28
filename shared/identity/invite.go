package identity

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/id"
	"github.com/apiq/apiq/shared/mail/letter"
	"github.com/apiq/apiq/shared/mail/post"
	"github.com/apiq/apiq/shared/route"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
)

// inviteRecord is kept under the hash of its token, and once more among those of its
// workspace, where it names that hash.
type inviteRecord struct {
	ID          string     `json:"id"`
	WorkspaceID string     `json:"workspaceId"`
	Email       string     `json:"email"`
	Role        route.Role `json:"role"`
	InvitedBy   string     `json:"invitedBy,omitempty"`
	CreatedAt   time.Time  `json:"createdAt,omitzero"`
	ExpiresAt   time.Time  `json:"expiresAt"`
	TokenHash   string     `json:"tokenHash,omitempty"`
}

func (r inviteRecord) view(token string) Invite {
	return Invite{ID: r.ID, Email: r.Email, Role: r.Role, Token: token, InvitedBy: r.InvitedBy, CreatedAt: r.CreatedAt, ExpiresAt: r.ExpiresAt}
}

func invitesPK(wsp string) string               { return "INVITES#" + wsp }
func invitedKey(wsp, inviteID string) table.Key { return table.Key{PK: invitesPK(wsp), SK: inviteID} }
func noInvite() error                           { return apierr.New(apierr.NotFound, "There is no such open invitation.") }

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
	invite, ops, err := s.newInvite(ctx, workspace, email, role)
	if err != nil {
		return Invite{}, err
	}
	return s.sendInvite(ctx, workspace, invite, ops, audit.Entry{Action: "user.invite", Resource: invite.ID, Message: "invited a person as " + string(role)})
}

// sendInvite keeps an invitation and queues its letter, both or neither.
func (s *Service) sendInvite(ctx context.Context, workspace string, invite Invite, ops []table.Op, e audit.Entry) (Invite, error) {
	mail, err := s.letterToInvited(ctx, workspace, invite)
	if err != nil {
		return Invite{}, err
	}
	for _, parcel := range mail {
		ops = append(ops, parcel.Op)
	}
	if err := s.trail.Commit(ctx, ops, e); err != nil {
		return Invite{}, err
	}
	s.post.Ring(ctx, mail...)
	return invite, nil
}

// newInvite is an invitation and the operations that keep it.
func (s *Service) newInvite(ctx context.Context, workspace, email string, role route.Role) (Invite, []table.Op, error) {
	rec := inviteRecord{ID: id.New(id.Invite), WorkspaceID: workspace, Email: email, Role: role, InvitedBy: tenant.ActorFrom(ctx).ID, CreatedAt: s.now().UTC()}
	token, ops, err := s.issue(&rec, table.Absent())
	return rec.view(token), ops, err
}

// issue gives an invitation a token and its time, and the operations that keep both.
func (s *Service) issue(rec *inviteRecord, listed table.Condition) (token string, ops []table.Op, err error) {
	token = "inv_" + strings.ToLower(rand.Text())
	rec.TokenHash, rec.ExpiresAt = hashToken(token), s.now().Add(inviteLife).UTC().Truncate(time.Second)
	byToken, err := put(inviteKey(rec.TokenHash), rec, table.Absent(), rec.ExpiresAt)
	if err != nil {
		return "", nil, err
	}
	inList, err := put(invitedKey(rec.WorkspaceID, rec.ID), rec, listed, rec.ExpiresAt)
	return token, []table.Op{byToken, inList}, err
}

// letterToInvited is the letter with an invitation's link, owned by who invites. There
// is none where the address has had many lately: the link is with who invites as well.
func (s *Service) letterToInvited(ctx context.Context, workspace string, invite Invite) ([]post.Parcel, error) {
	switch err := s.mayWrite(ctx, invite.Email); {
	case apierr.CodeOf(err) == apierr.RateLimited:
		return nil, nil
	case err != nil:
		return nil, err
	}
	w, err := s.workspace(ctx, workspace)
	if err != nil {
		return nil, err
	}
	inviter, err := s.user(ctx, tenant.ActorFrom(ctx).ID)
	if err != nil && !errors.Is(err, table.ErrNotFound) {
		return nil, err
	}
	parcel, err := s.post.Pack(ctx, inviter.ID, invite.Email, letter.Invitation(cmp.Or(inviter.Name, "An admin"), w.Name, string(invite.Role), s.post.Link(pageRegister+invite.Token), inviteLife))
	return []post.Parcel{parcel}, err
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

// Invites lists the open invitations of the workspace in the context, the oldest
// first. Those from before there was a list are not in it.
func (s *Service) Invites(ctx context.Context, limit int, cursor string) ([]Invite, string, error) {
	workspace, err := tenant.From(ctx)
	if err != nil {
		return nil, "", err
	}
	page, err := s.store.Query(tenant.WithSystem(ctx), table.Query{PK: invitesPK(workspace), Limit: limit, Cursor: cursor})
	if err != nil {
		return nil, "", err
	}
	invites := make([]Invite, len(page.Items))
	for i, item := range page.Items {
		var rec inviteRecord
		if err := json.Unmarshal(item.Data, &rec); err != nil {
			return nil, "", err
		}
		invites[i] = rec.view("")
	}
	return invites, page.Next, nil
}

// invited reads an open invitation of the workspace in the context.
func (s *Service) invited(ctx context.Context, inviteID string) (inviteRecord, int64, error) {
	workspace, err := tenant.From(ctx)
	if err != nil {
		return inviteRecord{}, 0, err
	}
	if !id.Is(inviteID, id.Invite) {
		return inviteRecord{}, 0, noInvite()
	}
	rec, version, err := load[inviteRecord](ctx, s, invitedKey(workspace, inviteID))
	return rec, version, notFoundIs(err, noInvite())
}

// RevokeInvite makes an invitation's token worth nothing.
func (s *Service) RevokeInvite(ctx context.Context, inviteID string) error {
	rec, version, err := s.invited(ctx, inviteID)
	if err != nil {
		return err
	}
	ops := []table.Op{table.Global(table.Delete(inviteKey(rec.TokenHash), table.Always())),
		table.Global(table.Delete(invitedKey(rec.WorkspaceID, rec.ID), table.IfVersion(version)))}
	return s.trail.Commit(ctx, ops, audit.Entry{Action: "user.invite.revoke", Resource: rec.ID, Message: "took an invitation back"})
}

// ResendInvite gives an invitation a new token and its whole time again; the token
// before is worth nothing from then on.
func (s *Service) ResendInvite(ctx context.Context, inviteID string) (Invite, error) {
	rec, version, err := s.invited(ctx, inviteID)
	if err != nil {
		return Invite{}, err
	}
	old := table.Global(table.Delete(inviteKey(rec.TokenHash), table.Always()))
	token, ops, err := s.issue(&rec, table.IfVersion(version))
	if err != nil {
		return Invite{}, err
	}
	return s.sendInvite(ctx, rec.WorkspaceID, rec.view(token), append(ops, old),
		audit.Entry{Action: "user.invite.resend", Resource: rec.ID, Message: "sent an invitation again"})
}

// openInvite reads an invitation by its token: unused, in time, for this address.
func (s *Service) openInvite(ctx context.Context, token, email string) (inviteRecord, Workspace, []table.Op, error) {
	at := inviteKey(hashToken(token))
	rec, version, err := load[inviteRecord](ctx, s, at)
	if err != nil && !errors.Is(err, table.ErrNotFound) {
		return rec, Workspace{}, nil, err
	}
	if err != nil || rec.Email != email || !rec.ExpiresAt.After(s.now()) {
		return rec, Workspace{}, nil, badInvite()
	}
	w, err := s.workspace(ctx, rec.WorkspaceID)
	if err != nil {
		return rec, w, nil, notFoundIs(err, badInvite()) // the workspace is gone
	}
	return rec, w, []table.Op{table.Global(table.Delete(at, table.IfVersion(version))),
		table.Global(table.Delete(invitedKey(rec.WorkspaceID, rec.ID), table.Always()))}, nil
}

// acceptInvite is where an invitation leads a new person to.
func (s *Service) acceptInvite(ctx context.Context, token, email string) (place, error) {
	rec, w, ops, err := s.openInvite(ctx, token, email)
	if err != nil {
		return place{}, err
	}
	return place{workspace: w, role: rec.Role, ops: ops, message: "joined by invitation as " + string(rec.Role)}, nil
}

// AcceptInvite makes a person who is signed in a member of the workspace that they
// were invited to. The session stays where it is. The record is the joined workspace's.
func (s *Service) AcceptInvite(ctx context.Context, p Principal, token string) (Membership, error) {
	if err := p.free(""); err != nil {
		return Membership{}, err
	}
	u, err := s.user(ctx, p.UserID)
	if err != nil {
		return Membership{}, err
	}
	rec, w, ops, err := s.openInvite(ctx, token, u.Email)
	if err != nil {
		var public *apierr.Error
		if errors.As(err, &public) && len(public.Problems) == 1 {
			public.Problems[0].Path = "/token"
		}
		return Membership{}, err
	}
	if err := s.roomForMore(ctx, u); err != nil {
		return Membership{}, err
	}
	done, err := s.reserve(ctx, w.ID, u.ID)
	if err != nil {
		return Membership{}, err
	}
	defer done()
	join, err := joinOps(w.ID, s.newMember(u.User, rec.Role))
	if err != nil {
		return Membership{}, err
	}
	here, err := remember(u.ID, p.WorkspaceID) // one that is from before they were listed stays found
	if err != nil {
		return Membership{}, err
	}
	used := len(ops)
	ops = append(ops, join...)
	if p.WorkspaceID != w.ID {
		ops = append(ops, here)
	}
	err = s.trail.Commit(as(ctx, u.User, w.ID), ops, audit.Entry{Action: "user.join", Resource: u.ID, Message: "joined by invitation as " + string(rec.Role)})
	var failed *table.ConditionError
	switch {
	case errors.As(err, &failed) && failed.Index < used:
		return Membership{}, problem("/token", "invalid", badInviteText) // used by another request a moment ago
	case errors.As(err, &failed):
		return Membership{}, apierr.New(apierr.Conflict, "You are a member of this workspace already.")
	case err != nil:
		return Membership{}, err
	}
	return Membership{Workspace: w, Role: rec.Role, Active: true}, nil
}

const badInviteText = "The invitation is used, expired, taken back, or for another e-mail address. Ask for a new one."

func badInvite() error { return problem("/invite", "invalid", badInviteText) }

func hashToken(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}
