// Package execution holds the handlers of runs.
package execution

import (
	"cmp"
	"context"
	"net/http"
	"time"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/execution"
	"github.com/apiq/apiq/shared/web"
	"github.com/apiq/apiq/shared/workflow"
)

// Versions finds the document of a workflow as it was at a version; NOT_FOUND where the
// workflow was removed.
type Versions interface {
	Version(ctx context.Context, id string, n int64) (workflow.Frozen, error)
}

// Endpoints binds the routes of this area.
func Endpoints(runs *execution.Service, flows Versions) []web.Endpoint {
	h := handlers{runs: runs, flows: flows}
	return []web.Endpoint{
		web.Bind("executions-list", http.StatusOK, h.list),
		web.Bind("executions-get", http.StatusOK, h.get),
		web.Bind("executions-events", http.StatusOK, h.events),
		web.Bind("executions-cancel", http.StatusOK, h.cancel),
		web.Bind("executions-retry", http.StatusOK, h.retry),
		web.Bind("executions-retry-all", http.StatusOK, h.retryAll),
		web.Bind("executions-resolve", http.StatusOK, h.resolve),
		web.BindRaw("executions-export", "application/json", h.export),
		web.Bind("executions-delete", http.StatusOK, h.remove),
		web.Bind("approvals-list", http.StatusOK, h.inbox),
	}
}

type handlers struct {
	runs  *execution.Service
	flows Versions
}

func (h handlers) list(ctx context.Context, in *ListIn) (*web.Reply[[]execution.Execution], error) {
	page, err := web.Page(in.Limit, in.Cursor)
	if err != nil {
		return nil, err
	}
	status := execution.Status(in.Status)
	switch status {
	case "", execution.Pending, execution.Running, execution.Waiting, execution.Completed, execution.Failed, execution.Cancelled:
	default:
		return nil, apierr.New(apierr.ValidationFailed, "There is no such status.").
			With(apierr.Problem{Path: "query.status", Code: "enum", Message: "PENDING, RUNNING, WAITING, COMPLETED, FAILED or CANCELLED."})
	}
	all, next, err := h.runs.List(ctx, execution.Filter{WorkflowID: in.WorkflowID, Status: status}, page.Limit, page.Cursor)
	if err != nil {
		return nil, err
	}
	return web.List(all, next)
}

func (h handlers) get(ctx context.Context, in *IDIn) (*web.Reply[execution.Detail], error) {
	d, err := h.runs.Get(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	if d.Steps == nil {
		d.Steps = []execution.Step{}
	}
	return web.OK(d)
}

func (h handlers) events(ctx context.Context, in *EventsIn) (*web.Reply[Events], error) {
	var problems []apierr.Problem
	for name, n := range map[string]int64{"after": in.After, "wait": int64(in.Wait)} {
		if n < 0 {
			problems = append(problems, apierr.Problem{Path: "query." + name, Code: "range", Message: "Must not be negative."})
		}
	}
	if len(problems) > 0 {
		return nil, apierr.New(apierr.ValidationFailed, "after and wait must not be negative.").With(problems...)
	}
	wait := time.Duration(min(in.Wait, maxWaitSeconds)) * time.Second
	got, err := h.runs.Events(ctx, in.ID, in.After, cmp.Or(in.Limit, defaultEvents), wait)
	if err != nil {
		return nil, err
	}
	return web.OK(Events{Items: got.Items, Next: got.Next, Done: got.Done, RetryAfterMS: got.RetryAfter.Milliseconds()})
}

const (
	// maxWaitSeconds is above what any home waits; the service has its own bound.
	maxWaitSeconds = 3600
	defaultEvents  = 100
)

func (h handlers) cancel(ctx context.Context, in *IDIn) (*web.Reply[execution.Execution], error) {
	return reply(h.runs.Cancel(ctx, in.ID))
}

func (h handlers) retry(ctx context.Context, in *IDIn) (*web.Reply[execution.Execution], error) {
	return reply(h.runs.Retry(ctx, in.ID))
}

func (h handlers) resolve(ctx context.Context, in *ResolveIn) (*web.Reply[execution.Execution], error) {
	return reply(h.runs.Resolve(ctx, in.ID, in.StepID, execution.Decision{Decision: in.Body.Decision, Output: in.Body.Output, Comment: in.Body.Comment}))
}

func (h handlers) inbox(ctx context.Context, in *InboxIn) (*web.Reply[[]execution.Question], error) {
	page, err := web.Page(in.Limit, in.Cursor)
	if err != nil {
		return nil, err
	}
	all, next, err := h.runs.Inbox(ctx, page.Limit, page.Cursor)
	if err != nil {
		return nil, err
	}
	return web.List(all, next)
}

func reply(e execution.Execution, err error) (*web.Reply[execution.Execution], error) {
	if err != nil {
		return nil, err
	}
	return web.OK(e)
}
