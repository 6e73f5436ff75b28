package identity

import (
	"context"
	"errors"

	"github.com/apiq/apiq/shared/id"
	"github.com/apiq/apiq/shared/route"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
)

// pkWorkspaces is the partition of the index that lists every workspace by its id.
const pkWorkspaces = "WORKSPACES"

// workspaceItem is the item of a workspace, listed.
func workspaceItem(w Workspace) (table.Item, error) {
	item, err := table.JSONItem(workspaceKey(w.ID), w)
	item.Index = listed(w.ID)
	return item, err
}

func listed(workspaceID string) map[string]table.Key {
	return map[string]table.Key{table.Index1: {PK: pkWorkspaces, SK: workspaceID}}
}

// Directory enumerates the workspaces, for what is done to all of them. The list
// is an index, which may lag: a workspace made a moment ago may be missing.
type Directory struct{ store *table.Store }

// NewDirectory makes a Directory over the system records.
func NewDirectory(store *table.Store) *Directory { return &Directory{store} }

// Standing implements access.Members: the role of an active member of the workspace in
// the context.
func (d *Directory) Standing(ctx context.Context, userID string) (route.Role, error) {
	workspace, err := tenant.From(ctx)
	if err != nil {
		return "", err
	}
	m, _, err := table.GetJSON[Member](tenant.WithSystem(ctx), d.store, memberKey(workspace, userID))
	if errors.Is(err, table.ErrInvalid) || err == nil && !m.Active {
		err = table.ErrNotFound
	}
	return m.Role, err
}

// Workspaces returns at most limit ids of workspaces, in their order, behind the
// one named after ("" from the start), and the id to go on from, "" at the end.
func (d *Directory) Workspaces(ctx context.Context, after string, limit int) (ids []string, next string, err error) {
	// The bound is inclusive: it gives the one named after as well.
	q := table.Query{Index: table.Index1, PK: pkWorkspaces, From: after, Limit: min(limit+1, table.MaxQueryLimit)}
	for item, err := range d.store.All(tenant.WithSystem(ctx), q) {
		switch workspaceID := item.Index[table.Index1].SK; {
		case err != nil:
			return nil, "", err
		case workspaceID == after:
		case len(ids) == limit:
			return ids, next, nil
		default:
			ids, next = append(ids, workspaceID), workspaceID
		}
	}
	return ids, "", nil
}

// Enlist puts a workspace that was made before there was a list into it, and says
// whether it had to. Whatever else has an id is passed over.
func (d *Directory) Enlist(ctx context.Context, workspaceID string) (bool, error) {
	if !id.Is(workspaceID, id.Workspace) {
		return false, nil
	}
	enlisted := false
	_, err := table.ModifyItem(tenant.WithSystem(ctx), d.store, workspaceKey(workspaceID), func(item *table.Item) error {
		if enlisted = item.Index[table.Index1] != listed(workspaceID)[table.Index1]; !enlisted {
			return errListed
		}
		item.Index = listed(workspaceID)
		return nil
	})
	if errors.Is(err, errListed) || errors.Is(err, table.ErrNotFound) { // no workspace: the rest of one
		return false, nil
	}
	return enlisted, err
}

var errListed = errors.New("identity: listed already")
