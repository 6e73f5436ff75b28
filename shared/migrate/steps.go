package migrate

import (
	"context"

	"github.com/apiq/apiq/shared/identity"
	"github.com/apiq/apiq/shared/table"
)

// Tenants enumerates whoever has items in a table, in an order of its own: at most
// limit behind the one named after, none at the end. It is no part of the table's
// port: only a home whose table was there before workspaces were listed has one.
type Tenants interface {
	Tenants(ctx context.Context, after string, limit int) ([]string, error)
}

// Steps are the product's steps, in order. tenants is nil for a home that never
// had a table without the list of workspaces.
func Steps(tenants Tenants) []Step {
	return []Step{
		{Version: 1, Name: "list the workspaces", Run: listWorkspaces(tenants)},
	}
}

const tenantsPage = 100

// listWorkspaces puts the workspaces that were made before there was a list into it.
func listWorkspaces(tenants Tenants) func(context.Context, *table.Store, *Progress) error {
	return func(ctx context.Context, store *table.Store, p *Progress) error {
		if tenants == nil {
			return nil
		}
		directory := identity.NewDirectory(store)
		for {
			ids, err := tenants.Tenants(ctx, p.Cursor(), tenantsPage)
			if err != nil || len(ids) == 0 {
				return err
			}
			changed := 0
			for _, id := range ids {
				done, err := directory.Enlist(ctx, id)
				if err != nil {
					return err
				}
				if done {
					changed++
				}
			}
			if err := p.Save(ctx, ids[len(ids)-1], changed); err != nil {
				return err
			}
		}
	}
}
