package events

import (
	"bytes"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
)

// SchedulerOptions of a Scheduler.
type SchedulerOptions struct {
	// Began is the time that it begins with. Defaults to now.
	Began time.Time
	// Groups are those that exist besides "default".
	Groups []string
	// Roles are the ARNs of roles that the scheduler may assume. Defaults to none.
	Roles []string
	// Invoke is called with what comes due. An error is tried again with each minute,
	// within the schedule's retry policy. Defaults to nothing that happens.
	Invoke func(target string, payload []byte) error
	// Twice hands each firing over twice.
	Twice bool
	// Fault is asked before each request. Defaults to no fault.
	Fault func(operation string) Fault
}

// Scheduler is an EventBridge Scheduler. It is an http.Handler, safe for
// concurrent use.
type Scheduler struct {
	o      SchedulerOptions
	mu     sync.Mutex
	now    time.Time
	all    map[string]*schedule // by group and name
	tokens map[string]string
	late   []late
	dead   []DeadLetter
}

// DeadLetter is a firing that was given up.
type DeadLetter struct {
	Queue, Target string
	Payload       []byte
}

// late is a firing that failed.
type late struct {
	s       *schedule
	payload []byte
	at      time.Time
	tries   int
}

// schedule is one as it is kept.
type schedule struct {
	in   scheduleInput
	expr *expression
	arn  string
}

// scheduleInput is the body of CreateSchedule and UpdateSchedule as far as it is
// known here. The service ignores other members; they are refused, so that nothing
// the stand leaves out passes for done.
type scheduleInput struct {
	ActionAfterCompletion      string
	ClientToken                string
	Description                string
	FlexibleTimeWindow         *struct{ Mode string }
	GroupName                  string
	ScheduleExpression         string
	ScheduleExpressionTimezone string
	State                      string
	Target                     *struct {
		Arn, RoleArn, Input string
		DeadLetterConfig    *struct{ Arn string }
		RetryPolicy         *struct{ MaximumEventAgeInSeconds, MaximumRetryAttempts *int }
	}
}

// NewScheduler makes a Scheduler without schedules.
func NewScheduler(opts *SchedulerOptions) *Scheduler {
	var o SchedulerOptions
	if opts != nil {
		o = *opts
	}
	if o.Began.IsZero() {
		o.Began = time.Now()
	}
	if o.Invoke == nil {
		o.Invoke = func(string, []byte) error { return nil }
	}
	if o.Fault == nil {
		o.Fault = func(string) Fault { return Fault{} }
	}
	return &Scheduler{o: o, now: o.Began, all: map[string]*schedule{}, tokens: map[string]string{}}
}

// Start serves s on loopback until the test ends and returns its address.
func (s *Scheduler) Start(t testing.TB) (endpoint string) {
	t.Helper()
	return serve(t, s)
}

// Names lists the schedules of a group.
func (s *Scheduler) Names(group string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []string
	for key := range s.all {
		if name, ok := strings.CutPrefix(key, group+"/"); ok {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

// Dead are the firings that were given up.
func (s *Scheduler) Dead() []DeadLetter {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.dead)
}

// Now is the time it is.
func (s *Scheduler) Now() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now
}

// Advance moves time on, minute by minute, and hands over what comes due.
func (s *Scheduler) Advance(to time.Time) {
	for {
		s.mu.Lock()
		minute := s.now.Truncate(time.Minute).Add(time.Minute)
		if minute.After(to) {
			s.now = to
			s.mu.Unlock()
			return
		}
		s.now = minute
		calls := s.due(minute)
		s.mu.Unlock()
		for _, c := range calls {
			s.invoke(c)
		}
	}
}

// due are the calls of a minute: what failed before, then what is new.
func (s *Scheduler) due(minute time.Time) []late {
	calls := s.late
	s.late = nil
	for _, sch := range s.all {
		if sch.in.State == "DISABLED" || !sch.expr.due(minute) {
			continue
		}
		payload := strings.NewReplacer(
			"<aws.scheduler.scheduled-time>", minute.UTC().Format(time.RFC3339), "<aws.scheduler.schedule-arn>", sch.arn,
			"<aws.scheduler.execution-id>", uuid.NewString(), "<aws.scheduler.attempt-number>", "1").Replace(sch.in.Target.Input)
		calls = append(calls, late{s: sch, payload: []byte(payload), at: minute})
		if s.o.Twice {
			calls = append(calls, calls[len(calls)-1])
		}
	}
	return calls
}

// Defaults and bounds of a retry policy (API reference, "RetryPolicy").
const (
	defaultAge   = 86400
	defaultTries = 185
)

func (s *Scheduler) invoke(c late) {
	err := s.o.Invoke(c.s.in.Target.Arn, bytes.Clone(c.payload))
	if err == nil {
		return
	}
	age, tries := defaultAge, defaultTries
	if p := c.s.in.Target.RetryPolicy; p != nil {
		if p.MaximumEventAgeInSeconds != nil {
			age = *p.MaximumEventAgeInSeconds
		}
		if p.MaximumRetryAttempts != nil {
			tries = *p.MaximumRetryAttempts
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if c.tries++; c.tries <= tries && s.now.Add(time.Minute).Sub(c.at) <= time.Duration(age)*time.Second {
		s.late = append(s.late, c)
		return
	}
	letter := DeadLetter{Target: c.s.in.Target.Arn, Payload: c.payload}
	if q := c.s.in.Target.DeadLetterConfig; q != nil {
		letter.Queue = q.Arn
		s.dead = append(s.dead, letter)
	}
}
