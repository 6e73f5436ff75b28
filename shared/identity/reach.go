package identity

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/apiq/apiq/shared/route"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
)

// Reach returns the confirmed addresses of at most so many active members of the
// workspace in the context who are meant by one of these names: ids, e-mails or roles.
// Auditors decide nothing, so none is meant; an address that nobody has confirmed may be
// a stranger's, and who wants no letters gets none.
func (d *Directory) Reach(ctx context.Context, names []string, most int) ([]string, error) {
	workspace, err := tenant.From(ctx)
	if err != nil || len(names) == 0 {
		return nil, err
	}
	ctx = tenant.WithSystem(ctx)
	var all []string
	for item, err := range d.store.All(ctx, table.Query{PK: "MEMBERS#" + workspace}) {
		if err != nil {
			return nil, err
		}
		var m Member
		if err := item.Decode(&m); err != nil {
			return nil, err
		}
		meant := slices.ContainsFunc(names, func(n string) bool {
			return n == m.ID || strings.EqualFold(n, m.Email) || n == string(m.Role)
		})
		if !m.Active || m.Role == route.RoleAuditor || !meant {
			continue
		}
		user, _, err := table.GetJSON[userRecord](ctx, d.store, userKey(m.ID))
		if err != nil && !errors.Is(err, table.ErrNotFound) {
			return nil, err
		}
		if !user.EmailVerified || user.Quiet {
			continue
		}
		if all = append(all, user.Email); len(all) == most {
			break
		}
	}
	return all, nil
}
