package stepfunctions

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/execution"
	"github.com/apiq/apiq/shared/tenant"
)

const (
	// tokenMark ends the workspace in a token of ours; no workspace contains it.
	tokenMark = "."
	maxToken  = 2048 // the API's longest
	maxError  = 256
	maxCause  = 32_768
)

// TaskSucceeded implements execution.Engine. Output that is not JSON is
// apierr.ValidationFailed; past 256 KiB it is apierr.PayloadTooLarge. In both
// cases the task still waits.
func (e *Engine) TaskSucceeded(ctx context.Context, token string, output json.RawMessage) error {
	if len(output) > maxInput {
		return apierr.New(apierr.PayloadTooLarge, "A task's output is at most 256 KiB.")
	}
	if !json.Valid(output) {
		return apierr.New(apierr.ValidationFailed, "A task's output is a JSON value.")
	}
	own, err := ownToken(ctx, token)
	if err != nil {
		return err
	}
	_, err = e.client.SendTaskSuccess(ctx, &sfn.SendTaskSuccessInput{TaskToken: &own, Output: aws.String(string(output))})
	if is[*types.InvalidOutput](err) {
		return apierr.Wrap(apierr.ValidationFailed, "AWS refuses the task's output.", err)
	}
	return answered(ctx, err)
}

// TaskFailed implements execution.Engine.
func (e *Engine) TaskFailed(ctx context.Context, token, errorName, cause string) error {
	own, err := ownToken(ctx, token)
	if err != nil {
		return err
	}
	_, err = e.client.SendTaskFailure(ctx, &sfn.SendTaskFailureInput{TaskToken: &own, Error: text(errorName, maxError), Cause: text(cause, maxCause)})
	return answered(ctx, err)
}

// TaskHeartbeat implements execution.Engine.
func (e *Engine) TaskHeartbeat(ctx context.Context, token string) error {
	own, err := ownToken(ctx, token)
	if err != nil {
		return err
	}
	_, err = e.client.SendTaskHeartbeat(ctx, &sfn.SendTaskHeartbeatInput{TaskToken: &own})
	return answered(ctx, err)
}

// ownToken takes the workspace off a token; that of another workspace is none.
func ownToken(ctx context.Context, token string) (string, error) {
	workspace, err := tenant.From(ctx)
	if err != nil {
		return "", err
	}
	own, ok := strings.CutPrefix(token, workspace+tokenMark)
	if !ok || own == "" || len(own) > maxToken {
		return "", execution.ErrTokenGone
	}
	return own, nil
}

func answered(ctx context.Context, err error) error {
	if is[*types.TaskTimedOut](err) || is[*types.TaskDoesNotExist](err) || is[*types.InvalidToken](err) {
		return execution.ErrTokenGone
	}
	return failed(ctx, "answer a task", err)
}

// text is an optional field of the API, cut to its length.
func text(s string, most int) *string {
	if s == "" {
		return nil
	}
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "")
	}
	return &s
}
