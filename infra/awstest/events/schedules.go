package events

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/apiq/apiq/infra/awstest/sigv4"
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

var (
	schedulePath = regexp.MustCompile(`^/schedules/([0-9a-zA-Z_.-]{1,64})$`)
	roleForm     = regexp.MustCompile(`^arn:aws(-[a-z]+)?:iam::\d{12}:role/[\w+=,.@/-]+$`)
	lambdaForm   = regexp.MustCompile(`^arn:aws(-[a-z]+)?:lambda:[a-z0-9-]+:\d{12}:function:[A-Za-z0-9_-]{1,64}(:[A-Za-z0-9_$-]{1,128})?$`)
	queueForm    = regexp.MustCompile(`^arn:aws(-[a-z]+)?:sqs:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]{1,80}$`)
	tokenForm    = regexp.MustCompile(`^[a-zA-Z0-9-_]{1,64}$`)
)

// ServeHTTP answers CreateSchedule, UpdateSchedule, DeleteSchedule and GetSchedule.
func (s *Scheduler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	operation := map[string]string{http.MethodPost: "CreateSchedule", http.MethodPut: "UpdateSchedule", http.MethodDelete: "DeleteSchedule", http.MethodGet: "GetSchedule"}[r.Method]
	fault := s.o.Fault(operation)
	if fault.Status != 0 {
		s.refuse(w, &refusal{fault.Status, fault.Code, "as asked"})
		return
	}
	out, no := s.do(operation, r)
	if no != nil {
		s.refuse(w, no)
		return
	}
	if fault.Lost {
		panic(http.ErrAbortHandler)
	}
	answer(w, "application/json", out)
}

func (s *Scheduler) refuse(w http.ResponseWriter, no *refusal) {
	w.Header().Set("X-Amzn-Errortype", no.code)
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(no.status)
	_ = json.NewEncoder(w).Encode(map[string]string{"Message": no.message}) // the client may have gone
}

func (s *Scheduler) do(operation string, r *http.Request) (any, *refusal) {
	if sigv4.Check(r, "scheduler") != nil {
		return nil, &refusal{http.StatusForbidden, "MissingAuthenticationTokenException", "Missing Authentication Token"}
	}
	m := schedulePath.FindStringSubmatch(r.URL.Path)
	if m == nil || operation == "" {
		return nil, invalid("1 validation error detected: the name must satisfy the pattern [0-9a-zA-Z-_.]+ with at most 64 characters")
	}
	name := m[1]
	s.mu.Lock()
	defer s.mu.Unlock()
	if operation == "DeleteSchedule" || operation == "GetSchedule" {
		group := r.URL.Query().Get("groupName")
		return s.named(operation, group, name)
	}
	var in scheduleInput
	d := json.NewDecoder(io.LimitReader(r.Body, maxRequest))
	d.DisallowUnknownFields()
	if err := d.Decode(&in); err != nil || !strings.HasPrefix(r.Header.Get("Content-Type"), "application/json") {
		return nil, &refusal{http.StatusBadRequest, "SerializationException", fmt.Sprint(err)}
	}
	if in.GroupName == "" {
		in.GroupName = "default"
	}
	sch, no := s.judge(name, in)
	if no != nil {
		return nil, no
	}
	key := in.GroupName + "/" + name
	_, there := s.all[key]
	token := operation + " " + in.ClientToken
	switch said, used := s.tokens[token]; {
	case used && said == key:
		return map[string]string{"ScheduleArn": sch.arn}, nil // the same request again
	case used:
		return nil, &refusal{http.StatusConflict, "ConflictException", "The client token was used with another request."}
	case operation == "CreateSchedule" && there:
		return nil, &refusal{http.StatusConflict, "ConflictException", "Schedule " + name + " already exists."}
	case operation == "UpdateSchedule" && !there:
		return nil, missing(name)
	}
	if in.ClientToken != "" {
		s.tokens[token] = key
	}
	s.all[key] = sch
	return map[string]string{"ScheduleArn": sch.arn}, nil
}

func missing(name string) *refusal {
	return &refusal{http.StatusNotFound, "ResourceNotFoundException", "Schedule " + name + " does not exist."}
}

