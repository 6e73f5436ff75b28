package states_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
	"github.com/aws/smithy-go"

	"github.com/apiq/apiq/infra/awstest/states"
)

const function = "arn:aws:lambda:eu-central-1:123456789012:function:f"

// stand is a server with a client and one machine of each type.
type stand struct {
	*sfn.Client
	server            *states.Server
	standard, express string
}

func open(t *testing.T, o states.Options) *stand {
	t.Helper()
	if o.Invoke == nil {
		o.Invoke = func(_ context.Context, _ string, payload []byte) ([]byte, *states.Fault) { return payload, nil }
	}
	server, err := states.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	s := &stand{server: server, Client: sfn.New(sfn.Options{
		Region: server.Region(), BaseEndpoint: aws.String(server.URL()), RetryMaxAttempts: 1,
		Credentials: credentials.NewStaticCredentialsProvider("AKIDEXAMPLE", "secret", ""),
	})}
	s.standard = s.create(t, "standard", types.StateMachineTypeStandard)
	s.express = s.create(t, "express", types.StateMachineTypeExpress)
	return s
}

func task(resource, more string) string {
	return `{"QueryLanguage":"JSONata","StartAt":"A","States":{"A":{"Type":"Task","Resource":"` + resource + `","Arguments":{"FunctionName":"` + function +
		`","Payload":{"token":"{% $exists($states.context.Task) ? $states.context.Task.Token : 'none' %}"}}` + more + `,"End":true}}}`
}

const (
	invoke = "arn:aws:states:::lambda:invoke"
	wait   = "arn:aws:states:::lambda:invoke.waitForTaskToken"
)

func (s *stand) input(name string, kind types.StateMachineType, definition string) *sfn.CreateStateMachineInput {
	in := &sfn.CreateStateMachineInput{Name: &name, Type: kind, Definition: &definition, RoleArn: aws.String(s.server.RoleARN()), Publish: true}
	if kind == types.StateMachineTypeExpress {
		in.LoggingConfiguration = &types.LoggingConfiguration{Level: types.LogLevelAll, IncludeExecutionData: true,
			Destinations: []types.LogDestination{{CloudWatchLogsLogGroup: &types.CloudWatchLogsLogGroup{LogGroupArn: aws.String(s.server.LogGroupARN())}}}}
	}
	return in
}

func (s *stand) create(t *testing.T, name string, kind types.StateMachineType) string {
	t.Helper()
	out, err := s.CreateStateMachine(t.Context(), s.input(name, kind, task(invoke, "")))
	if err != nil {
		t.Fatal(err)
	}
	if version := aws.ToString(out.StateMachineVersionArn); version != *out.StateMachineArn+":1" {
		t.Errorf("version %s", version)
	}
	return *out.StateMachineArn
}

func (s *stand) start(t *testing.T, machine, name, input string) string {
	t.Helper()
	out, err := s.StartExecution(t.Context(), &sfn.StartExecutionInput{StateMachineArn: &machine, Name: &name, Input: &input})
	if err != nil {
		t.Fatal(err)
	}
	return *out.ExecutionArn
}

func code(err error) string {
	var api smithy.APIError
	if errors.As(err, &api) {
		return api.ErrorCode()
	}
	if err != nil {
		return err.Error()
	}
	return ""
}

