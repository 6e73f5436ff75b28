package identity

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/apiq/apiq/shared/id"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
)

// What is erased for good.
const (
	GoneWorkspace = "workspace"
	GoneAccount   = "account"
)

// Gone says of a workspace or an account that it was erased for good. It holds no name,
// so that it may be kept where the data is not.
type Gone struct {
	Kind string    `json:"kind"`
	ID   string    `json:"id"`
	At   time.Time `json:"at"`
}

// EraseAgain begins the erasure of what was erased before, and came back with an older
// copy of the records. It gives how many there are; upkeep carries them out. What is not
// there is passed over, and what is erased already is not begun twice.
func (d *Directory) EraseAgain(ctx context.Context, all []Gone, now time.Time) (begun int, err error) {
	ctx = tenant.WithSystem(ctx)
	for _, g := range all {
		var again bool
		var err error
		switch g.Kind {
		case GoneWorkspace:
			again, err = d.closeAgain(ctx, g.ID, now)
		case GoneAccount:
			again, err = d.eraseAccountAgain(ctx, g.ID, now)
		}
		if err != nil {
			return begun, err
		}
		if again {
			begun++
		}
	}
	return begun, nil
}

func (d *Directory) closeAgain(ctx context.Context, workspaceID string, now time.Time) (bool, error) {
	w, version, err := table.GetJSON[Workspace](ctx, d.store, workspaceKey(workspaceID))
	if errors.Is(err, table.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	at := now.UTC().Add(-time.Second).Truncate(time.Second)
	w.DeleteAt = &at
	if w.ClosedBy == "" {
		w.ClosedBy = w.OwnerID
	}
	kept, err := put(workspaceKey(w.ID), w, table.IfVersion(version), noExpiry)
	if err != nil {
		return false, err
	}
	listed, err := put(closingKey(w.ID), map[string]time.Time{"deleteAt": at}, table.Always(), noExpiry)
	if err != nil {
		return false, err
	}
	return true, d.store.Transact(ctx, []table.Op{kept, listed})
}

func (d *Directory) eraseAccountAgain(ctx context.Context, userID string, now time.Time) (bool, error) {
	_, err := d.store.Get(ctx, userKey(userID))
	if errors.Is(err, table.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	todo := erasing{Erasure: id.New(id.Erasure)}
	for item, err := range d.store.Walk(ctx) {
		if err != nil {
			return false, err
		}
		if workspaceID, ok := strings.CutPrefix(item.PK, "MEMBERS#"); ok && item.SK == userID {
			todo.Workspaces = append(todo.Workspaces, workspaceID)
		}
		if workspaceID, ok := strings.CutPrefix(item.SK, "PAST#"); ok && item.PK == userKey(userID).PK {
			todo.Workspaces = append(todo.Workspaces, workspaceID)
		}
	}
	proof, err := put(erasureKey(todo.Erasure), Erasure{ID: todo.Erasure, RequestedAt: now.UTC().Truncate(time.Second), Records: map[string]int{}}, table.Always(), noExpiry)
	if err != nil {
		return false, err
	}
	begin, err := put(erasingKey(userID), todo, table.Absent(), noExpiry)
	if err != nil {
		return false, err
	}
	err = d.store.Transact(ctx, []table.Op{begin, proof})
	if errors.Is(err, table.ErrCondition) {
		return true, nil // it was under way when the copy was made
	}
	return true, err
}
