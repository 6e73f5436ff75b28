// Package rotation opens what keeps data keys young, with all that keeps sealed
// values or, for routes, without.
package rotation

import (
	"time"

	"github.com/apiq/apiq/functions/internal/base"
	"github.com/apiq/apiq/shared/audit/sink"
	"github.com/apiq/apiq/shared/connection"
	"github.com/apiq/apiq/shared/grant"
	"github.com/apiq/apiq/shared/identity"
	"github.com/apiq/apiq/shared/limit/bucket"
	"github.com/apiq/apiq/shared/signin"
	"github.com/apiq/apiq/shared/signin/keypair"
	"github.com/apiq/apiq/shared/trigger"
	"github.com/apiq/apiq/shared/upkeep"
)

// sweepDelay: other processes seal under the key before for as long as they remember it.
const sweepDelay = 5 * time.Minute

// Open opens it for who sweeps.
func Open(b *base.Base, connections *connection.Service, triggers *trigger.Service) (*upkeep.Rotation, error) {
	limiter, err := bucket.New(b.Store, nil)
	if err != nil {
		return nil, err
	}
	people, err := identity.New(b.Store, b.Trail, b.Sealer, limiter, nil)
	if err != nil {
		return nil, err
	}
	grants := grant.New(b.Store, b.Trail, b.Sealer, connections, nil, nil) // it asks nobody
	return open(b, upkeep.Holders{Connections: connections, Grants: grants, Triggers: triggers, SignIns: signin.New(b.Store, b.Trail, b.Sealer, people, nil, nil),
		SignInKeys: keypair.New(b.Store, b.Sealer), Sinks: sink.New(b.Store, b.Trail, b.Sealer, nil, nil, nil), Sessions: people}), nil
}

// Records opens it for who tells of keys and makes new ones; event-resume sweeps.
func Records(b *base.Base) *upkeep.Rotation { return open(b, upkeep.Holders{}) }

func open(b *base.Base, holders upkeep.Holders) *upkeep.Rotation {
	return upkeep.NewRotation(identity.NewDirectory(b.Store), b.Sealer, holders, b.Trail, b.Store, &upkeep.RotationOptions{SweepDelay: sweepDelay})
}