func TestCreateRefuses(t *testing.T) {
	t.Parallel()
	s := open(t, states.Options{})
	for name, c := range map[string]struct {
		change func(*sfn.CreateStateMachineInput)
		code   string
	}{
		"no name":        {func(in *sfn.CreateStateMachineInput) { in.Name = aws.String("") }, "InvalidName"},
		"long name":      {func(in *sfn.CreateStateMachineInput) { in.Name = aws.String(strings.Repeat("a", 81)) }, "InvalidName"},
		"a colon":        {func(in *sfn.CreateStateMachineInput) { in.Name = aws.String("a:b") }, "InvalidName"},
		"white space":    {func(in *sfn.CreateStateMachineInput) { in.Name = aws.String("a b") }, "InvalidName"},
		"no role":        {func(in *sfn.CreateStateMachineInput) { in.RoleArn = aws.String("") }, "ValidationException"},
		"no role's ARN":  {func(in *sfn.CreateStateMachineInput) { in.RoleArn = aws.String("states") }, "InvalidArn"},
		"a foreign role": {func(in *sfn.CreateStateMachineInput) { in.RoleArn = aws.String("arn:aws:iam::000000000000:role/x") }, "AccessDeniedException"},
		"another type":   {func(in *sfn.CreateStateMachineInput) { in.Type = "SYNC" }, "ValidationException"},
		"no JSON":        {func(in *sfn.CreateStateMachineInput) { in.Definition = aws.String("{") }, "InvalidDefinition"},
		"no states":      {func(in *sfn.CreateStateMachineInput) { in.Definition = aws.String(`{"StartAt":"A","States":{}}`) }, "InvalidDefinition"},
		"too large": {func(in *sfn.CreateStateMachineInput) {
			in.Definition = aws.String(strings.Repeat(" ", 1<<20) + task(invoke, ""))
		}, "ValidationException"},
		"another resource": {func(in *sfn.CreateStateMachineInput) {
			in.Definition = aws.String(task("arn:aws:states:::nothing:do", ""))
		}, "InvalidDefinition"},
		"a long state": {func(in *sfn.CreateStateMachineInput) {
			in.Definition = aws.String(strings.ReplaceAll(task(invoke, ""), `"A"`, `"`+strings.Repeat("A", 81)+`"`))
		}, "InvalidDefinition"},
		"a token in express": {func(in *sfn.CreateStateMachineInput) { in.Definition = aws.String(task(wait, "")) }, "InvalidDefinition"},
		"no destination":     {func(in *sfn.CreateStateMachineInput) { in.LoggingConfiguration.Destinations = nil }, "InvalidLoggingConfiguration"},
		"a log group without its end": {func(in *sfn.CreateStateMachineInput) {
			in.LoggingConfiguration.Destinations[0].CloudWatchLogsLogGroup.LogGroupArn = aws.String(strings.TrimSuffix(s.server.LogGroupARN(), ":*"))
		}, "InvalidLoggingConfiguration"},
		"the name of another": {func(in *sfn.CreateStateMachineInput) { in.Name = aws.String("standard") }, "StateMachineAlreadyExists"},
		"published otherwise": {func(in *sfn.CreateStateMachineInput) { in.Name, in.Publish = aws.String("express"), false }, "ConflictException"},
		"the same again": {func(in *sfn.CreateStateMachineInput) {
			in.Name, in.RoleArn = aws.String("express"), aws.String(s.server.RoleARN()+"2")
		}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in := s.input("new", types.StateMachineTypeExpress, task(invoke, ""))
			c.change(in)
			if _, err := s.CreateStateMachine(t.Context(), in); code(err) != c.code {
				t.Errorf("%v, want %s", err, c.code)
			}
		})
	}
}

