package upkeep_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
	"github.com/apiq/apiq/shared/upkeep"
)

// sources are connections by workspace; found says what refreshing one gives.
type sources struct {
	t     *testing.T
	by    map[string][]string
	found map[string]func() (changed, stale bool, breaking int, broken []string, err error)
	seen  []string
}

func (s *sources) Sources(ctx context.Context, after string, limit int) (ids []string, next string, err error) {
	workspace, err := tenant.From(ctx)
	check(s.t, err)
	return workspaces(s.by[workspace]).Workspaces(ctx, after, limit)
}

func (s *sources) Drifted(ctx context.Context, id string) (changed, stale bool, breaking int, broken []string, err error) {
	workspace, err := tenant.From(ctx)
	check(s.t, err)
	if !slices.Contains(s.by[workspace], id) {
		s.t.Errorf("%s is none of %s", id, workspace)
	}
	s.seen = append(s.seen, id)
	if f := s.found[id]; f != nil {
		return f()
	}
	return false, false, 0, nil, nil
}

// TestDriftList: every connection is in one group of its workspace, whatever the
// workspaces' sizes, and no page is larger than a Map may be.
func TestDriftList(t *testing.T) {
	t.Parallel()
	s := &sources{t: t, by: map[string][]string{}}
	var want, ids []string
	for i, n := range []int{0, 3, 10, 11, 0, 0, 125, 1, 20, 0} {
		workspace := fmt.Sprintf("wsp_%d", i)
		ids = append(ids, workspace)
		for c := range n {
			s.by[workspace] = append(s.by[workspace], fmt.Sprintf("con_%d_%03d", i, c))
		}
		want = append(want, s.by[workspace]...)
	}
	for i := range 450 { // many without any: a page may be empty
		ids = append(ids, fmt.Sprintf("wsp_x%03d", i))
	}
	h := newHome(t, ids...)
	d := upkeep.NewDrift(h.places, s, h.trail, slog.Default())
	var got []string
	empty := 0
	for cursor := ""; ; {
		page, err := call[upkeep.DriftPage](t, d.Handle, upkeep.ListCall{Op: "list", Cursor: cursor})
		check(t, err)
		if len(page.Groups) > 10 || page.Groups == nil {
			t.Errorf("%d groups", len(page.Groups))
		}
		if len(page.Groups) == 0 {
			empty++
		}
		for _, g := range page.Groups {
			if len(g.Connections) == 0 || len(g.Connections) > 10 {
				t.Errorf("%d connections", len(g.Connections))
			}
			for _, id := range g.Connections {
				if !slices.Contains(s.by[g.Workspace], id) {
					t.Errorf("%s is none of %s", id, g.Workspace)
				}
			}
			got = append(got, g.Connections...)
		}
		if cursor = page.Cursor; cursor == "" {
			break
		}
	}
	if !slices.Equal(got, want) || empty == 0 {
		t.Errorf("%d connections, want %d; %d empty pages", len(got), len(want), empty)
	}
}

func TestDriftRefresh(t *testing.T) {
	t.Parallel()
	give := func(changed, stale bool, breaking int, err error) func() (bool, bool, int, []string, error) {
		return func() (bool, bool, int, []string, error) {
			var broken []string
			for i := range breaking {
				broken = append(broken, fmt.Sprintf("wfl_1 step%d body", i))
			}
			return changed, stale, breaking, broken, err
		}
	}
	s := &sources{t: t, by: map[string][]string{"wsp_1": {"same", "changed", "stale", "broken", "gone", "importing", "down"}},
		found: map[string]func() (bool, bool, int, []string, error){
			"changed": give(true, false, 0, nil), "stale": give(false, true, 0, nil), "broken": give(true, false, 3, nil),
			"gone":      give(false, false, 0, apierr.New(apierr.NotFound, "")),
			"importing": give(false, false, 0, apierr.New(apierr.Conflict, "")),
			"down":      give(false, false, 0, apierr.New(apierr.SpecUnreachable, "")),
		}}
	h := newHome(t, "wsp_1")
	d := upkeep.NewDrift(h.places, s, h.trail, slog.New(slog.DiscardHandler))
	group := upkeep.DriftGroup{Workspace: "wsp_1", Connections: s.by["wsp_1"]}
	found, err := call[upkeep.DriftFound](t, d.Handle, upkeep.DriftCall{Op: "refresh", DriftGroup: group})
	check(t, err)
	if found.Checked != 5 || found.Changed != 2 || found.Breaking != 3 || found.Stale != 1 || len(found.Broken) != 3 ||
		!slices.Equal(found.Failures, []upkeep.DriftFailure{{Workspace: "wsp_1", Connection: "down", Code: "SPEC_UNREACHABLE"}}) {
		t.Errorf("%+v", found)
	}
	recs := h.records(t, "wsp_1")
	if len(recs) != 1 || recs[0].Action != upkeep.ActionDrift || recs[0].Level != audit.Warn || !strings.Contains(string(recs[0].Details), `"breaking":3`) {
		t.Errorf("records %+v", recs)
	}
	// Where our own table does not answer the others are looked at all the same, and
	// the group is asked for again.
	s.found["same"], s.seen = give(false, false, 0, fmt.Errorf("read: %w", table.ErrThrottled)), nil
	_, err = call[upkeep.DriftFound](t, d.Handle, upkeep.DriftCall{Op: "refresh", DriftGroup: group})
	if !errors.Is(err, table.ErrThrottled) || len(s.seen) != 7 || len(h.records(t, "wsp_1")) != 1 {
		t.Errorf("%v after %v", err, s.seen)
	}
	group.Connections = make([]string, 11)
	_, err = call[upkeep.DriftFound](t, d.Handle, upkeep.DriftCall{Op: "refresh", DriftGroup: group})
	wantRefused(t, err)
}

// TestDriftEverywhere: one process does what the state machine does.
func TestDriftEverywhere(t *testing.T) {
	t.Parallel()
	s := &sources{t: t, by: map[string][]string{}, found: map[string]func() (bool, bool, int, []string, error){}}
	var ids, all []string
	for i := range 30 {
		workspace := fmt.Sprintf("wsp_%02d", i)
		ids = append(ids, workspace)
		for c := range 5 {
			id := fmt.Sprintf("con_%02d_%d", i, c)
			s.by[workspace] = append(s.by[workspace], id)
			switch c {
			case 1:
				s.found[id] = func() (bool, bool, int, []string, error) {
					return false, false, 0, nil, apierr.New(apierr.SpecTimeout, "")
				}
			case 3:
				s.found[id] = func() (bool, bool, int, []string, error) { return true, false, 2, nil, nil }
			}
		}
		all = append(all, s.by[workspace]...)
	}
	s.found["con_07_0"] = func() (bool, bool, int, []string, error) { return false, false, 0, nil, table.ErrThrottled }
	h := newHome(t, ids...)
	var log bytes.Buffer
	d := upkeep.NewDrift(h.places, s, h.trail, slog.New(slog.NewTextHandler(&log, nil)))
	check(t, d.Everywhere(context.Background()))
	if !slices.Equal(s.seen, all) {
		t.Errorf("looked at %v", s.seen)
	}
	// Of the group that our own table failed, five are lost.
	for _, want := range []string{"level=WARN msg=\"nightly drift\"", "checked=145", "changed=29", "breaking=58", "failed=34"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log lacks %s", want)
		}
	}
	ctx, end := context.WithCancel(context.Background())
	end()
	if err := d.Everywhere(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
