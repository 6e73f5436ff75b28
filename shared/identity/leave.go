package identity

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/apiq/apiq/shared/route"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
)

// leavingPK lists members who have left, or were switched off, and whose things are still
// to be passed on. A note is written with what ends the membership.
const leavingPK = "LEAVING"

func leavingKey(wsp, usr string) table.Key { return table.Key{PK: leavingPK, SK: wsp + "#" + usr} }

// leaving is such a note.
type leaving struct {
	At time.Time `json:"at"`
	// Heir is who an admin named; empty for the workspace's owner.
	Heir string `json:"heir,omitempty"`
}

// leaves is the operation that has what a member owns passed on.
func (s *Service) leaves(workspace, userID, heir string) (table.Op, error) {
	op, err := put(leavingKey(workspace, userID), leaving{At: s.now().UTC(), Heir: heir}, table.Always(), noExpiry)
	return table.Global(op), err
}

// mayInherit refuses whom nothing can be passed on to. Empty is the workspace's owner.
func (s *Service) mayInherit(ctx context.Context, userID, heir string) error {
	if heir == "" {
		return nil
	}
	m, err := s.Member(ctx, heir)
	if err != nil && !errors.Is(err, table.ErrNotFound) {
		return err
	}
	if err != nil || !m.Active || m.Role == route.RoleAuditor || heir == userID {
		return problem("/passTo", "member", "Name another active member who is no auditor.")
	}
	return nil
}

// Estate is something that members own: connections, workflows.
type Estate interface {
	// PassOn hands what a member owned to heir, "" for nobody, in the workspace of the
	// context. It may be repeated.
	PassOn(ctx context.Context, userID, heir string) error
}

// ResumeLeaving passes on what members who have left owned. It may be repeated, and goes
// on where it was cut off. Who is back by then keeps what is theirs.
func (d *Directory) ResumeLeaving(ctx context.Context, estates ...Estate) error {
	var faults []error
	for item, err := range d.store.All(tenant.WithSystem(ctx), table.Query{PK: leavingPK}) {
		if err != nil {
			return errors.Join(append(faults, err)...)
		}
		var note leaving
		if err := item.Decode(&note); err != nil {
			return err
		}
		if err := d.passOn(ctx, item, note, estates); err != nil {
			faults = append(faults, fmt.Errorf("pass on %s: %w", item.SK, err))
		}
	}
	return errors.Join(faults...)
}

func (d *Directory) passOn(ctx context.Context, item table.Item, note leaving, estates []Estate) error {
	workspace, userID, _ := strings.Cut(item.SK, "#")
	inside := tenant.WithActor(tenant.With(ctx, workspace), tenant.Actor{ID: "system"})
	heir, err := d.heir(inside, workspace, userID, note.Heir)
	if err != nil && !errors.Is(err, errNoHeir) {
		return err
	}
	if err == nil {
		for _, e := range estates {
			if err := e.PassOn(inside, userID, heir); err != nil {
				return err
			}
		}
	}
	err = d.store.Delete(tenant.WithSystem(ctx), item.Key, table.IfVersion(item.Version))
	if errors.Is(err, table.ErrCondition) {
		return nil // they left once more: that has its own turn
	}
	return err
}

// errNoHeir: the member is back, or the workspace is gone.
var errNoHeir = errors.New("identity: nothing is passed on")

// heir is who gets what a member owned: whom an admin named, else the workspace's owner,
// else one of its admins.
func (d *Directory) heir(ctx context.Context, workspace, userID, named string) (string, error) {
	if _, err := d.Standing(ctx, userID); !errors.Is(err, table.ErrNotFound) {
		return "", errors.Join(errNoHeir, err)
	}
	w, _, err := table.GetJSON[Workspace](tenant.WithSystem(ctx), d.store, workspaceKey(workspace))
	if errors.Is(err, table.ErrNotFound) {
		return "", errNoHeir
	}
	if err != nil {
		return "", err
	}
	for _, one := range []string{named, w.OwnerID} {
		if one == "" {
			continue
		}
		role, err := d.Standing(ctx, one)
		if err == nil && role != route.RoleAuditor {
			return one, nil
		}
		if err != nil && !errors.Is(err, table.ErrNotFound) {
			return "", err
		}
	}
	for item, err := range d.store.All(tenant.WithSystem(ctx), table.Query{PK: "MEMBERS#" + workspace}) {
		if err != nil {
			return "", err
		}
		var m Member
		if err := item.Decode(&m); err != nil {
			return "", err
		}
		if admin(m) {
			return m.ID, nil
		}
	}
	return "", nil
}
