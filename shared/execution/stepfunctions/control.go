package stepfunctions

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"

	"github.com/apiq/apiq/shared/execution"
)

// Describe implements execution.Engine. Of a standard execution it takes two calls.
func (e *Engine) Describe(ctx context.Context, name string) (execution.Run, error) {
	r, err := e.load(ctx, name)
	if err != nil {
		return execution.Run{}, err
	}
	if r.Type != types.StateMachineTypeExpress {
		return e.describeStandard(ctx, name, r.standard(name))
	}
	r, t, err := e.look(ctx, name, r)
	if err != nil {
		return execution.Run{}, err
	}
	first := describe(name, r, t)
	if r.express() {
		return first, nil
	}
	run, err := e.describeStandard(ctx, name, r.Continued)
	if errors.Is(err, execution.ErrNoRun) {
		going := execution.Run{Name: name, Status: execution.RunRunning, StartedAt: first.StartedAt, LastEventID: first.LastEventID}
		return going, e.missing(ctx, name, r)
	}
	run.StartedAt, run.LastEventID = first.StartedAt, run.LastEventID+continuedAt
	return run, err
}

func (e *Engine) describeStandard(ctx context.Context, name, arn string) (execution.Run, error) {
	out, err := e.client.DescribeExecution(ctx, &sfn.DescribeExecutionInput{ExecutionArn: aws.String(arn)})
	if is[*types.ExecutionDoesNotExist](err) {
		return execution.Run{}, execution.ErrNoRun
	}
	if err != nil {
		return execution.Run{}, failed(ctx, "describe "+name, err)
	}
	run := execution.Run{
		Name: name, Status: execution.RunStatus(out.Status), Error: aws.ToString(out.Error),
		Cause:     execution.PlainCause(aws.ToString(out.Error), aws.ToString(out.Cause)),
		StartedAt: aws.ToTime(out.StartDate).UTC(), EndedAt: aws.ToTime(out.StopDate).UTC(),
	}
	if run.Status == execution.RunSucceeded && out.Output != nil {
		run.Output = json.RawMessage(*out.Output)
	}
	if out.Status == types.ExecutionStatusPendingRedrive { // a child of a Map Run, which ours never are
		run.Status = execution.RunRunning
	}
	run.LastEventID, err = e.lastEvent(ctx, arn)
	return run, err
}

// Stop implements execution.Engine. An express run is aborted at once by its
// record; its execution goes on, but the call function sends nothing more for it
// (see Stopped).
func (e *Engine) Stop(ctx context.Context, name, errorName, cause string) error {
	r, err := e.load(ctx, name)
	if err != nil {
		return err
	}
	if r.express() {
		if r, err = e.stopExpress(ctx, name, errorName, cause); err != nil || r.Continued == "" {
			return err
		}
	}
	err = e.stopStandard(ctx, name, r.standard(name), errorName, cause)
	if errors.Is(err, execution.ErrNoRun) && r.Continued != "" { // it must not start when it has been stopped
		if err = e.startContinued(ctx, name, r); err == nil {
			err = e.stopStandard(ctx, name, r.Continued, errorName, cause)
		}
	}
	return err
}

func (e *Engine) stopStandard(ctx context.Context, name, arn, errorName, cause string) error {
	_, err := e.client.StopExecution(ctx, &sfn.StopExecutionInput{ExecutionArn: aws.String(arn), Error: text(errorName, maxError), Cause: text(cause, maxCause)})
	if is[*types.ExecutionDoesNotExist](err) {
		return execution.ErrNoRun
	}
	return failed(ctx, "stop "+name, err)
}

// Redrive implements execution.Engine. An express run goes on as a standard one; a
// stopped one only when its execution is over, until when the error is
// table.ErrThrottled: try again later.
func (e *Engine) Redrive(ctx context.Context, name string) error {
	r, err := e.load(ctx, name)
	if err != nil {
		return err
	}
	if r.express() {
		return e.redriveExpress(ctx, name, r)
	}
	_, err = e.client.RedriveExecution(ctx, &sfn.RedriveExecutionInput{ExecutionArn: aws.String(r.standard(name))})
	switch {
	case is[*types.ExecutionDoesNotExist](err) && r.Continued != "":
		return e.startContinued(ctx, name, r)
	case is[*types.ExecutionDoesNotExist](err):
		return execution.ErrNoRun
	case is[*types.ExecutionNotRedrivable](err):
		return execution.ErrNotRedrivable
	}
	return failed(ctx, "redrive "+name, err)
}
