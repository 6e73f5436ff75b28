package retention_test

import (
	"context"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/fixture"
	"github.com/apiq/apiq/shared/retention"
	"github.com/apiq/apiq/shared/tenant"
)

const workspace = "wsp_a"

func days(t *testing.T, s *retention.Service, in string) map[retention.Kind]int {
	t.Helper()
	set, err := s.Settings(tenant.With(context.Background(), in))
	if err != nil {
		t.Fatal(err)
	}
	all := map[retention.Kind]int{}
	for _, item := range set.Items {
		if all[item.Kind] = item.Days; item.Note == "" {
			t.Errorf("%s is not explained", item.Kind)
		}
	}
	return all
}

// TestChoices: a workspace chooses within the operator's bounds, and those of today hold.
func TestChoices(t *testing.T) {
	t.Parallel()
	m := fixture.New(t, time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
	free, bounded := retention.New(m.Store, m.Trail, &retention.Options{Now: m.Now}), retention.New(m.Store, m.Trail, &retention.Options{RunsDays: 90, Now: m.Now})
	ctx := tenant.With(t.Context(), workspace)
	if d := days(t, free, workspace); d[retention.Runs] != 0 || d[retention.Plans] != 30 || d[retention.Audit] != 0 || d[retention.Deliveries] != 7 {
		t.Errorf("%v", d)
	}
	if d := days(t, bounded, workspace); d[retention.Runs] != 90 {
		t.Errorf("%v", d)
	}
	for path, choices := range map[string][]retention.Choice{
		"/items/0/days": {{Kind: retention.Runs, Days: 91}},
		"/items/1/days": {{Kind: retention.Runs, Days: 9}, {Kind: retention.Plans, Days: 31}},
		"/items/0/kind": {{Kind: retention.Audit, Days: 9}},
		"/items/1/kind": {{Kind: retention.Runs}, {Kind: retention.Runs, Days: 9}},
	} {
		_, err := bounded.Save(ctx, choices, 0)
		if e := apierr.From(err); e.Code != apierr.ValidationFailed || e.Problems[0].Path != path {
			t.Errorf("%s: %v", path, err)
		}
	}
	if _, err := free.Save(ctx, []retention.Choice{{Kind: retention.Runs, Days: -1}}, 0); apierr.CodeOf(err) != apierr.ValidationFailed {
		t.Error(err)
	}
	first, err := free.Save(ctx, []retention.Choice{{Kind: retention.Runs, Days: 365}, {Kind: retention.Plans, Days: 7}}, 0)
	if err != nil {
		t.Fatal(err)
	}
	if d := days(t, free, workspace); d[retention.Runs] != 365 || d[retention.Plans] != 7 {
		t.Errorf("%v", d)
	}
	if d := days(t, bounded, workspace); d[retention.Runs] != 90 { // the operator has become stricter
		t.Errorf("%v", d)
	}
	if d := days(t, free, "wsp_b"); d[retention.Runs] != 0 {
		t.Errorf("another workspace: %v", d)
	}
	if _, err := free.Save(ctx, nil, first.Version); err != nil {
		t.Fatal(err)
	}
	if _, err := free.Save(ctx, nil, first.Version); apierr.CodeOf(err) != apierr.VersionStale {
		t.Error(err)
	}
	if d := days(t, free, workspace); d[retention.Runs] != 0 || d[retention.Plans] != 30 {
		t.Errorf("%v", d)
	}
	page, err := m.Trail.List(ctx, audit.Filter{Action: "workspace.retention"}, 10, "")
	if err != nil || len(page.Records) != 2 {
		t.Errorf("%d records, %v", len(page.Records), err)
	}
}
