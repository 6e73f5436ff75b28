package identity

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
)

// closingPK lists the workspaces that wait for their deletion, so that upkeep need not
// look at all others.
const closingPK = "CLOSING"

func closingKey(wsp string) table.Key         { return table.Key{PK: closingPK, SK: wsp} }
func deletionKey(owner, wsp string) table.Key { return table.Key{PK: deletionsPK(owner), SK: wsp} }
func deletionsPK(owner string) string         { return "DELETIONS#" + owner }

// Deletion is the proof that a workspace was deleted: what is kept of it, and by its
// owner, who may have gone meanwhile. It holds no name and nothing of its content.
type Deletion struct {
	WorkspaceID string    `json:"workspaceId"`
	OwnerID     string    `json:"ownerId"`
	RequestedBy string    `json:"requestedBy"`
	RequestedAt time.Time `json:"requestedAt"`
	DeletedAt   time.Time `json:"deletedAt"`
	// Items counts what the table had of it, Objects and Bytes what the blob store had,
	// each by kind; System what the records of the whole installation said of it.
	Items   map[string]int `json:"items"`
	Objects map[string]int `json:"objects"`
	Bytes   int64          `json:"bytes"`
	System  map[string]int `json:"system"`
	// Keys are the ids of the data keys that were dropped, KeysHash what secret.Shredded
	// says of them: copies of sealed values name the key that they lie under.
	Keys     []string `json:"keys"`
	KeysHash string   `json:"keysHash"`
	// Trail is where its audit chains ended: an exported or archived copy that ends there
	// is whole.
	Trail []audit.End `json:"trail"`
	// Hash is SHA-256, in hexadecimal, over this record's JSON without it.
	Hash string `json:"hash"`
}

// closed is the answer while a workspace waits for its deletion.
func closed(w Workspace) error {
	return apierr.Newf(apierr.Conflict, "This workspace will be deleted on %s and changes no more. Its owner can restore it until then.", w.DeleteAt.Format("2 January 2006, 15:04 MST"))
}

// CloseWorkspace begins the deletion of the workspace that the person is in and owns:
// from now on it can be read and not changed, nothing starts in it any more, and when
// its grace time is over, upkeep deletes all of it. The name says that it is meant.
func (s *Service) CloseWorkspace(ctx context.Context, p Principal, workspaceID, name string) (Workspace, error) {
	w, err := s.owned(ctx, p, workspaceID)
	if err != nil {
		return Workspace{}, err
	}
	if w.DeleteAt != nil {
		return Workspace{}, closed(w)
	}
	if strings.TrimSpace(name) != w.Name {
		return Workspace{}, problem("query.confirm", "confirm", "Give the workspace's name as it is, to say that you mean it.")
	}
	at := s.now().UTC().Add(s.grace).Truncate(time.Second)
	w.DeleteAt, w.ClosedBy = &at, p.UserID
	listed, err := put(closingKey(w.ID), map[string]time.Time{"deleteAt": at}, table.Always(), noExpiry)
	if err != nil {
		return Workspace{}, err
	}
	return s.keep(ctx, w, []table.Op{listed}, audit.Entry{Action: "workspace.close", Level: audit.Warn, Message: "to be deleted on " + at.Format(time.RFC3339)})
}

// RestoreWorkspace takes the deletion back while there is time. Everything is as it
// was, but for the runs that were stopped.
func (s *Service) RestoreWorkspace(ctx context.Context, p Principal, workspaceID string) (Workspace, error) {
	w, err := s.owned(ctx, p, workspaceID)
	if err != nil {
		return Workspace{}, err
	}
	if w.DeleteAt == nil || !w.DeleteAt.After(s.now()) {
		return Workspace{}, apierr.New(apierr.Conflict, "This workspace does not wait for its deletion.")
	}
	w.DeleteAt, w.ClosedBy = nil, ""
	return s.keep(ctx, w, []table.Op{table.Global(table.Delete(closingKey(w.ID), table.Always()))}, audit.Entry{Action: "workspace.restore"})
}

// Changeable refuses what would change a workspace that waits for its deletion.
func (s *Service) Changeable(ctx context.Context, p Principal) error {
	return NewDirectory(s.store).Open(tenant.With(ctx, p.WorkspaceID))
}

