// Package triggers opens triggers without clock and bus: what is to be told or
// arranged is promised in the table, and done by a function that has them.
package triggers

import (
	"github.com/apiq/apiq/functions/internal/base"
	"github.com/apiq/apiq/shared/quota"
	"github.com/apiq/apiq/shared/trigger"
)

// Open opens triggers. Ports may be given to them afterwards.
func Open(b *base.Base) *trigger.Service {
	return trigger.New(b.Store, b.Trail, b.Sealer, &trigger.Options{Room: b.Quotas.Room(quota.Triggers), Log: b.Log})
}
