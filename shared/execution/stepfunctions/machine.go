package stepfunctions

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/pause"
	"github.com/apiq/apiq/shared/table"
)

// attempts bounds what is tried again because of AWS's eventual consistency.
const attempts = 5

// machineRecord tells that a machine was created, so that a process that starts
// its first run of a workflow need not ask AWS, which creates one a second.
type machineRecord struct {
	ARN string `json:"arn"`
}

// machine returns the ARN of the state machine of a placed definition, and creates
// it where it is not known.
func (e *Engine) machine(ctx context.Context, workspace string, kind types.StateMachineType, definition []byte) (string, error) {
	name, err := e.nameOf(workspace, kind, definition)
	if err != nil {
		return "", err
	}
	if arn, ok := e.machines.Get(name); ok {
		return arn, nil
	}
	known, _, err := table.GetJSON[machineRecord](ctx, e.store, machineKey(name))
	switch {
	case err == nil:
		e.machines.Add(name, known.ARN)
		return known.ARN, nil
	case !errors.Is(err, table.ErrNotFound):
		return "", fmt.Errorf("stepfunctions: state machine %s: %w", name, err)
	}
	arn, err := e.create(ctx, name, kind, definition)
	if err != nil {
		return "", err
	}
	item, err := table.JSONItem(machineKey(name), machineRecord{ARN: arn})
	if err != nil {
		return "", err
	}
	if _, err := e.store.Put(ctx, item, table.Always()); err != nil {
		return "", fmt.Errorf("stepfunctions: state machine %s: %w", name, err)
	}
	e.machines.Add(name, arn)
	return arn, nil
}

// forget makes the next start create a machine that was deleted behind our back.
func (e *Engine) forget(ctx context.Context, workspace string, kind types.StateMachineType, definition []byte) error {
	name, err := e.nameOf(workspace, kind, definition)
	if err != nil {
		return err
	}
	e.machines.Remove(name)
	return e.store.Delete(ctx, machineKey(name), table.Always())
}

// create creates a machine. Creating the same twice is creating it once.
func (e *Engine) create(ctx context.Context, name string, kind types.StateMachineType, definition []byte) (string, error) {
	if e.opts.RoleARN == "" {
		return "", errors.New("stepfunctions: this engine has no role for state machines: it cannot start runs")
	}
	in := &sfn.CreateStateMachineInput{
		Name: aws.String(name), Type: kind, Definition: aws.String(string(definition)), RoleArn: aws.String(e.opts.RoleARN),
		Publish: true, TracingConfiguration: &types.TracingConfiguration{Enabled: true},
	}
	if group := e.logGroup(kind); group != "" {
		in.LoggingConfiguration = &types.LoggingConfiguration{
			Level: types.LogLevelAll, IncludeExecutionData: true,
			Destinations: []types.LogDestination{{CloudWatchLogsLogGroup: &types.CloudWatchLogsLogGroup{LogGroupArn: aws.String(group)}}},
		}
	}
	var err error
	for i := range attempts {
		if err = backOff(ctx, i); err != nil {
			return "", err
		}
		var out *sfn.CreateStateMachineOutput
		out, err = e.client.CreateStateMachine(ctx, in)
		switch {
		case err == nil:
			return aws.ToString(out.StateMachineArn), nil
		case is[*types.InvalidDefinition](err):
			return "", apierr.Wrap(apierr.WorkflowInvalid, "The workflow cannot run: AWS refuses its definition.", err)
		case is[*types.StateMachineAlreadyExists](err):
			return e.adopt(ctx, name, kind, definition)
		case is[*types.ConflictException](err): // another process is creating it
		default:
			return "", failed(ctx, "create "+name, err)
		}
	}
	return "", failed(ctx, "create "+name, err)
}

// adopt takes a machine that is there with other settings, if it runs the same.
func (e *Engine) adopt(ctx context.Context, name string, kind types.StateMachineType, definition []byte) (string, error) {
	arn := e.machineARN(name)
	out, err := e.client.DescribeStateMachine(ctx, &sfn.DescribeStateMachineInput{StateMachineArn: &arn})
	switch {
	case err != nil:
		return "", failed(ctx, "describe "+name, err)
	case out.Type != kind || aws.ToString(out.Definition) != string(definition):
		return "", fmt.Errorf("stepfunctions: the name %s is taken by another definition", name)
	}
	return arn, nil
}

// backOff waits before the nth attempt, the 0th not at all.
func backOff(ctx context.Context, n int) error {
	if n == 0 {
		return ctx.Err()
	}
	wait := 50 * time.Millisecond << n
	return pause.For(ctx, wait/2+rand.N(wait/2)) // #nosec G404 -- jitter
}