func TestExecutionRefuses(t *testing.T) {
	t.Parallel()
	s := open(t, states.Options{})
	ctx := t.Context()
	arn := s.start(t, s.standard, "one", `{"a":1}`)
	express := s.start(t, s.express, "one", `{"a":1}`)
	if again := s.start(t, s.express, "one", `{"a":1}`); again == express {
		t.Error("an express execution is not another the second time")
	}
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(3 * time.Millisecond) {
		out, err := s.DescribeExecution(ctx, &sfn.DescribeExecutionInput{ExecutionArn: &arn})
		if err != nil || time.Now().After(deadline) {
			t.Fatalf("no end: %v", err)
		}
		if out.Status == types.ExecutionStatusSucceeded {
			break
		}
	}
	nobody := strings.Replace(arn, ":one", ":nobody", 1)
	token := "b25l.abc" // base64 of "one"
	for name, c := range map[string]struct {
		do   func() error
		code string
	}{
		"start, no machine": {func() error {
			_, err := s.StartExecution(ctx, &sfn.StartExecutionInput{StateMachineArn: aws.String(s.standard + "x")})
			return err
		}, "StateMachineDoesNotExist"},
		"start, no ARN": {func() error {
			_, err := s.StartExecution(ctx, &sfn.StartExecutionInput{StateMachineArn: aws.String("standard")})
			return err
		}, "InvalidArn"},
		"start, bad name": {func() error {
			_, err := s.StartExecution(ctx, &sfn.StartExecutionInput{StateMachineArn: &s.standard, Name: aws.String("a/b")})
			return err
		}, "InvalidName"},
		"start, bad input": {func() error {
			_, err := s.StartExecution(ctx, &sfn.StartExecutionInput{StateMachineArn: &s.standard, Input: aws.String("{")})
			return err
		}, "InvalidExecutionInput"},
		"start, large input": {func() error {
			_, err := s.StartExecution(ctx, &sfn.StartExecutionInput{StateMachineArn: &s.standard, Input: aws.String(`"` + strings.Repeat("a", 256<<10) + `"`)})
			return err
		}, "InvalidExecutionInput"},
		"start, the same when it has ended": {func() error {
			_, err := s.StartExecution(ctx, &sfn.StartExecutionInput{StateMachineArn: &s.standard, Name: aws.String("one"), Input: aws.String(`{"a":1}`)})
			return err
		}, "ExecutionAlreadyExists"},
		"describe, nobody": {func() error {
			_, err := s.DescribeExecution(ctx, &sfn.DescribeExecutionInput{ExecutionArn: &nobody})
			return err
		}, "ExecutionDoesNotExist"},
		"describe, express": {func() error {
			_, err := s.DescribeExecution(ctx, &sfn.DescribeExecutionInput{ExecutionArn: &express})
			return err
		}, "InvalidArn"},
		"history, express": {func() error {
			_, err := s.GetExecutionHistory(ctx, &sfn.GetExecutionHistoryInput{ExecutionArn: &express})
			return err
		}, "InvalidArn"},
		"history, too many": {func() error {
			_, err := s.GetExecutionHistory(ctx, &sfn.GetExecutionHistoryInput{ExecutionArn: &arn, MaxResults: 1001})
			return err
		}, "ValidationException"},
		"history, a token of its own": {func() error {
			_, err := s.GetExecutionHistory(ctx, &sfn.GetExecutionHistoryInput{ExecutionArn: &arn, NextToken: aws.String("MQ==")})
			return err
		}, "InvalidToken"},
		"stop, express": {func() error {
			_, err := s.StopExecution(ctx, &sfn.StopExecutionInput{ExecutionArn: &express})
			return err
		}, "InvalidArn"},
		"stop, ended": {func() error { _, err := s.StopExecution(ctx, &sfn.StopExecutionInput{ExecutionArn: &arn}); return err }, ""},
		"redrive, express": {func() error {
			_, err := s.RedriveExecution(ctx, &sfn.RedriveExecutionInput{ExecutionArn: &express})
			return err
		}, "InvalidArn"},
		"redrive, succeeded": {func() error {
			_, err := s.RedriveExecution(ctx, &sfn.RedriveExecutionInput{ExecutionArn: &arn})
			return err
		}, "ExecutionNotRedrivable"},
		"success, no token": {func() error {
			_, err := s.SendTaskSuccess(ctx, &sfn.SendTaskSuccessInput{TaskToken: aws.String(""), Output: aws.String("1")})
			return err
		}, "ValidationException"},
		"success, another's token": {func() error {
			_, err := s.SendTaskSuccess(ctx, &sfn.SendTaskSuccessInput{TaskToken: aws.String("nonsense"), Output: aws.String("1")})
			return err
		}, "InvalidToken"},
		"success, no run": {func() error {
			_, err := s.SendTaskSuccess(ctx, &sfn.SendTaskSuccessInput{TaskToken: aws.String("bm9ib2R5.abc"), Output: aws.String("1")})
			return err
		}, "TaskDoesNotExist"},
		"success, ended": {func() error {
			_, err := s.SendTaskSuccess(ctx, &sfn.SendTaskSuccessInput{TaskToken: &token, Output: aws.String("1")})
			return err
		}, "TaskTimedOut"},
		"success, no JSON": {func() error {
			_, err := s.SendTaskSuccess(ctx, &sfn.SendTaskSuccessInput{TaskToken: &token, Output: aws.String("{")})
			return err
		}, "InvalidOutput"},
		"failure, ended": {func() error {
			_, err := s.SendTaskFailure(ctx, &sfn.SendTaskFailureInput{TaskToken: &token})
			return err
		}, "TaskTimedOut"},
		"heartbeat, ended": {func() error {
			_, err := s.SendTaskHeartbeat(ctx, &sfn.SendTaskHeartbeatInput{TaskToken: &token})
			return err
		}, "TaskTimedOut"},
		"failure, long error": {func() error {
			_, err := s.SendTaskFailure(ctx, &sfn.SendTaskFailureInput{TaskToken: &token, Error: aws.String(strings.Repeat("e", 257))})
			return err
		}, "ValidationException"},
		"another call": {func() error { _, err := s.ListStateMachines(ctx, &sfn.ListStateMachinesInput{}); return err }, "UnknownOperationException"},
	} {
		t.Run(name, func(t *testing.T) {
			if err := c.do(); code(err) != c.code {
				t.Errorf("%v, want %s", err, c.code)
			}
		})
	}
}

