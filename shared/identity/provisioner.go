package identity

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/id"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
)

// Two are for a change from one to the other without a moment with none.
const maxProvisioners = 2

// provisionerPrefix starts a provisioning token: what is none is refused unread.
const provisionerPrefix = "scim_"

// Provisioner is a directory that may keep a workspace's people: it is no person and
// has no role; its token opens the provisioning routes and nothing else.
type Provisioner struct {
	ID          string    `json:"id"`
	WorkspaceID string    `json:"-"`
	Hint        string    `json:"hint"` // the token's last characters, to tell two apart
	CreatedAt   time.Time `json:"createdAt"`
	CreatedBy   string    `json:"createdBy"`
}

// provisionerRecord is kept twice: under the hash of its token, to be found, and in
// its workspace's list.
type provisionerRecord struct {
	Provisioner
	WorkspaceID string `json:"workspaceId"`
	Hash        string `json:"hash"`
}

func provisionerKey(hash string) table.Key { return table.Key{PK: "PROVISIONER#" + hash, SK: "0"} }
func provisionersKey(wsp, id string) table.Key {
	return table.Key{PK: "PROVISIONERS#" + wsp, SK: id}
}

// Provisioners lists those of the workspace in the context, the oldest first.
func (s *Service) Provisioners(ctx context.Context) ([]Provisioner, error) {
	records, _, err := s.provisioners(ctx)
	out := make([]Provisioner, len(records))
	for i, r := range records {
		out[i] = r.Provisioner
	}
	return out, err
}

func (s *Service) provisioners(ctx context.Context) ([]provisionerRecord, string, error) {
	workspace, err := tenant.From(ctx)
	if err != nil {
		return nil, "", err
	}
	page, err := s.store.Query(tenant.WithSystem(ctx), table.Query{PK: provisionersKey(workspace, "").PK, Limit: 2 * maxProvisioners})
	if err != nil {
		return nil, "", err
	}
	records := make([]provisionerRecord, len(page.Items))
	for i, item := range page.Items {
		if err := json.Unmarshal(item.Data, &records[i]); err != nil {
			return nil, "", err
		}
	}
	return records, workspace, nil
}

// NewProvisioner makes a token for this workspace's directory. It is shown once.
func (s *Service) NewProvisioner(ctx context.Context) (Provisioner, string, error) {
	records, workspace, err := s.provisioners(ctx)
	if err != nil {
		return Provisioner{}, "", err
	}
	if len(records) >= maxProvisioners {
		return Provisioner{}, "", apierr.New(apierr.Conflict, "There are two tokens already: revoke the one that is not in use first.")
	}
	token := provisionerPrefix + strings.ToLower(rand.Text())
	rec := provisionerRecord{WorkspaceID: workspace, Hash: hashToken(token), Provisioner: Provisioner{ID: id.New(id.Provisioner), WorkspaceID: workspace,
		Hint: token[len(token)-4:], CreatedAt: s.now().UTC(), CreatedBy: tenant.ActorFrom(ctx).ID}}
	byHash, err := put(provisionerKey(rec.Hash), rec, table.Absent(), noExpiry)
	if err != nil {
		return Provisioner{}, "", err
	}
	inList, err := put(provisionersKey(workspace, rec.ID), rec, table.Absent(), noExpiry)
	if err != nil {
		return Provisioner{}, "", err
	}
	err = s.trail.Commit(ctx, []table.Op{byHash, inList}, audit.Entry{Action: "scim.token.create", Resource: rec.ID, Message: "made a token for the directory"})
	return rec.Provisioner, token, err
}

// RevokeProvisioner ends a token at once.
func (s *Service) RevokeProvisioner(ctx context.Context, provisionerID string) error {
	records, workspace, err := s.provisioners(ctx)
	if err != nil {
		return err
	}
	for _, rec := range records {
		if rec.ID != provisionerID {
			continue
		}
		return s.trail.Commit(ctx, []table.Op{
			table.Global(table.Delete(provisionersKey(workspace, rec.ID), table.Present())),
			table.Global(table.Delete(provisionerKey(rec.Hash), table.Always())),
		}, audit.Entry{Action: "scim.token.revoke", Resource: rec.ID, Message: "revoked a token of the directory"})
	}
	return apierr.New(apierr.NotFound, "There is no such token.")
}

// Provisioner tells whose directory holds a token. Any failure but the table's own is
// UNAUTHENTICATED. Both records are read: a token is good only while its workspace
// lists it.
func (s *Service) Provisioner(ctx context.Context, token string) (Provisioner, error) {
	refused := apierr.New(apierr.Unauthenticated, "This is no provisioning token, or it was revoked: make one on the sign-in page of the settings.")
	if !strings.HasPrefix(token, provisionerPrefix) || len(token) > 64 {
		return Provisioner{}, refused
	}
	rec, _, err := load[provisionerRecord](ctx, s, provisionerKey(hashToken(token)))
	if err != nil {
		return Provisioner{}, notFoundIs(err, refused)
	}
	if _, _, err := load[provisionerRecord](ctx, s, provisionersKey(rec.WorkspaceID, rec.ID)); err != nil {
		return Provisioner{}, notFoundIs(err, refused)
	}
	if _, err := s.workspace(ctx, rec.WorkspaceID); err != nil {
		return Provisioner{}, notFoundIs(err, refused)
	}
	rec.Provisioner.WorkspaceID = rec.WorkspaceID
	return rec.Provisioner, nil
}

// Member is one of the workspace in the context, or table.ErrNotFound.
func (s *Service) Member(ctx context.Context, userID string) (Member, error) {
	workspace, err := tenant.From(ctx)
	if err != nil {
		return Member{}, err
	}
	if !id.Is(userID, id.User) {
		return Member{}, table.ErrNotFound
	}
	m, version, err := load[Member](ctx, s, memberKey(workspace, userID))
	m.Version = version
	return m, err
}

// MemberByEmail finds a member of the workspace in the context by the address that
// they sign in with, or gives table.ErrNotFound: whoever is none is not told of.
func (s *Service) MemberByEmail(ctx context.Context, email string) (Member, error) {
	email, err := normalEmail(email)
	if err != nil {
		return Member{}, errors.Join(table.ErrNotFound, err)
	}
	workspace, err := tenant.From(ctx)
	if err != nil {
		return Member{}, err
	}
	// One that is known here only comes first, as when its owner signs in.
	ref, _, err := load[emailRecord](ctx, s, managedKey(workspace, email))
	if err == nil {
		return s.Member(ctx, ref.UserID)
	}
	if !errors.Is(err, table.ErrNotFound) {
		return Member{}, err
	}
	user, err := s.byEmail(ctx, email)
	if err != nil {
		return Member{}, err
	}
	return s.Member(ctx, user.ID) // no user has no id, and is no member
}
