//go:build aws

package eventbridge_test

import (
	"context"
	"os"
	"testing"

	"github.com/apiq/apiq/shared/awsenv"
	"github.com/apiq/apiq/shared/trigger"
	"github.com/apiq/apiq/shared/trigger/eventbridge"
	"github.com/apiq/apiq/shared/trigger/triggertest"
)

// account are the things of a real account that the suites use.
func account(t *testing.T, names ...string) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, name := range names {
		if out[name] = os.Getenv(name); out[name] == "" {
			t.Fatalf("%s must name a thing of the account: see docs/aws.md", name)
		}
	}
	return out
}

// tidy deletes in the end what a test has put.
type tidy struct {
	*eventbridge.Scheduler
	t *testing.T
}

func (s tidy) Put(ctx context.Context, c trigger.Clock) error {
	err := s.Scheduler.Put(ctx, c)
	if err == nil {
		s.t.Cleanup(func() {
			if err := s.Delete(context.Background(), c.Trigger); err != nil {
				s.t.Error(err)
			}
		})
	}
	return err
}

// TestSchedulerAWS runs the suite in APIQ_AWS_SCHEDULE_GROUP; what takes moving time
// is skipped there.
func TestSchedulerAWS(t *testing.T) {
	env, err := awsenv.Load(nil)
	if err != nil {
		t.Fatal(err)
	}
	a := account(t, "APIQ_AWS_SCHEDULE_GROUP", "APIQ_AWS_SCHEDULE_TARGET", "APIQ_AWS_SCHEDULE_ROLE")
	triggertest.Scheduler(t, func(t *testing.T, _ func(context.Context, trigger.Tick) error) triggertest.Scheduled {
		s := eventbridge.NewScheduler(eventbridge.NewSchedulerClient(env.AWS(), nil), eventbridge.Clocks{
			Group: a["APIQ_AWS_SCHEDULE_GROUP"], Target: a["APIQ_AWS_SCHEDULE_TARGET"], Role: a["APIQ_AWS_SCHEDULE_ROLE"]})
		return triggertest.Scheduled{Scheduler: tidy{s, t}}
	})
}

// TestBusAWS runs the suite on APIQ_AWS_BUS; what is published is not seen again there.
func TestBusAWS(t *testing.T) {
	env, err := awsenv.Load(nil)
	if err != nil {
		t.Fatal(err)
	}
	a := account(t, "APIQ_AWS_BUS")
	triggertest.Bus(t, func(*testing.T, func(context.Context, trigger.Event) error) triggertest.Bussed {
		return triggertest.Bussed{Bus: eventbridge.NewBus(eventbridge.NewBusClient(env.AWS(), nil), a["APIQ_AWS_BUS"], nil)}
	})
}
