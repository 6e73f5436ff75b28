// Command event-schedule fires a trigger whose time has come: EventBridge Scheduler
// invokes it with a tick.
package main

import (
	"context"

	"github.com/apiq/apiq/functions/internal/base"
	"github.com/apiq/apiq/functions/internal/launching"
	"github.com/apiq/apiq/shared/trigger"
)

func main() {
	base.Main(launching.Firing(func(ctx context.Context, t *trigger.Service, tick trigger.Tick) error { return t.Tick(ctx, tick) }))
}