// Open refuses to begin anything in a workspace that waits for its deletion, or is
// gone: CONFLICT. Whoever starts runs asks it.
func (d *Directory) Open(ctx context.Context) error {
	workspaceID, err := tenant.From(ctx)
	if err != nil {
		return err
	}
	w, _, err := table.GetJSON[Workspace](tenant.WithSystem(ctx), d.store, workspaceKey(workspaceID))
	switch {
	case errors.Is(err, table.ErrNotFound):
		return apierr.New(apierr.Conflict, "This workspace is gone.")
	case err == nil && w.DeleteAt != nil:
		return closed(w)
	}
	return err
}

// Closing tells of one workspace that waits for its deletion.
type Closing struct {
	Workspace Workspace
	Due       bool
}

// Closing lists the workspaces that wait for their deletion.
func (d *Directory) Closing(ctx context.Context, now time.Time) ([]Closing, error) {
	ctx = tenant.WithSystem(ctx)
	var all []Closing
	for item, err := range d.store.All(ctx, table.Query{PK: closingPK}) {
		if err != nil {
			return nil, err
		}
		w, version, err := table.GetJSON[Workspace](ctx, d.store, workspaceKey(item.SK))
		if err != nil {
			return nil, err
		}
		if w.Version = version; w.DeleteAt != nil {
			all = append(all, Closing{Workspace: w, Due: !w.DeleteAt.After(now)})
		}
	}
	return all, nil
}

// Forget deletes what the records of the whole installation hold of a workspace, but
// for the workspace's own, which is last: memberships, sessions, invitations, tokens,
// accounts that only it knows. Whatever names its id goes; accounts stay and forget
// that their sign-in led there. It counts what went, by kind.
func (d *Directory) Forget(ctx context.Context, workspaceID string) (map[string]int, error) {
	ctx = tenant.WithSystem(ctx)
	gone, name := map[string]int{}, []byte(workspaceID)
	for item, err := range d.store.Walk(ctx) {
		if err != nil {
			return gone, err
		}
		kind, _, _ := strings.Cut(item.PK, "#")
		switch {
		case kind == "AUD" || kind == "AUDHEAD" || kind == "DELETIONS" || kind == erasingPK || kind == closingPK || item.Key == workspaceKey(workspaceID):
			continue
		case !bytes.Contains(item.Data, name) && !strings.Contains(item.PK+"\n"+item.SK, workspaceID):
			continue
		case kind == "USER" && item.SK == "0":
			left, err := d.leave(ctx, item, workspaceID)
			if err != nil {
				return gone, err
			}
			if left {
				continue
			}
		}
		if err := d.store.Delete(ctx, item.Key, table.Always()); err != nil {
			return gone, err
		}
		gone[kind]++
	}
	return gone, nil
}

// leave makes an account forget a workspace, or says that it was the workspace's own.
func (d *Directory) leave(ctx context.Context, item table.Item, workspaceID string) (left bool, err error) {
	var u userRecord
	if err := json.Unmarshal(item.Data, &u); err != nil || u.Managed == workspaceID {
		return false, err
	}
	_, _, err = table.Modify(ctx, d.store, item.Key, func(u *userRecord) error {
		if u.Workspace == workspaceID {
			u.Workspace = ""
		}
		return nil
	})
	return true, err
}

// Deleted is the last step: the workspace's own record goes, and the proof stays, in
// one transaction with the installation's record of it.
func (d *Directory) Deleted(ctx context.Context, trail *audit.Trail, w Workspace, proof Deletion) error {
	kept, err := put(deletionKey(proof.OwnerID, w.ID), proof, table.Always(), noExpiry)
	if err != nil {
		return err
	}
	ops := []table.Op{kept, table.Global(table.Delete(closingKey(w.ID), table.Always())), table.Global(table.Delete(workspaceKey(w.ID), table.IfVersion(w.Version)))}
	return trail.Commit(tenant.WithSystem(ctx), ops, audit.Entry{Action: "workspace.deleted", Resource: w.ID, Level: audit.Warn,
		Message: fmt.Sprintf("deleted a workspace; proof %s", proof.Hash), Details: map[string]string{"proof": proof.Hash}})
}

// Deletions are the proofs of the workspaces that a person owned.
func (s *Service) Deletions(ctx context.Context, p Principal) ([]Deletion, error) {
	if err := p.free(""); err != nil {
		return nil, err
	}
	all := []Deletion{}
	for item, err := range s.store.All(tenant.WithSystem(ctx), table.Query{PK: deletionsPK(p.UserID)}) {
		if err != nil {
			return nil, err
		}
		var one Deletion
		if err := json.Unmarshal(item.Data, &one); err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, nil
}
