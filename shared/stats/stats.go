// Package stats counts what a workspace has and how its runs went. It only reads.
package stats

import (
	"context"
	"time"

	"github.com/apiq/apiq/shared/connection"
	"github.com/apiq/apiq/shared/execution"
	"github.com/apiq/apiq/shared/identity"
	"github.com/apiq/apiq/shared/quota"
	"github.com/apiq/apiq/shared/trigger"
	"github.com/apiq/apiq/shared/workflow"
)

// Stats are counts for the workspace.
type Stats struct {
	Connections int `json:"connections"`
	Operations  int `json:"operations"`
	Workflows   int `json:"workflows"`
	Members     int `json:"members"`
	// Executions counts the runs since Since, by status; at most the newest 1,000.
	Executions map[execution.Status]int `json:"executions"`
	// SuccessRate is completed over ended runs, null when none ended.
	SuccessRate *float64  `json:"successRate"`
	Since       time.Time `json:"since"`
}

const (
	window  = 30 * 24 * time.Hour
	maxRuns = 1000
	perPage = 100
)

// Service counts.
type Service struct {
	connections *connection.Service
	workflows   *workflow.Service
	runs        *execution.Service
	people      *identity.Service
	now         func() time.Time
}

// Options of a Service.
type Options struct {
	// Now is the clock. Defaults to time.Now.
	Now func() time.Time
}

// New makes a Service.
func New(c *connection.Service, w *workflow.Service, r *execution.Service, p *identity.Service, o *Options) *Service {
	s := &Service{connections: c, workflows: w, runs: r, people: p, now: time.Now}
	if o != nil && o.Now != nil {
		s.now = o.Now
	}
	return s
}

// Counters count what there is in a workspace, for what it may have.
func Counters(c *connection.Service, w *workflow.Service, t *trigger.Service, p *identity.Service) quota.Counters {
	return quota.Counters{
		quota.Connections: func(ctx context.Context) (int64, error) { return count(ctx, c.List) },
		quota.Workflows:   func(ctx context.Context) (int64, error) { return count(ctx, w.List) },
		quota.Members:     func(ctx context.Context) (int64, error) { return count(ctx, p.Members) },
		quota.Triggers:    t.Count,
	}
}

func count[T any](ctx context.Context, list func(context.Context, int, string) ([]T, string, error)) (n int64, err error) {
	err = each(ctx, list, func(T) bool { n++; return true })
	return n, err
}

// Get counts anew.
func (s *Service) Get(ctx context.Context) (Stats, error) {
	out := Stats{Executions: map[execution.Status]int{}, Since: s.now().Add(-window).UTC()}
	err := each(ctx, s.connections.List, func(c connection.Connection) bool {
		out.Connections++
		out.Operations += c.EndpointCount
		return true
	})
	if err != nil {
		return Stats{}, err
	}
	if err := each(ctx, s.people.Members, func(identity.Member) bool { out.Members++; return true }); err != nil {
		return Stats{}, err
	}
	if err := each(ctx, s.workflows.List, func(workflow.Workflow) bool { out.Workflows++; return true }); err != nil {
		return Stats{}, err
	}
	list := func(ctx context.Context, limit int, cursor string) ([]execution.Execution, string, error) {
		return s.runs.List(ctx, execution.Filter{}, limit, cursor)
	}
	seen := 0
	err = each(ctx, list, func(e execution.Execution) bool {
		if e.CreatedAt.Before(out.Since) || seen == maxRuns {
			return false
		}
		seen++
		out.Executions[e.Status]++
		return true
	})
	if ended := out.Executions[execution.Completed] + out.Executions[execution.Failed]; ended > 0 {
		rate := float64(out.Executions[execution.Completed]) / float64(ended)
		out.SuccessRate = &rate
	}
	return out, err
}

// each walks a paged list until visit says enough.
func each[T any](ctx context.Context, list func(context.Context, int, string) ([]T, string, error), visit func(T) bool) error {
	for cursor := ""; ; {
		page, next, err := list(ctx, perPage, cursor)
		if err != nil {
			return err
		}
		for _, v := range page {
			if !visit(v) {
				return nil
			}
		}
		if cursor = next; cursor == "" {
			return nil
		}
	}
}
