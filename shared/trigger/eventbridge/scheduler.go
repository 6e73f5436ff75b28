package eventbridge

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/scheduler"
	"github.com/aws/aws-sdk-go-v2/service/scheduler/types"

	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/trigger"
)

// Clocks is where schedules are kept and what they call.
type Clocks struct {
	// Group holds the schedules of triggers and nothing else. It exists.
	Group string
	// Target is the ARN of the function, or alias, that takes ticks.
	Target string
	// Role is the ARN of the role that the scheduler calls it with.
	Role string
	// DeadLetters is the ARN of the queue for ticks that were given up; "" for none.
	DeadLetters string
}

// Scheduler implements trigger.Scheduler.
type Scheduler struct {
	client *scheduler.Client
	to     Clocks
}

// NewScheduler makes a Scheduler; it calls no service.
func NewScheduler(client *scheduler.Client, to Clocks) *Scheduler {
	return &Scheduler{client: client, to: to}
}

const (
	// byWeek ends the name of a clock's second schedule.
	byWeek = "-week"
	// scheduledTime is replaced by the time of the firing, in RFC 3339 ("Adding
	// context attributes").
	scheduledTime = "<aws.scheduler.scheduled-time>"
	// maxRetries is the most that a retry policy takes; Keep ends before.
	maxRetries = 185
	// putTries bounds how often a schedule is found made or deleted by another.
	putTries = 4
)

// plan is what a clock takes in EventBridge.
func plan(c trigger.Clock) ([]string, error) {
	if c.Trigger == "" || c.Workspace == "" || c.Keep < time.Minute || c.Keep > 24*time.Hour {
		return nil, fmt.Errorf("%w: it names no trigger, or is kept for less than a minute or more than a day", trigger.ErrClock)
	}
	cron, err := trigger.ParseCron(c.Cron, c.Timezone)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", trigger.ErrClock, err)
	}
	return expressions(cron)
}

// Check implements trigger.Scheduler.
func (s *Scheduler) Check(c trigger.Clock) error {
	_, err := plan(c)
	return err
}

// Put implements trigger.Scheduler.
func (s *Scheduler) Put(ctx context.Context, c trigger.Clock) error {
	all, err := plan(c)
	if err != nil {
		return err
	}
	input, err := tickInput(c)
	if err != nil {
		return err
	}
	if err := s.put(ctx, c.Trigger, all[0], input, c); err != nil {
		return err
	}
	if len(all) > 1 {
		return s.put(ctx, c.Trigger+byWeek, all[1], input, c)
	}
	return s.delete(ctx, c.Trigger+byWeek)
}

// tickInput is a trigger.Tick with the firing's time left open. The attribute must
// stand as it is: its angle brackets are not escaped.
func tickInput(c trigger.Clock) (string, error) {
	raw, err := plain(struct {
		Workspace string `json:"workspace"`
		Trigger   string `json:"trigger"`
		Revision  string `json:"revision"`
		At        string `json:"at"`
	}{c.Workspace, c.Trigger, c.Revision, scheduledTime})
	return string(raw), err
}

// put makes a schedule or changes the one there is.
func (s *Scheduler) put(ctx context.Context, name, expression, input string, c trigger.Clock) error {
	target := &types.Target{
		Arn: &s.to.Target, RoleArn: &s.to.Role, Input: &input,
		RetryPolicy: &types.RetryPolicy{MaximumEventAgeInSeconds: aws.Int32(int32(c.Keep / time.Second)), MaximumRetryAttempts: aws.Int32(maxRetries)},
	}
	if s.to.DeadLetters != "" {
		target.DeadLetterConfig = &types.DeadLetterConfig{Arn: &s.to.DeadLetters}
	}
	window := &types.FlexibleTimeWindow{Mode: types.FlexibleTimeWindowModeOff}
	for range putTries {
		_, err := s.client.CreateSchedule(ctx, &scheduler.CreateScheduleInput{
			Name: &name, GroupName: &s.to.Group, ScheduleExpression: &expression, ScheduleExpressionTimezone: &c.Timezone,
			FlexibleTimeWindow: window, Target: target, State: types.ScheduleStateEnabled})
		if !is[*types.ConflictException](err) {
			return refused(ctx, "create schedule", err)
		}
		_, err = s.client.UpdateSchedule(ctx, &scheduler.UpdateScheduleInput{
			Name: &name, GroupName: &s.to.Group, ScheduleExpression: &expression, ScheduleExpressionTimezone: &c.Timezone,
			FlexibleTimeWindow: window, Target: target, State: types.ScheduleStateEnabled})
		if !is[*types.ConflictException](err) && !is[*types.ResourceNotFoundException](err) {
			return refused(ctx, "update schedule", err)
		}
	}
	return fmt.Errorf("eventbridge: schedule %s is changed by others at the same time: %w", name, table.ErrThrottled)
}

// refused takes what the service will never keep for ErrClock.
func refused(ctx context.Context, op string, err error) error {
	if is[*types.ValidationException](err) {
		return fmt.Errorf("%w: eventbridge: %s: %w", trigger.ErrClock, op, err)
	}
	return failed(ctx, op, err)
}

// Delete implements trigger.Scheduler.
func (s *Scheduler) Delete(ctx context.Context, tid string) error {
	return errors.Join(s.delete(ctx, tid), s.delete(ctx, tid+byWeek))
}

func (s *Scheduler) delete(ctx context.Context, name string) error {
	_, err := s.client.DeleteSchedule(ctx, &scheduler.DeleteScheduleInput{Name: &name, GroupName: &s.to.Group})
	if is[*types.ResourceNotFoundException](err) {
		return nil
	}
	return failed(ctx, "delete schedule", err)
}

// ParseTick reads what a schedule calls its function with.
func ParseTick(payload []byte) (trigger.Tick, error) {
	var k trigger.Tick
	if err := json.Unmarshal(payload, &k); err != nil {
		return k, fmt.Errorf("eventbridge: payload of a schedule: %w", err)
	}
	if k.Workspace == "" || k.Trigger == "" || k.At.IsZero() {
		return k, errors.New("eventbridge: the payload of a schedule names no workspace, trigger or time")
	}
	return k, nil
}

// is says whether an error of a service is of a type.
func is[E error](err error) bool {
	var e E
	return errors.As(err, &e)
}
