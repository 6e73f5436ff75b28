package execution_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/execution"
)

// TestRetryAllInTime: what there is no time for is left, and told so that asking again
// goes on with it.
func TestRetryAllInTime(t *testing.T) {
	t.Parallel()
	p := two(t)
	runs := []string{p.failed(t), p.failed(t), p.failed(t)}
	p.engine.on("Redrive", func(run string) error { p.engine.add(run, "ExecutionRedriven", `{}`); return nil })
	late, cancel := context.WithTimeout(p.ctx, 4*time.Second) // less than it keeps for itself
	defer cancel()
	got, err := p.a.RetryAll(late, execution.Which{Status: execution.Failed})
	if err != nil || len(got.Accepted)+len(got.Refused) != 0 || got.Next.IsZero() {
		t.Fatalf("%+v %v", got, err)
	}
	byID, err := p.a.RetryAll(late, execution.Which{IDs: runs[:1]})
	if err != nil || len(byID.Refused) != 1 || byID.Refused[0].Code != apierr.UpstreamTimeout || !byID.Next.IsZero() {
		t.Errorf("%+v %v", byID, err)
	}
	if n := p.engine.count("Redrive"); n != 0 {
		t.Errorf("%d were retried", n)
	}
	got, err = p.a.RetryAll(p.ctx, execution.Which{Status: execution.Failed, Until: got.Next})
	slices.Reverse(runs)
	if err != nil || !slices.Equal(got.Accepted, runs) || !got.Next.IsZero() || p.engine.count("Redrive") != 3 {
		t.Errorf("%+v %v", got, err)
	}
	if got, err = p.a.RetryAll(p.ctx, execution.Which{IDs: runs}); err != nil || len(got.Refused) != 3 || got.Refused[0].Code != apierr.Conflict {
		t.Errorf("again: %+v %v", got, err)
	}
}
