package stepfunctions

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/execution"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
)

// Start implements execution.Engine. A name taken by another definition or input
// is apierr.Conflict; a definition that cannot run is apierr.WorkflowInvalid.
//
// The order is: the machine, the record, the execution. After a crash a second
// Start finds the record and goes on from there. A standard execution is started
// once, by its name. An express one is not idempotent at AWS: it is started again
// only where the first start's ARN never reached the record, in which case neither
// run repeats what the other did, thanks to the journal of calls.
func (e *Engine) Start(ctx context.Context, in execution.StartInput) error {
	workspace, err := tenant.From(ctx)
	if err != nil {
		return err
	}
	if err := check(in); err != nil {
		return err
	}
	r, err := e.load(ctx, in.Name)
	if errors.Is(err, execution.ErrNoRun) {
		r, err = e.enlist(ctx, workspace, in)
	}
	if err != nil {
		return err
	}
	if r.Definition != hashOf(in.Definition) || r.Input != hashOf(in.Input) {
		return taken()
	}
	return e.begin(ctx, workspace, r, in)
}

func taken() error {
	return apierr.New(apierr.Conflict, "A run of this name was started with another definition or input.")
}

func check(in execution.StartInput) error {
	switch {
	case len(in.Name) > maxName || !plain.MatchString(in.Name):
		return apierr.New(apierr.ValidationFailed, "A run's name has 1 to 80 letters, digits, - and _.")
	case len(in.Input) > maxInput:
		return apierr.New(apierr.PayloadTooLarge, "A run's input is at most 256 KiB.")
	case !json.Valid(in.Input):
		return apierr.New(apierr.ValidationFailed, "A run's input is a JSON value.")
	}
	return nil
}

// enlist writes the record of a new run, or finds that another process just did.
func (e *Engine) enlist(ctx context.Context, workspace string, in execution.StartInput) (record, error) {
	r := record{Type: types.StateMachineTypeStandard, Definition: hashOf(in.Definition), Input: hashOf(in.Input), At: e.opts.Now().UTC()}
	if in.Brief && e.opts.LogGroupARN != "" {
		r.Type, r.Given = types.StateMachineTypeExpress, in.Input
	}
	placed, err := e.place(workspace, in.Definition)
	if err != nil {
		return record{}, err
	}
	if r.Machine, err = e.machine(ctx, workspace, r.Type, placed); err != nil {
		return record{}, err
	}
	saved, err := e.save(ctx, in.Name, r)
	if errors.Is(err, table.ErrCondition) {
		return e.load(ctx, in.Name)
	}
	return saved, err
}

// begin starts the execution of a run that has its record.
func (e *Engine) begin(ctx context.Context, workspace string, r record, in execution.StartInput) error {
	if r.Type == types.StateMachineTypeExpress && (r.Execution != "" || r.Stopped != nil || r.Continued != "") {
		return nil
	}
	remake := func() error {
		placed, err := e.place(workspace, in.Definition)
		if err == nil {
			err = e.forget(ctx, workspace, r.Type, placed)
		}
		if err == nil {
			_, err = e.machine(ctx, workspace, r.Type, placed)
		}
		return err
	}
	arn, err := e.startExecution(ctx, r.Machine, in.Name, in.Input, remake)
	if err != nil || r.Type != types.StateMachineTypeExpress {
		return err
	}
	_, err = e.modify(ctx, in.Name, func(r *record) (bool, error) {
		if r.Execution != "" { // its log was faster, or another process
			return false, nil
		}
		r.Execution, r.At = arn, e.opts.Now().UTC()
		return true, nil
	})
	return err
}

// startExecution starts an execution under a run's name. Where there is one of the
// same input, it is that; of another, the error is apierr.Conflict. remake is
// called where the machine is not there: it was deleted, or AWS does not see it yet.
func (e *Engine) startExecution(ctx context.Context, machine, run string, input json.RawMessage, remake func() error) (string, error) {
	in := &sfn.StartExecutionInput{StateMachineArn: aws.String(machine), Name: aws.String(run), Input: aws.String(string(input))}
	var err error
	for i := range attempts {
		if err = backOff(ctx, i); err != nil {
			return "", err
		}
		var out *sfn.StartExecutionOutput
		out, err = e.client.StartExecution(ctx, in)
		switch {
		case err == nil:
			return aws.ToString(out.ExecutionArn), nil
		case is[*types.ExecutionAlreadyExists](err):
			arn := standardARN(machine, run)
			return arn, e.sameInput(ctx, arn, input)
		case is[*types.InvalidExecutionInput](err):
			return "", apierr.Wrap(apierr.ValidationFailed, "AWS refuses the run's input.", err)
		case is[*types.StateMachineDoesNotExist](err):
			if err := remake(); err != nil {
				return "", err
			}
		default:
			return "", failed(ctx, "start "+run, err)
		}
	}
	return "", failed(ctx, "start "+run, err)
}

// sameInput looks at an execution that has ended: AWS counts a start under its name
// as another, whatever the input.
func (e *Engine) sameInput(ctx context.Context, arn string, input json.RawMessage) error {
	out, err := e.client.DescribeExecution(ctx, &sfn.DescribeExecutionInput{ExecutionArn: aws.String(arn)})
	if err != nil {
		return failed(ctx, "describe "+arn, err)
	}
	if aws.ToString(out.Input) != string(input) {
		return taken()
	}
	return nil
}
