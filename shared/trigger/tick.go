package trigger

import (
	"context"
	"encoding/json"
	"time"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
)

// Tick is what a Scheduler calls when a clock's time has come. It may be called
// any number of times for one time, and late: see Missed. An error is a passing
// one: call again.
func (s *Service) Tick(ctx context.Context, in Tick) error {
	ctx = tenant.With(ctx, in.Workspace)
	t, err := s.load(ctx, in.Trigger)
	if err != nil && apierr.CodeOf(err) != apierr.NotFound {
		return err
	}
	if err != nil || t.Type != TypeSchedule || !t.Enabled || t.clock(in.Workspace).Revision != in.Revision {
		// The clock of an older trigger, or one that should not go any more.
		s.rearrange(ctx, in.Trigger)
		return nil
	}
	cron, err := ParseCron(t.Cron, t.Timezone)
	if err != nil {
		return err
	}
	at := in.At.UTC().Truncate(time.Minute)
	data, err := json.Marshal(map[string]any{"scheduledAt": at})
	if err != nil {
		return err
	}
	f := firing{
		delivery: newDelivery(t.ID, "schedule:"+at.Format(time.RFC3339), at, kept), cond: table.Absent(),
		event: seen{ID: "schedule:" + at.Format(time.RFC3339), Name: scheduled, Time: at, Data: data},
	}
	if why := missed(t.Missed, cron, at, s.now()); why != "" {
		f.delivery.Status, f.delivery.Detail = Skipped, why
		ctx = acting(ctx, t.ID)
		_, err := s.close(ctx, f, audit.Entry{Action: "trigger.skip", Resource: t.ID, Message: why, Details: map[string]any{"scheduledAt": at}})
		return err
	}
	_, err = s.fire(ctx, t, f)
	return err
}

// missed says why a firing does not run, "" where it does.
func missed(policy Missed, c Cron, at, now time.Time) string {
	late := now.Sub(at)
	switch {
	case late <= grace:
		return ""
	case policy == MissedSkip:
		return "Its time passed while nothing could run."
	case late > makeUp:
		return "Its time passed more than a day ago."
	case !c.Next(at).After(now):
		return "Its time passed while nothing could run; a later one makes up for it."
	}
	return ""
}

// rearrange has a clock brought in step, here or by who can.
func (s *Service) rearrange(ctx context.Context, tid string) {
	d, op, err := promise(ctx, dueClock, tid)
	if err == nil {
		_, err = s.store.Put(tenant.WithSystem(ctx), op.Item, op.If)
	}
	if err != nil {
		s.log.WarnContext(ctx, "a clock that should not go is left; its next firing tries again", "trigger", tid, "err", err)
		return
	}
	s.keep(outside(ctx), d)
}