// TestUnsigned: what is not signed for this service is refused before it is read.
func TestUnsigned(t *testing.T) {
	t.Parallel()
	s := open(t, states.Options{})
	for _, authorization := range []string{"", "AWS4-HMAC-SHA256 Credential=A/20260301/eu-central-1/s3/aws4_request, SignedHeaders=host, Signature=" + strings.Repeat("0", 64)} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.server.URL(), strings.NewReader("{}"))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("X-Amz-Target", "AWSStepFunctions.DescribeExecution")
		r.Header.Set("Authorization", authorization)
		r.Header.Set("X-Amz-Date", "20260301T120000Z")
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(answer.Body)
		if err = errors.Join(err, answer.Body.Close()); err != nil || answer.StatusCode != http.StatusForbidden {
			t.Errorf("%d %s %v", answer.StatusCode, body, err)
		}
	}
}

// TestEnvelope: a state gets what lambda:invoke answers, and errors by the name
// that the function gave them, with all that it answered as the cause.
func TestEnvelope(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fault        *states.Fault
		error, cause string
	}{
		"an answer":     {nil, "", ""},
		"its own error": {&states.Fault{Type: "Http.500", Message: "down"}, "Http.500", `{"errorMessage":"down","errorType":"Http.500"}`},
		"a time-out":    {&states.Fault{Type: "Sandbox.Timedout", Message: "Task timed out"}, "Sandbox.Timedout", `{"errorMessage":"Task timed out","errorType":"Sandbox.Timedout"}`},
		"no answer":     {&states.Fault{}, "Lambda.Unknown", ""},
		"Lambda's own":  {&states.Fault{Type: "Lambda.TooManyRequestsException", Message: "Rate exceeded"}, "Lambda.TooManyRequestsException", "Rate exceeded"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var mu sync.Mutex
			var statuses []string
			ended := make(chan struct{})
			s := open(t, states.Options{
				Invoke: func(_ context.Context, arn string, _ []byte) ([]byte, *states.Fault) {
					if arn != function {
						t.Errorf("called %s", arn)
					}
					return []byte(`{"x":1}`), c.fault
				},
				OnStatus: func(_ context.Context, event json.RawMessage) error {
					var e struct {
						Type   string `json:"detail-type"`
						Source string
						Detail struct{ ExecutionArn, Status, Name string }
					}
					if err := json.Unmarshal(event, &e); err != nil || e.Type != "Step Functions Execution Status Change" || e.Source != "aws.states" || e.Detail.Name != "one" {
						t.Errorf("%s: %v", event, err)
					}
					mu.Lock()
					defer mu.Unlock()
					if statuses = append(statuses, e.Detail.Status); e.Detail.Status != "RUNNING" {
						close(ended)
					}
					return nil
				},
			})
			arn := s.start(t, s.standard, "one", "{}")
			<-ended
			out, err := s.DescribeExecution(t.Context(), &sfn.DescribeExecutionInput{ExecutionArn: &arn})
			if err != nil || aws.ToString(out.Error) != c.error || aws.ToString(out.Cause) != c.cause {
				t.Errorf("%s %s: %v", aws.ToString(out.Error), aws.ToString(out.Cause), err)
			}
			var envelope struct {
				ExecutedVersion     string
				Payload             json.RawMessage
				StatusCode          int
				SdkHttpMetadata     struct{ HttpStatusCode int } //nolint:revive // AWS's spelling
				SdkResponseMetadata struct{ RequestId string }   //nolint:revive // likewise
			}
			if c.fault == nil {
				if err := json.Unmarshal([]byte(aws.ToString(out.Output)), &envelope); err != nil || string(envelope.Payload) != `{"x":1}` ||
					envelope.SdkHttpMetadata.HttpStatusCode != 200 || envelope.SdkResponseMetadata.RequestId == "" {
					t.Errorf("%s: %v", aws.ToString(out.Output), err)
				}
			}
			mu.Lock()
			defer mu.Unlock()
			if len(statuses) != 2 || statuses[0] != "RUNNING" || statuses[1] != string(out.Status) {
				t.Errorf("statuses %v", statuses)
			}
		})
	}
}

// TestSpeed: a clock that goes faster makes waits shorter and express limits too.
func TestSpeed(t *testing.T) {
	t.Parallel()
	logged := make(chan struct{}, 10)
	s := open(t, states.Options{Speed: 1000, OnLog: func(context.Context, json.RawMessage) error {
		logged <- struct{}{}
		return nil
	}})
	definition := `{"QueryLanguage":"JSONata","StartAt":"A","States":{"A":{"Type":"Wait","Seconds":240,"End":true}}}`
	out, err := s.CreateStateMachine(t.Context(), s.input("wait", types.StateMachineTypeExpress, definition))
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	s.start(t, *out.StateMachineArn, "one", "{}")
	<-logged // what happens before the wait
	<-logged // and after
	if d := time.Since(began); d > 30*time.Second {
		t.Errorf("four minutes took %v", d)
	}
}