func (s *Scheduler) named(operation, group, name string) (any, *refusal) {
	if group == "" {
		group = "default"
	}
	if !s.hasGroup(group) {
		return nil, noGroup(group)
	}
	sch, there := s.all[group+"/"+name]
	if !there {
		return nil, missing(name)
	}
	if operation == "GetSchedule" {
		return map[string]any{"Arn": sch.arn, "Name": name, "GroupName": group, "ScheduleExpression": sch.in.ScheduleExpression,
			"ScheduleExpressionTimezone": sch.in.ScheduleExpressionTimezone, "State": sch.in.State, "Target": sch.in.Target, "FlexibleTimeWindow": sch.in.FlexibleTimeWindow}, nil
	}
	delete(s.all, group+"/"+name)
	s.late = slices.DeleteFunc(s.late, func(l late) bool { return l.s == sch })
	return map[string]any{}, nil
}

func noGroup(group string) *refusal {
	return &refusal{http.StatusNotFound, "ResourceNotFoundException", "Schedule group " + group + " does not exist."}
}

func (s *Scheduler) hasGroup(name string) bool {
	return name == "default" || slices.Contains(s.o.Groups, name)
}

// judge refuses what the service refuses.
func (s *Scheduler) judge(name string, in scheduleInput) (*schedule, *refusal) {
	switch {
	case !s.hasGroup(in.GroupName):
		return nil, noGroup(in.GroupName)
	case in.FlexibleTimeWindow == nil || in.Target == nil || in.ScheduleExpression == "":
		return nil, invalid("1 validation error detected: FlexibleTimeWindow, ScheduleExpression and Target must not be null")
	case in.FlexibleTimeWindow.Mode != "OFF":
		return nil, invalid("the stand knows schedules without a flexible time window only")
	case in.State != "" && in.State != "ENABLED" && in.State != "DISABLED":
		return nil, invalid("State must be ENABLED or DISABLED")
	case in.ActionAfterCompletion != "" && in.ActionAfterCompletion != "NONE" && in.ActionAfterCompletion != "DELETE":
		return nil, invalid("ActionAfterCompletion must be NONE or DELETE")
	case in.ClientToken != "" && !tokenForm.MatchString(in.ClientToken):
		return nil, invalid("ClientToken must satisfy [a-zA-Z0-9-_]+ with at most 64 characters")
	case len(in.Description) > 512:
		return nil, invalid("Description must have at most 512 characters")
	}
	expr, err := parseExpression(in.ScheduleExpression, in.ScheduleExpressionTimezone)
	if err != nil {
		return nil, invalid(err.Error())
	}
	t := in.Target
	switch {
	case !lambdaForm.MatchString(t.Arn):
		return nil, invalid("Provided Arn is not in correct format.")
	case !roleForm.MatchString(t.RoleArn):
		return nil, invalid("1 validation error detected: RoleArn must satisfy the pattern of a role's ARN")
	case !slices.Contains(s.o.Roles, t.RoleArn):
		return nil, invalid("The execution role you provide must allow AWS EventBridge Scheduler to assume the role.")
	case t.Input != "" && !json.Valid([]byte(t.Input)):
		return nil, invalid("Provided Input is not a valid JSON.")
	case len(t.Input) > 256<<10:
		return nil, invalid("Input must have at most 256 KB")
	case t.DeadLetterConfig != nil && !queueForm.MatchString(t.DeadLetterConfig.Arn):
		return nil, invalid("DeadLetterConfig.Arn must be the ARN of a queue")
	}
	if p := t.RetryPolicy; p != nil {
		if v := p.MaximumEventAgeInSeconds; v != nil && (*v < 60 || *v > 86400) {
			return nil, invalid("MaximumEventAgeInSeconds must be between 60 and 86400")
		}
		if v := p.MaximumRetryAttempts; v != nil && (*v < 0 || *v > 185) {
			return nil, invalid("MaximumRetryAttempts must be between 0 and 185")
		}
	}
	return &schedule{in: in, expr: expr, arn: "arn:aws:scheduler:eu-central-1:000000000000:schedule/" + in.GroupName + "/" + name}, nil
}

var _ http.Handler = (*Scheduler)(nil)
