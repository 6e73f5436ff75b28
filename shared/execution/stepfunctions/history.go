package stepfunctions

import (
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"

	"github.com/apiq/apiq/shared/execution"
)

// maxPage is how many events GetExecutionHistory gives at once.
const maxPage = 1000

// mark is a place in a history from which AWS can go on: its page tokens are the
// only way to begin anywhere but at an end. They hold for a day.
type mark struct {
	after int64
	token string
}

// History implements execution.Engine.
func (e *Engine) History(ctx context.Context, name string, after int64, limit int) ([]execution.HistoryEvent, error) {
	r, err := e.load(ctx, name)
	if err != nil || limit <= 0 {
		return nil, err
	}
	after = max(after, 0)
	if r.Type == types.StateMachineTypeExpress {
		return e.expressHistory(ctx, name, r, after, limit)
	}
	return e.standardHistory(ctx, r.standard(name), after, limit)
}

// standardHistory reads on from the last known place before after.
func (e *Engine) standardHistory(ctx context.Context, arn string, after int64, limit int) ([]execution.HistoryEvent, error) {
	at := e.markBefore(arn, after)
	var out []execution.HistoryEvent
	for {
		want := min(int64(limit-len(out))+max(0, after-at.after), maxPage)
		in := &sfn.GetExecutionHistoryInput{ExecutionArn: aws.String(arn), MaxResults: int32(want), IncludeExecutionData: aws.Bool(true)} //nolint:gosec // at most 1000
		if at.token != "" {
			in.NextToken = aws.String(at.token)
		}
		page, err := e.client.GetExecutionHistory(ctx, in)
		switch {
		case is[*types.ExecutionDoesNotExist](err):
			return nil, execution.ErrNoRun
		case is[*types.InvalidToken](err) && at.token != "":
			e.marks.Remove(arn) // it is older than a day
			at, out = mark{}, nil
			continue
		case err != nil:
			return nil, failed(ctx, "history of "+arn, err)
		}
		for _, event := range page.Events {
			if event.Id <= after || len(out) == limit {
				continue
			}
			converted, err := convert(event)
			if err != nil {
				return nil, err
			}
			out = append(out, converted)
		}
		if n := len(page.Events); n > 0 && page.NextToken != nil {
			at = mark{after: page.Events[n-1].Id, token: *page.NextToken}
			e.addMark(arn, at)
		} else if page.NextToken != nil {
			at.token = *page.NextToken
		}
		if page.NextToken == nil || len(out) == limit {
			return out, nil
		}
	}
}

func (e *Engine) markBefore(arn string, after int64) mark {
	var best mark
	marks, _ := e.marks.Get(arn)
	for _, m := range marks {
		if m.after <= after && m.after > best.after {
			best = m
		}
	}
	return best
}

// maxMarks is how many places in one history are kept: the newest are asked for.
const maxMarks = 32

func (e *Engine) addMark(arn string, m mark) {
	marks, _ := e.marks.Get(arn)
	if slices.ContainsFunc(marks, func(have mark) bool { return have.after == m.after }) {
		return
	}
	marks = append(slices.Clone(marks), m)
	if len(marks) > maxMarks {
		marks = marks[1:]
	}
	e.marks.Add(arn, marks)
}

// lastEvent is the id of a standard execution's newest event.
func (e *Engine) lastEvent(ctx context.Context, arn string) (int64, error) {
	page, err := e.client.GetExecutionHistory(ctx, &sfn.GetExecutionHistoryInput{
		ExecutionArn: aws.String(arn), MaxResults: 1, ReverseOrder: true, IncludeExecutionData: aws.Bool(false),
	})
	if err != nil {
		return 0, failed(ctx, "history of "+arn, err)
	}
	if len(page.Events) == 0 {
		return 0, nil
	}
	return page.Events[0].Id, nil
}
