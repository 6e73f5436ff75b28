package quota_test

import (
	"context"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/id"
	"github.com/apiq/apiq/shared/quota"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/table/sqlite"
	"github.com/apiq/apiq/shared/tenant"
)

func TestParse(t *testing.T) {
	t.Parallel()
	one := id.New(id.Workspace)
	p, err := quota.Parse(" requests=600, runs=100 ; " + one + ":runs=5;")
	if err != nil {
		t.Fatal(err)
	}
	if l := p.Of("wsp_other"); l != (quota.Limits{RequestsPerMinute: 600, RunsPerDay: 100}) {
		t.Errorf("%+v", l)
	}
	if l := p.Of(one); l != (quota.Limits{RequestsPerMinute: 600, RunsPerDay: 5}) {
		t.Errorf("%+v", l)
	}
	if p, err := quota.Parse(""); err != nil || p.Of(one) != (quota.Limits{}) {
		t.Errorf("%+v %v", p, err)
	}
	for _, bad := range []string{"runs", "runs=", "runs=-1", "runs=x", "walks=3", "wsp_x:runs=1", "runs=99999999999", "=1"} {
		if _, err := quota.Parse(bad); err == nil {
			t.Errorf("%q was taken", bad)
		}
	}
}

// TestLimiterRuns: of many who ask at once, from two processes, exactly as many as may
// get a run; the day after counts anew, and another workspace by itself.
func TestLimiterRuns(t *testing.T) {
	t.Parallel()
	db, err := sqlite.Open(context.Background(), filepath.Join(t.TempDir(), "t.db"), &sqlite.Options{SweepEvery: -1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	var at atomic.Int64
	at.Store(time.Date(2026, 3, 1, 23, 0, 0, 0, time.UTC).Unix())
	now := func() time.Time { return time.Unix(at.Load(), 0) }
	store := table.New(db, &table.Options{Now: now})
	plan, err := quota.Parse("runs=25")
	if err != nil {
		t.Fatal(err)
	}
	keepers := []*quota.Keeper{quota.New(store, plan, now), quota.New(store, plan, now)}
	a, b := tenant.With(t.Context(), "wsp_a"), tenant.With(t.Context(), "wsp_b")
	var taken, refused atomic.Int64
	var wg sync.WaitGroup
	for i := range 60 {
		wg.Go(func() {
			switch err := keepers[i%2].TakeRun(a); apierr.CodeOf(err) {
			case apierr.QuotaExceeded:
				if after := apierr.From(err).RetryAfter; after != time.Hour {
					t.Errorf("try again after %v", after)
				}
				refused.Add(1)
			default:
				if err != nil {
					t.Error(err)
				}
				taken.Add(1)
			}
		})
	}
	wg.Wait()
	if taken.Load() != 25 || refused.Load() != 35 {
		t.Errorf("%d got one, %d were refused", taken.Load(), refused.Load())
	}
	if err := keepers[0].TakeRun(b); err != nil {
		t.Errorf("the other workspace: %v", err)
	}
	at.Add(3600)
	if err := keepers[1].TakeRun(a); err != nil {
		t.Errorf("the day after: %v", err)
	}
	u, err := keepers[0].Usage(a)
	if err != nil || u.RunsToday != 1 || len(u.Days) != 2 || u.Days[1] != (quota.Day{Day: "2026-03-01", Runs: 25}) || u.Limits.RunsPerDay != 25 || !u.RenewsAt.Equal(time.Date(2026, 3, 3, 0, 0, 0, 0, time.UTC)) {
		t.Errorf("%+v %v", u, err)
	}
}
