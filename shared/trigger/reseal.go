package trigger

import (
	"context"

	"github.com/apiq/apiq/shared/secret"
	"github.com/apiq/apiq/shared/table"
)

// Reseal implements secret.Holder for every webhook's secret of the workspace, as
// secret.ResealItems does.
func (s *Service) Reseal(ctx context.Context) (n int, err error) {
	return secret.ResealItems(ctx, s.store, s.sealer, secret.KeysOf(s.store.All(ctx, table.Query{PK: secretPK})),
		func(key table.Key) string { return "trigger " + key.SK },
		func(key table.Key, v *sealedSecret) []secret.Kept {
			return []secret.Kept{{Scope: scopeOf(key.SK), Value: &v.Sealed}}
		})
}
