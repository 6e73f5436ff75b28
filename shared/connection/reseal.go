package connection

import (
	"context"

	"github.com/apiq/apiq/shared/secret"
	"github.com/apiq/apiq/shared/table"
)

// Reseal implements secret.Holder for every credential, and every sealed address, of
// the workspace, as secret.ResealItems does.
//
// Other processes seal under the key before for up to five minutes after a rotation;
// what they seal is the next run's.
func (s *Service) Reseal(ctx context.Context) (n int, err error) {
	return secret.ResealItems(ctx, s.table, s.sealer, secret.KeysOf(s.table.All(ctx, table.Query{PK: pkCredential})),
		func(key table.Key) string { return "connection " + key.SK },
		func(key table.Key, v *sealedItem) []secret.Kept {
			return []secret.Kept{
				{Scope: secret.Scope{Resource: key.SK, Field: fieldCredential}, Value: &v.Credential},
				{Scope: secret.Scope{Resource: key.SK, Field: fieldSpecURL}, Value: &v.SpecURL},
			}
		})
}
