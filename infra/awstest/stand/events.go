package stand

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"

	"github.com/apiq/apiq/infra/awstest/events"
	"github.com/apiq/apiq/shared/execution/stepfunctions"
	"github.com/apiq/apiq/shared/trigger"
	"github.com/apiq/apiq/statemachines"
)

// openEvents makes the bus with its rules, and the clocks.
func (s *Stand) openEvents(o Options) {
	s.Bus = events.NewBus(&events.BusOptions{Buses: []string{busName}, Live: true, Twice: o.Twice})
	to := func(function string) func([]byte) error {
		return func(payload []byte) error { return s.event(context.Background(), function, payload) }
	}
	s.Bus.Add(events.Rule{Bus: busName, Source: "apiq", Types: []string{trigger.WebhookReceived}, Target: to("event-webhook")})
	s.Bus.Add(events.Rule{Bus: busName, Source: "apiq", Except: []string{trigger.WebhookReceived}, Target: to("event-bus")})
	s.Clocks = events.NewScheduler(&events.SchedulerOptions{Groups: []string{clockGroup}, Roles: []string{clockRole}, Twice: o.Twice,
		Invoke: func(target string, payload []byte) error {
			return s.event(context.Background(), functionOf(target), payload)
		}})
}

// openMachines makes the platform's own machines, as the deployment does.
func (s *Stand) openMachines(t testing.TB, endpoint string) {
	t.Helper()
	all, err := statemachines.All()
	if err != nil {
		t.Fatal(err)
	}
	s.engine = stepfunctions.NewClient(aws.Config{Region: region, Credentials: credentials.NewStaticCredentialsProvider("deployer", "deployer", "")}, &endpoint)
	s.machines = map[string]string{}
	for _, m := range all {
		text := m.Definition
		for placeholder, function := range m.Functions {
			text = strings.ReplaceAll(text, "${"+placeholder+"}", functionARN(function))
		}
		role, name := s.States.RoleARN(), platform+m.Name
		out, err := s.engine.CreateStateMachine(t.Context(), &sfn.CreateStateMachineInput{Name: &name, Definition: &text, RoleArn: &role, Type: types.StateMachineTypeStandard})
		if err != nil {
			t.Fatalf("state machine %s: %v", m.Name, err)
		}
		s.machines[m.Name] = *out.StateMachineArn
	}
}

// Machine runs one of the platform's own machines to its end, and returns its status
// and output.
func (s *Stand) Machine(t testing.TB, name, input string) (status, output string) {
	t.Helper()
	arn := s.machines[name]
	started, err := s.engine.StartExecution(t.Context(), &sfn.StartExecutionInput{StateMachineArn: &arn, Input: &input})
	if err != nil {
		t.Fatal(err)
	}
	ticks := time.NewTicker(50 * time.Millisecond)
	defer ticks.Stop()
	for end := time.Now().Add(s.Patience()); time.Now().Before(end); <-ticks.C {
		run, err := s.engine.DescribeExecution(t.Context(), &sfn.DescribeExecutionInput{ExecutionArn: started.ExecutionArn})
		if err != nil {
			t.Fatal(err)
		}
		if run.Status != types.ExecutionStatusRunning {
			return string(run.Status), aws.ToString(run.Output) + aws.ToString(run.Error) + aws.ToString(run.Cause)
		}
	}
	t.Fatalf("%s did not come to an end", name)
	return "", ""
}

// Clock lists the schedules of triggers.
func (s *Stand) Clock(t testing.TB) []string {
	t.Helper()
	return s.Clocks.Names(clockGroup)
}
