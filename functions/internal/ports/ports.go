// Package ports opens the clocks and the bus of triggers on EventBridge.
package ports

import (
	"github.com/apiq/apiq/functions/internal/base"
	"github.com/apiq/apiq/functions/internal/triggers"
	"github.com/apiq/apiq/shared/awsenv"
	"github.com/apiq/apiq/shared/trigger"
	"github.com/apiq/apiq/shared/trigger/eventbridge"
)

// Open opens triggers with those ports that the environment names: a bus, clocks,
// or both. What starts runs is the caller's to add.
func Open(b *base.Base, p trigger.Ports) *trigger.Service {
	t := triggers.Open(b)
	Use(b, t, p)
	return t
}

// Use gives triggers their ports, with those that the environment names.
func Use(b *base.Base, t *trigger.Service, p trigger.Ports) {
	e := b.Env
	if e.Bus != "" {
		p.Bus = eventbridge.NewBus(eventbridge.NewBusClient(b.AWS, awsenv.Endpoint(e.EndpointEvents)), e.Bus, nil)
	}
	if e.ScheduleGroup != "" {
		p.Scheduler = eventbridge.NewScheduler(eventbridge.NewSchedulerClient(b.AWS, awsenv.Endpoint(e.EndpointScheduler)),
			eventbridge.Clocks{Group: e.ScheduleGroup, Target: e.ScheduleTarget, Role: e.ScheduleRole, DeadLetters: e.ScheduleDeadLetters})
	}
	t.Use(p)
}
