package identity

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/id"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
)

const erasingPK = "ERASING"

func erasingKey(usr string) table.Key     { return table.Key{PK: erasingPK, SK: usr} }
func erasureKey(erasure string) table.Key { return table.Key{PK: "ERASURE#" + erasure, SK: "0"} }
func pastKey(usr, wsp string) table.Key   { return table.Key{PK: "USER#" + usr, SK: "PAST#" + wsp} }

// Erasure is the proof that an account was erased. It names nobody: who was erased
// has its id, and the id of the account is in no other record but the trails'.
type Erasure struct {
	ID          string    `json:"id"`
	RequestedAt time.Time `json:"requestedAt"`
	// ErasedAt is when all was gone; zero while that goes on.
	ErasedAt time.Time `json:"erasedAt,omitzero"`
	// Records counts what was deleted, by kind; Trail in how many audit records the
	// name and addresses were erased; Workspaces in how many workspaces.
	Records    map[string]int `json:"records"`
	Trail      int            `json:"trail"`
	Workspaces int            `json:"workspaces"`
}

// erasing is what is still to be done of an erasure. It goes with it.
type erasing struct {
	Erasure    string   `json:"erasure"`
	Workspaces []string `json:"workspaces"`
}

// account reads the person's account for what concerns all of it. Who came by a
// workspace's own sign-in has that only where the account is the workspace's too.
func (s *Service) account(ctx context.Context, p Principal) (userRecord, error) {
	u, err := s.user(ctx, p.UserID)
	if err == nil && u.Managed != p.Bound() {
		err = p.free("")
	}
	return u, err
}

// EraseAccount ends a person's account at once, with all sessions and memberships, and
// has everything else that is held on them erased within minutes. What they made in
// workspaces is those workspaces' and stays, under an id that leads to nobody.
func (s *Service) EraseAccount(ctx context.Context, p Principal) (Erasure, error) {
	u, err := s.account(ctx, p)
	if err != nil {
		return Erasure{}, err
	}
	all, err := s.memberships(ctx, u)
	if err != nil {
		return Erasure{}, err
	}
	todo := erasing{Erasure: id.New(id.Erasure)}
	for _, m := range all {
		owner, err := s.ownerOf(tenant.With(ctx, m.Workspace.ID), m.Workspace)
		if err != nil {
			return Erasure{}, err
		}
		if owner == u.ID && m.Workspace.DeleteAt == nil {
			return Erasure{}, apierr.Newf(apierr.Conflict, "You own the workspace %q. Hand it to another admin, or delete it, first.", m.Workspace.Name)
		}
		todo.Workspaces = append(todo.Workspaces, m.Workspace.ID)
	}
	for item, err := range s.store.All(tenant.WithSystem(ctx), table.Query{PK: "USER#" + u.ID, Prefix: "PAST#"}) {
		if err != nil {
			return Erasure{}, err
		}
		todo.Workspaces = append(todo.Workspaces, strings.TrimPrefix(item.SK, "PAST#"))
	}
	proof := Erasure{ID: todo.Erasure, RequestedAt: s.now().UTC().Truncate(time.Second), Records: map[string]int{}}
	address := emailKey(u.Email)
	if u.Managed != "" {
		address = managedKey(u.Managed, u.Email)
	}
	ops := []table.Op{table.Global(table.Delete(userKey(u.ID), table.IfVersion(u.Version))), table.Global(table.Delete(address, table.Always())),
		table.Global(table.Delete(memberKey(p.WorkspaceID, u.ID), table.Always()))}
	for key, v := range map[table.Key]any{erasingKey(u.ID): todo, erasureKey(proof.ID): proof} {
		op, err := put(key, v, table.Always(), noExpiry)
		if err != nil {
			return Erasure{}, err
		}
		ops = append(ops, op)
	}
	err = s.endSessions(ctx, u.ID, "", func(sessions []table.Op) error {
		return s.trail.Commit(ctx, append(ops, sessions...), audit.Entry{Action: "user.erase", Resource: u.ID, Level: audit.Warn, Message: "erased their account"})
	})
	return proof, err
}

// Erasure tells how an erasure stands, to whoever knows its id.
func (s *Service) Erasure(ctx context.Context, erasureID string) (Erasure, error) {
	gone := apierr.New(apierr.NotFound, "There is no such erasure.")
	if !id.Is(erasureID, id.Erasure) {
		return Erasure{}, gone
	}
	e, _, err := load[Erasure](ctx, s, erasureKey(erasureID))
	return e, notFoundIs(err, gone)
}

// ResumeErasures does what is left of erasures. It may be repeated, and goes on where
// it was cut off. gone is told of each before its last step, perhaps more than once.
func (d *Directory) ResumeErasures(ctx context.Context, trail *audit.Trail, now time.Time, gone func(context.Context, Gone) error) error {
	var faults []error
	for item, err := range d.store.All(tenant.WithSystem(ctx), table.Query{PK: erasingPK}) {
		if err != nil {
			return errors.Join(append(faults, err)...)
		}
		var todo erasing
		if err := item.Decode(&todo); err != nil {
			return err
		}
		faults = append(faults, d.erase(ctx, trail, item.SK, todo, now, gone))
	}
	return errors.Join(faults...)
}

// erase deletes what the installation's records hold of a person: whatever is under
// their id, and whatever says that it is theirs.
func (d *Directory) erase(ctx context.Context, trail *audit.Trail, userID string, todo erasing, now time.Time, gone func(context.Context, Gone) error) error {
	ctx = tenant.WithSystem(ctx)
	proof, version, err := table.GetJSON[Erasure](ctx, d.store, erasureKey(todo.Erasure))
	if err != nil {
		return err
	}
	for _, workspaceID := range todo.Workspaces { // what they own is passed on
		note, err := put(leavingKey(workspaceID, userID), leaving{At: now.UTC()}, table.Always(), noExpiry)
		if err != nil {
			return err
		}
		if _, err := d.store.Put(ctx, note.Item, table.Always()); err != nil {
			return err
		}
	}
	theirs := `"userId":"` + userID + `"`
	for item, err := range d.store.Walk(ctx) {
		if err != nil {
			return err
		}
		kind, _, _ := strings.Cut(item.PK, "#")
		if item.Key == erasingKey(userID) || kind == "AUD" || kind == "AUDHEAD" || kind == "DELETIONS" || kind == leavingPK {
			continue
		}
		if strings.Contains(item.PK+"\n"+item.SK, userID) || strings.Contains(string(item.Data), theirs) {
			if err := d.store.Delete(ctx, item.Key, table.Always()); err != nil {
				return err
			}
			proof.Records[kind]++
		}
	}
	for _, workspaceID := range append(todo.Workspaces, tenant.System) {
		n, err := trail.Erase(tenant.With(ctx, workspaceID), userID)
		if err != nil {
			return err
		}
		proof.Trail += n
	}
	proof.Workspaces, proof.ErasedAt = len(todo.Workspaces), now.UTC().Truncate(time.Second)
	done, err := put(erasureKey(proof.ID), proof, table.IfVersion(version), noExpiry)
	if err != nil {
		return err
	}
	if err := gone(ctx, Gone{GoneAccount, userID, proof.ErasedAt}); err != nil {
		return err
	}
	return trail.Commit(ctx, []table.Op{done, table.Global(table.Delete(erasingKey(userID), table.Always()))}, audit.Entry{Action: "user.erased", Resource: proof.ID, Details: proof})
}
