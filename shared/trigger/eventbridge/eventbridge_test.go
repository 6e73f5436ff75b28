package eventbridge_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/apiq/apiq/infra/awstest/events"
	"github.com/apiq/apiq/shared/id"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/trigger"
	"github.com/apiq/apiq/shared/trigger/eventbridge"
	"github.com/apiq/apiq/shared/trigger/triggertest"
)

const (
	group  = "apiq-test-triggers"
	target = "arn:aws:lambda:eu-central-1:000000000000:function:apiq-event-schedule:live"
	role   = "arn:aws:iam::000000000000:role/apiq-test-clocks"
	queue  = "arn:aws:sqs:eu-central-1:000000000000:apiq-test-clocks-dead"
)

func where() eventbridge.Clocks {
	return eventbridge.Clocks{Group: group, Target: target, Role: role, DeadLetters: queue}
}

// config is that of a real client, which waits no seconds between attempts.
func config() aws.Config {
	return aws.Config{Region: "eu-central-1", Credentials: credentials.NewStaticCredentialsProvider("AKIDEXAMPLE", "secret", ""),
		Retryer: func() aws.Retryer {
			return retry.NewStandard(func(o *retry.StandardOptions) { o.MaxAttempts, o.MaxBackoff = 4, time.Millisecond })
		}}
}

// clocks opens a stand and a Scheduler on it.
func clocks(t *testing.T, o events.SchedulerOptions, fire func(context.Context, trigger.Tick) error) (*events.Scheduler, *eventbridge.Scheduler) {
	t.Helper()
	o.Began, o.Groups, o.Roles = triggertest.Began(), []string{group}, []string{role}
	o.Invoke = func(arn string, payload []byte) error {
		if arn != target {
			t.Errorf("called %s", arn)
		}
		k, err := eventbridge.ParseTick(payload)
		if err != nil {
			t.Errorf("%s: %v", payload, err)
		}
		return fire(t.Context(), k)
	}
	stand := events.NewScheduler(&o)
	endpoint := stand.Start(t)
	return stand, eventbridge.NewScheduler(eventbridge.NewSchedulerClient(config(), &endpoint), where())
}

func TestScheduler(t *testing.T) {
	t.Parallel()
	triggertest.Scheduler(t, func(t *testing.T, fire func(context.Context, trigger.Tick) error) triggertest.Scheduled {
		stand, s := clocks(t, events.SchedulerOptions{}, fire)
		return triggertest.Scheduled{Scheduler: s, Advance: func(_ *testing.T, to time.Time) { stand.Advance(to) }}
	})
}

// bus opens a stand and a Bus on it.
func bus(t *testing.T, o events.BusOptions, consume func(context.Context, trigger.Event) error) (*events.Bus, *eventbridge.Bus) {
	t.Helper()
	o.Buses = []string{"apiq-test"}
	stand := events.NewBus(&o)
	handed := func(payload []byte) error {
		e, err := eventbridge.ParseEvent(payload)
		if err != nil {
			t.Errorf("%s: %v", payload, err)
		}
		return consume(t.Context(), e)
	}
	stand.Add(events.Rule{Bus: "apiq-test", Source: eventbridge.Source, Types: []string{trigger.WebhookReceived}, Target: handed})
	stand.Add(events.Rule{Bus: "apiq-test", Source: eventbridge.Source, Except: []string{trigger.WebhookReceived}, Target: handed})
	endpoint := stand.Start(t)
	return stand, eventbridge.NewBus(eventbridge.NewBusClient(config(), &endpoint), "apiq-test", &eventbridge.BusOptions{Pause: time.Millisecond})
}

func TestBus(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]events.BusOptions{"once": {}, "live": {Live: true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			triggertest.Bus(t, func(t *testing.T, consume func(context.Context, trigger.Event) error) triggertest.Bussed {
				stand, b := bus(t, o, consume)
				return triggertest.Bussed{Bus: b, Settle: func(*testing.T) { stand.Settle() }}
			})
		})
	}
}

func someClock() trigger.Clock {
	return trigger.Clock{Trigger: id.New(id.Trigger), Workspace: id.New(id.Workspace), Cron: "30 10 13 * 1", Timezone: "UTC", Revision: "r", Keep: time.Hour}
}

// TestFaults: a service that throttles, fails or loses answers; what was asked for
// is there in the end, once.
func TestFaults(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]events.Fault{
		"throttled": {Status: 429, Code: "ThrottlingException"}, "failing": {Status: 500, Code: "InternalServerException"}, "lost": {Lost: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var n atomic.Int64
			stand, s := clocks(t, events.SchedulerOptions{Fault: func(string) events.Fault {
				if n.Add(1)%3 == 1 {
					return fault
				}
				return events.Fault{}
			}}, func(context.Context, trigger.Tick) error { return nil })
			c := someClock()
			for range 2 {
				if err := s.Put(t.Context(), c); err != nil {
					t.Fatal(err)
				}
				if have := stand.Names(group); !slices.Equal(have, []string{c.Trigger, c.Trigger + "-week"}) {
					t.Fatalf("%v", have)
				}
			}
			for range 2 {
				if err := s.Delete(t.Context(), c.Trigger); err != nil {
					t.Fatal(err)
				}
			}
			if have := stand.Names(group); len(have) != 0 {
				t.Errorf("%v", have)
			}
		})
	}
}

