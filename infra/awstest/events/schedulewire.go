package events

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/apiq/apiq/infra/awstest/sigv4"
)

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