// TestOut: a service that stays out is a passing error, and refusals are not.
func TestOut(t *testing.T) {
	t.Parallel()
	_, s := clocks(t, events.SchedulerOptions{Fault: func(string) events.Fault { return events.Fault{Status: 503, Code: "ServiceUnavailable"} }}, nil)
	if err := s.Put(t.Context(), someClock()); !errors.Is(err, table.ErrThrottled) || errors.Is(err, trigger.ErrClock) {
		t.Errorf("Put: %v", err)
	}
	if err := s.Delete(t.Context(), id.New(id.Trigger)); !errors.Is(err, table.ErrThrottled) {
		t.Errorf("Delete: %v", err)
	}
	e := trigger.Event{ID: "1", Name: "x", Workspace: "w", Data: []byte("{}")}
	for code, passing := range map[string]bool{"ThrottlingException": true, "InternalFailure": true, "NotAuthorizedForSourceException": false} {
		var tries atomic.Int64
		_, b := bus(t, events.BusOptions{Fault: func() events.Fault { tries.Add(1); return events.Fault{Entry: code} }}, nil)
		err := b.Publish(t.Context(), e)
		if err == nil || errors.Is(err, table.ErrThrottled) != passing || errors.Is(err, trigger.ErrEvent) || (tries.Load() > 1) != passing {
			t.Errorf("%s: %v after %d tries", code, err, tries.Load())
		}
	}
	_, b := bus(t, events.BusOptions{Fault: func() events.Fault { return events.Fault{Status: 503, Code: "ServiceUnavailable"} }}, nil)
	if err := b.Publish(t.Context(), e); !errors.Is(err, table.ErrThrottled) {
		t.Errorf("Publish: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := b.Publish(ctx, e); !errors.Is(err, context.Canceled) {
		t.Errorf("Publish, cancelled: %v", err)
	}
}

// TestEntryTriedAgain: an entry that is not taken with its request is put again.
func TestEntryTriedAgain(t *testing.T) {
	t.Parallel()
	var n atomic.Int64
	var got []trigger.Event
	stand, b := bus(t, events.BusOptions{Twice: true, Fault: func() events.Fault {
		if n.Add(1) < 3 {
			return events.Fault{Entry: "ThrottlingException"}
		}
		return events.Fault{}
	}}, func(_ context.Context, e trigger.Event) error { got = append(got, e); return nil })
	if err := b.Publish(t.Context(), trigger.Event{ID: "1", Name: "x", Workspace: "w", Data: []byte(`{"a":"<b>"}`)}); err != nil {
		t.Fatal(err)
	}
	stand.Settle()
	if stand.Taken() != 1 || len(got) != 2 || got[0].ID != "1" || string(got[1].Data) != `{"a":"<b>"}` {
		t.Errorf("%d taken, %+v", stand.Taken(), got)
	}
}

// TestMissing: a group, role or bus that is not there is told, and is not the
// clock's or event's fault for good where it may come to be.
func TestMissing(t *testing.T) {
	t.Parallel()
	stand := events.NewScheduler(&events.SchedulerOptions{Groups: []string{group}})
	endpoint := stand.Start(t)
	client := eventbridge.NewSchedulerClient(config(), &endpoint)
	for name, to := range map[string]eventbridge.Clocks{
		"role": where(), "group": {Group: "none", Target: target, Role: role}, "no role": {Group: group, Target: target}, "target": {Group: group, Target: "x", Role: role},
	} {
		if err := eventbridge.NewScheduler(client, to).Put(t.Context(), someClock()); err == nil {
			t.Errorf("%s: put all the same", name)
		}
	}
	b := eventbridge.NewBus(eventbridge.NewBusClient(config(), aws.String(events.NewBus(nil).Start(t))), "none", nil)
	if err := b.Publish(t.Context(), trigger.Event{ID: "1", Name: "x", Workspace: "w", Data: []byte("{}")}); err == nil {
		t.Error("a bus that is not there took an event")
	}
}

// TestDeadLetters: a tick that nobody takes ends in the queue once it is too old.
func TestDeadLetters(t *testing.T) {
	t.Parallel()
	calls := 0
	stand, s := clocks(t, events.SchedulerOptions{}, func(context.Context, trigger.Tick) error { calls++; return errors.New("out") })
	c := someClock()
	c.Cron, c.Keep = "30 10 5 1 *", 10*time.Minute
	if err := s.Put(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	stand.Advance(triggertest.Began().Add(2 * time.Hour))
	if dead := stand.Dead(); len(dead) != 1 || dead[0].Queue != queue || calls != 11 {
		t.Errorf("%d calls, %+v", calls, dead)
	}
}

// TestPayloads: what is not ours is told apart.
func TestPayloads(t *testing.T) {
	t.Parallel()
	for _, raw := range []string{``, `{}`, `[]`, `{"workspace":"w","trigger":"t"}`, `{"workspace":"w","trigger":"t","at":"<aws.scheduler.scheduled-time>"}`} {
		if k, err := eventbridge.ParseTick([]byte(raw)); err == nil {
			t.Errorf("%s: %+v", raw, k)
		}
	}
	good := `{"source":"apiq","detail-type":"x","detail":{"id":"1","name":"x","workspace":"w","data":{}}}`
	if _, err := eventbridge.ParseEvent([]byte(good)); err != nil {
		t.Error(err)
	}
	for _, raw := range []string{``, `{}`, strings.Replace(good, "apiq", "aws.s3", 1), strings.Replace(good, `"detail-type":"x"`, `"detail-type":"y"`, 1), strings.Replace(good, `"id":"1",`, "", 1)} {
		if e, err := eventbridge.ParseEvent([]byte(raw)); err == nil {
			t.Errorf("%s: %+v", raw, e)
		}
	}
}
